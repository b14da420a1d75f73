//! What quad believes about the cause, and what each sentence rests on.

use serde::{Deserialize, Serialize};

use crate::model::answer::Figure;
use crate::model::time::{Moment, TimeRange};

/// One fact that was looked up, kept with the alert so that the diagnosis can be checked later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvidenceItem {
    /// "E1", "E2", ...: what sentences cite.
    pub id: String,
    /// The fact in words, with numbers, unit and window.
    pub text: String,
    /// Which source it came from.
    pub source: String,
    /// The stretch of time it speaks of.
    pub window: Option<TimeRange>,
}

/// A sentence and the evidence it rests on. A sentence without evidence is not printed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cited {
    /// Plain text, no markup: names in it come from outside.
    pub text: String,
    /// Ids of `EvidenceItem`s.
    pub rests_on: Vec<String>,
}

/// One possible cause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// Which rule names it, e.g. `deployment`, `slow_database`, `dependency_down`.
    pub rule: String,
    /// The thing that is the cause: a service, host or database.
    pub culprit: String,
    /// The cause in one sentence.
    pub sentence: Cited,
    /// 0 to 1: how much of what the rule would expect to see was seen.
    pub confidence: f64,
    /// Further sentences, each with what it rests on.
    pub because: Vec<Cited>,
    /// What can be done, the quickest first.
    pub fixes: Vec<Fix>,
}

/// Something a person can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// In the imperative: "Roll `checkout` back to v1.2.2".
    pub text: String,
    /// A command to copy, where there is one.
    pub command: Option<String>,
    /// About how long a person needs: "about 5 min".
    pub effort: String,
}

/// What came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The first cause is the cause.
    Decided,
    /// The evidence does not tell the candidates apart.
    Inconclusive,
}

/// The outcome for one alert or question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// When it was made.
    pub at: Moment,
    /// Decided or not.
    pub verdict: Verdict,
    /// Current performance with comparisons.
    pub performance: Vec<Figure>,
    /// Ranked, best first. Where inconclusive: the candidates.
    pub causes: Vec<Cause>,
    /// Where inconclusive: what would tell the candidates apart.
    pub would_tell: Vec<String>,
    /// What could not be looked at, e.g. "no source measures the database".
    pub not_seen: Vec<String>,
    /// Everything that sentences cite.
    pub evidence: Vec<EvidenceItem>,
}

impl Diagnosis {
    /// The decided cause.
    pub fn cause(&self) -> Option<&Cause> {
        match self.verdict {
            Verdict::Decided => self.causes.first(),
            Verdict::Inconclusive => None,
        }
    }
}
