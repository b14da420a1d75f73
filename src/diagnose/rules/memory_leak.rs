//! Memory grows steadily and will reach its limit.

use chrono::TimeDelta;

use crate::diagnose::candidate::{Candidate, Expectation, Said, fix};
use crate::diagnose::case::Case;
use crate::diagnose::needs::View;
use crate::diagnose::rules::Rule;
use crate::diagnose::shift::{STILL_CLIMBING, show, span};
use crate::model::sample::SeriesKey;
use crate::model::signal::Signal;
use crate::model::subject::Subject;

pub(crate) struct MemoryLeak;

/// Where the problem is not memory itself, growing memory matters only once it is this full, in percent.
const PRESSING: f64 = 85.0;
/// The share of its slope that memory must keep up to the end where it is [`PRESSING`].
const STILL_CLIMBING_WHEN_FULL: f64 = 0.05;

impl Rule for MemoryLeak {
    fn needs(&self) -> &'static [(View, Signal)] {
        &[
            (View::Own, Signal::MemoryUsed),
            (View::Own, Signal::Memory),
            (View::Host, Signal::MemoryUsed),
            (View::Host, Signal::Memory),
            (View::Own, Signal::Traffic),
        ]
    }

    fn judge(&self, case: &Case<'_>) -> Vec<Candidate> {
        let subjects: Vec<Subject> = if case.culprits().is_empty() {
            vec![case.problem.subject.clone()]
        } else {
            case.culprits().iter().map(|culprit| case.subject(&culprit.service)).collect()
        };
        subjects.iter().filter_map(|subject| self.of(case, subject)).collect()
    }
}

impl MemoryLeak {
    fn of(&self, case: &Case<'_>, subject: &Subject) -> Option<Candidate> {
        let about_memory = matches!(case.problem.signal, Signal::Memory | Signal::MemoryUsed);
        let share = SeriesKey::new(Signal::Memory, subject.clone());
        let full = case.newest(&share).is_some_and(|memory| memory >= PRESSING);
        if !about_memory && !full {
            return None;
        }
        let percent = case.shift_of(&share);
        // Nearly full, a service works ever less and leaks ever less: that is no end of a warm-up.
        let still = if full { STILL_CLIMBING_WHEN_FULL } else { STILL_CLIMBING };
        let (key, climb) = [Signal::MemoryUsed, Signal::Memory]
            .into_iter()
            .map(|signal| SeriesKey::new(signal, subject.clone()))
            .find_map(|key| case.climb_of(&key, still).map(|climb| (key, climb)))?;
        let name = subject.name().to_owned();
        let used = case.shift_of(&key)?;
        let facts = vec![case.fact(&used)];
        let signal = key.signal;
        let grown = format!(
            "memory of {name} grew from {} to {} in {}, steadily ({} a minute)",
            show(signal, climb.from),
            show(signal, climb.to),
            span(climb.over),
            show(signal, climb.per_second * 60.0)
        );
        let mut expectations = vec![Expectation::seen(4.0, grown, facts.clone())];

        // The limit is known where use is known in bytes and in percent.
        let limit = match (signal, &percent) {
            (Signal::Memory, _) => Some(100.0),
            (_, Some(percent)) if percent.now > 0.0 => Some(used.now / percent.now * 100.0),
            _ => None,
        };
        expectations.push(match limit {
            Some(limit) if climb.to < limit => {
                let left = TimeDelta::seconds(((limit - climb.to) / climb.per_second) as i64);
                let text = format!(
                    "at this pace it reaches its limit of {} in about {}",
                    show(signal, limit),
                    span(left)
                );
                let mut facts = facts.clone();
                facts.extend(percent.iter().map(|percent| case.fact(percent)));
                Expectation::seen(1.0, text, facts)
            }
            Some(limit) => Expectation::seen(
                1.0,
                format!("it is at its limit of {}", show(signal, limit)),
                facts.clone(),
            ),
            None => Expectation::unknown(1.0, format!("the memory limit of {name}")),
        });
        if subject.service.is_some() {
            expectations.push(case.traffic_is_usual(2.0, &name));
        }
        let began = case.now - climb.over;
        let deployed = case.evidence.deployments().iter().rfind(|d| {
            d.service == name
                && d.at <= began + TimeDelta::minutes(5)
                && began - d.at <= TimeDelta::minutes(30)
        });
        let version = deployed.map(|d| {
            let text = format!("the growth began after the deployment of {}", d.version);
            expectations.push(Expectation::seen(
                1.0,
                text,
                vec![case.deployment_fact(d, began), facts[0].clone()],
            ));
            d.version.clone()
        });
        Some(Candidate {
            rule: "memory_leak",
            culprit: name.clone(),
            sentence: Said::new(
                match version {
                    Some(version) => format!("a memory leak in {name}, probably since {version}"),
                    None => format!("a memory leak in {name}"),
                },
                facts,
            ),
            expectations,
            fixes: vec![
                fix(
                    format!("Restart {name} before it is killed: that buys time and is no cure"),
                    None,
                    "about 2 min",
                ),
                fix(
                    format!(
                        "Look in {name} for what is kept and never given up: caches without a limit or an expiry"
                    ),
                    None,
                    "about 2 h",
                ),
            ],
            ceiling: 0.9,
            explains: &["memory_limit", "slow_dependency", "endpoint", "own_errors", "deployment"],
        })
    }
}
