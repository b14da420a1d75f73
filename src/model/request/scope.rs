//! What a question or a change is about.

use serde::{Deserialize, Serialize};

use crate::model::subject::Subject;
use crate::model::time::TimeRange;

/// What a question is about. Fields that were not said are `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    /// A known service.
    pub service: Option<String>,
    /// `/api/orders`.
    pub endpoint: Option<String>,
    /// A known environment.
    pub environment: Option<String>,
    /// A known region.
    pub region: Option<String>,
    /// A known host.
    pub host: Option<String>,
    /// A known container.
    pub container: Option<String>,
    /// A known database.
    pub database: Option<String>,
    /// The time spoken of, in UTC.
    pub range: Option<TimeRange>,
    /// The services that `service` stands for, where it is a name for several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub among: Vec<String>,
}

impl Scope {
    /// What was asked about, as a subject; of a name for several services, what they have in common.
    pub fn subject(&self) -> Subject {
        Subject {
            environment: self.environment.clone().unwrap_or_default(),
            region: self.region.clone(),
            service: self.service.clone().filter(|_| self.among.is_empty()),
            endpoint: self.endpoint.clone(),
            host: self.host.clone(),
            container: self.container.clone(),
            database: self.database.clone(),
            ..Subject::default()
        }
    }

    /// A scope each for the services that a name stands for; itself otherwise.
    pub fn one_by_one(&self) -> Vec<Self> {
        if self.among.is_empty() {
            return vec![self.clone()];
        }
        let one = |name: &String| Self { service: Some(name.clone()), among: Vec::new(), ..self.clone() };
        self.among.iter().map(one).collect()
    }

    /// Whether a subject is within it.
    pub fn holds(&self, subject: &Subject) -> bool {
        let among = || subject.service.as_deref().is_some_and(|name| self.names_service(name));
        self.subject().covers(subject) && (self.among.is_empty() || among())
    }

    /// Whether a service is within it.
    pub fn names_service(&self, name: &str) -> bool {
        if !self.among.is_empty() {
            return self.among.iter().any(|one| one == name);
        }
        self.service.as_deref().is_none_or(|service| service == name)
    }
}
