//! Series on top of each other, a bar a point: errors by kind.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::frame::Frame;
use super::label::n;
use super::line::usual_step;
use super::palette::Palette;
use crate::model::chart::{Chart, Point};

pub(super) fn picture(chart: &Chart, frame: &Frame, palette: &Palette) -> Markup {
    let columns = columns(chart);
    let seconds: Vec<Point> = columns.keys().map(|second| Point(*second, 0.0)).collect();
    let step = frame.wide(usual_step(&seconds)).clamp(1.5, 60.0);
    html! {
        // A bar begins where its time begins, and leaves a little to the next.
        @for (second, parts) in columns.iter().filter(|(second, _)| frame.holds(**second)) {
            @let x = frame.x(*second) + step * 0.1;
            @let wide = (step * 0.8).min(frame.right() - x).max(1.0);
            @for (at, below, above) in stacked(parts) {
                @let (bottom, top) = (frame.y(below), frame.y(above));
                rect x=(n(x)) y=(n(top)) width=(n(wide)) height=(n(bottom - top)) fill=(palette.series(at)) {}
            }
        }
    }
}

/// Each part's series, and from where to where it reaches.
fn stacked(parts: &[(usize, f64)]) -> impl Iterator<Item = (usize, f64, f64)> {
    parts.iter().scan(0.0, |sum, (at, value)| {
        let below = *sum;
        *sum += value;
        Some((*at, below, *sum))
    })
}

/// How high each bar is, the oldest first.
pub(crate) fn heights(chart: &Chart) -> Vec<Point> {
    let high = |parts: &[(usize, f64)]| parts.iter().map(|(_, value)| value).sum();
    columns(chart).iter().map(|(second, parts)| Point(*second, high(parts))).collect()
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
