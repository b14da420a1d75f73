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
    let (key, now) = [Some(exact), whole].into_iter().flatten().find_map(|key| {
        let range = TimeRange::last(WINDOW, case.now + TimeDelta::seconds(1));
        let values: Vec<f64> = case.evidence.samples(&key, range).iter().map(|s| s.value).collect();
        median(&values).map(|now| (key, now))
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
        value: format!("{} in the last {}", show(signal, now), span(WINDOW)),
        compared: compared.join(", "),
    })
}

fn usual(signal: Signal, baseline: &Baseline) -> String {
    let when = match baseline.seasons {
        Season::HourOfWeek => " at this hour of the week",
        Season::HourOfDay => " at this hour",
        Season::AnyHour => "",
    };
    format!("usually {}{when}", show(signal, baseline.usual))
}
