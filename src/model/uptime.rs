//! Whether a service answered in a minute: what is known of it, from whom, and how that adds up.
//!
//! It answered where a probe passed, or where fewer than half of its requests failed. A probe that
//! got a wrong body has not passed: an answer that nobody can use is none. Several reports of one
//! minute add up in any order and however often each comes.

use std::collections::BTreeMap;
use std::ops::BitOr;

use crate::model::signal::Signal;
use crate::model::source::Reading;
use crate::model::subject::Subject;
use crate::model::time::Moment;

/// What is known of one minute of one service. Reports are joined with `|`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Evidence {
    /// A probe passed, or fewer than half of the requests failed.
    pub answered: bool,
    /// A probe failed, or half of the requests or more did.
    pub failed: bool,
    /// Its metrics page was there, which says something only where nothing else does.
    pub reachable: bool,
}

impl Evidence {
    /// Nobody reached it.
    pub const UNREACHABLE: Self = Self { answered: false, failed: false, reachable: false };
    /// A probe passed, or fewer than half of the requests failed.
    pub const ANSWERED: Self = Self { answered: true, ..Self::UNREACHABLE };
    /// A probe failed, or half of the requests or more did.
    pub const FAILED: Self = Self { failed: true, ..Self::UNREACHABLE };
    /// Its metrics page was there.
    pub const REACHABLE: Self = Self { reachable: true, ..Self::UNREACHABLE };

    /// Whether the minute counts as good.
    pub fn is_good(self) -> bool {
        self.answered || (self.reachable && !self.failed)
    }
}

impl BitOr for Evidence {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self {
            answered: self.answered | other.answered,
            failed: self.failed | other.failed,
            reachable: self.reachable | other.reachable,
        }
    }
}

/// One report: of whom, when, what.
pub type Mark = (Subject, Moment, Evidence);

/// What a reading says about the services in it.
pub fn marks(reading: &Reading) -> Vec<Mark> {
    let mut all = Vec::new();
    // A probe's parts belong together: it passed where all of them did.
    let mut probes: BTreeMap<&Subject, (Moment, bool)> = BTreeMap::new();
    for seen in &reading.observations {
        let subject = &seen.key.subject;
        let Some(whole) = whole(subject) else { continue };
        match seen.key.signal {
            Signal::Answering | Signal::BodyCheck if reading.probed => {
                probes.entry(subject).or_insert((seen.at, true)).1 &= seen.value >= 0.5;
            }
            Signal::Answering => {
                let evidence = if seen.value >= 0.5 { Evidence::REACHABLE } else { Evidence::UNREACHABLE };
                all.push((whole, seen.at, evidence));
            }
            Signal::ErrorRate if subject.is_owned() && subject.endpoint.is_none() => {
                let evidence = if seen.value < 50.0 { Evidence::ANSWERED } else { Evidence::FAILED };
                all.push((whole, seen.at, evidence));
            }
            _ => {}
        }
    }
    all.extend(probes.into_iter().filter_map(|(subject, (at, passed))| {
        let evidence = if passed { Evidence::ANSWERED } else { Evidence::FAILED };
        Some((whole(subject)?, at, evidence))
    }));
    all
}

/// The service as a whole; uptime of hosts and databases is not reported.
fn whole(subject: &Subject) -> Option<Subject> {
    subject.service.as_ref().map(|service| Subject::service(&subject.environment, service))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::sample::{Observation, SeriesKey};

    fn reading(probed: bool, values: &[(Signal, f64)]) -> Reading {
        let observations = values.iter().map(|(signal, value)| Observation {
            key: SeriesKey::new(*signal, Subject::service("prod", "web")),
            at: Moment::UNIX_EPOCH,
            value: *value,
        });
        Reading { observations: observations.collect(), probed, ..Reading::default() }
    }

    fn good(readings: &[Reading]) -> bool {
        let all = readings.iter().flat_map(marks).map(|(_, _, evidence)| evidence);
        all.reduce(|a, b| a | b).expect("something is known").is_good()
    }

    #[test]
    fn it_answered_where_a_probe_passed_or_most_requests_did() {
        let probe =
            |answering, body| reading(true, &[(Signal::Answering, answering), (Signal::BodyCheck, body)]);
        let numbers = |up, failed| reading(false, &[(Signal::Answering, up), (Signal::ErrorRate, failed)]);
        assert!(good(&[probe(1.0, 1.0)]));
        assert!(!good(&[probe(1.0, 0.0)]), "a wrong body is no answer");
        assert!(good(&[numbers(1.0, 49.9)]));
        assert!(!good(&[numbers(1.0, 50.0)]), "a metrics page does not make up for failed requests");
        assert!(good(&[probe(0.0, 0.0), numbers(1.0, 1.0)]), "its users were answered");
        assert!(good(&[numbers(0.0, 100.0), probe(1.0, 1.0)]));
        assert!(!good(&[numbers(1.0, 100.0), probe(1.0, 0.0)]));
        // Where nothing else is known, its page must do.
        assert!(good(&[reading(false, &[(Signal::Answering, 1.0)])]));
        assert!(!good(&[reading(false, &[(Signal::Answering, 0.0)])]));
        assert!(!good(&[reading(false, &[(Signal::Answering, 1.0)]), probe(0.0, 0.0)]));
    }

    fn evidence() -> impl Strategy<Value = Evidence> {
        prop::sample::select(vec![
            Evidence::ANSWERED,
            Evidence::FAILED,
            Evidence::REACHABLE,
            Evidence::UNREACHABLE,
        ])
    }

    proptest! {
        #[test]
        fn the_order_of_reports_does_not_matter(
            (one, other) in prop::collection::vec(evidence(), 1..8)
                .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
            again in 0..8usize,
        ) {
            let sum = |all: &[Evidence]| all.iter().copied().reduce(|a, b| a | b).expect("one at least");
            let repeated = sum(&one) | one[again % one.len()];
            prop_assert_eq!(sum(&one), sum(&other));
            prop_assert_eq!(sum(&one), repeated);
            let has = |what| one.contains(&what);
            let expected = has(Evidence::ANSWERED) || (has(Evidence::REACHABLE) && !has(Evidence::FAILED));
            prop_assert_eq!(sum(&one).is_good(), expected);
        }
    }
}
