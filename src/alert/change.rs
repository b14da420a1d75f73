//! What one step changed, why, and what is to be said about it.

use serde::{Deserialize, Serialize};

use crate::model::alert::Alert;
use crate::model::finding::Severity;
use crate::model::subject::Subject;
use crate::model::time::Moment;

/// A new state of one alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The new state. Its `version` is the one that was read; the store raises it.
    pub alert: Alert,
    /// Why; reaches log, audit and message.
    pub because: Reason,
    /// What to send.
    pub announce: Announce,
}

/// What to send about a change. Messages and notes are worded by [`super::words`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Announce {
    /// Nothing.
    Nothing,
    /// The alert's one message, sent for the first time.
    New,
    /// The message in its new state. Nobody is notified.
    Edit,
    /// The message in its new state, and what changed as a note in its thread.
    EditAndNote,
}

/// Why an alert changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Something is wrong that was not before.
    Opened,
    /// It is back after it was over.
    Reopened {
        /// When it had ended.
        ended: Moment,
    },
    /// It goes on although somebody had closed it.
    StillFiring {
        /// Who had closed it.
        closed_by: String,
        /// When.
        closed: Moment,
    },
    /// It got worse.
    Worse {
        /// How bad it was.
        from: Severity,
        /// How bad it is.
        to: Severity,
    },
    /// What it was about turned out to be a symptom of something else.
    Moved {
        /// What it was about before.
        from: Box<Subject>,
    },
    /// The acknowledgement has expired.
    AcknowledgementExpired {
        /// Whose it was.
        by: String,
    },
    /// The silence is over, and the alert is not.
    SilenceEnded,
    /// Nothing can be seen of it any more; that does not mean that it is over.
    OutOfSight {
        /// When it was last seen.
        since: Moment,
    },
    /// It can be seen again.
    InSightAgain,
    /// None of its findings holds any more.
    Recovered,
    /// It has other symptoms, or clearly other numbers.
    Updated,
    /// It goes on; only the books changed.
    GoesOn,
    /// Nobody reacted, so others were told.
    Escalated {
        /// For how many minutes nobody had.
        minutes: i64,
        /// Who was told: "PagerDuty and #oncall".
        to: String,
    },
    /// A person did this.
    Acknowledged {
        /// Who.
        by: String,
    },
    /// A person did this.
    Resolved {
        /// Who.
        by: String,
        /// What they said about it.
        text: Option<String>,
    },
    /// A person did this.
    Silenced {
        /// Who.
        by: String,
        /// Until when.
        until: Moment,
    },
    /// A person did this.
    FalseAlarm {
        /// Who.
        by: String,
    },
    /// A person took an act back.
    Undone {
        /// Who.
        by: String,
        /// What was taken back: "acknowledged".
        did: String,
    },
}

impl Reason {
    /// The person whose doing it was, for the audit log.
    pub fn by(&self) -> Option<&str> {
        match self {
            Self::Acknowledged { by }
            | Self::Resolved { by, .. }
            | Self::Silenced { by, .. }
            | Self::FalseAlarm { by }
            | Self::Undone { by, .. } => Some(by),
            _ => None,
        }
    }

    /// Whether people should hear of it who don't follow the thread: it got worse, it is back, or
    /// nobody looks at it any more.
    pub fn is_loud(&self) -> bool {
        matches!(
            self,
            Self::Opened
                | Self::Reopened { .. }
                | Self::StillFiring { .. }
                | Self::Worse { .. }
                | Self::AcknowledgementExpired { .. }
                | Self::SilenceEnded
        )
    }
}

/// For logs and the alert's timeline, in plain text.
impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Opened => f.write_str("opened"),
            Self::Reopened { .. } => f.write_str("came back"),
            Self::StillFiring { closed_by, .. } => write!(f, "goes on although {closed_by} closed it"),
            Self::Worse { from, to } => write!(f, "got worse: {} instead of {}", to.name(), from.name()),
            Self::Moved { from } => write!(f, "turned out to be the cause of what {from} suffers from"),
            Self::AcknowledgementExpired { by } => write!(f, "the acknowledgement of {by} expired"),
            Self::SilenceEnded => f.write_str("the silence ended"),
            Self::OutOfSight { .. } => f.write_str("can't be seen any more"),
            Self::InSightAgain => f.write_str("can be seen again"),
            Self::Recovered => f.write_str("recovered"),
            Self::Updated => f.write_str("has other symptoms or numbers"),
            Self::GoesOn => f.write_str("goes on"),
            Self::Escalated { minutes: 0, to } => write!(f, "told {to} at once"),
            Self::Escalated { minutes, to } => write!(f, "told {to}: nobody had it for {minutes} min"),
            Self::Acknowledged { .. } => f.write_str("acknowledged"),
            Self::Resolved { text: None, .. } => f.write_str("resolved"),
            Self::Resolved { text: Some(text), .. } => write!(f, "resolved: {text}"),
            Self::Silenced { until, .. } => {
                write!(f, "silenced until {}", until.format("%Y-%m-%d %H:%M UTC"))
            }
            Self::FalseAlarm { .. } => f.write_str("marked as a false alarm"),
            Self::Undone { did, .. } => write!(f, "taken back: {did}"),
        }
    }
}
