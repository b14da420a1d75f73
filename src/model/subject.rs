//! What a signal is about.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The thing that a measurement, a finding or an alert is about. Fields left out widen it: a
/// subject with only a service means all of its endpoints and hosts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Subject {
    /// `dev`, `qa`, `prod`, ... Empty where the installation has only one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub environment: String,
    /// e.g. `eu-west-1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// e.g. `checkout`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// A route, not a path: `/api/orders/{id}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// `GET`, `POST`, ...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// A machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// A container or pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// A database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// Another service that `service` calls; the signal is what the caller sees of those calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
    /// One kind of error, e.g. `timeout` or `500`; the signal is its share of all requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_kind: Option<String>,
    /// One kind of statement of `database`, by the short name that people say (`q3f9a1c2`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
}

impl Subject {
    /// A whole service in an environment.
    pub fn service(environment: &str, name: &str) -> Self {
        Self { environment: environment.to_owned(), service: Some(name.to_owned()), ..Self::default() }
    }

    /// A database in an environment.
    pub fn database(environment: &str, name: &str) -> Self {
        Self { environment: environment.to_owned(), database: Some(name.to_owned()), ..Self::default() }
    }

    /// A machine in an environment.
    pub fn host(environment: &str, name: &str) -> Self {
        Self { environment: environment.to_owned(), host: Some(name.to_owned()), ..Self::default() }
    }

    /// The same subject, seen only where `service` calls `peer`.
    pub fn calling(mut self, peer: &str) -> Self {
        self.peer = Some(peer.to_owned());
        self
    }

    /// Text that is equal exactly for equal subjects. The store keeps this.
    pub fn key(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The subject that `key` was made from.
    pub fn from_key(key: &str) -> Option<Self> {
        serde_json::from_str(key).ok()
    }

    /// Whether everything said here holds for `other` too: a service covers its endpoints.
    pub fn covers(&self, other: &Self) -> bool {
        fn fits(mine: &Option<String>, theirs: &Option<String>) -> bool {
            mine.is_none() || mine == theirs
        }
        (self.environment.is_empty() || self.environment == other.environment)
            && fits(&self.region, &other.region)
            && fits(&self.service, &other.service)
            && fits(&self.endpoint, &other.endpoint)
            && fits(&self.method, &other.method)
            && fits(&self.host, &other.host)
            && fits(&self.container, &other.container)
            && fits(&self.database, &other.database)
            && fits(&self.peer, &other.peer)
            && fits(&self.error_kind, &other.error_kind)
            && fits(&self.statement, &other.statement)
    }

    /// Whether it is a whole thing that a person could own, not a view on one
    /// (a call to a peer, a kind of error, a statement).
    pub fn is_owned(&self) -> bool {
        self.peer.is_none() && self.error_kind.is_none() && self.statement.is_none()
    }

    /// The service, host, container or database: the word that a person would use.
    pub fn name(&self) -> &str {
        [&self.service, &self.container, &self.database, &self.host]
            .into_iter()
            .find_map(|part| part.as_deref())
            .unwrap_or(if self.environment.is_empty() { "everything" } else { &self.environment })
    }
}

/// "checkout POST /api/orders in prod", "db-1", "checkout -> payments".
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        if let Some(peer) = &self.peer {
            write!(f, " -> {peer}")?;
        }
        match (&self.method, &self.endpoint) {
            (Some(method), Some(endpoint)) => write!(f, " {method} {endpoint}")?,
            (None, Some(endpoint)) => write!(f, " {endpoint}")?,
            _ => {}
        }
        if let Some(statement) = &self.statement {
            write!(f, " {statement}")?;
        }
        if let Some(region) = &self.region {
            write!(f, " in {region}")?;
        }
        if !self.environment.is_empty() && self.name() != self.environment {
            write!(f, " ({})", self.environment)?;
        }
        Ok(())
    }
}
