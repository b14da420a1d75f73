//! A file system on the machine of the service is full, so that writes fail or wait.

use std::collections::BTreeSet;

use crate::diagnose::candidate::{Candidate, Expectation, Said, fix};
use crate::diagnose::case::{Case, Culprit};
use crate::diagnose::needs::View;
use crate::diagnose::rules::Rule;
use crate::diagnose::shift::{Shift, show};
use crate::model::sample::SeriesKey;
use crate::model::signal::Signal;
use crate::model::subject::Subject;

pub(crate) struct DiskFull;

/// As good as full, in percent.
const FULL: f64 = 97.0;

impl Rule for DiskFull {
    fn needs(&self) -> &'static [(View, Signal)] {
        &[(View::Own, Signal::Disk), (View::Host, Signal::Disk)]
    }

    fn judge(&self, case: &Case<'_>) -> Vec<Candidate> {
        // A full disk does not explain itself.
        if case.problem.signal == Signal::Disk {
            return Vec::new();
        }
        case.culprits().iter().filter_map(|culprit| self.of(case, culprit)).collect()
    }
}

impl DiskFull {
    fn of(&self, case: &Case<'_>, culprit: &Culprit) -> Option<Candidate> {
        let service = &culprit.service;
        let disk = disks(case, service).into_iter().find(|disk| disk.now >= FULL)?;
        let machine = disk.key.subject.name().to_owned();
        let facts = vec![case.fact(&disk)];
        let mut expectations = vec![
            Expectation::seen(
                4.0,
                format!("the disk of {machine} is {} full", show(Signal::Disk, disk.now)),
                facts.clone(),
            ),
            if disk.before >= FULL {
                Expectation::contradicted(3.0, "it was as full before the trouble began", facts.clone())
            } else {
                Expectation::seen(
                    1.0,
                    format!("it was {} before", show(Signal::Disk, disk.before)),
                    facts.clone(),
                )
            },
            case.not_deployed(1.0, service),
            case.callees_are_well(1.0, service),
        ];
        expectations.extend(case.on_the_way(culprit));
        Some(Candidate {
            rule: "disk_full",
            culprit: machine.clone(),
            sentence: Said::new(format!("a full disk on {machine}, where {service} runs"), facts),
            expectations,
            fixes: vec![fix(
                format!("Free space on {machine}: see what takes it"),
                Some("df -h; du -xh --max-depth=2 / | sort -h | tail -20".to_owned()),
                "about 10 min",
            )],
            ceiling: 0.9,
            explains: &[],
        })
    }
}

fn disks(case: &Case<'_>, service: &str) -> Vec<Shift> {
    machines(case, service)
        .into_iter()
        .map(|host| Subject::host(&case.problem.subject.environment, &host))
        .chain([case.subject(service)])
        .filter_map(|subject| case.shift_of(&SeriesKey::new(Signal::Disk, subject)))
        .collect()
}

/// Machines on which a service runs: those that any of its series names.
pub(super) fn machines(case: &Case<'_>, service: &str) -> BTreeSet<String> {
    case.evidence
        .keys()
        .filter(|key| key.subject.service.as_deref() == Some(service))
        .filter_map(|key| key.subject.host.clone())
        .collect()
}
