//! More requests than the service can take.

use chrono::TimeDelta;

use crate::diagnose::candidate::{Candidate, Expectation, Said, fix};
use crate::diagnose::case::{Case, Culprit};
use crate::diagnose::needs::View;
use crate::diagnose::rules::Rule;
use crate::diagnose::shift::{Shift, show};
use crate::model::signal::Signal;

pub(crate) struct TrafficSurge;

impl Rule for TrafficSurge {
    fn needs(&self) -> &'static [(View, Signal)] {
        &[
            (View::Own, Signal::Traffic),
            (View::Endpoint, Signal::Traffic),
            (View::Own, Signal::Cpu),
            (View::Own, Signal::ApiResponseTime),
            (View::Own, Signal::ErrorRate),
        ]
    }

    fn judge(&self, case: &Case<'_>) -> Vec<Candidate> {
        case.culprits().iter().filter_map(|culprit| self.of(case, culprit)).collect()
    }
}

impl TrafficSurge {
    fn of(&self, case: &Case<'_>, culprit: &Culprit) -> Option<Candidate> {
        let service = &culprit.service;
        let traffic = case.own(Signal::Traffic, service).filter(Shift::rose)?;
        let facts = vec![case.fact(&traffic)];
        let factor = traffic.now / traffic.before.max(0.01);
        let mut expectations = vec![Expectation::seen(
            3.0,
            format!("{service} gets {factor:.1} times its traffic: {}", show(Signal::Traffic, traffic.now)),
            facts.clone(),
        )];
        let began = case.onset_in(&traffic.key);
        let got_bad = case.onset_of(service);
        expectations.push(match began {
            Some(at) if (got_bad - at).abs() <= TimeDelta::minutes(5) => Expectation::seen(
                2.0,
                format!("the trouble began with it at about {} UTC", at.format("%H:%M")),
                facts.clone(),
            ),
            Some(at) => Expectation::contradicted(
                2.0,
                format!(
                    "traffic rose at {} UTC, the trouble began at {} UTC",
                    at.format("%H:%M"),
                    got_bad.format("%H:%M")
                ),
                facts.clone(),
            ),
            None => Expectation::unknown(1.0, format!("when the traffic of {service} began to rise")),
        });
        if case.problem.signal != Signal::Cpu {
            expectations.push(match case.own(Signal::Cpu, service) {
                Some(cpu) if cpu.rose() => Expectation::seen(
                    2.0,
                    format!("its CPU rose to {}", show(Signal::Cpu, cpu.now)),
                    vec![case.fact(&cpu)],
                ),
                Some(cpu) => Expectation::contradicted(1.0, "its CPU did not rise", vec![case.fact(&cpu)]),
                None => Expectation::unknown(1.0, format!("the CPU of {service}")),
            });
        }
        expectations.push(case.callees_are_well(1.0, service));
        expectations.push(case.not_deployed(1.0, service));
        expectations.extend(case.on_the_way(culprit));
        Some(Candidate {
            rule: "traffic_surge",
            culprit: service.clone(),
            sentence: Said::new(
                format!("a surge of traffic: {service} gets {factor:.1} times as much as before"),
                facts,
            ),
            expectations,
            fixes: vec![
                fix(format!("Run more instances of {service}"), None, "about 10 min"),
                fix("Find who sends it, and limit what should not come", None, "about 20 min"),
            ],
            ceiling: 0.9,
            explains: &["cpu_saturation", "slow_dependency", "endpoint"],
        })
    }
}
