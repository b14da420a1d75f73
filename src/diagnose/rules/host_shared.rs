//! Several services on one machine got worse together because the machine is full.

use std::collections::BTreeSet;

use crate::diagnose::candidate::{Candidate, Expectation, Said, fix};
use crate::diagnose::case::Case;
use crate::diagnose::needs::View;
use crate::diagnose::rules::Rule;
use crate::diagnose::rules::cpu_saturation::FULL;
use crate::diagnose::rules::disk_full::machines;
use crate::diagnose::shift::{Shift, show};
use crate::model::sample::SeriesKey;
use crate::model::signal::Signal;
use crate::model::subject::Subject;

pub(crate) struct HostShared;

impl Rule for HostShared {
    fn needs(&self) -> &'static [(View, Signal)] {
        &[
            (View::Own, Signal::Cpu),
            (View::Host, Signal::Cpu),
            (View::Host, Signal::Memory),
            (View::Host, Signal::ApiResponseTime),
        ]
    }

    fn judge(&self, case: &Case<'_>) -> Vec<Candidate> {
        let hosts: BTreeSet<String> = match &case.problem.subject.host {
            // The machine's own CPU does not explain itself.
            Some(_) => return Vec::new(),
            None => case.culprits().iter().flat_map(|culprit| machines(case, &culprit.service)).collect(),
        };
        hosts.iter().filter_map(|host| self.of(case, host)).collect()
    }
}

impl HostShared {
    fn of(&self, case: &Case<'_>, host: &str) -> Option<Candidate> {
        let subject = Subject::host(&case.problem.subject.environment, host);
        let full = [(Signal::Cpu, FULL), (Signal::Memory, 95.0)]
            .into_iter()
            .filter_map(|(signal, line)| {
                case.shift_of(&SeriesKey::new(signal, subject.clone())).filter(|shift| shift.now >= line)
            })
            .next()?;
        let residents: BTreeSet<&String> = case
            .evidence
            .keys()
            .filter(|key| key.subject.host.as_deref() == Some(host))
            .filter_map(|key| key.subject.service.as_ref())
            .collect();
        let slower: Vec<Shift> = residents
            .iter()
            .filter_map(|service| case.own(Signal::ApiResponseTime, service))
            .filter(Shift::rose)
            .collect();
        let facts = vec![case.fact(&full)];
        let label = full.key.signal.label();
        let mut expectations = vec![Expectation::seen(
            2.0,
            format!("{label} of {host} is at {}", show(full.key.signal, full.now)),
            facts.clone(),
        )];
        expectations.push(if full.rose() {
            Expectation::seen(2.0, format!("up from {}", show(full.key.signal, full.before)), facts.clone())
        } else {
            Expectation::contradicted(3.0, "it was as high before", facts.clone())
        });
        let seen: Vec<_> = slower.iter().map(|shift| case.fact(shift)).collect();
        expectations.push(match slower.len() {
            0 => Expectation::unknown(2.0, format!("how other services on {host} do")),
            1 if residents.len() > 1 => Expectation::contradicted(
                2.0,
                format!("other services on {host} are as fast as before"),
                seen,
            ),
            1 => Expectation::unknown(2.0, format!("how other services on {host} do")),
            n => Expectation::seen(3.0, format!("{n} services on {host} got slower together"), seen),
        });
        Some(Candidate {
            rule: "host_shared",
            culprit: host.to_owned(),
            sentence: Said::new(
                format!("the machine {host} is full ({label} {})", show(full.key.signal, full.now)),
                facts,
            ),
            expectations,
            fixes: vec![
                fix(
                    format!("See what uses {host} up"),
                    Some("top -b -n 1 -o %CPU | head -20".to_owned()),
                    "about 5 min",
                ),
                fix(format!("Move a service off {host}, or make it larger"), None, "about 1 h"),
            ],
            ceiling: 0.9,
            explains: &[],
        })
    }
}
