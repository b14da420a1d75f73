//! Everything that detection may know this round.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::detect::Facts;
use crate::model::sample::{Sample, SeriesKey};
use crate::model::signal::Signal;
use crate::model::time::{Moment, TimeRange};
use crate::monitor::Monitor;

/// How far back growth is looked for.
const GROWTH: TimeDelta = TimeDelta::hours(6);
/// At which step.
const COARSE: TimeDelta = TimeDelta::minutes(2);

impl Monitor {
    pub(super) async fn facts(&self, now: Moment) -> anyhow::Result<Facts> {
        let recent = self.sink.recent(now);
        let deployed = TimeRange::new(now - TimeDelta::hours(1), now + TimeDelta::seconds(1));
        Ok(Facts {
            hours: self.growing(&recent, now).await?,
            baselines: self.baselines.at(now).await?,
            deployments: self.store.deployments(deployed).await?,
            sources: self.sink.health(),
            expected: self.sink.expected(now),
            notes: self.sink.notes(),
            statements: self.statements.iter().flat_map(|watch| watch.slow()).collect(),
            changed: self.statements.iter().flat_map(|watch| watch.changed()).collect(),
            thresholds: self.readable.thresholds().await?,
            started_at: Some(self.started_at),
            check_interval_seconds: self.settings.interval.as_secs() as u32,
            recent,
        })
    }

    /// The last hours of memory series, at a coarse step.
    async fn growing(
        &self,
        recent: &BTreeMap<SeriesKey, Vec<Sample>>,
        now: Moment,
    ) -> anyhow::Result<BTreeMap<SeriesKey, Vec<Sample>>> {
        let mut rows = BTreeMap::new();
        for key in recent.keys() {
            if !matches!(key.signal, Signal::Memory | Signal::MemoryUsed) {
                continue;
            }
            let all = self.store.samples(key, TimeRange::last(GROWTH, now + TimeDelta::seconds(1))).await?;
            rows.insert(key.clone(), coarse(all));
        }
        Ok(rows)
    }
}

/// The last sample of each step.
fn coarse(samples: Vec<Sample>) -> Vec<Sample> {
    let mut kept: Vec<Sample> = Vec::new();
    for sample in samples {
        match kept.last_mut() {
            Some(last) if step(last.at) == step(sample.at) => *last = sample,
            _ => kept.push(sample),
        }
    }
    kept
}

fn step(at: Moment) -> i64 {
    at.timestamp() / COARSE.num_seconds()
}
