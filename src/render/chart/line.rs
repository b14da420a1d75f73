//! Series as lines. Where nothing was measured the line breaks: it never bridges what is not known.

use maud::{Markup, html};

use super::frame::Frame;
use super::label::{n, width};
use super::palette::Palette;
use crate::model::chart::{Chart, Point};

/// So many usual steps without a point are a gap.
const GAP: i64 = 5;

pub(super) fn picture(chart: &Chart, frame: &Frame, palette: &Palette) -> Markup {
    html! {
        @for (at, series) in chart.series.iter().enumerate().rev() {
            @for stretch in stretches(&series.points, frame) {
                @if let [Point(second, value)] = stretch[..] {
                    circle cx=(n(frame.x(second))) cy=(n(frame.y(value))) r="2.5" fill=(palette.series(at)) {}
                } @else {
                    path d=(path(&stretch, frame)) fill="none" stroke=(palette.series(at)) stroke-width="1.8"
                        stroke-linejoin="round" stroke-linecap="round" {}
                }
            }
        }
        (peak(chart, frame, palette))
    }
}

/// The points in sight, cut where they are not joined.
fn stretches(points: &[Point], frame: &Frame) -> Vec<Vec<Point>> {
    let step = usual_step(points).saturating_mul(GAP);
    let mut all: Vec<Vec<Point>> = Vec::new();
    let mut joined = false;
    for point in points.iter().filter(|point| frame.holds(point.0)) {
        if !point.1.is_finite() {
            joined = false;
            continue;
        }
        match all.last_mut() {
            Some(last) if joined && last.last().is_some_and(|before| point.0 - before.0 <= step) => {
                last.push(*point);
            }
            _ => all.push(vec![*point]),
        }
        joined = true;
    }
    all
}

/// The middle one of the distances between points.
pub(super) fn usual_step(points: &[Point]) -> i64 {
    let mut steps: Vec<i64> =
        points.windows(2).map(|two| two[1].0.saturating_sub(two[0].0)).filter(|step| *step > 0).collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).copied().unwrap_or(60)
}

pub(super) fn path(points: &[Point], frame: &Frame) -> String {
    let mut path = String::new();
    for (at, Point(second, value)) in points.iter().enumerate() {
        path.push(if at == 0 { 'M' } else { 'L' });
        path.push_str(&format!("{} {}", n(frame.x(*second)), n(frame.y(*value))));
    }
    path
}

/// The highest point of the first series, with its value: what people read off first.
fn peak(chart: &Chart, frame: &Frame, palette: &Palette) -> Markup {
    let points = chart.series.first().map_or(&[][..], |line| &line.points);
    let highest = points
        .iter()
        .filter(|point| point.1.is_finite() && frame.holds(point.0))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    html! {
        @if let Some(Point(second, value)) = highest {
            @let (x, y) = (frame.x(*second), frame.y(*value));
            @let name = chart.unit.show(*value);
            @let half = width(&name, 11.0) / 2.0;
            @let middle = x.min(frame.right() - half).max(frame.left + half);
            circle cx=(n(x)) cy=(n(y)) r="3" fill=(palette.series(0)) {}
            text x=(n(middle)) y=(n(y - 7.0)) text-anchor="middle" font-weight="600" fill=(palette.ink) { (name) }
        }
    }
}
