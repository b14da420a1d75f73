//! The current figures of the subject, each with what it was before, a day and a week ago and what
//! is usual at this hour.
//!
//! "Now" begins with the trouble: a median that reaches back into the calm before it would tell
//! people that all is well.

use chrono::TimeDelta;

use crate::diagnose::case::Case;
use crate::diagnose::shift::{Against, Shift, median, show, span};
use crate::model::answer::Figure;
use crate::model::sample::{Baseline, Season, SeriesKey};
use crate::model::signal::Signal;

/// The figures that belong to the problem, its own signal first.
pub(crate) fn figures(case: &Case<'_>) -> Vec<Figure> {
    let own = case.problem.signal;
    let beside: &[Signal] = match own {
        Signal::Memory | Signal::MemoryUsed => &[Signal::Memory, Signal::Traffic],
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
    let (key, now) = [Some(exact), whole]
        .into_iter()
        .flatten()
        .find_map(|key| Some((case.level_of(&key)?, key)))
        .map(|(now, key)| (key, now))?;
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
    let before = |shift: &Shift| shift.against == Against::HourBefore;
    if let (true, Some(shift)) = (compared.is_empty(), case.shift_of(&key).filter(before)) {
        compared.push(format!("{} before", show(signal, shift.before)));
    }
    compared.extend(case.evidence.baseline(&key).map(|baseline| usual(signal, baseline)));
    Some(Figure {
        label: signal.label().to_owned(),
        value: format!("{} in the last {}", show(signal, now), last(case.window().length())),
        compared: compared.join(", "),
    })
}

/// "5 min", "minute"
fn last(length: TimeDelta) -> String {
    let said = span(length);
    if said == "1 min" { "minute".to_owned() } else { said }
}

fn usual(signal: Signal, baseline: &Baseline) -> String {
    let when = match baseline.seasons {
        Season::HourOfWeek => " at this hour of the week",
        Season::HourOfDay => " at this hour",
        Season::AnyHour => "",
    };
    format!("usually {}{when}", show(signal, baseline.usual))
}
