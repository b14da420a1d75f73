//! One thing that a person owns until it is over.

use serde::{Deserialize, Serialize};

use crate::model::diagnosis::Diagnosis;
use crate::model::escalation::Escalation;
use crate::model::finding::{Finding, Severity};
use crate::model::page::Paged;
use crate::model::signal::Signal;
use crate::model::subject::Subject;
use crate::model::time::Moment;

/// The number that people say: "ack 12".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AlertNumber(pub i64);

impl std::fmt::Display for AlertNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// Where an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Something is wrong and nobody has said that they look at it.
    Firing,
    /// Somebody owns it.
    Acknowledged,
    /// It is over.
    Resolved,
}

/// An alert: findings about one subject and its symptoms, with an owner and an end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// What people say.
    pub number: AlertNumber,
    /// Stable across restarts; what other systems are given.
    pub id: uuid::Uuid,
    /// What it is about: the first finding's subject, at the level that a person would own.
    pub subject: Subject,
    /// The signal that opened it.
    pub signal: Signal,
    /// The worst severity among its findings since it opened.
    pub severity: Severity,
    /// Where it stands.
    pub status: Status,
    /// When it opened. Survives reopening.
    pub opened_at: Moment,
    /// When its condition began, which is earlier than `opened_at` by the rule's `for`.
    pub since: Moment,
    /// When any of its findings was last seen.
    pub last_seen: Moment,
    /// What is or was wrong: worst first, the leading finding at the front, symptoms behind it.
    pub findings: Vec<Finding>,
    /// Who said that they look at it, until when that counts.
    pub acknowledged: Option<Acknowledgement>,
    /// No messages until then, and who asked for it.
    pub silenced: Option<(Moment, String)>,
    /// When and how it ended.
    pub resolved: Option<Resolution>,
    /// Marked as a false alarm by somebody.
    pub false_alarm: Option<String>,
    /// How often it came back after it was resolved.
    pub reopened: u32,
    /// The latest diagnosis.
    pub diagnosis: Option<Diagnosis>,
    /// Optimistic lock: each update must name the version that it read.
    pub version: i64,
    /// What has been said about it, and how to take the last act back.
    #[serde(default)]
    pub ledger: Ledger,
}

/// What the alert's state machine must remember besides the state itself. Stored with the alert in
/// the same write as the outgoing messages, so that a repeated step says nothing twice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ledger {
    /// What people were last told; `None` while nothing has been said.
    pub told: Option<Told>,
    /// Since when none of its findings could be seen (their source is down or their data is
    /// missing); `None` while they can.
    pub unseen_since: Option<Moment>,
    /// How it stood before a person's last act.
    pub before: Option<Box<Before>>,
    /// Who is told next, as long as nobody has it.
    pub escalation: Option<Escalation>,
    /// What the paging service was told.
    pub paged: Option<Paged>,
    /// Whether its messages name each other.
    pub linked: bool,
}

/// The state that the alert's message shows. A message is due exactly when this differs from the
/// alert, which is what keeps every transition from being announced twice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Where it stood.
    pub status: Status,
    /// How bad it was.
    pub severity: Severity,
    /// What it was about.
    pub subject: Subject,
    /// Until when it was silenced.
    pub silenced_until: Option<Moment>,
    /// Whether its findings were out of sight.
    pub unseen: bool,
    /// How often it had come back.
    pub reopened: u32,
    /// Signal and subject of each finding shown, the leading one first.
    pub findings: Vec<crate::model::sample::SeriesKey>,
    /// The leading finding's value.
    pub value: f64,
    /// When this was said.
    pub at: Moment,
}

/// How an alert stood before a person's last act, for Undo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// Where it stood.
    pub status: Status,
    /// Who owned it.
    pub acknowledged: Option<Acknowledgement>,
    /// Whether it was silenced.
    pub silenced: Option<(Moment, String)>,
    /// Whether and how it had ended.
    pub resolved: Option<Resolution>,
    /// Whether it was marked as a false alarm.
    pub false_alarm: Option<String>,
    /// Who acted.
    pub by: String,
    /// What they did: "acknowledged", "resolved", ...
    pub did: String,
    /// When.
    pub at: Moment,
}

/// Somebody owns the alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// Who, as the platform names them.
    pub by: String,
    /// When.
    pub at: Moment,
    /// From then on it counts as forgotten, and the alert fires again with a reminder.
    pub until: Moment,
}

/// How an alert ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// When.
    pub at: Moment,
    /// Who said so; `None` where the findings went away by themselves.
    pub by: Option<String>,
    /// What they said about it.
    pub text: Option<String>,
}

impl Alert {
    /// Whether it still needs somebody.
    pub fn is_open(&self) -> bool {
        self.status != Status::Resolved
    }

    /// The specification's `alert_type`, e.g. `slow_response`, `error_rate_spike`, `memory_spike`.
    pub fn alert_type(&self) -> &'static str {
        use crate::model::finding::Rule;
        match (self.findings.first().map(|f| f.rule), self.signal) {
            (Some(Rule::NotAnswering), _) => "not_answering",
            (Some(Rule::SilentFailure), _) => "silent_failure",
            (Some(Rule::NoData), _) => "no_data",
            (Some(Rule::SourceDown), _) => "source_down",
            (Some(Rule::SlowStatement), _) => "slow_query",
            (Some(Rule::StatementChange), _) => "query_regression",
            (Some(Rule::MemoryGrowth), _) => "memory_growth",
            (_, Signal::ApiResponseTime) => "slow_response",
            (_, Signal::DatabaseQueryTime) => "slow_query",
            (_, Signal::ErrorRate) => "error_rate_spike",
            (_, Signal::Memory | Signal::MemoryUsed) => "memory_spike",
            (_, Signal::Cpu) => "cpu_overload",
            (_, Signal::Disk) => "disk_full",
            (_, Signal::DeploymentDuration) => "deployment_duration",
            (_, Signal::Traffic | Signal::Answering | Signal::BodyCheck) => "anomaly",
        }
    }
}
