//! Where everything stands. Units are pixels at the width of a phone; wider screens enlarge them.

use super::label::{clean, width};
use super::scale::Scale;
use crate::model::chart::{Chart, ChartKind, Deployed};

/// Of the whole picture.
pub(super) const WIDTH: f64 = 420.0;
/// Left and right of everything.
pub(super) const EDGE: f64 = 12.0;
/// Of the part with the lines.
const PLOT: f64 = 150.0;
/// One row of the legend, or of deployments.
pub(super) const ROW: f64 = 16.0;
/// Below the title.
pub(super) const TOP: f64 = 30.0;
/// A threshold further above the values than this would flatten them; the legend names it instead.
const NEAR: f64 = 4.0;

/// The part with the lines, and the scales in it.
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) scale: Scale,
    from: i64,
    seconds: f64,
}

impl Frame {
    pub(super) fn new(chart: &Chart, legend_rows: usize) -> Self {
        let scale = Scale::over(heights(chart));
        let widest = scale.ticks.iter().map(|tick| width(&chart.unit.show(*tick), 11.0)).fold(0.0, f64::max);
        let marks = if chart.deployments.is_empty() { 0.0 } else { ROW };
        Self {
            left: EDGE + widest.min(90.0) + 6.0,
            top: TOP + legend_rows as f64 * ROW + marks + 9.0,
            scale,
            from: chart.range.from.timestamp(),
            seconds: (chart.range.length().num_seconds().max(1)) as f64,
        }
    }

    pub(super) fn right(&self) -> f64 {
        WIDTH - EDGE
    }

    pub(super) fn bottom(&self) -> f64 {
        self.top + PLOT
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom() + 26.0
    }

    pub(super) fn width(&self) -> f64 {
        self.right() - self.left
    }

    /// Where a second stands; what is outside stands at the edge.
    pub(super) fn x(&self, second: i64) -> f64 {
        let share = second.saturating_sub(self.from) as f64 / self.seconds;
        self.left + share.clamp(0.0, 1.0) * self.width()
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        self.bottom() - self.scale.share(value) * PLOT
    }

    /// How wide so many seconds are.
    pub(super) fn wide(&self, seconds: i64) -> f64 {
        seconds as f64 / self.seconds * self.width()
    }

    pub(super) fn holds(&self, second: i64) -> bool {
        let after = second.saturating_sub(self.from) as f64;
        (0.0..=self.seconds).contains(&after)
    }

    /// The middle of a text at `x`, moved so that it does not leave the picture.
    pub(super) fn centred(&self, x: f64, text: &str) -> f64 {
        let half = width(&clean(text), 11.0) / 2.0;
        x.min(WIDTH - 2.0 - half).max(half + 2.0)
    }
}

/// What the value axis must hold.
fn heights(chart: &Chart) -> Vec<f64> {
    let mut all: Vec<f64> = match chart.kind {
        ChartKind::Stacked => super::bars::heights(chart).iter().map(|point| point.1).collect(),
        _ => chart.values().map(|point| point.1).collect(),
    };
    all.extend(chart.usual.map(|band| band.high));
    // Room for the number at the peak.
    let highest = all.iter().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    all.push(highest * 1.09);
    all.extend(chart.thresholds.iter().map(|line| line.value).filter(|value| *value <= highest * NEAR));
    all
}

/// Deployments that the range holds.
pub(super) fn deployments(chart: &Chart) -> impl Iterator<Item = &Deployed> {
    chart.deployments.iter().filter(|one| chart.range.from <= one.at && one.at <= chart.range.to)
}
