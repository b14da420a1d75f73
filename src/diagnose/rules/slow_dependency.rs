//! The deepest service whose own latency rose while all that it calls is well: where to look. Why
//! it is slow, other rules say; so this one never claims much.

use crate::diagnose::candidate::{Candidate, Expectation, Said, fix};
use crate::diagnose::case::{Case, Culprit};
use crate::diagnose::needs::View;
use crate::diagnose::rules::Rule;
use crate::diagnose::shift::Shift;
use crate::model::signal::Signal;

pub(crate) struct SlowDependency;

impl Rule for SlowDependency {
    fn needs(&self) -> &'static [(View, Signal)] {
        &[
            (View::Own, Signal::ApiResponseTime),
            (View::Host, Signal::ApiResponseTime),
            (View::Peer, Signal::ApiResponseTime),
            (View::Peer, Signal::Traffic),
            (View::Own, Signal::Traffic),
        ]
    }

    fn judge(&self, case: &Case<'_>) -> Vec<Candidate> {
        case.culprits().iter().filter_map(|culprit| self.of(case, culprit)).collect()
    }
}

impl SlowDependency {
    fn of(&self, case: &Case<'_>, culprit: &Culprit) -> Option<Candidate> {
        let service = &culprit.service;
        let caller = culprit.path.len().checked_sub(2).and_then(|at| culprit.path.get(at))?;
        if culprit.down.is_some() {
            return None;
        }
        let own = case.own(Signal::ApiResponseTime, service).filter(Shift::rose);
        let seen = case.seen_by(Signal::ApiResponseTime, caller, service).filter(Shift::rose);
        let shown = own.clone().or_else(|| seen.clone())?;
        let mut expectations = vec![match &own {
            Some(own) => Expectation::seen(
                3.0,
                format!("{service} itself takes longer to answer"),
                vec![case.fact(own)],
            ),
            None => Expectation::unknown(3.0, format!("how long {service} itself takes")),
        }];
        expectations.push(match &seen {
            Some(seen) => {
                Expectation::seen(2.0, format!("{caller} waits longer for it"), vec![case.fact(seen)])
            }
            None => Expectation::unknown(2.0, format!("how long {caller} waits for {service}")),
        });
        expectations.push(case.callees_are_well(1.0, service));
        expectations.extend(case.on_the_way(culprit));
        Some(Candidate {
            rule: "slow_dependency",
            culprit: service.clone(),
            sentence: Said::new(
                format!(
                    "{service} got slower ({}); why, the evidence does not show",
                    culprit.path.join(" -> ")
                ),
                vec![case.fact(&shown)],
            ),
            expectations,
            fixes: vec![fix(
                format!("Look into {service}: logs, slow requests, what it waits for"),
                None,
                "about 30 min",
            )],
            ceiling: 0.75,
            explains: &["endpoint"],
        })
    }
}
