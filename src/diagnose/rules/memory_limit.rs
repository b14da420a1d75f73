//! The service is at its memory limit, or was just killed at it.

use chrono::TimeDelta;

use crate::diagnose::candidate::{Candidate, Expectation, Said, fix};
use crate::diagnose::case::{Case, Culprit};
use crate::diagnose::needs::View;
use crate::diagnose::rules::Rule;
use crate::diagnose::shift::show;
use crate::model::sample::SeriesKey;
use crate::model::signal::Signal;
use crate::model::time::TimeRange;

pub(crate) struct MemoryLimit;

/// As good as full, in percent.
const FULL: f64 = 95.0;

impl Rule for MemoryLimit {
    fn needs(&self) -> &'static [(View, Signal)] {
        &[(View::Own, Signal::Memory), (View::Own, Signal::Answering)]
    }

    fn judge(&self, case: &Case<'_>) -> Vec<Candidate> {
        // Full memory does not explain itself.
        if matches!(case.problem.signal, Signal::Memory | Signal::MemoryUsed) {
            return Vec::new();
        }
        case.culprits().iter().filter_map(|culprit| self.of(case, culprit)).collect()
    }
}

impl MemoryLimit {
    fn of(&self, case: &Case<'_>, culprit: &Culprit) -> Option<Candidate> {
        let service = &culprit.service;
        let key = SeriesKey::new(Signal::Memory, case.subject(service));
        // The minutes around the onset: after a kill the figure is low or gone.
        let around = TimeRange::new(case.onset - TimeDelta::minutes(5), case.now + TimeDelta::seconds(1));
        let samples = case.evidence.samples(&key, around);
        let peak =
            samples.iter().copied().max_by(|a, b| a.value.total_cmp(&b.value)).filter(|s| s.value >= FULL)?;
        let last = samples.last()?;
        let fact = crate::diagnose::candidate::Fact {
            text: format!(
                "Memory of {service}: {} at {} UTC, {} at {} UTC",
                show(Signal::Memory, peak.value),
                peak.at.format("%H:%M"),
                show(Signal::Memory, last.value),
                last.at.format("%H:%M")
            ),
            source: Signal::Memory.name().to_owned(),
            window: Some(around),
        };
        let killed = last.value < 0.5 * peak.value || culprit.down.is_some();
        let mut expectations = vec![Expectation::seen(
            3.0,
            format!("memory of {service} reached {}", show(Signal::Memory, peak.value)),
            vec![fact.clone()],
        )];
        expectations.push(if killed {
            Expectation::seen(
                2.0,
                "after that it was gone or nearly empty, as after a kill and restart",
                vec![fact.clone()],
            )
        } else {
            Expectation::unknown(2.0, format!("whether {service} was killed and restarted"))
        });
        expectations.push(case.not_deployed(1.0, service));
        expectations.push(case.callees_are_well(1.0, service));
        expectations.extend(case.on_the_way(culprit));
        Some(Candidate {
            rule: "memory_limit",
            culprit: service.clone(),
            sentence: Said::new(
                if killed {
                    format!("{service} ran into its memory limit and was probably killed")
                } else {
                    format!("{service} is at its memory limit")
                },
                vec![fact],
            ),
            expectations,
            fixes: vec![
                fix(format!("Raise the memory limit of {service}, or restart it"), None, "about 5 min"),
                fix(format!("Find what fills the memory of {service}"), None, "about 1 h"),
            ],
            ceiling: 0.9,
            explains: &["slow_dependency", "own_errors", "dependency_down", "endpoint"],
        })
    }
}
