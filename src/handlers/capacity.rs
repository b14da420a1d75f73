//! When is it full? A straight line through what was measured, with its interval, and never further
//! ahead than it looks back.

use chrono::TimeDelta;

use crate::diagnose::shift::span;
use crate::gather::readable::Readable;
use crate::model::answer::{Answer, Mark, Section, Table, escape};
use crate::model::request::{Resource, Scope};
use crate::model::sample::SeriesKey;
use crate::model::signal::Signal;
use crate::model::time::{Moment, TimeRange};

/// More rows than this scroll out of a chat window.
const MAX_ROWS: usize = 8;
/// What a forecast rests on at most: longer ago, people did other things.
const STRETCH: TimeDelta = TimeDelta::days(14);
/// Fewer points than this make no line.
const FEWEST: usize = 8;
/// Two-sided 95 % of the normal distribution.
const SURE: f64 = 1.96;

/// When a line reaches the limit.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Full {
    /// In so many hours, at the earliest and at the latest; the latest may be never.
    In { hours: f64, earliest: f64, latest: Option<f64> },
    /// Not within so many hours, which is as far as it can be said.
    NotWithin { hours: f64 },
    /// It does not grow, as far as can be told.
    Steady,
}

/// A straight line through points.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Line {
    /// Its value at the last point.
    now: f64,
    /// A day.
    slope: f64,
    /// Standard error of the slope, a day.
    error: f64,
    /// How long it looks back.
    hours: f64,
}

pub(super) async fn capacity(
    ctx: &Readable,
    scope: &Scope,
    resource: Option<Resource>,
) -> anyhow::Result<Answer> {
    let signals: &[Signal] = match resource {
        Some(Resource::Cpu) => &[Signal::Cpu],
        Some(Resource::Memory) => &[Signal::Memory],
        Some(Resource::Disk) => &[Signal::Disk],
        None => &[Signal::Disk, Signal::Memory, Signal::Cpu],
    };
    let now = ctx.now();
    let range = TimeRange::last(STRETCH, now);
    let mut lines: Vec<(SeriesKey, Line)> = Vec::new();
    let mut short = 0;
    for key in super::whole_series(ctx, scope, signals, now - TimeDelta::days(1)).await? {
        match line(&points(ctx, &key, range).await?) {
            Some(line) => lines.push((key, line)),
            None => short += 1,
        }
    }
    let of = super::of(scope);
    if lines.is_empty() {
        let why = match short {
            0 => format!("no source measures CPU, memory or disk{of} against a limit"),
            _ => format!("there is too little history{of} for a line"),
        };
        return Ok(Answer::new(format!("I can't forecast that: {why}.")).marked(Mark::Unknown));
    }
    lines.sort_by(|a, b| urgency(&a.1).total_cmp(&urgency(&b.1)).then(b.1.now.total_cmp(&a.1.now)));
    let (key, first) = &lines[0];
    let unit = key.signal.unit();
    let what = format!("{} of {}", key.signal.label(), escape(&key.subject.to_string()));
    let (headline, mark) = match full(first) {
        Full::In { hours, earliest, latest } => (
            format!(
                "{what} is full in about {}{}, if it goes on in a straight line: {} now, {:+.1} points a day.",
                ahead(hours),
                match latest.map(ahead) {
                    // An interval of nothing says nothing.
                    Some(latest) if latest == ahead(earliest) => String::new(),
                    Some(latest) => format!(" (between {} and {latest})", ahead(earliest)),
                    None => format!(" (not before {})", ahead(earliest)),
                },
                unit.show(first.now),
                first.slope
            ),
            Mark::Warning,
        ),
        Full::NotWithin { hours } => (
            format!(
                "Nothing{of} fills up within {}; the nearest is {what}: {} now, {:+.1} points a day.",
                ahead(hours),
                unit.show(first.now),
                first.slope
            ),
            Mark::Good,
        ),
        Full::Steady => (
            format!("Nothing{of} grows as far as I can tell; {what} is highest: {}.", unit.show(first.now)),
            Mark::Good,
        ),
    };
    let table = Table {
        columns: ["", "", "now", "a day", "full"].map(str::to_owned).to_vec(),
        rows: lines
            .iter()
            .take(MAX_ROWS)
            .map(|(key, line)| {
                vec![
                    key.subject.to_string(),
                    key.signal.label().to_owned(),
                    key.signal.unit().show(line.now),
                    format!("{:+.1}", line.slope),
                    match full(line) {
                        Full::In { hours, .. } => format!("in about {}", ahead(hours)),
                        Full::NotWithin { hours } => format!("not within {}", ahead(hours)),
                        Full::Steady => "does not grow".to_owned(),
                    },
                ]
            })
            .collect(),
    };
    let longest = lines.iter().map(|(_, line)| line.hours).fold(0.0, f64::max);
    Ok(Answer::new(headline).marked(mark).with(Section::Table(table)).footnote(format!(
        "A straight line through the last {} with its 95 % interval; it knows no weekends and no campaigns, and I say nothing further ahead than it looks back",
        ahead(longest)
    )))
}

