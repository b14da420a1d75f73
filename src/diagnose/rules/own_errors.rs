//! The errors arise in the service itself: all that it calls is well and nothing else changed.

use crate::diagnose::candidate::{Candidate, Expectation, Said, fix};
use crate::diagnose::case::{Case, Culprit};
use crate::diagnose::needs::View;
use crate::diagnose::rules::Rule;
use crate::diagnose::rules::endpoint::concentrated;
use crate::diagnose::shift::{Shift, show};
use crate::model::signal::Signal;

pub(crate) struct OwnErrors;

impl Rule for OwnErrors {
    fn needs(&self) -> &'static [(View, Signal)] {
        &[
            (View::Own, Signal::ErrorRate),
            (View::Host, Signal::ErrorRate),
            (View::Own, Signal::Traffic),
            (View::Kind, Signal::ErrorRate),
            (View::Endpoint, Signal::ErrorRate),
            (View::Peer, Signal::ErrorRate),
        ]
    }

    fn judge(&self, case: &Case<'_>) -> Vec<Candidate> {
        case.culprits().iter().filter_map(|culprit| self.of(case, culprit)).collect()
    }
}

impl OwnErrors {
    fn of(&self, case: &Case<'_>, culprit: &Culprit) -> Option<Candidate> {
        let service = &culprit.service;
        if culprit.down.is_some() {
            return None;
        }
        let caller = culprit.path.len().checked_sub(2).and_then(|at| culprit.path.get(at));
        let errors = case
            .own(Signal::ErrorRate, service)
            .or_else(|| case.seen_by(Signal::ErrorRate, caller?, service))
            .filter(Shift::rose)?;
        let facts = vec![case.fact(&errors)];
        let rate = show(Signal::ErrorRate, errors.now);
        let mut expectations = vec![
            Expectation::seen(
                2.0,
                format!("{service} answers {rate} of its requests with an error"),
                facts.clone(),
            ),
            case.callees_are_well(3.0, service),
            case.not_deployed(2.0, service),
            case.traffic_is_usual(1.0, service),
        ];
        let kinds = case.kinds(service);
        let mut kind_name = None;
        if let Some(kind) = kinds.first() {
            let name = kind.key.subject.error_kind.clone().unwrap_or_default();
            let share = (kind.now / errors.now).clamp(0.0, 1.0);
            let text = format!("{:.0} % of its errors are \"{name}\"", share * 100.0);
            // Errors that say "somebody else is not there" speak against a fault of its own.
            let told = if Case::says_unreachable(&name) {
                Expectation::contradicted(2.0, text, vec![case.fact(kind), case.fact(&errors)])
            } else {
                Expectation::seen(
                    if share >= 0.5 { 2.0 } else { 1.0 },
                    text,
                    vec![case.fact(kind), case.fact(&errors)],
                )
            };
            expectations.push(told);
            kind_name = Some(name);
        } else {
            expectations
                .push(Expectation::unknown(1.0, format!("which kinds of error {service} answers with")));
        }
        let endpoint = concentrated(case, service, Signal::ErrorRate);
        if let Some((name, facts)) = &endpoint {
            let text = format!("they arise at {name}, not at its other endpoints");
            expectations.push(Expectation::seen(1.0, text, facts.clone()));
        }
        expectations.extend(case.on_the_way(culprit));

        let what = kind_name.map(|kind| format!(" with \"{kind}\"")).unwrap_or_default();
        let at = endpoint.map(|(name, _)| format!(" at {name}")).unwrap_or_default();
        Some(Candidate {
            rule: "own_errors",
            culprit: service.clone(),
            sentence: Said::new(
                format!("a fault inside {service}, which fails{what}{at} while all that it calls is well"),
                facts,
            ),
            expectations,
            fixes: vec![
                fix(
                    format!(
                        "Read the error log of {service} from {} UTC on{what}",
                        case.onset_of(service).format("%H:%M")
                    ),
                    None,
                    "about 10 min",
                ),
                fix(format!("Restart {service} if the log shows a broken state"), None, "about 2 min"),
            ],
            ceiling: 0.9,
            explains: &["slow_dependency", "endpoint"],
        })
    }
}
