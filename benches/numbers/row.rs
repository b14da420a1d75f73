//! One number with what it must reach and what it aims at, as a row of a Markdown table.

use std::fmt;
use std::time::Duration;

/// A measured number. Smaller is better.
pub(crate) struct Row {
    pub(crate) what: &'static str,
    pub(crate) measured: f64,
    pub(crate) must: f64,
    pub(crate) aim: f64,
    pub(crate) unit: &'static str,
    /// The subcommand of `scripts/bench` that measures it.
    pub(crate) command: &'static str,
    /// What else must hold, and whether it does.
    pub(crate) holds: Result<String, String>,
}

impl Row {
    /// Whether it reaches what it must.
    pub(crate) fn passed(&self) -> bool {
        self.measured < self.must && self.holds.is_ok()
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, measured, must, aim, unit, command, holds } = self;
        let digits = if *must < 1.0 { 3 } else { 1 };
        let verdict = match (self.passed(), measured < aim) {
            (true, true) => "PASS, aim reached",
            (true, false) => "PASS",
            (false, _) => "MISS",
        };
        let (Ok(note) | Err(note)) = holds;
        let note = if note.is_empty() { String::new() } else { format!(" ({note})") };
        write!(
            f,
            "| {what} | {measured:.digits$} {unit}{note} | < {must} {unit} | {aim} {unit} | {verdict} | `scripts/bench {command}` |"
        )
    }
}

/// The value that so many percent of `all` do not exceed (nearest rank), in milliseconds.
pub(crate) fn percentile_ms(all: &[Duration], percent: f64) -> f64 {
    let mut sorted = all.to_vec();
    sorted.sort_unstable();
    let rank = (percent / 100.0 * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted[rank.min(sorted.len()) - 1].as_secs_f64() * 1_000.0
}

/// Several percentiles, in words.
pub(crate) fn spread(all: &[Duration]) -> String {
    let of = |percent| percentile_ms(all, percent);
    format!(
        "{} measured: median {:.1} ms, p95 {:.1} ms, p99 {:.1} ms, slowest {:.1} ms",
        all.len(),
        of(50.0),
        of(95.0),
        of(99.0),
        of(100.0)
    )
}
