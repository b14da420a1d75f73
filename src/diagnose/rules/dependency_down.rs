//! A service does not answer, and its callers fail for want of it.

use crate::diagnose::candidate::{Candidate, Expectation, Said, fix};
use crate::diagnose::case::{Case, Culprit};
use crate::diagnose::needs::View;
use crate::diagnose::rules::Rule;
use crate::diagnose::shift::Shift;
use crate::model::diagnosis::Fix;
use crate::model::signal::Signal;

pub(crate) struct DependencyDown;

impl Rule for DependencyDown {
    fn needs(&self) -> &'static [(View, Signal)] {
        &[
            (View::Own, Signal::Answering),
            (View::Host, Signal::Answering),
            (View::Own, Signal::Traffic),
            (View::Peer, Signal::ErrorRate),
            (View::Kind, Signal::ErrorRate),
        ]
    }

    fn judge(&self, case: &Case<'_>) -> Vec<Candidate> {
        case.culprits().iter().filter_map(|culprit| self.of(case, culprit)).collect()
    }
}

impl DependencyDown {
    fn of(&self, case: &Case<'_>, culprit: &Culprit) -> Option<Candidate> {
        let facts = culprit.down.clone()?;
        let service = &culprit.service;
        let mut expectations =
            vec![Expectation::seen(3.0, format!("{service} does not answer"), facts.clone())];

        let callers = case.callers(service);
        let failing: Vec<Shift> = callers
            .iter()
            .filter_map(|caller| case.seen_by(Signal::ErrorRate, caller, service))
            .filter(Shift::rose)
            .collect();
        if let Some(worst) = failing.iter().max_by(|a, b| a.now.total_cmp(&b.now)) {
            let text = format!(
                "{:.0} % of the calls from {} to {service} fail",
                worst.now,
                worst.key.subject.name()
            );
            expectations.push(Expectation::seen(2.0, text, failing.iter().map(|s| case.fact(s)).collect()));
        } else if !callers.is_empty() {
            let text = format!("what the callers of {service} see");
            expectations.push(Expectation::unknown(1.0, text));
        }
        for caller in callers {
            let kind = case
                .kinds(caller)
                .into_iter()
                .find(|shift| shift.key.subject.error_kind.as_deref().is_some_and(Case::says_unreachable));
            if let Some(kind) = kind {
                let name = kind.key.subject.error_kind.clone().unwrap_or_default();
                let text = format!("{caller} fails with \"{name}\"");
                expectations.push(Expectation::seen(1.0, text, vec![case.fact(&kind)]));
            }
        }
        expectations.push(case.not_deployed(1.0, service));
        expectations.extend(case.on_the_way(culprit));

        Some(Candidate {
            rule: "dependency_down",
            culprit: service.clone(),
            sentence: Said::new(
                match culprit.path.len() {
                    0 | 1 => format!("{service} itself does not answer"),
                    _ => format!("{service} does not answer ({})", culprit.path.join(" -> ")),
                },
                facts,
            ),
            expectations,
            fixes: fixes(service),
            ceiling: 0.95,
            explains: &["own_errors", "slow_dependency", "endpoint", "slow_database"],
        })
    }
}

fn fixes(service: &str) -> Vec<Fix> {
    vec![
        fix(format!("Check whether {service} runs, and start it"), None, "about 2 min"),
        fix("If it runs: read its last log lines, and check address, port and network", None, "about 15 min"),
    ]
}
