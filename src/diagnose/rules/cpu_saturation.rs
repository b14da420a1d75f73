//! The service, or the machine it runs on, has no processor time left.

use crate::diagnose::candidate::{Candidate, Expectation, Said, fix};
use crate::diagnose::case::{Case, Culprit};
use crate::diagnose::needs::View;
use crate::diagnose::rules::Rule;
use crate::diagnose::shift::{Shift, show};
use crate::model::signal::Signal;

pub(crate) struct CpuSaturation;

/// From here on requests wait for the processor, in percent.
pub(crate) const FULL: f64 = 85.0;

impl Rule for CpuSaturation {
    fn needs(&self) -> &'static [(View, Signal)] {
        &[(View::Own, Signal::Cpu), (View::Host, Signal::Cpu), (View::Own, Signal::Traffic)]
    }

    fn judge(&self, case: &Case<'_>) -> Vec<Candidate> {
        // A full processor does not explain itself.
        if case.problem.signal == Signal::Cpu {
            return Vec::new();
        }
        case.culprits().iter().filter_map(|culprit| self.of(case, culprit)).collect()
    }
}

impl CpuSaturation {
    fn of(&self, case: &Case<'_>, culprit: &Culprit) -> Option<Candidate> {
        let service = &culprit.service;
        let cpu = case.own(Signal::Cpu, service).filter(|cpu| cpu.now >= FULL)?;
        let facts = vec![case.fact(&cpu)];
        let mut expectations = vec![
            Expectation::seen(
                2.0,
                format!("{service} uses {} of its CPU", show(Signal::Cpu, cpu.now)),
                facts.clone(),
            ),
            if Shift::rose(&cpu) {
                let text = format!("up from {}", show(Signal::Cpu, cpu.before));
                Expectation::seen(2.0, text, facts.clone())
            } else {
                let text = format!("it was as busy before: {}", show(Signal::Cpu, cpu.before));
                Expectation::contradicted(3.0, text, facts.clone())
            },
            case.callees_are_well(1.0, service),
            case.not_deployed(1.0, service),
            case.traffic_is_usual(1.0, service),
        ];
        expectations.extend(case.on_the_way(culprit));
        Some(Candidate {
            rule: "cpu_saturation",
            culprit: service.clone(),
            sentence: Said::new(format!("{service} is out of CPU ({})", show(Signal::Cpu, cpu.now)), facts),
            expectations,
            fixes: vec![
                fix(format!("Give {service} more CPU, or run more instances"), None, "about 10 min"),
                fix(format!("Profile {service} for what burns the time"), None, "about 1 h"),
            ],
            ceiling: 0.85,
            explains: &["slow_dependency", "endpoint"],
        })
    }
}
