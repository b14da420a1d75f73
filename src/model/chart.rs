//! What a picture shows, before it is drawn. Plain data, bounded, because answers wait in the
//! outbox as JSON.

use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize};

use crate::model::finding::Severity;
use crate::model::sample::Sample;
use crate::model::signal::Unit;
use crate::model::time::{Moment, TimeRange};

/// More points than this are finer than a phone can show.
pub const MAX_POINTS: usize = 300;
/// More lines than this can't be told apart by colour.
pub const MAX_SERIES: usize = 6;

/// One picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// "P95 of checkout", plain text.
    pub title: String,
    /// Of every value in it.
    pub unit: Unit,
    /// What the time axis spans.
    pub range: TimeRange,
    /// Where the clock hangs that the time axis is read by.
    pub timezone: Tz,
    /// How it is drawn.
    pub kind: ChartKind,
    /// The first is what the chart is about.
    pub series: Vec<Line>,
    /// What is usual at this time.
    pub usual: Option<Band>,
    /// Lines that should not be crossed.
    pub thresholds: Vec<Threshold>,
    /// Deployments, oldest first.
    pub deployments: Vec<Deployed>,
    /// While this alert was open.
    pub alert: Option<TimeRange>,
}

/// How a chart is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    /// A line a series.
    Line,
    /// A bar a point, the series on top of each other: errors by kind.
    Stacked,
    /// One small line without axes.
    Sparkline,
}

/// One row of points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// What it is, plain text.
    pub name: String,
    /// Oldest first, at most [`MAX_POINTS`].
    pub points: Vec<Point>,
}

/// A value at a time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point(
    /// Seconds since 1970.
    pub i64,
    /// In the chart's unit. Not a number: nothing was measured.
    #[serde(deserialize_with = "number")]
    pub f64,
);

/// From the lower to the upper bound of what is usual.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Lower bound.
    #[serde(deserialize_with = "number")]
    pub low: f64,
    /// Upper bound.
    #[serde(deserialize_with = "number")]
    pub high: f64,
}

/// A line that should not be crossed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// What it means to cross it.
    pub severity: Severity,
    /// Where it is.
    #[serde(deserialize_with = "number")]
    pub value: f64,
}

/// A marked deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployed {
    /// When.
    pub at: Moment,
    /// The version, plain text.
    pub label: String,
}

impl Chart {
    /// An empty chart of lines.
    pub fn new(title: impl Into<String>, unit: Unit, range: TimeRange, timezone: Tz) -> Self {
        Self {
            title: title.into(),
            unit,
            range,
            timezone,
            kind: ChartKind::Line,
            series: Vec::new(),
            usual: None,
            thresholds: Vec::new(),
            deployments: Vec::new(),
            alert: None,
        }
    }

    /// With one more series; beyond [`MAX_SERIES`] it is left out.
    pub fn line(mut self, name: impl Into<String>, samples: &[Sample]) -> Self {
        if self.series.len() < MAX_SERIES {
            self.series.push(Line { name: name.into(), points: thin(samples) });
        }
        self
    }

    /// All values of all series that are numbers.
    pub fn values(&self) -> impl Iterator<Item = Point> {
        self.series.iter().flat_map(|line| &line.points).copied().filter(|point| point.1.is_finite())
    }
}

/// At most [`MAX_POINTS`] of them: of each stretch the lowest and the highest, so that no peak is
/// lost.
fn thin(samples: &[Sample]) -> Vec<Point> {
    let points: Vec<Point> =
        samples.iter().filter(|s| s.value.is_finite()).map(|s| Point(s.at.timestamp(), s.value)).collect();
    if points.len() <= MAX_POINTS {
        return points;
    }
    let stretch = points.len().div_ceil(MAX_POINTS / 2);
    let extremes = |some: &[Point]| {
        let low = some.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1));
        let high = some.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
        let mut pair: Vec<Point> = low.into_iter().chain(high).collect();
        pair.sort_by_key(|point| point.0);
        pair.dedup();
        pair
    };
    points.chunks(stretch).flat_map(extremes).collect()
}

/// JSON has no "not a number": it is written as null, and must come back.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(from)?.unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn range() -> TimeRange {
        let from = Moment::from_timestamp(1_790_000_000, 0).expect("valid");
        TimeRange::new(from, from + TimeDelta::hours(1))
    }

    #[test]
    fn a_chart_survives_the_outbox() {
        let mut chart = Chart::new("P95 of web", Unit::Milliseconds, range(), Tz::Europe__Berlin)
            .line("web", &[Sample { at: range().from, value: 120.5 }]);
        chart.usual = Some(Band { low: 80.0, high: 140.0 });
        chart.thresholds.push(Threshold { severity: Severity::Critical, value: 500.0 });
        chart.deployments.push(Deployed { at: range().from, label: "v1.4".to_owned() });
        chart.alert = Some(range());
        let stored = serde_json::to_string(&chart).expect("serialises");
        assert_eq!(serde_json::from_str::<Chart>(&stored).expect("reads"), chart);

        chart.series[0].points[0].1 = f64::NAN;
        let stored = serde_json::to_string(&chart).expect("serialises");
        let back: Chart = serde_json::from_str(&stored).expect("reads");
        assert!(back.series[0].points[0].1.is_nan());
    }

    #[test]
    fn many_samples_are_thinned_and_the_peak_stays() {
        let samples: Vec<Sample> = (0..5_000)
            .map(|at| Sample {
                at: range().from + TimeDelta::seconds(at),
                value: if at == 3_333 { 9_000.0 } else { 100.0 },
            })
            .collect();
        let chart = Chart::new("", Unit::Milliseconds, range(), Tz::UTC).line("", &samples);
        assert!(chart.series[0].points.len() <= MAX_POINTS);
        assert!(chart.values().any(|point| point.1 == 9_000.0));
    }
}
