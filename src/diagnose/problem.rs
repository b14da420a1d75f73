//! What is to be explained: a finding, an alert, or what a question is about.

use serde::{Deserialize, Serialize};

use crate::model::alert::Alert;
use crate::model::finding::{Finding, Rule};
use crate::model::sample::SeriesKey;
use crate::model::signal::Signal;
use crate::model::subject::Subject;
use crate::model::time::Moment;

/// Something that is wrong, or that a person believes to be wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// What it is about.
    pub subject: Subject,
    /// The signal that shows it.
    pub signal: Signal,
    /// Since when, as far as a detector knows. The diagnosis looks for the true onset around it.
    pub since: Moment,
    /// Which detector saw it; `None` where a person asked.
    pub rule: Option<Rule>,
    /// What numbers alone don't say: "connection refused".
    pub note: Option<String>,
}

impl Problem {
    /// The series that shows it.
    pub fn key(&self) -> SeriesKey {
        SeriesKey::new(self.signal, self.subject.clone())
    }

    /// The service it is about, if it is about one.
    pub fn service(&self) -> Option<&str> {
        self.subject.service.as_deref()
    }
}

impl From<&Finding> for Problem {
    fn from(finding: &Finding) -> Self {
        Self {
            subject: finding.key.subject.clone(),
            signal: finding.key.signal,
            since: finding.since,
            rule: Some(finding.rule),
            note: finding.note.clone(),
        }
    }
}

impl From<&Alert> for Problem {
    fn from(alert: &Alert) -> Self {
        match alert.findings.first() {
            Some(leading) => Self { since: leading.since.min(alert.since), ..Self::from(leading) },
            None => Self {
                subject: alert.subject.clone(),
                signal: alert.signal,
                since: alert.since,
                rule: None,
                note: None,
            },
        }
    }
}
