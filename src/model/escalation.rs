//! Who is told next when nobody reacts: what a person writes, and what is kept with an alert.

use std::fmt;

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::finding::Severity;
use crate::model::outgoing::DeliveryId;
use crate::model::time::Moment;

/// Whom a step reaches.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// Whoever is on call, through PagerDuty.
    Pagerduty,
    /// A channel, by name or id: `{channel: "#oncall"}`.
    Channel(String),
    /// A person, by their id in Slack or Discord: `{person: U024BE7LH}`, `{person: "80351110224678912"}`.
    Person(String),
    /// A mail address: `{mail: oncall@example.com}`.
    Mail(String),
}

/// "PagerDuty", "#oncall", "U024BE7LH", "oncall@example.com"
impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pagerduty => f.write_str("PagerDuty"),
            Self::Channel(name) | Self::Person(name) | Self::Mail(name) => f.write_str(name),
        }
    }
}

/// One step: whom to tell after how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Minutes without anybody's acknowledgement, from 0.
    #[schemars(range(min = 0, max = 10080))]
    pub after_minutes: u32,
    /// Whom to tell: `pagerduty`, `{channel: NAME}`, `{person: ID}`, `{mail: ADDRESS}`.
    pub targets: Vec<Recipient>,
    /// About alerts of which severities. Default: critical.
    #[serde(default = "critical")]
    pub severities: Vec<Severity>,
    /// In which environments. Default: all.
    #[serde(default)]
    pub environments: Vec<String>,
}

fn critical() -> Vec<Severity> {
    vec![Severity::Critical]
}

impl Step {
    /// Whoever is on call, at once or later, about what is critical.
    pub fn page(after_minutes: u32, environments: Vec<String>) -> Self {
        Self { after_minutes, targets: vec![Recipient::Pagerduty], severities: critical(), environments }
    }

    /// How long it waits.
    pub fn after(&self) -> TimeDelta {
        TimeDelta::minutes(self.after_minutes.into())
    }

    /// Whether it is about such an alert.
    pub fn concerns(&self, environment: &str, severity: Severity) -> bool {
        self.severities.contains(&severity)
            && (self.environments.is_empty() || self.environments.iter().any(|named| named == environment))
    }
}

/// The steps that an alert waits for, and those that were taken. Kept with the alert from the
/// moment at which it first needs somebody; gone once somebody has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Escalation {
    /// Since when nobody has it.
    pub since: Moment,
    /// In the order of the configuration.
    pub steps: Vec<Planned>,
}

/// One step with its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// What is to be done.
    pub step: Step,
    /// From when on.
    pub due: Moment,
    /// That it was done. It is done once.
    pub done: Option<Done>,
}

/// A step that was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// When.
    pub at: Moment,
    /// What was sent for it.
    pub deliveries: Vec<DeliveryId>,
    /// Why it reached nobody, once that was found and said.
    pub missed: Option<String>,
}
