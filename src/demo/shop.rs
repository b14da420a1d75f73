//! A running shop: its services, its visitors, and the switches of its faults.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::Context as _;
use tokio::sync::{Mutex, oneshot};
use tokio::task::JoinHandle;

use crate::demo::fault::{Behaviour, Fault};
use crate::demo::keeper::{self, Kept, Wish};
use crate::demo::load;
use crate::demo::topology::Topology;
use crate::error::UserError;

/// How to start a shop.
#[derive(Debug, Clone)]
pub struct Settings {
    /// quad's own binary; each service is a child of it.
    pub program: PathBuf,
    /// Where databases lie. Made if it is not there.
    pub data: PathBuf,
    /// Whether visitors come.
    pub visitors: bool,
}

/// Services that run until [`Shop::stop`]. When it is dropped, or this process dies, they end too.
pub struct Shop {
    topology: Topology,
    kept: BTreeMap<String, Kept>,
    visitors: Option<JoinHandle<()>>,
    broken: Mutex<BTreeSet<(Fault, String)>>,
}

impl Shop {
    /// Starts all services, the called before their callers, then the visitors.
    ///
    /// # Errors
    /// A topology that makes no sense, or a service that does not start.
    pub async fn start(topology: Topology, settings: Settings) -> anyhow::Result<Self> {
        let ordered = topology.in_order()?;
        std::fs::create_dir_all(&settings.data)
            .with_context(|| format!("making {}", settings.data.display()))?;
        let mut kept: BTreeMap<String, Kept> = BTreeMap::new();
        let entries: Vec<&str> = topology.entries().collect();
        let mut visited = Vec::new();
        for service in ordered {
            let peers = service
                .calls
                .iter()
                .filter_map(|name| Some((name.clone(), kept.get(name)?.url.clone())))
                .collect();
            let one = keeper::keep(
                settings.program.clone(),
                service.clone(),
                topology.environment.clone(),
                peers,
                settings.data.clone(),
            )
            .await?;
            if entries.contains(&service.name.as_str()) {
                visited.push((service.clone(), one.url.clone()));
            }
            kept.insert(service.name, one);
        }
        let visitors = settings.visitors.then(|| tokio::spawn(load::visit(visited)));
        Ok(Self { topology, kept, visitors, broken: Mutex::default() })
    }

    /// Who calls whom.
    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// Each service and where it answers, e.g. `("web", "http://127.0.0.1:40123")`, in the
    /// topology's order. Stays the same when a service restarts. Metrics are at `/metrics`.
    pub fn urls(&self) -> Vec<(String, String)> {
        let url = |name: &String| self.kept.get(name).map(|kept| kept.url.clone());
        self.topology.services.iter().filter_map(|s| Some((s.name.clone(), url(&s.name)?))).collect()
    }

    /// What is broken now, and where.
    pub async fn broken(&self) -> Vec<(Fault, String)> {
        self.broken.lock().await.iter().cloned().collect()
    }

    /// Switches a fault on or off. Without a target it hits where it is typical, and is healed
    /// wherever it is on. Returns the services concerned once they behave so.
    ///
    /// # Errors
    /// A service that is not there or, for slow-query, has no database.
    pub async fn fault(&self, fault: Fault, on: bool, target: Option<&str>) -> anyhow::Result<Vec<String>> {
        let mut broken = self.broken.lock().await;
        let targets = match target {
            Some(name) => vec![self.checked(fault, name)?],
            None if on => vec![self.checked(fault, fault.default_target(&self.topology).unwrap_or(""))?],
            None => broken.iter().filter(|(f, _)| *f == fault).map(|(_, name)| name.clone()).collect(),
        };
        for name in &targets {
            let entry = (fault, name.clone());
            let changed = if on { broken.insert(entry) } else { broken.remove(&entry) };
            if changed {
                self.apply(name, &broken).await?;
            }
        }
        Ok(targets)
    }

    /// Ends all services and returns when they are gone.
    pub async fn stop(mut self) {
        if let Some(visitors) = self.visitors.take() {
            visitors.abort();
        }
        for (_, kept) in std::mem::take(&mut self.kept) {
            drop(kept.requests);
            // A keeper ends with its service; there is nothing to do if it failed.
            let _ = kept.task.await;
        }
    }

    fn checked(&self, fault: Fault, name: &str) -> Result<String, UserError> {
        let service = self.topology.services.iter().find(|s| s.name == name).ok_or_else(|| {
            let known: Vec<&str> = self.topology.services.iter().map(|s| s.name.as_str()).collect();
            UserError::new(format!(
                "The shop has no service for {fault} called `{name}`; it has {}.",
                known.join(", ")
            ))
        })?;
        if fault == Fault::SlowQuery && !service.database {
            return Err(UserError::new(format!("`{name}` has no database that could be slow.")));
        }
        Ok(name.to_owned())
    }

    async fn apply(&self, name: &str, broken: &BTreeSet<(Fault, String)>) -> anyhow::Result<()> {
        let has = |fault| broken.contains(&(fault, name.to_owned()));
        let version = self.topology.services.iter().find(|s| s.name == name).map(|s| s.version.as_str());
        let version = version.unwrap_or_default();
        let wish = Wish {
            up: !has(Fault::DependencyDown),
            version: if has(Fault::BadDeploy) { next_version(version) } else { version.to_owned() },
            behaviour: Behaviour {
                slow_query: has(Fault::SlowQuery),
                errors: has(Fault::Errors),
                memory_leak: has(Fault::MemoryLeak),
                bad_deploy: has(Fault::BadDeploy),
            },
        };
        let (done, fulfilled) = oneshot::channel();
        let kept = self.kept.get(name).context("every service is kept")?;
        kept.requests.send((wish, done)).await.ok().context("its keeper is gone")?;
        fulfilled.await.context("its keeper is gone")?
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        if let Some(visitors) = &self.visitors {
            visitors.abort();
        }
        // Children are killed with the keepers' tasks that own them.
        for kept in self.kept.values() {
            kept.task.abort();
        }
    }
}

/// `1.4.2` -> `1.5.0`; anything else gets a suffix.
fn next_version(version: &str) -> String {
    let parts: Vec<&str> = version.split('.').collect();
    if let [major, minor, _] = parts[..]
        && let Ok(minor) = minor.parse::<u32>()
    {
        return format!("{major}.{}.0", minor.saturating_add(1));
    }
    format!("{version}-next")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_has_another_version() {
        assert_eq!(next_version("1.4.2"), "1.5.0");
        assert_eq!(next_version("nightly"), "nightly-next");
    }
}
