//! Everything that detection may know at one check, gathered before it starts.

use std::collections::BTreeMap;

use crate::model::deployment::Deployment;
use crate::model::sample::{Baseline, Sample, SeriesKey};
use crate::model::signal::Signal;
use crate::model::source::SourceHealth;
use crate::model::subject::Subject;
use crate::model::threshold::Thresholds;
use crate::model::time::{Moment, TimeRange};

/// What is known at one check.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// About the last 15 minutes of each series, oldest first, one sample a check.
    pub recent: BTreeMap<SeriesKey, Vec<Sample>>,
    /// About the last 6 hours of memory series at a coarse step, oldest first. May be missing.
    pub hours: BTreeMap<SeriesKey, Vec<Sample>>,
    /// What is usual at this hour, see [`super::baseline`].
    pub baselines: BTreeMap<SeriesKey, Baseline>,
    /// Deployments of at least the last grace period.
    pub deployments: Vec<Deployment>,
    /// How each source does.
    pub sources: Vec<SourceHealth>,
    /// Series that were seen regularly of late. A key that is gone for long should leave this map:
    /// then its absence stops being news.
    pub expected: BTreeMap<SeriesKey, Expected>,
    /// What a probe or source says beyond numbers: "connection refused".
    pub notes: BTreeMap<SeriesKey, String>,
    /// Statements of databases that were over their line of late.
    pub statements: Vec<SlowStatement>,
    /// Statements of databases that left of late what is usual for them.
    pub changed: Vec<StatementChange>,
    /// The lines in force.
    pub thresholds: Thresholds,
    /// When this process began to watch.
    pub started_at: Option<Moment>,
    /// How many seconds lie between two checks.
    pub check_interval_seconds: u32,
}

/// A series that was seen regularly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The name of the source that it comes from, as in [`SourceHealth`].
    pub source: String,
    /// When it was last seen.
    pub last: Moment,
    /// How many seconds usually lie between two of its samples.
    pub every_seconds: u32,
}

/// A statement that was over its line of late.
#[derive(Debug, Clone, PartialEq)]
pub struct SlowStatement {
    /// Which statement of which database.
    pub subject: Subject,
    /// Its mean in the last window, in milliseconds.
    pub mean_ms: f64,
    /// Since when it is not over the line any more.
    pub ended: Option<Moment>,
    /// How often it ran, and what it is, without literals.
    pub what: String,
    /// The last window.
    pub range: TimeRange,
    /// The line in milliseconds, and who set it.
    pub line: (f64, String),
}

/// A statement that left of late what is usual for it.
#[derive(Debug, Clone, PartialEq)]
pub struct StatementChange {
    /// Which statement of which database.
    pub subject: Subject,
    /// What changed: the time of a call, or the calls a second.
    pub signal: Signal,
    /// It in the last window, in the signal's unit.
    pub value: f64,
    /// What was usual before.
    pub usual: f64,
    /// What it is, without literals, and what goes with the number.
    pub what: String,
    /// When the first window began in which it was so.
    pub since: Moment,
    /// The last window.
    pub range: TimeRange,
    /// Since when it is as usual again.
    pub ended: Option<Moment>,
}

impl Facts {
    /// Whether the source of `key` is failing. Where the source isn't known, any failing source
    /// may be the one: better to hold an alert open than to call it over unseen.
    pub(super) fn source_is_down(&self, key: &SeriesKey) -> bool {
        let failing = |name: Option<&str>| {
            self.sources
                .iter()
                .any(|health| health.failing_since.is_some() && name.is_none_or(|name| health.source == name))
        };
        failing(self.expected.get(key).map(|expected| expected.source.as_str()))
    }

    /// Whether the service of `key` was deployed less than `seconds` ago.
    pub(super) fn was_just_deployed(&self, key: &SeriesKey, seconds: u32, now: Moment) -> bool {
        let Some(service) = &key.subject.service else { return false };
        self.deployments.iter().any(|deployment| {
            let age = (now - deployment.at).num_seconds();
            deployment.service == *service
                && (deployment.environment.is_empty()
                    || key.subject.environment.is_empty()
                    || deployment.environment == key.subject.environment)
                && (0..i64::from(seconds)).contains(&age)
        })
    }
}
