//! What must hold whatever sources say and clocks do.

use proptest::prelude::*;

use super::tests::{World, web};
use crate::model::finding::Severity;
use crate::model::sample::SeriesKey;
use crate::model::signal::Signal;

/// What a source may say of a signal at one check, and how many seconds the clock jumps before it.
fn said() -> impl Strategy<Value = (Option<f64>, i64)> {
    let value = prop_oneof![
        4 => (0.0_f64..3_000.0).prop_map(Some),
        2 => Just(None),
        1 => Just(Some(f64::NAN)),
        1 => Just(Some(f64::INFINITY)),
        1 => Just(Some(-1.0)),
        1 => Just(Some(f64::MAX)),
    ];
    let jump = prop_oneof![20 => Just(0_i64), 1 => Just(3_600), 1 => Just(-3_600), 1 => 0_i64..600];
    (value, jump)
}

const SIGNALS: [Signal; 6] = [
    Signal::ApiResponseTime,
    Signal::ErrorRate,
    Signal::Traffic,
    Signal::Memory,
    Signal::Answering,
    Signal::DatabaseQueryTime,
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_any_past_a_breach_is_found_and_its_end_too(
        past in prop::collection::vec(prop::array::uniform6(said()), 0..60),
    ) {
        let mut world = World::new();
        for check in past {
            world.second += check[0].1;
            let values: Vec<(SeriesKey, f64)> = SIGNALS
                .into_iter()
                .zip(check)
                .filter_map(|(signal, (value, _))| Some((web(signal), value?)))
                .collect();
            let findings = world.check(&values);
            for finding in findings {
                prop_assert!(finding.value.is_finite(), "{finding:?}");
                prop_assert!(finding.since <= world.now() && finding.since <= finding.at, "{finding:?}");
            }
        }
        let all = |values: [f64; 6]| -> Vec<(SeriesKey, f64)> {
            SIGNALS.into_iter().map(web).zip(values).collect()
        };
        // Jumps back leave samples of "the future" behind; wait until they are the past.
        world.second += 7_200 * 40;
        for _ in 0..40 {
            world.check(&all([50.0, 0.0, 100.0, 30.0, 1.0, 10.0]));
        }
        prop_assert_eq!(world.check(&all([50.0, 0.0, 100.0, 30.0, 1.0, 10.0])), []);
        let mut findings = Vec::new();
        for _ in 0..3 {
            findings = world.check(&all([5_000.0, 50.0, 100.0, 30.0, 1.0, 10.0]));
        }
        for signal in [Signal::ApiResponseTime, Signal::ErrorRate] {
            let found = findings.iter().any(|finding| {
                finding.key == web(signal) && finding.severity == Severity::Critical
            });
            prop_assert!(found, "{signal} in {findings:?}");
        }
    }
}
