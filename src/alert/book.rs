//! What the state machine must know of the past and of the world to take one step.

use serde::{Deserialize, Serialize};

use crate::model::alert::Alert;
use crate::model::source::Call;
use crate::model::subject::Subject;
use crate::model::time::{Moment, TimeRange};

/// The alerts that may still change, and what bears on them.
#[derive(Debug, Clone, Default)]
pub struct Book {
    /// All open alerts, and those that ended within [`super::Settings::look_back`].
    pub alerts: Vec<Alert>,
    /// Who calls whom.
    pub calls: Vec<Call>,
    /// Subjects about which people don't want to hear.
    pub silences: Vec<SubjectSilence>,
    /// Planned work, from the configuration.
    pub maintenance: Vec<MaintenanceWindow>,
}

/// Nothing is said about a subject for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectSilence {
    /// About what; an empty subject covers everything.
    pub scope: Subject,
    /// From when on.
    pub from: Moment,
    /// Until when; it always ends.
    pub until: Moment,
    /// Who asked for it.
    pub by: String,
}

/// Planned work: what breaks in it is no news.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceWindow {
    /// On what; an empty subject covers everything.
    pub scope: Subject,
    /// When.
    pub range: TimeRange,
    /// What is done: "Database maintenance".
    pub title: String,
}

impl Book {
    /// Whether nothing new may be said about `alert` now.
    pub fn is_quiet(&self, alert: &Alert, now: Moment) -> bool {
        let covers = |scope: &Subject| {
            scope.covers(&alert.subject)
                || (!alert.findings.is_empty()
                    && alert.findings.iter().all(|finding| scope.covers(&finding.key.subject)))
        };
        alert.silenced.as_ref().is_some_and(|(until, _)| now < *until)
            || self
                .silences
                .iter()
                .any(|silence| silence.from <= now && now < silence.until && covers(&silence.scope))
            || self.maintenance.iter().any(|window| window.range.contains(now) && covers(&window.scope))
    }
}
