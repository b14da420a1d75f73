//! The current figures of the subject, each with what it was an hour, a day and a week ago and what
//! is usual at this hour.

use chrono::TimeDelta;

use crate::diagnose::case::Case;
use crate::diagnose::shift::{median, show, span};
use crate::model::answer::Figure;
use crate::model::sample::{Baseline, Season, SeriesKey};
use crate::model::signal::Signal;
use crate::model::time::TimeRange;

/// "Now" is this long.
const WINDOW: TimeDelta = TimeDelta::minutes(5);

/// The figures that belong to the problem, its own signal first.
pub(crate) fn figures(case: &Case<'_>) -> Vec<Figure> {
    let own = case.problem.signal;
    let beside: &[Signal] = match own {
        Signal::Memory | Signal::MemoryUsed => &[Signal::Memory, Signal::MemoryUsed, Signal::Traffic],
        Signal::Cpu => &[Signal::Traffic, Signal::ApiResponseTime],
        Signal::Disk => &[],
        Signal::DatabaseQueryTime => &[Signal::ApiResponseTime, Signal::Traffic],
        _ => &[Signal::ApiResponseTime, Signal::ErrorRate, Signal::Traffic],
    };
    let mut signals = vec![own];
    signals.extend(beside.iter().filter(|signal| **signal != own));
    signals.into_iter().filter_map(|signal| figure(case, signal)).collect()
}

fn figure(case: &Case<'_>, signal: Signal) -> Option<Figure> {
    let exact = SeriesKey::new(signal, case.problem.subject.clone());
    let whole = case.problem.service().map(|service| SeriesKey::new(signal, case.subject(service)));
    let long = TimeRange::last(WINDOW, case.now + TimeDelta::seconds(1));
    let (key, range, now) = [Some(exact), whole].into_iter().flatten().find_map(|key| {
        // What was still well a few minutes ago must not water down how bad it is now.
        [since_it_began(case), Some(long)].into_iter().flatten().find_map(|range| {
            let values: Vec<f64> = case.evidence.samples(&key, range).iter().map(|s| s.value).collect();
            median(&values).map(|now| (key.clone(), range, now))
        })
    })?;
    let mut compared: Vec<String> = [
        (TimeDelta::hours(1), "an hour ago"),
        (TimeDelta::days(1), "a day ago"),
        (TimeDelta::days(7), "a week ago"),
    ]
    .into_iter()
    .filter_map(|(ago, words)| {
        let then = median(&case.evidence.values_around(&key, case.now - ago))?;
        Some(format!("{} {words}", show(signal, then)))
    })
    .collect();
    compared.extend(case.evidence.baseline(&key).map(|baseline| usual(signal, baseline)));
    Some(Figure {
        label: signal.label().to_owned(),
        value: format!("{} in the last {}", show(signal, now), last(range.length())),
        compared: compared.join(", "),
    })
}

/// Where it is known that something is wrong, the time since it is; a question may be about nothing.
fn since_it_began(case: &Case<'_>) -> Option<TimeRange> {
    let range = case.window();
    (case.problem.rule.is_some() || range.length() >= TimeDelta::minutes(1)).then_some(range)
}

/// "5 min", "minute"
fn last(length: TimeDelta) -> String {
    if length < TimeDelta::seconds(90) { "minute".to_owned() } else { span(length) }
}

fn usual(signal: Signal, baseline: &Baseline) -> String {
    let when = match baseline.seasons {
        Season::HourOfWeek => " at this hour of the week",
        Season::HourOfDay => " at this hour",
        Season::AnyHour => "",
    };
    format!("usually {}{when}", show(signal, baseline.usual))
}
