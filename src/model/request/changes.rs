//! What a person wants changed: quad's own books, or what lies beyond them.

use serde::{Deserialize, Serialize};

use crate::model::alert::AlertNumber;
use crate::model::request::Scope;
use crate::model::signal::Signal;
use crate::model::time::TimeRange;

/// To change quad's own books.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum AlertChange {
    /// "ack 12", "I'm on it"
    Acknowledge(Which),
    /// "12 is fixed, restarted postgres"
    Resolve {
        /// Which alert.
        which: Which,
        /// What they said about it.
        text: Option<String>,
    },
    /// "silence checkout for 2 hours"
    Silence {
        /// Which alert or subject.
        which: Which,
        /// From when until when.
        range: Option<TimeRange>,
    },
    /// The button "False alarm".
    FalseAlarm(Which),
    /// "good catch": it was a real problem, and well told.
    Useful(Which),
    /// The button "Undo": takes the last change of this alert back; where none is meant, the last
    /// change of the person who says it.
    Undo(Which),
    /// "unsilence checkout"
    Unsilence(Which),
}

impl AlertChange {
    /// Which alert it is about.
    pub fn which(&self) -> &Which {
        match self {
            Self::Acknowledge(which)
            | Self::FalseAlarm(which)
            | Self::Useful(which)
            | Self::Undo(which)
            | Self::Unsilence(which) => which,
            Self::Resolve { which, .. } | Self::Silence { which, .. } => which,
        }
    }

    /// The same, to be changed.
    pub fn which_mut(&mut self) -> &mut Which {
        match self {
            Self::Acknowledge(which)
            | Self::FalseAlarm(which)
            | Self::Useful(which)
            | Self::Undo(which)
            | Self::Unsilence(which) => which,
            Self::Resolve { which, .. } | Self::Silence { which, .. } => which,
        }
    }

    /// "acknowledge": what can be typed, and what the audit log says.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Acknowledge(_) => "acknowledge",
            Self::Resolve { .. } => "resolve",
            Self::Silence { .. } => "silence",
            Self::FalseAlarm(_) => "false alarm",
            Self::Useful(_) => "useful",
            Self::Undo(_) => "undo",
            Self::Unsilence(_) => "unsilence",
        }
    }
}

/// Which alert a person means: by number, by subject, or simply the one of this thread.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Which {
    /// Said by number.
    pub number: Option<AlertNumber>,
    /// Said by subject.
    pub scope: Scope,
}

/// To change the world, or what quad goes by. Shown first, done after a click.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorldChange {
    /// "set the latency threshold of web to 300 ms"
    SetThreshold {
        /// For what.
        scope: Scope,
        /// Of which signal.
        signal: Option<Signal>,
        /// "300ms"
        value: Option<String>,
    },
    /// "silence prod for 2 hours": a whole environment or region.
    SilenceWide {
        /// About what.
        scope: Scope,
        /// When.
        range: Option<TimeRange>,
    },
    /// "maintenance of web tomorrow from 22:00 to 23:00"
    Maintenance {
        /// On what.
        scope: Scope,
        /// When.
        range: Option<TimeRange>,
        /// What was said about it.
        what: String,
    },
    /// "call checkout and payments the shop"
    Alias {
        /// What people say.
        name: String,
        /// What they mean by it.
        members: Vec<String>,
    },
    /// "create the index for query 2"
    CreateIndex {
        /// Of which database.
        scope: Scope,
        /// For which statement: its short name, its place, or a part of its text.
        which: Option<String>,
    },
    /// "open an issue for query 2"
    OpenIssue {
        /// Of which database.
        scope: Scope,
        /// For which statement.
        which: Option<String>,
    },
    /// Understood, but the part that would do it is not built yet.
    NotBuilt(Unbuilt),
}

impl WorldChange {
    /// A few words for the audit log.
    pub fn name(&self) -> String {
        match self {
            Self::SetThreshold { .. } => "set a threshold".to_owned(),
            Self::SilenceWide { .. } => "silence a whole environment".to_owned(),
            Self::Maintenance { .. } => "announce maintenance".to_owned(),
            Self::Alias { .. } => "teach a name".to_owned(),
            Self::CreateIndex { .. } => "create an index".to_owned(),
            Self::OpenIssue { .. } => "open an issue".to_owned(),
            Self::NotBuilt(asked) => asked.intent.replace('_', " "),
        }
    }

    /// What it is about, to be changed.
    pub fn scope_mut(&mut self) -> Option<&mut Scope> {
        match self {
            Self::SetThreshold { scope, .. }
            | Self::SilenceWide { scope, .. }
            | Self::CreateIndex { scope, .. }
            | Self::OpenIssue { scope, .. }
            | Self::Maintenance { scope, .. } => Some(scope),
            Self::Alias { .. } | Self::NotBuilt(_) => None,
        }
    }
}

/// An intent that is recognised and has no handler yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unbuilt {
    /// Its name in the data, e.g. `slow_queries`.
    pub intent: String,
}
