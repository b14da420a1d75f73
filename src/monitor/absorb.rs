//! One reading of one source becomes rows: samples, uptime, who calls whom, which versions run,
//! and how the source itself is doing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use anyhow::Context as _;
use chrono::TimeDelta;
use tracing::{info, warn};

use crate::detect::Expected;
use crate::error::CallError;
use crate::model::deployment::{Deployment, Learned};
use crate::model::sample::{Observation, Sample, SeriesKey};
use crate::model::signal::Signal;
use crate::model::source::{Reading, RunningVersion, SourceHealth};
use crate::model::time::Moment;
use crate::model::uptime;
use crate::monitor::recent::{Recent, SET_BACK};
use crate::store::Store;

/// Key of the versions last seen, in the store's state.
const VERSIONS: &str = "monitor.versions";

/// How long a series that has ended is missed.
const MISSED_FOR: TimeDelta = TimeDelta::hours(6);
/// So often a series must have come to count as regular.
const REGULAR: u32 = 10;

/// How a series has been coming.
struct Regular {
    source: String,
    first: Moment,
    last: Moment,
    count: u32,
}

impl Regular {
    fn expected(&self) -> Option<Expected> {
        if self.count < REGULAR {
            return None;
        }
        let every = (self.last - self.first).num_seconds() / i64::from(self.count - 1);
        let every_seconds = u32::try_from(every.max(1)).ok()?;
        Some(Expected { source: self.source.clone(), last: self.last, every_seconds })
    }
}

/// Where readings go.
pub struct Sink {
    store: Store,
    recent: Mutex<Recent>,
    health: Mutex<BTreeMap<String, SourceHealth>>,
    notes: Mutex<BTreeMap<SeriesKey, String>>,
    regular: Mutex<BTreeMap<SeriesKey, Regular>>,
    versions: tokio::sync::Mutex<Option<BTreeMap<String, BTreeSet<String>>>>,
}

impl Sink {
    /// A sink before `store`, remembering how sources did before a restart.
    ///
    /// # Errors
    /// Where the store can't be read.
    pub async fn new(store: Store) -> anyhow::Result<Self> {
        let health = store.source_health().await?;
        Ok(Self {
            store,
            recent: Mutex::default(),
            health: Mutex::new(health.into_iter().map(|health| (health.source.clone(), health)).collect()),
            notes: Mutex::default(),
            regular: Mutex::default(),
            versions: tokio::sync::Mutex::default(),
        })
    }

    /// Takes in what `source` said at `now`, or why it said nothing.
    ///
    /// # Errors
    /// Where the store can't be written; what was read is then in memory only.
    pub async fn absorb(
        &self,
        source: &str,
        now: Moment,
        read: Result<Reading, CallError>,
    ) -> anyhow::Result<()> {
        let health = self.health_after(source, now, &read);
        self.store.put_source_health(&health).await.context("noting how a source does")?;
        let Ok(reading) = read else { return Ok(()) };
        lock(&self.recent).add(&reading.observations);
        self.expect(source, &reading.observations);
        self.note(&reading);
        self.store.record(&reading.observations).await.context("recording samples")?;
        self.store.mark_minutes(&uptime::marks(&reading)).await.context("marking uptime")?;
        if !reading.calls.is_empty() {
            self.store.put_calls(&reading.calls, now).await.context("noting calls")?;
        }
        if !reading.versions.is_empty() {
            self.deployments(&reading.versions, now).await.context("noting versions")?;
        }
        Ok(())
    }

    /// Samples of the last minutes.
    pub fn recent(&self, now: Moment) -> BTreeMap<SeriesKey, Vec<Sample>> {
        let mut recent = lock(&self.recent);
        recent.forget(now);
        recent.all()
    }

    /// Series that come regularly, so that their absence is news for a while.
    pub fn expected(&self, now: Moment) -> BTreeMap<SeriesKey, Expected> {
        let mut regular = lock(&self.regular);
        regular.retain(|_, row| (-SET_BACK..MISSED_FOR).contains(&(now - row.last)));
        regular.iter().filter_map(|(key, row)| Some((key.clone(), row.expected()?))).collect()
    }

