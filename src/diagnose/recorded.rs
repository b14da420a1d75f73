//! A diagnosis with everything it was made from, so that it can be made again, anywhere and without
//! a source: after an incident, or with rules that have changed since.

use chrono::Datelike as _;
use serde::{Deserialize, Serialize};

use crate::diagnose::{Evidence, Problem, diagnose};
use crate::model::alert::AlertNumber;
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

/// A past alert that can be looked at anywhere: what its diagnosis was made from, and what was said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Its number where it happened.
    pub alert: AlertNumber,
    /// What its diagnosis was made from.
    pub recorded: Recorded,
    /// The diagnosis that was said; `None` where it was withdrawn since, because the alert came back.
    pub said: Option<Diagnosis>,
}

/// What came of making a diagnosis again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// It is what was said.
    Same,
    /// It is something else: the rules have changed, or the record has.
    Differs,
    /// Nothing is known to compare it with.
    NothingSaid,
}

impl Incident {
    /// How the diagnosis that the record gives now compares with the one that was said.
    pub fn compare(&self, again: &Diagnosis) -> Compared {
        match &self.said {
            None => Compared::NothingSaid,
            Some(said) if same(said, again) => Compared::Same,
            Some(_) => Compared::Differs,
        }
    }

    /// Whether its times are of this world; a file may say anything.
    pub fn is_plausible(&self) -> bool {
        let years = 2000..2200;
        [self.recorded.at, self.recorded.problem.since].iter().all(|at| years.contains(&at.year()))
    }
}

/// Equal but for the last digits that a number may lose on its way through a file.
fn same(one: &Diagnosis, other: &Diagnosis) -> bool {
    let rounded = |diagnosis: &Diagnosis| {
        let mut diagnosis = diagnosis.clone();
        for cause in &mut diagnosis.causes {
            cause.confidence = (cause.confidence * 1e6).round();
        }
        diagnosis
    };
    rounded(one) == rounded(other)
}
