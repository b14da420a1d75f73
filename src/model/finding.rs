//! What a detector saw.

use serde::{Deserialize, Serialize};

use crate::model::sample::{Baseline, SeriesKey};
use crate::model::time::Moment;

/// How bad it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Look at it today.
    Warning,
    /// Look at it now.
    Critical,
}

impl Severity {
    /// "critical"
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// Which rule saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A signal is over its warning or critical line.
    Threshold,
    /// More errors than usual: over 1.1 x the baseline, and statistically so.
    ErrorRateOverBaseline,
    /// Memory grows steadily and will reach its limit.
    MemoryGrowth,
    /// The subject does not answer.
    NotAnswering,
    /// It answers without errors, but not with what it should.
    SilentFailure,
    /// A statement takes longer on average than it may.
    SlowStatement,
    /// A statement takes longer than it used to, or runs more often.
    StatementChange,
    /// A series that was there is gone although its source works.
    NoData,
    /// A whole source is down.
    SourceDown,
}

/// One thing that is wrong right now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Which rule saw it.
    pub rule: Rule,
    /// On which series. For `SourceDown` the subject's host holds the source's name.
    pub key: SeriesKey,
    /// How bad.
    pub severity: Severity,
    /// The value that was judged, in the signal's unit.
    pub value: f64,
    /// The line that was crossed, in the signal's unit, and who set it.
    pub line: Option<(f64, String)>,
    /// What is usual at this hour, where known.
    pub usual: Option<Baseline>,
    /// Since when the condition holds.
    pub since: Moment,
    /// When it was last seen to hold.
    pub at: Moment,
    /// Over how many seconds the value was formed.
    pub window_seconds: u32,
    /// What the numbers alone don't say: "connection refused", "body lacks `items`".
    pub note: Option<String>,
}
