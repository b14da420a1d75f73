//! What the state machine must know of the past and of the world to take one step.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::quiet_hours::QuietHours;
use crate::model::alert::{Alert, AlertNumber};
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
    /// When warnings wait, and in which time zone.
    pub quiet_hours: Option<(QuietHours, Tz)>,
}

/// Nothing is said about a subject for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectSilence {
    /// About what; an empty subject covers everything.
    pub scope: Subject,
    /// About this alert only, where one was named: a silence of an alert that is yet to begin.
    #[serde(default)]
    pub alert: Option<AlertNumber>,
    /// From when on.
    pub from: Moment,
    /// Until when; it always ends.
    pub until: Moment,
    /// Who asked for it.
    pub by: String,
}

impl SubjectSilence {
    /// What it is about, for people and for the audit log.
    pub fn name(&self) -> String {
        match self.alert {
            Some(number) => format!("the silence of alert {number}"),
            None => self.scope.to_string(),
        }
    }

    fn holds(&self, now: Moment) -> bool {
        self.from <= now && now < self.until
    }
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
            || self.silences.iter().filter(|silence| silence.holds(now)).any(|silence| {
                silence.alert.map_or_else(|| covers(&silence.scope), |one| one == alert.number)
            })
            || self.maintenance.iter().any(|window| window.range.contains(now) && covers(&window.scope))
            || self.quiet_hours.as_ref().is_some_and(|(hours, tz)| hours.keep(alert, now, *tz))
    }
}
