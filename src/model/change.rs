//! A change that waits for somebody's click: what would happen, who asked, and what became of it.

use serde::{Deserialize, Serialize};

use crate::model::issue::NewIssue;
use crate::model::outgoing::{DeliveryId, Platform};
use crate::model::person::Role;
use crate::model::signal::Signal;
use crate::model::statement::StatementId;
use crate::model::subject::Subject;
use crate::model::time::{Moment, TimeRange};

/// The number that people say: "approve 7".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeNumber(pub i64);

impl std::fmt::Display for ChangeNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Exactly what would happen. Changes that are done and were not taken back are in force: the later
/// one wins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Planned {
    /// A critical line.
    Threshold {
        /// For what.
        subject: Subject,
        /// Of which signal.
        signal: Signal,
        /// The new line, in the signal's unit.
        critical: f64,
        /// The line in force when it was asked.
        before: f64,
    },
    /// Nothing is said about a whole environment or region.
    Silence {
        /// About what.
        subject: Subject,
        /// When.
        range: TimeRange,
    },
    /// Planned work.
    Maintenance {
        /// On what; several services are several subjects.
        subjects: Vec<Subject>,
        /// When.
        range: TimeRange,
        /// What is done.
        what: String,
    },
    /// Indexes for one statement.
    CreateIndex {
        /// On which database.
        database: Subject,
        /// For which statement.
        statement: StatementId,
        /// Its text, without literals.
        about: String,
        /// What is run, one statement an index.
        run: Vec<String>,
        /// How many times cheaper the statement gets.
        gain: f64,
        /// Whether that is the planner's own word.
        verified: bool,
        /// How large they will be, in bytes, where that is known.
        size: Option<f64>,
    },
    /// An issue where developers keep their work.
    OpenIssue {
        /// "acme/shop on GitHub"
        place: String,
        /// What is opened where there is none about the same cause yet.
        new: NewIssue,
        /// What is added where there is one.
        again: String,
        /// Words by which related pull requests are found.
        about: Vec<String>,
    },
    /// Another name for one thing or several.
    Alias {
        /// What people say.
        name: String,
        /// What they mean by it.
        members: Vec<String>,
    },
}

impl Planned {
    /// Who may approve it.
    pub fn approver(&self) -> Role {
        match self {
            Self::Threshold { .. } | Self::Alias { .. } => Role::Admin,
            Self::Silence { .. }
            | Self::Maintenance { .. }
            | Self::CreateIndex { .. }
            | Self::OpenIssue { .. } => Role::Operator,
        }
    }
}

/// Somebody did something at some time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// Who, as the platform names them.
    pub by: String,
    /// When.
    pub at: Moment,
}

/// Where a change stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nobody has decided yet.
    Waiting,
    /// Approved and carried out.
    Done(Decided),
    /// Decided against.
    Cancelled(Decided),
    /// Nobody decided in time.
    Expired,
    /// Was done, and taken back.
    TakenBack(Decided),
}

impl Standing {
    /// Its name in the store.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done(_) => "done",
            Self::Cancelled(_) => "cancelled",
            Self::Expired => "expired",
            Self::TakenBack(_) => "taken_back",
        }
    }
}

/// A change, from the question to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// What people say.
    pub number: ChangeNumber,
    /// What would happen.
    pub planned: Planned,
    /// Who asked: their stable id and name.
    pub asked_by: (String, String),
    /// When.
    pub asked_at: Moment,
    /// From then on it can't be approved.
    pub expires_at: Moment,
    /// Where it stands.
    pub standing: Standing,
    /// The message that shows it, where there is one to edit.
    pub shown: Option<(Platform, DeliveryId)>,
    /// Optimistic lock: each update must name the version that it read.
    pub version: i64,
}