    fn expect(&self, source: &str, observations: &[Observation]) {
        let mut regular = lock(&self.regular);
        for seen in observations {
            // Endpoints, peers and kinds of error come and go with what people do.
            let subject = &seen.key.subject;
            if !subject.is_owned() || subject.endpoint.is_some() {
                continue;
            }
            let row = regular.entry(seen.key.clone()).or_insert_with(|| Regular {
                source: source.to_owned(),
                first: seen.at,
                last: seen.at,
                count: 0,
            });
            if row.last - seen.at > SET_BACK {
                // The clock was set back: its rhythm is learned anew.
                (row.first, row.last, row.count) = (seen.at, seen.at, 0);
            }
            row.count += 1;
            row.last = row.last.max(seen.at);
        }
    }

    /// How the sources are doing.
    pub fn health(&self) -> Vec<SourceHealth> {
        lock(&self.health).values().cloned().collect()
    }

    /// What numbers alone don't say, by series.
    pub fn notes(&self) -> BTreeMap<SeriesKey, String> {
        lock(&self.notes).clone()
    }

    fn health_after(&self, source: &str, now: Moment, read: &Result<Reading, CallError>) -> SourceHealth {
        let mut all = lock(&self.health);
        let health = all.entry(source.to_owned()).or_insert_with(|| SourceHealth {
            source: source.to_owned(),
            last_ok: None,
            failing_since: None,
            error: None,
            gaps: Vec::new(),
        });
        match read {
            Ok(reading) => {
                if health.failing_since.take().is_some() {
                    info!(source.name = source, "answers again");
                }
                health.last_ok = Some(now);
                health.error = None;
                health.gaps.clone_from(&reading.gaps);
            }
            Err(error) => {
                if health.failing_since.is_none() {
                    warn!(source.name = source, "does not answer: {error}");
                }
                health.failing_since.get_or_insert(now);
                health.error = Some(error.to_string());
            }
        }
        health.clone()
    }

    fn note(&self, reading: &Reading) {
        let mut notes = lock(&self.notes);
        for seen in &reading.observations {
            if matches!(seen.key.signal, Signal::Answering | Signal::BodyCheck) && seen.value >= 1.0 {
                notes.remove(&seen.key);
            }
        }
        notes.extend(reading.notes.iter().cloned());
    }

    /// A version label that was not there before is a deployment. The first look only learns.
    async fn deployments(&self, seen: &[RunningVersion], now: Moment) -> anyhow::Result<()> {
        let mut known = self.versions.lock().await;
        let known = match known.as_mut() {
            Some(known) => known,
            None => known.insert(self.store.state(VERSIONS).await?.unwrap_or_default()),
        };
        let mut running: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
        for version in seen {
            running.entry((&version.environment, &version.service)).or_default().insert(&version.version);
        }
        let mut changed = false;
        for ((environment, service), versions) in running {
            let now_running: BTreeSet<String> =
                versions.iter().map(|version| (*version).to_owned()).collect();
            let before = known.insert(format!("{environment}/{service}"), now_running.clone());
            let Some(before) = before else {
                changed = true;
                continue;
            };
            changed |= before != now_running;
            for new in now_running.difference(&before) {
                let deployment = Deployment {
                    service: service.to_owned(),
                    environment: environment.to_owned(),
                    version: new.clone(),
                    previous: before.iter().next_back().cloned(),
                    at: now,
                    took_seconds: None,
                    learned: Learned::VersionLabel,
                };
                if self.store.add_deployment(&deployment).await? {
                    info!(service.name = service, "a new version runs");
                }
            }
        }
        if changed {
            let mut tx = self.store.begin().await?;
            tx.put_state(VERSIONS, known).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A panic while holding the lock leaves plain data behind, which is still good to read.
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
