//! Series on top of each other, a bar a point: errors by kind.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::frame::Frame;
use super::label::n;
use super::palette::Palette;
use crate::model::chart::Chart;

pub(super) fn picture(chart: &Chart, frame: &Frame, palette: &Palette) -> Markup {
    let columns = columns(chart);
    let wide = (frame.width() / columns.len().max(1) as f64 * 0.8).clamp(1.0, 26.0);
    html! {
        @for (second, parts) in columns.iter().filter(|(second, _)| frame.holds(**second)) {
            @let x = (frame.x(*second) - wide / 2.0).max(frame.left).min(frame.right() - wide);
            @let mut below = 0.0;
            @for (at, value) in parts {
                @let (bottom, top) = (frame.y(below), frame.y(below + value));
                @let _ = below += value;
                rect x=(n(x)) y=(n(top)) width=(n(wide)) height=(n(bottom - top)) fill=(palette.series(*at)) {}
            }
        }
    }
}

/// How high each bar is.
pub(super) fn sums(chart: &Chart) -> Vec<f64> {
    columns(chart).values().map(|parts| parts.iter().map(|(_, value)| value).sum()).collect()
}

/// The values of each second, with the place of their series. Less than nothing can't be stacked.
fn columns(chart: &Chart) -> BTreeMap<i64, Vec<(usize, f64)>> {
    let mut all: BTreeMap<i64, Vec<(usize, f64)>> = BTreeMap::new();
    for (at, line) in chart.series.iter().enumerate() {
        for point in line.points.iter().filter(|point| point.1.is_finite()) {
            all.entry(point.0).or_default().push((at, point.1.clamp(0.0, 1e14)));
        }
    }
    all
}
