//! What helps to judge a series: what is usual, the lines not to cross, deployments, the alert.

use maud::{Markup, html};

use super::frame::{self, Frame};
use super::label::{clean, fitted, n, width};
use super::palette::Palette;
use crate::model::chart::{Chart, Threshold};

/// Behind everything: the time of the alert, and what is usual.
pub(super) fn background(chart: &Chart, frame: &Frame, palette: &Palette) -> Markup {
    html! {
        @if let Some(alert) = chart.alert {
            @let (from, to) = (frame.x(alert.from.timestamp()), frame.x(alert.to.timestamp()));
            rect x=(n(from)) width=(n((to - from).max(1.0))) y=(n(frame.top)) height=(n(frame.bottom() - frame.top))
                fill=(palette.critical) fill-opacity="0.1" {}
        }
        @if let Some(usual) = chart.usual.filter(|band| band.low.is_finite() && band.high.is_finite()) {
            @let (top, bottom) = (frame.y(usual.high.max(usual.low)), frame.y(usual.low.min(usual.high)));
            rect x=(n(frame.left)) width=(n(frame.width())) y=(n(top)) height=(n((bottom - top).max(1.0)))
                fill=(palette.usual) fill-opacity="0.22" {}
        }
    }
}

/// In front: the lines not to cross, and deployments.
pub(super) fn marks(chart: &Chart, frame: &Frame, palette: &Palette) -> Markup {
    html! {
        (thresholds(chart, frame, palette))
        (deployments(chart, frame, palette))
    }
}

/// Whether a line stands in the picture; otherwise the legend names it.
pub(super) fn in_sight(frame: &Frame, line: &Threshold) -> bool {
    line.value.is_finite() && frame.scale.low <= line.value && line.value <= frame.scale.high
}

/// The highest line first, so that it is the one that keeps its name where two are close.
fn thresholds(chart: &Chart, frame: &Frame, palette: &Palette) -> Markup {
    let mut lines: Vec<&Threshold> = chart.thresholds.iter().filter(|line| in_sight(frame, line)).collect();
    lines.sort_by(|a, b| b.value.total_cmp(&a.value));
    let mut free = f64::NEG_INFINITY;
    let placed = lines.into_iter().map(|line| {
        let y = frame.y(line.value);
        let named = y >= free;
        free = if named { y + 13.0 } else { free };
        (line, y, named)
    });
    html! {
        @for (line, y, named) in placed {
            @let colour = palette.of(line.severity);
            line x1=(n(frame.left)) x2=(n(frame.right())) y1=(n(y)) y2=(n(y)) stroke=(colour)
                stroke-dasharray="5 3" {}
            @if named {
                // On the left: what people look for stands on the right, where it is now.
                text x=(n(frame.left + 4.0)) y=(n(if y - frame.top < 12.0 { y + 12.0 } else { y - 4.0 }))
                    fill=(colour) {
                    (line.severity.name()) " " (chart.unit.show(line.value))
                }
            }
        }
    }
}

fn deployments(chart: &Chart, frame: &Frame, palette: &Palette) -> Markup {
    // Where one name ends, so that the next does not run into it.
    let mut free = frame.left;
    let placed = frame::deployments(chart).map(|one| {
        let name = fitted(&clean(&one.label), 110.0, 11.0);
        let x = frame.x(one.at.timestamp());
        let (middle, half) = (frame.centred(x, &name), width(&name, 11.0) / 2.0);
        let named = middle - half >= free;
        free = if named { middle + half + 6.0 } else { free };
        (x, middle, named.then_some(name))
    });
    html! {
        @for (x, middle, name) in placed {
            line x1=(n(x)) x2=(n(x)) y1=(n(frame.top - 2.0)) y2=(n(frame.bottom())) stroke=(palette.ink)
                stroke-dasharray="2 3" {}
            path d={ "M" (n(x - 4.0)) " " (n(frame.top - 7.0)) "h8l-4 6z" } fill=(palette.ink) {}
            @if let Some(name) = name {
                text x=(n(middle)) y=(n(frame.top - 11.0)) text-anchor="middle" fill=(palette.ink) { (name) }
            }
        }
    }
}
