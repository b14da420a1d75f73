//! The names quad knows: what a person may mean when they say one.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Known names, and the time zone in which the team speaks. `quad parse --inventory` reads this.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Inventory {
    /// Services.
    pub services: Vec<String>,
    /// Containers.
    pub containers: Vec<String>,
    /// Machines.
    pub hosts: Vec<String>,
    /// Databases.
    pub databases: Vec<String>,
    /// Environments.
    pub environments: Vec<String>,
    /// Regions.
    pub regions: Vec<String>,
    /// The team's time zone.
    pub timezone: Tz,
}
