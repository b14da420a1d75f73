//! A chart as a picture: SVG for the page, PNG from the same SVG for chat and mail, words for those
//! who see neither, blocks for a terminal.
//!
//! Read in this order: `frame` lays out, `scale` and `time_axis` divide, `under` draws what stands
//! behind the lines, `line` and `bars` the series, `legend` says what is what.

mod alt;
mod bars;
mod frame;
mod label;
mod legend;
mod line;
mod palette;
mod png;
mod scale;
mod sparkline;
#[cfg(test)]
mod tests;
mod time_axis;
mod under;

use maud::{Markup, html};

pub use self::alt::alt;
pub(crate) use self::bars::heights;
pub use self::palette::{DARK, LIGHT, PAGE, Palette};
pub use self::png::png;
pub(crate) use self::scale::Scale;
pub use self::sparkline::cell as sparkline;
pub(crate) use self::sparkline::{is_sparkline, of_cell};
use crate::model::chart::{Chart, ChartKind};
use frame::Frame;
use label::{clean, fitted, n};

const FONT: &str = "Inter, system-ui, -apple-system, Segoe UI, Roboto, sans-serif";

/// The chart as one `<svg>` element that needs nothing from outside. Names in it are text, never
/// markup. Colours are those of `palette`.
pub fn svg(chart: &Chart, palette: &Palette) -> Markup {
    if chart.kind == ChartKind::Sparkline {
        return sparkline::picture(chart, palette);
    }
    let legend = legend::rows(chart, palette);
    let frame = Frame::new(chart, legend.len());
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (frame::WIDTH) " " (n(frame.height())) }
            role="img" aria-label=(alt(chart)) font-family=(FONT) font-size="11" {
            @if !palette.paper.is_empty() {
                rect width="100%" height="100%" fill=(palette.paper) {}
            }
            (title(chart, palette))
            (legend::picture(&legend, palette))
            (under::background(chart, &frame, palette))
            (axes(chart, &frame, palette))
            @match chart.kind {
                ChartKind::Stacked => (bars::picture(chart, &frame, palette)),
                _ => (line::picture(chart, &frame, palette)),
            }
            (under::marks(chart, &frame, palette))
        }
    }
}

/// What it is, and by which clock it is to be read.
fn title(chart: &Chart, palette: &Palette) -> Markup {
    let zone = chart.range.from.with_timezone(&chart.timezone).format("%Z").to_string();
    html! {
        text x=(frame::EDGE) y="20" font-size="13" font-weight="600" fill=(palette.ink) {
            (fitted(&clean(&chart.title), frame::WIDTH - 80.0, 13.0))
        }
        text x=(n(frame::WIDTH - frame::EDGE)) y="20" text-anchor="end" fill=(palette.soft) { (zone) }
    }
}

fn axes(chart: &Chart, frame: &Frame, palette: &Palette) -> Markup {
    html! {
        @for value in &frame.scale.ticks {
            @let y = frame.y(*value);
            line x1=(n(frame.left)) x2=(n(frame.right())) y1=(n(y)) y2=(n(y)) stroke=(palette.grid) {}
            text x=(n(frame.left - 6.0)) y=(n(y + 4.0)) text-anchor="end" fill=(palette.soft) {
                (chart.unit.show(*value))
            }
        }
        @for tick in time_axis::ticks(chart.range, chart.timezone, 6) {
            @let x = frame.x(tick.at);
            line x1=(n(x)) x2=(n(x)) y1=(n(frame.bottom())) y2=(n(frame.bottom() + 4.0)) stroke=(palette.soft) {}
            text x=(n(frame.centred(x, &tick.label))) y=(n(frame.bottom() + 17.0)) text-anchor="middle"
                fill=(palette.soft) { (tick.label) }
        }
    }
}
