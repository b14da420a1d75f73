//! Nothing is known to be wrong with the subject: the place where its numbers come from is down.

use chrono::TimeDelta;

use crate::diagnose::candidate::{Candidate, Expectation, Fact, Said, fix};
use crate::diagnose::case::Case;
use crate::diagnose::needs::View;
use crate::diagnose::rules::Rule;
use crate::model::finding::Rule as Seen;
use crate::model::time::TimeRange;

pub(crate) struct SourceGone;

impl Rule for SourceGone {
    fn needs(&self) -> &'static [(View, crate::model::signal::Signal)] {
        &[]
    }

    fn judge(&self, case: &Case<'_>) -> Vec<Candidate> {
        if !matches!(case.problem.rule, Some(Seen::NoData | Seen::SourceDown)) {
            return Vec::new();
        }
        case.evidence
            .sources()
            .iter()
            .filter_map(|source| {
                let since = source.failing_since?;
                let error = source.error.clone().unwrap_or_else(|| "no error was given".to_owned());
                let fact = Fact {
                    text: format!(
                        "no data from {} since {} UTC: {error}",
                        source.source,
                        since.format("%H:%M")
                    ),
                    source: source.source.clone(),
                    window: Some(TimeRange::new(since, case.now)),
                };
                let fits = since <= case.onset + TimeDelta::minutes(2);
                let timing = if fits {
                    Expectation::seen(2.0, "it failed before the data went missing", vec![fact.clone()])
                } else {
                    Expectation::contradicted(
                        3.0,
                        "the data went missing before it failed",
                        vec![fact.clone()],
                    )
                };
                Some(Candidate {
                    rule: "source_gone",
                    culprit: source.source.clone(),
                    sentence: Said::new(
                        format!(
                            "the source {} gives no data ({error}); what it measures may be well",
                            source.source
                        ),
                        vec![fact.clone()],
                    ),
                    expectations: vec![
                        Expectation::seen(3.0, format!("{} does not answer", source.source), vec![fact]),
                        timing,
                    ],
                    fixes: vec![fix(
                        format!("Check whether {} runs and can be reached from here", source.source),
                        Some("quad doctor".to_owned()),
                        "about 5 min",
                    )],
                    ceiling: 0.9,
                    explains: &[],
                })
            })
            .collect()
    }
}
