//! A service that others depend on answers without errors, but not with what it should.

use crate::diagnose::candidate::{Candidate, Expectation, Said, fix};
use crate::diagnose::case::Case;
use crate::diagnose::needs::View;
use crate::diagnose::rules::Rule;
use crate::model::signal::Signal;

pub(crate) struct SilentFailure;

impl Rule for SilentFailure {
    fn needs(&self) -> &'static [(View, Signal)] {
        &[(View::Own, Signal::BodyCheck), (View::Endpoint, Signal::BodyCheck)]
    }

    fn judge(&self, case: &Case<'_>) -> Vec<Candidate> {
        let Some(start) = case.problem.service() else { return Vec::new() };
        case.callees(start)
            .into_iter()
            .filter_map(|service| {
                let check = case.own(Signal::BodyCheck, service).filter(|check| check.now < 0.5)?;
                let facts = vec![case.fact(&check)];
                Some(Candidate {
                    rule: "silent_failure",
                    culprit: service.to_owned(),
                    sentence: Said::new(
                        format!("{service} answers without errors, but not with what it should"),
                        facts.clone(),
                    ),
                    expectations: vec![
                        Expectation::seen(
                            3.0,
                            format!("the check of what {service} answers fails"),
                            facts.clone(),
                        ),
                        if check.fell() {
                            Expectation::seen(2.0, "it passed before", facts)
                        } else {
                            Expectation::contradicted(2.0, "it failed before, too", facts)
                        },
                        case.not_deployed(1.0, service),
                    ],
                    fixes: vec![fix(
                        format!("Look at an answer of {service}, and at where its data comes from"),
                        None,
                        "about 15 min",
                    )],
                    ceiling: 0.85,
                    explains: &[],
                })
            })
            .collect()
    }
}
