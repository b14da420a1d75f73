//! What one rule says of one series at one check, before `for` and `keep firing` are considered.

use chrono::TimeDelta;

use crate::model::finding::{Rule, Severity};
use crate::model::sample::{Baseline, SeriesKey};
use crate::model::time::Moment;

/// A rule's view of one series.
#[derive(Debug, Clone)]
pub(super) struct Look {
    pub(super) rule: Rule,
    pub(super) key: SeriesKey,
    pub(super) sight: Sight,
}

/// Whether there was enough to judge by.
#[derive(Debug, Clone)]
pub(super) enum Sight {
    /// There are samples, but too few requests behind them to say anything.
    TooQuiet,
    /// Judged.
    Seen(Seen),
}

/// What was seen.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// When the judged value held: the last sample's time.
    pub(super) at: Moment,
    pub(super) value: f64,
    pub(super) usual: Option<Baseline>,
    pub(super) window_seconds: u32,
    pub(super) note: Option<String>,
    /// One entry for each severity that the rule knows.
    pub(super) levels: Vec<Level>,
}

/// Whether the condition holds at one severity.
#[derive(Debug, Clone)]
pub(super) struct Level {
    pub(super) severity: Severity,
    /// The condition holds.
    pub(super) over: bool,
    /// It does not hold, but it is not clearly gone either: what fires goes on, nothing begins.
    pub(super) lingers: bool,
    /// Since when it holds, as far as the samples tell.
    pub(super) began: Moment,
    /// How long it must hold.
    pub(super) needed: TimeDelta,
    /// The line and who set it.
    pub(super) line: Option<(f64, String)>,
    /// Whether a grace period keeps it from beginning now.
    pub(super) grace: bool,
}
