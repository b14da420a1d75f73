//! The names quad knows: what a person may mean when they say one.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::model::request::Scope;

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
    /// Other names, and what each stands for: one thing, or several services.
    pub aliases: BTreeMap<String, Vec<String>>,
    /// The team's time zone.
    pub timezone: Tz,
}

impl Inventory {
    /// All names of things.
    pub fn known(&self) -> impl Iterator<Item = &String> {
        [&self.services, &self.containers, &self.hosts, &self.databases, &self.environments, &self.regions]
            .into_iter()
            .flatten()
    }

    /// Whether it is a name of a thing, or stands for one.
    pub fn is_known(&self, name: &str) -> bool {
        self.known().any(|known| known.eq_ignore_ascii_case(name)) || self.alias(name).is_some()
    }

    /// What a name stands for, where it is another name.
    pub fn alias(&self, name: &str) -> Option<&[String]> {
        let name = name.strip_prefix("the ").unwrap_or(name);
        let same = |alias: &str| alias.strip_prefix("the ").unwrap_or(alias).eq_ignore_ascii_case(name);
        self.aliases.iter().find(|(alias, _)| same(alias)).map(|(_, members)| members.as_slice())
    }

    /// Puts what it stands for in the place of a name for several services.
    pub fn expand(&self, scope: &mut Scope) {
        if let Some(name) = &scope.service
            && let Some(members) = self.alias(name).filter(|members| members.len() > 1)
        {
            scope.among = members.to_vec();
        }
    }
}
