//! Pictures of what was found: how something went hour by hour, and errors by kind. Pure.

use chrono_tz::Tz;

use crate::model::chart::{Chart, ChartKind, Line, Point};
use crate::model::sample::{HourSummary, Sample, SeriesKey};
use crate::model::signal::Unit;
use crate::model::time::TimeRange;
use crate::render::chart::sparkline;

/// Bars in a picture of errors: each is wide enough to be seen on a phone.
const BARS: i64 = 20;
/// Blocks in a table's cell.
const BLOCKS: usize = 14;
/// Fewer hours say no more than the figures do.
const FEWEST: usize = 6;

/// The medians of the hours in `range`.
pub(super) fn by_hour(
    key: &SeriesKey,
    hours: &[HourSummary],
    range: TimeRange,
    timezone: Tz,
) -> Option<Chart> {
    let samples: Vec<Sample> =
        hours.iter().map(|hour| Sample { at: hour.hour, value: hour.median }).collect();
    let title = format!("{} of {}, hour by hour", key.signal.label(), key.subject);
    (samples.len() >= FEWEST).then(|| {
        Chart::new(title, key.signal.unit(), range, timezone).line(key.subject.to_string(), &samples)
    })
}

/// The same as a row of blocks, for a table's cell; empty where there is too little.
pub(super) fn blocks(hours: &[HourSummary]) -> String {
    if hours.len() < FEWEST {
        return String::new();
    }
    let size = hours.len().div_ceil(BLOCKS);
    let mean = |part: &[HourSummary]| part.iter().map(|hour| hour.median).sum::<f64>() / part.len() as f64;
    sparkline(&hours.chunks(size).map(mean).collect::<Vec<_>>())
}

/// Kinds of error on top of each other, the most frequent first; `None` where nothing was measured.
pub(super) fn by_kind(
    service: &str,
    unit: Unit,
    kinds: &[(String, Vec<Sample>)],
    range: TimeRange,
    timezone: Tz,
) -> Option<Chart> {
    let step = (range.length().num_seconds() / BARS).max(1);
    let mut chart = Chart::new(format!("Errors of {service} by kind"), unit, range, timezone);
    chart.kind = ChartKind::Stacked;
    chart.series = kinds
        .iter()
        .map(|(kind, samples)| Line { name: kind.clone(), points: means(samples, range, step) })
        .filter(|line| !line.points.is_empty())
        .collect();
    (!chart.series.is_empty()).then_some(chart)
}

/// The mean of each stretch of `step` seconds in which something was measured.
fn means(samples: &[Sample], range: TimeRange, step: i64) -> Vec<Point> {
    let begin = range.from.timestamp();
    (0..=range.length().num_seconds() / step)
        .filter_map(|bar| {
            let from = begin + bar * step;
            let values: Vec<f64> = samples
                .iter()
                .filter(|sample| (from..from + step).contains(&sample.at.timestamp()))
                .map(|sample| sample.value)
                .collect();
            (!values.is_empty()).then(|| Point(from, values.iter().sum::<f64>() / values.len() as f64))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

    #[test]
    fn kinds_of_error_stand_on_each_other_in_the_same_bars() {
        let begin = DateTime::UNIX_EPOCH;
        let range = TimeRange::new(begin, begin + TimeDelta::minutes(20));
        let every = |seconds: i64, value: f64| -> Vec<Sample> {
            let at = |n: i64| begin + TimeDelta::seconds(n * seconds);
            (0..1_200 / seconds).map(|n| Sample { at: at(n), value }).collect()
        };
        let kinds = [
            ("500".to_owned(), every(15, 2.0)),
            ("timeout".to_owned(), every(60, 1.0)),
            ("x".into(), vec![]),
        ];
        let chart = by_kind("web", Unit::Percent, &kinds, range, Tz::UTC).expect("something was measured");
        assert_eq!(chart.series.len(), 2);
        assert_eq!(chart.series[0].points.len(), 20);
        let times = |line: &Line| line.points.iter().map(|point| point.0).collect::<Vec<_>>();
        assert_eq!(times(&chart.series[0]), times(&chart.series[1]));
        assert_eq!(chart.series[1].points[3].1, 1.0);
        assert_eq!(by_kind("web", Unit::Percent, &kinds[2..], range, Tz::UTC), None);
    }

    #[test]
    fn a_cell_holds_a_week_in_a_few_blocks() {
        let hour = |n: u32| HourSummary {
            hour: DateTime::UNIX_EPOCH + TimeDelta::hours(i64::from(n)),
            count: 240,
            min: 0.0,
            mean: f64::from(n),
            median: f64::from(n),
            p95: f64::from(n),
            max: f64::from(n),
        };
        let hours: Vec<HourSummary> = (0..168).map(hour).collect();
        assert_eq!(blocks(&hours), "▁▂▂▃▃▄▄▅▅▆▆▇▇█");
        assert_eq!(blocks(&hours[..5]), "");
    }
}
