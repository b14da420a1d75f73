//! What became of advice that was tried: the statement before and after its indexes were really made, on a copy.

use serde_json::{Value, json};

use super::workload::SMALL;
use super::{Advice, Outcome};
use crate::model::signal::thousands;
use crate::sql::words::time;

/// What is over sooner than this, in ms, can't be told apart from noise.
const NOISE_MS: f64 = 1.0;

/// What measuring said of one statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Measured {
    /// It was carried out without and with the indexes: medians in ms, and whether the plan took each of them.
    Both {
        /// Without,
        before_ms: f64,
        /// and with.
        after_ms: f64,
        /// All of them were used.
        used: bool,
    },
    /// Why it was not.
    Not(String),
}

impl Measured {
    /// How many times faster it got.
    #[must_use]
    pub fn gain(&self) -> Option<f64> {
        match self {
            Self::Both { before_ms, after_ms, .. } => Some(before_ms / after_ms.max(0.001)),
            Self::Not(_) => None,
        }
    }

    /// As the JSON of advice has it.
    #[must_use]
    pub fn json(&self) -> Value {
        let rounded = |number: f64| (number * 1_000.0).round() / 1_000.0;
        match self {
            Self::Both { before_ms, after_ms, used } => json!({
                "before_ms": rounded(*before_ms), "after_ms": rounded(*after_ms),
                "speedup": self.gain().map(rounded), "used": used,
            }),
            Self::Not(why) => json!({"not_measured": why}),
        }
    }

    /// In a few words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Both { before_ms, after_ms, used } => {
                let gain = self.gain().unwrap_or(1.0);
                let unused = if *used { "" } else { ", not all of it used" };
                format!(
                    "{} to {}, {}x{unused}",
                    time(*before_ms),
                    time(*after_ms),
                    thousands(gain, usize::from(gain < 10.0))
                )
            }
            Self::Not(why) => format!("not measured: {why}"),
        }
    }

    /// Whether it says that the indexes are of no use.
    fn refutes(&self) -> bool {
        match self {
            Self::Both { before_ms, .. } => {
                *before_ms >= NOISE_MS && self.gain().is_some_and(|gain| gain < SMALL)
            }
            Self::Not(_) => false,
        }
    }
}

impl Outcome {
    /// Takes in what was measured of a statement. Indexes that gain nothing are proposed no more for it.
    pub fn measured(&mut self, id: &str, measured: Measured) {
        let Some(advice) = self.queries.iter_mut().find(|one| one.id == id) else { return };
        if measured.refutes() {
            let tried: Vec<String> = advice.indexes.iter().map(super::Candidate::sql).collect();
            let because = format!(
                "{} promised {} times less, but measured on the scratch database it takes {}: not proposed",
                tried.join(" and "),
                thousands(advice.speedup, usize::from(advice.speedup < 10.0)),
                measured.words()
            );
            let load = advice.load.take();
            *advice = Advice { load, ..Advice::none(id, because) };
            for one in &mut self.workload {
                one.serves.retain(|served| served != id);
            }
            self.workload.retain(|one| !one.serves.is_empty());
        }
        advice.measured = Some(measured);
    }
}

#[cfg(test)]
mod tests {
    use super::super::workload::{Advised, Proposal};
    use super::super::{Candidate, Catalog, Method};
    use super::*;

    fn outcome() -> Outcome {
        let index = |column: &str| Candidate {
            table: "orders".to_owned(),
            method: Method::Btree,
            keys: vec![column.to_owned()],
            include: Vec::new(),
            only: None,
        };
        let advised = |id: &str, column: &str| {
            let advice =
                Advice { indexes: vec![index(column)], speedup: 8.0, ..Advice::none(id, String::new()) };
            Advised { advice, cost: 100.0, small: None }
        };
        let all = vec![advised("a", "x"), advised("b", "y"), advised("c", "y")];
        Outcome::of(all, &Catalog::default(), None)
    }

    fn proposed(outcome: &Outcome) -> Vec<(&str, Vec<String>)> {
        outcome
            .workload
            .iter()
            .map(|one: &Proposal| (one.index.keys[0].as_str(), one.serves.clone()))
            .collect()
    }

    #[test]
    fn what_gained_nothing_is_proposed_no_more() {
        let mut told = outcome();
        told.measured("a", Measured::Both { before_ms: 80.0, after_ms: 75.0, used: true });
        told.measured("b", Measured::Both { before_ms: 80.0, after_ms: 2.0, used: true });
        told.measured("c", Measured::Both { before_ms: 50.0, after_ms: 49.0, used: false });
        assert_eq!(proposed(&told), [("y", vec!["b".to_owned()])]);
        assert!(told.queries[0].indexes.is_empty());
        assert_eq!(
            told.queries[0].because,
            "CREATE INDEX ON orders (x) promised 8.0 times less, but measured on the scratch database it takes 80 ms to 75 ms, 1.1x: \
             not proposed"
        );
        assert_eq!(told.queries[1].measured.as_ref().and_then(Measured::gain), Some(40.0));
    }

    #[test]
    fn what_was_not_measured_or_is_too_quick_to_tell_stays_as_it_was() {
        let mut told = outcome();
        told.measured("a", Measured::Not("it writes".to_owned()));
        told.measured("b", Measured::Both { before_ms: 0.2, after_ms: 0.2, used: true });
        assert_eq!(proposed(&told).len(), 2);
        assert_eq!(
            told.queries[0].measured.as_ref().map(Measured::json),
            Some(json!({"not_measured": "it writes"}))
        );
    }
}
