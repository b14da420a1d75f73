//! What is usual at this hour: made once an hour from the hours that the store keeps, kept there,
//! and held in memory meanwhile.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use chrono_tz::Tz;
use tokio::sync::Mutex;

use crate::detect::baseline;
use crate::model::sample::{Baseline, SeriesKey};
use crate::model::time::{Moment, TimeRange, hour_of_week};
use crate::store::Store;

/// How much of the past counts: four of each weekday.
const PAST: TimeDelta = TimeDelta::days(28);

/// Baselines of the current hour.
pub(super) struct Baselines {
    store: Store,
    timezone: Tz,
    settings: baseline::Settings,
    current: Mutex<Option<(i64, BTreeMap<SeriesKey, Baseline>)>>,
}

impl Baselines {
    pub(super) fn new(store: Store, timezone: Tz, settings: baseline::Settings) -> Self {
        Self { store, timezone, settings, current: Mutex::default() }
    }

    /// Forgets what is held: history was added.
    pub(super) async fn renew(&self) {
        *self.current.lock().await = None;
    }

    /// The baselines for `now`.
    pub(super) async fn at(&self, now: Moment) -> anyhow::Result<BTreeMap<SeriesKey, Baseline>> {
        // The hour on the team's wall, which in India or Nepal begins in the middle of one in UTC.
        let wall = now.with_timezone(&self.timezone).naive_local();
        let hour = wall.and_utc().timestamp().div_euclid(3_600);
        let mut current = self.current.lock().await;
        if let Some((of, baselines)) = &*current
            && *of == hour
        {
            return Ok(baselines.clone());
        }
        let baselines = self.make(now).await?;
        *current = Some((hour, baselines.clone()));
        Ok(baselines)
    }

    async fn make(&self, now: Moment) -> anyhow::Result<BTreeMap<SeriesKey, Baseline>> {
        let slot = hour_of_week(now, self.timezone);
        let mut made = Vec::new();
        for key in self.store.keys(now - TimeDelta::days(7)).await? {
            let hours = self.store.hours(&key, TimeRange::last(PAST, now)).await?;
            if let Some(usual) = baseline::of(&hours, now, self.timezone, &self.settings) {
                made.push((key, slot, usual));
            }
        }
        self.store.put_baselines(&made).await?;
        Ok(made.into_iter().map(|(key, _, usual)| (key, usual)).collect())
    }
}
