//! One endpoint is worse and the others of the service are not: where to look, not why. It never
//! claims enough to decide by itself.

use crate::diagnose::candidate::{Candidate, Expectation, Fact, Said, fix};
use crate::diagnose::case::Case;
use crate::diagnose::needs::View;
use crate::diagnose::rules::Rule;
use crate::model::signal::Signal;

pub(crate) struct Endpoint;

impl Rule for Endpoint {
    fn needs(&self) -> &'static [(View, Signal)] {
        &[
            (View::Endpoint, Signal::ApiResponseTime),
            (View::Endpoint, Signal::ErrorRate),
            (View::Endpoint, Signal::Traffic),
        ]
    }

    fn judge(&self, case: &Case<'_>) -> Vec<Candidate> {
        // What is asked about one endpoint is not explained by that endpoint.
        if case.problem.subject.endpoint.is_some() {
            return Vec::new();
        }
        case.culprits()
            .iter()
            .filter_map(|culprit| {
                let service = &culprit.service;
                let (name, facts) = concentrated(case, service, case.telling())?;
                Some(Candidate {
                    rule: "endpoint",
                    culprit: service.clone(),
                    sentence: Said::new(
                        format!("something that only {name} of {service} does"),
                        facts.clone(),
                    ),
                    expectations: vec![
                        Expectation::seen(2.0, format!("{name} got worse, other endpoints did not"), facts),
                        case.not_deployed(1.0, service),
                        case.callees_are_well(1.0, service),
                    ],
                    fixes: vec![fix(
                        format!("Look at what {name} of {service} does and waits for"),
                        None,
                        "about 30 min",
                    )],
                    ceiling: 0.55,
                    explains: &[],
                })
            })
            .collect()
    }
}

/// The one endpoint of `service` that got worse while at least one other did not.
pub(super) fn concentrated(case: &Case<'_>, service: &str, signal: Signal) -> Option<(String, Vec<Fact>)> {
    let parts = case.parts(View::Endpoint, signal, service);
    let (worse, well): (Vec<_>, Vec<_>) = parts.iter().partition(|shift| shift.rose());
    let [one] = worse.as_slice() else { return None };
    let other = well.first()?;
    let subject = &one.key.subject;
    let endpoint = subject.endpoint.as_deref()?;
    let name = match &subject.method {
        Some(method) => format!("{method} {endpoint}"),
        None => endpoint.to_owned(),
    };
    Some((name, vec![case.fact(one), case.fact(other)]))
}
