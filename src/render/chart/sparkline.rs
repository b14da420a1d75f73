//! A line as small as a word, for tables: block characters in text, a drawn line on the page.

use maud::{Markup, html};

use super::alt::alt;
use super::label::n;
use super::palette::Palette;
use super::scale::Scale;
use crate::model::chart::Chart;

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const WIDTH: f64 = 90.0;
const HEIGHT: f64 = 20.0;

/// A row of blocks for a table's cell, one a value; a space where nothing was measured.
pub fn cell(values: &[f64]) -> String {
    let known = values.iter().copied().filter(|value| value.is_finite());
    let scale = Scale { low: 0.0, high: known.fold(f64::MIN_POSITIVE, f64::max), ticks: Vec::new() };
    let block = |value: &f64| match value.is_finite() {
        true => BLOCKS[(scale.share(*value) * 7.0).round() as usize],
        false => ' ',
    };
    values.iter().map(block).collect()
}

/// Whether [`cell`] wrote this text.
pub(crate) fn is_sparkline(text: &str) -> bool {
    text.chars().count() > 1 && text.contains(BLOCKS) && text.chars().all(|c| c == ' ' || BLOCKS.contains(&c))
}

/// What [`cell`] wrote, drawn.
pub(crate) fn of_cell(text: &str, palette: &Palette) -> Markup {
    let values =
        text.chars().map(|c| BLOCKS.iter().position(|block| *block == c).map_or(f64::NAN, |at| at as f64));
    drawn(&values.collect::<Vec<_>>(), "how it went", palette)
}

/// A whole chart of this kind.
pub(super) fn picture(chart: &Chart, palette: &Palette) -> Markup {
    let values: Vec<f64> =
        chart.series.first().map_or_else(Vec::new, |line| line.points.iter().map(|point| point.1).collect());
    drawn(&values, &alt(chart), palette)
}

fn drawn(values: &[f64], says: &str, palette: &Palette) -> Markup {
    let scale = Scale::over(values.iter().copied());
    let step = (WIDTH - 4.0) / (values.len().max(2) - 1) as f64;
    let mut path = String::new();
    let mut joined = false;
    for (at, value) in values.iter().enumerate() {
        if value.is_finite() {
            let (x, y) = (2.0 + at as f64 * step, HEIGHT - 2.0 - scale.share(*value) * (HEIGHT - 4.0));
            path.push_str(&format!("{}{} {}", if joined { 'L' } else { 'M' }, n(x), n(y)));
        }
        joined = value.is_finite();
    }
    html! {
        svg.sparkline xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } width=(WIDTH)
            height=(HEIGHT) role="img" aria-label=(says) {
            path d=(path) fill="none" stroke=(palette.series(0)) stroke-width="1.5" stroke-linejoin="round"
                stroke-linecap="round" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_blocks() {
        assert_eq!(cell(&[0.0, 50.0, 100.0, f64::NAN, 25.0]), "▁▅█ ▃");
        assert_eq!(cell(&[0.0, 0.0]), "▁▁");
        assert_eq!(cell(&[]), "");
        assert!(is_sparkline("▁▅█ ▃"));
        assert!(!is_sparkline("12 ms") && !is_sparkline("  ") && !is_sparkline("▁"));
    }
}
