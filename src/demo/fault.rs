//! What can be broken in the shop, and what breaking it means for a service.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::demo::topology::Topology;
use crate::error::UserError;

/// Something to break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// A batch job scans a large table without an index and holds the database's lock meanwhile.
    SlowQuery,
    /// A service answers 500 to a third of its requests, by its own doing.
    Errors,
    /// A service never gives memory back, until it is killed at its limit and started again.
    MemoryLeak,
    /// A service runs a new version that is slower and fails now and then.
    BadDeploy,
    /// A service is not there at all.
    DependencyDown,
}

impl Fault {
    /// All faults, in the order in which they are offered.
    pub const ALL: [Self; 5] =
        [Self::SlowQuery, Self::Errors, Self::MemoryLeak, Self::BadDeploy, Self::DependencyDown];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::SlowQuery => "slow-query",
            Self::Errors => "errors",
            Self::MemoryLeak => "memory-leak",
            Self::BadDeploy => "bad-deploy",
            Self::DependencyDown => "dependency-down",
        }
    }

    /// The service that it hits when nobody names one: the database's owner, the deepest service,
    /// or the one in the middle, which both has callers and calls others.
    pub fn default_target(self, topology: &Topology) -> Option<&str> {
        let services = &topology.services;
        let called = |name: &str| services.iter().any(|s| s.calls.iter().any(|c| c == name));
        let found = match self {
            Self::SlowQuery => services.iter().find(|s| s.database),
            Self::DependencyDown => {
                services.iter().find(|s| s.calls.is_empty() && called(&s.name)).or_else(|| services.last())
            }
            Self::Errors | Self::MemoryLeak | Self::BadDeploy => {
                services.iter().find(|s| !s.calls.is_empty() && called(&s.name)).or_else(|| services.first())
            }
        };
        found.map(|service| service.name.as_str())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Fault {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        Self::ALL.into_iter().find(|fault| fault.name() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            UserError::new(format!("I don't know the fault `{text}`; there are {known}."))
        })
    }
}

/// How a service misbehaves right now. Sent to it as one line of JSON.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Behaviour {
    /// The batch job runs.
    pub slow_query: bool,
    /// A third of the requests fail.
    pub errors: bool,
    /// Memory is never given back.
    pub memory_leak: bool,
    /// This is the new, bad version.
    pub bad_deploy: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found_by_its_name() {
        for fault in Fault::ALL {
            assert_eq!(fault.name().parse(), Ok(fault));
        }
        assert_eq!(
            "slow".parse::<Fault>().map_err(|e| e.to_string()),
            Err("I don't know the fault `slow`; there are slow-query, errors, memory-leak, bad-deploy, \
                 dependency-down."
                .to_owned())
        );
    }

    #[test]
    fn a_fault_hits_where_it_is_typical() {
        let shop = Topology::default();
        assert_eq!(Fault::SlowQuery.default_target(&shop), Some("payments"));
        assert_eq!(Fault::DependencyDown.default_target(&shop), Some("payments"));
        assert_eq!(Fault::BadDeploy.default_target(&shop), Some("checkout"));
    }
}
