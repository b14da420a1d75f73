//! A running shop: its services, its visitors, and the switches of its faults.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::Context as _;
use tokio::sync::{Mutex, oneshot};
use tokio::task::JoinHandle;

use crate::demo::fault::{Behaviour, Fault};
use crate::demo::keeper::{self, Kept, Wish};
use crate::demo::load;
use crate::demo::topology::{Service, Topology};
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
    now: Mutex<Now>,
}

/// What differs from a healthy shop as it was opened.
#[derive(Debug, Clone, Default)]
struct Now {
    broken: BTreeSet<(Fault, String)>,
    /// By service, where another version than the topology's was deployed.
    versions: BTreeMap<String, String>,
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
        Ok(Self { topology, kept, visitors, now: Mutex::default() })
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
        self.now.lock().await.broken.iter().cloned().collect()
    }

    /// Switches a fault on or off. Without a target it hits where it is typical, and is healed
    /// wherever it is on. Returns the services concerned once they behave so.
    ///
    /// # Errors
    /// A service that is not there or, for slow-query, has no database.
    pub async fn fault(&self, fault: Fault, on: bool, target: Option<&str>) -> anyhow::Result<Vec<String>> {
        let mut now = self.now.lock().await;
        let targets = match target {
            Some(name) => vec![self.checked(fault, name)?],
            None if on => vec![self.checked(fault, fault.default_target(&self.topology).unwrap_or(""))?],
            None => now.broken.iter().filter(|(f, _)| *f == fault).map(|(_, name)| name.clone()).collect(),
        };
        for name in &targets {
            let mut next = now.clone();
            let entry = (fault, name.clone());
            let changed = if on { next.broken.insert(entry) } else { next.broken.remove(&entry) };
            if changed {
                self.apply(name, &next).await?;
                *now = next;
            }
        }
        Ok(targets)
    }

    /// Deploys a version in which nothing is worse: the kind that must not be blamed.
    ///
    /// # Errors
    /// A service that is not there, or that does not start again.
    pub async fn deploy(&self, service: &str, version: &str) -> anyhow::Result<()> {
        let name = self.known(service)?.name.clone();
        let mut now = self.now.lock().await;
        let mut next = now.clone();
        next.versions.insert(name.clone(), version.to_owned());
        self.apply(&name, &next).await?;
        *now = next;
        Ok(())
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

    fn known(&self, name: &str) -> Result<&Service, UserError> {
        let services = &self.topology.services;
        services.iter().find(|s| s.name == name).ok_or_else(|| {
            let known: Vec<&str> = services.iter().map(|s| s.name.as_str()).collect();
            UserError::new(format!("The shop has no service `{name}`; it has {}.", known.join(", ")))
        })
    }

    fn checked(&self, fault: Fault, name: &str) -> Result<String, UserError> {
        let service = match name {
            "" => return Err(UserError::new(format!("The shop has no service that {fault} could hit."))),
            name => self.known(name)?,
        };
        if fault == Fault::SlowQuery && !service.database {
            return Err(UserError::new(format!("`{name}` has no database that could be slow.")));
        }
        Ok(name.to_owned())
    }

    async fn apply(&self, name: &str, next: &Now) -> anyhow::Result<()> {
        let has = |fault| next.broken.contains(&(fault, name.to_owned()));
        let opened_with = &self.known(name)?.version;
        let version = next.versions.get(name).unwrap_or(opened_with);
        let wish = Wish {
            up: !has(Fault::DependencyDown),
            version: if has(Fault::BadDeploy) { next_version(version) } else { version.clone() },
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
