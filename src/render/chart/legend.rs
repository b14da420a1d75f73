//! What is what: only what the picture itself does not say.

use maud::{Markup, html};

use super::frame::{EDGE, ROW, TOP, WIDTH};
use super::label::{clean, fitted, n, width};
use super::palette::Palette;
use crate::model::chart::Chart;

/// More rows than this would leave no room for the picture.
const MAX_ROWS: usize = 3;

/// One entry.
pub(super) struct Entry {
    x: f64,
    name: String,
    colour: &'static str,
    opacity: &'static str,
}

/// Entries in rows that fit the width.
pub(super) fn rows(chart: &Chart, palette: &Palette) -> Vec<Vec<Entry>> {
    let mut rows: Vec<Vec<Entry>> = Vec::new();
    let mut x = EDGE;
    for (name, colour, opacity) in entries(chart, palette) {
        let name = fitted(&clean(&name), WIDTH / 2.0 - 30.0, 11.0);
        let wide = 15.0 + width(&name, 11.0) + 12.0;
        if rows.is_empty() || x + wide > WIDTH - EDGE {
            rows.push(Vec::new());
            x = EDGE;
        }
        if let Some(row) = rows.last_mut() {
            row.push(Entry { x, name, colour, opacity });
        }
        x += wide;
    }
    rows.truncate(MAX_ROWS);
    rows
}

fn entries(chart: &Chart, palette: &Palette) -> Vec<(String, &'static str, &'static str)> {
    let show = |value| chart.unit.show(value);
    let mut all = Vec::new();
    // One line needs no name: it is the title's.
    if chart.series.len() > 1 {
        let named =
            |(at, line): (usize, &crate::model::chart::Line)| (line.name.clone(), palette.series(at), "1");
        all.extend(chart.series.iter().enumerate().map(named));
    }
    if let Some(band) = chart.usual.filter(|band| band.low.is_finite() && band.high.is_finite()) {
        all.push((format!("usual {} to {}", show(band.low), show(band.high)), palette.usual, "0.4"));
    }
    if chart.alert.is_some() {
        all.push(("alert".to_owned(), palette.critical, "0.25"));
    }
    all
}

pub(super) fn picture(rows: &[Vec<Entry>], palette: &Palette) -> Markup {
    html! {
        @for (at, row) in rows.iter().enumerate() {
            @let y = TOP + 7.0 + at as f64 * ROW;
            @for entry in row {
                rect x=(n(entry.x)) y=(n(y - 5.0)) width="10" height="10" rx="2" fill=(entry.colour)
                    fill-opacity=(entry.opacity) {}
                text x=(n(entry.x + 15.0)) y=(n(y + 4.0)) fill=(palette.soft) { (entry.name) }
            }
        }
    }
}
