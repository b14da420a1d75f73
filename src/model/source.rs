//! Where facts come from, and how well each of those places works.

use serde::{Deserialize, Serialize};

use crate::model::sample::{Observation, SeriesKey};
use crate::model::signal::Signal;
use crate::model::time::Moment;

/// What a source saw when it was read once.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Values, each with its key.
    pub observations: Vec<Observation>,
    /// Versions that were seen running.
    pub versions: Vec<RunningVersion>,
    /// Who calls whom.
    pub calls: Vec<Call>,
    /// What could not be seen, and why. A gap is never silently "good".
    pub gaps: Vec<Gap>,
    /// What a value alone does not say: "connection refused" beside an `Answering` of 0.
    pub notes: Vec<(SeriesKey, String)>,
    /// Whether it asked what a user would ask, so that its `Answering` is a probe's; else that says
    /// no more than that a metrics page is there.
    pub probed: bool,
}

/// A version that a service was seen to run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunningVersion {
    /// Environment, may be empty.
    pub environment: String,
    /// Service.
    pub service: String,
    /// Value of its version label.
    pub version: String,
}

/// A dependency that was seen: `from` calls `to`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Call {
    /// Environment, may be empty.
    pub environment: String,
    /// The caller.
    pub from: String,
    /// The called service.
    pub to: String,
}

/// Something that a source could not see.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// Which signal is missing; `None` where the whole source is.
    pub signal: Option<Signal>,
    /// For which service or host; `None` for all.
    pub of: Option<String>,
    /// In words: "exports no histogram", "query failed: parse error at char 12".
    pub why: String,
}

/// How a source has been doing. The store keeps one row a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceHealth {
    /// The source's name: `prometheus`, `host`, `probe https://...`.
    pub source: String,
    /// Last time it answered.
    pub last_ok: Option<Moment>,
    /// Since when it fails; `None` while it works.
    pub failing_since: Option<Moment>,
    /// Why it failed last, without secrets.
    pub error: Option<String>,
    /// What it could not see when it last answered.
    pub gaps: Vec<Gap>,
}
