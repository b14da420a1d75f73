//! A diagnosis with everything it was made from, so that it can be made again, anywhere and without
//! a source: after an incident, or with rules that have changed since.

use serde::{Deserialize, Serialize};

use crate::diagnose::{Evidence, Problem, diagnose};
use crate::model::diagnosis::Diagnosis;
use crate::model::time::Moment;

/// What a diagnosis was made from. Stored with its alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// What was wrong.
    pub problem: Problem,
    /// When it was looked at.
    pub at: Moment,
    /// What was seen then.
    pub evidence: Evidence,
}

impl Recorded {
    /// The diagnosis that it gives with today's rules; with the rules of then, the one of then.
    pub fn replay(&self) -> Diagnosis {
        diagnose(&self.problem, &self.evidence, self.at)
    }
}