/// Medians of hours; of less than a day, the samples themselves.
async fn points(ctx: &Readable, key: &SeriesKey, range: TimeRange) -> anyhow::Result<Vec<(f64, f64)>> {
    let hours = |at: Moment| (at - range.from).num_seconds() as f64 / 3_600.0;
    let brief: Vec<(f64, f64)> =
        ctx.hours(key, range).await?.iter().map(|hour| (hours(hour.hour), hour.median)).collect();
    if brief.len() >= 24 {
        return Ok(brief);
    }
    let lately = TimeRange::new(range.to - TimeDelta::days(1), range.to);
    let samples = ctx.samples(key, lately).await?;
    // A point every five minutes is enough for a line.
    Ok(samples
        .chunk_by(|a, b| a.at.timestamp() / 300 == b.at.timestamp() / 300)
        .filter_map(|few| few.last())
        .map(|sample| (hours(sample.at), sample.value))
        .collect())
}

/// Least squares. Neighbours in time are alike, so the error is widened by how alike the residuals
/// of neighbours are.
fn line(points: &[(f64, f64)]) -> Option<Line> {
    let n = points.len() as f64;
    if points.len() < FEWEST {
        return None;
    }
    let (first, last) = (points.first()?.0, points.last()?.0);
    let middle = points.iter().map(|(x, _)| x).sum::<f64>() / n;
    let mean = points.iter().map(|(_, y)| y).sum::<f64>() / n;
    let square: f64 = points.iter().map(|(x, _)| (x - middle).powi(2)).sum();
    if square <= 0.0 {
        return None;
    }
    let slope = points.iter().map(|(x, y)| (x - middle) * (y - mean)).sum::<f64>() / square;
    let off: Vec<f64> = points.iter().map(|(x, y)| y - mean - slope * (x - middle)).collect();
    let total: f64 = off.iter().map(|off| off * off).sum();
    let alike = if total > 0.0 {
        (off.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / total).clamp(0.0, 0.95)
    } else {
        0.0
    };
    let error = (total / (n - 2.0) / square).sqrt() * ((1.0 + alike) / (1.0 - alike)).sqrt();
    let now = mean + slope * (last - middle);
    Some(Line { now, slope: slope * 24.0, error: error * 24.0, hours: last - first })
}

/// When `line` reaches 100 %.
fn full(line: &Line) -> Full {
    let (low, high) = (line.slope - SURE * line.error, line.slope + SURE * line.error);
    let left = (100.0 - line.now).max(0.0);
    let until = |slope: f64| left / slope * 24.0;
    // A rise that may be none, or that a week would not show, is none.
    if low <= 0.0 || line.slope < 0.05 {
        return Full::Steady;
    }
    let hours = until(line.slope);
    if hours > line.hours {
        return Full::NotWithin { hours: line.hours };
    }
    let latest = until(low);
    Full::In { hours, earliest: until(high), latest: (latest <= line.hours * 2.0).then_some(latest) }
}

fn urgency(line: &Line) -> f64 {
    match full(line) {
        Full::In { hours, .. } => hours,
        Full::NotWithin { hours } => 1e6 + hours,
        Full::Steady => 1e9,
    }
}

fn ahead(hours: f64) -> String {
    span(TimeDelta::seconds((hours * 3_600.0).min(1e9) as i64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hourly(count: i32, of: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
        (0..count).map(|hour| (f64::from(hour), of(f64::from(hour)))).collect()
    }

    #[test]
    fn a_line_is_followed_as_far_as_it_looks_back() {
        // 40 % after a week, a point an hour: 60 hours to go.
        let steep = line(&hourly(169, |hour| hour - 128.0)).expect("has points");
        assert!(matches!(full(&steep), Full::In { hours, .. } if (hours - 60.0).abs() < 0.1), "{steep:?}");
        let slow = line(&hourly(169, |hour| 20.0 + hour * 0.1)).expect("has points");
        assert_eq!(full(&slow), Full::NotWithin { hours: 168.0 });
        let flat = line(&hourly(169, |hour| 50.0 + (hour * 1.3).sin())).expect("has points");
        assert_eq!(full(&flat), Full::Steady);
        assert_eq!(line(&hourly(3, |hour| hour)), None);
        assert_eq!(line(&[(1.0, 1.0); 20]), None, "all at one time");
    }

    proptest! {
        #[test]
        fn nothing_is_said_further_ahead_than_back(
            start in 0.0_f64..100.0, slope in -2.0_f64..2.0, noise in 0.0_f64..5.0, count in 8_i32..200,
        ) {
            let Some(line) = line(&hourly(count, |hour| start + slope * hour + noise * (hour * 2.7).sin())) else {
                return Ok(());
            };
            match full(&line) {
                Full::In { hours, earliest, latest } => {
                    prop_assert!(hours <= line.hours && earliest <= hours);
                    prop_assert!(latest.is_none_or(|latest| latest >= hours && latest <= line.hours * 2.0));
                }
                Full::NotWithin { hours } => prop_assert_eq!(hours, line.hours),
                Full::Steady => {}
            }
        }
    }
}
