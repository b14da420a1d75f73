//! Series and their ids. Ids are remembered, since every recorded value needs one.

use std::collections::BTreeSet;
use std::collections::HashMap;

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Store, Tx};
use crate::model::sample::SeriesKey;
use crate::model::signal::Signal;
use crate::model::subject::Subject;

impl Store {
    /// The id of `key`, where it was ever recorded.
    pub(super) async fn series_id(&self, key: &SeriesKey) -> anyhow::Result<Option<i64>> {
        if let Some(id) = self.remembered_series().get(key) {
            return Ok(Some(*id));
        }
        let row = sqlx::query("SELECT id FROM series WHERE signal = $1 AND subject = $2")
            .bind(key.signal.name())
            .bind(key.subject.key())
            .fetch_optional(&self.0.read)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let id = row.try_get(0)?;
        self.remembered_series().insert(key.clone(), id);
        Ok(Some(id))
    }

    /// Held for look-ups only, never across an await.
    pub(super) fn remembered_series(&self) -> std::sync::MutexGuard<'_, HashMap<SeriesKey, i64>> {
        // A panic elsewhere can't leave a map of ids half written.
        self.0.series.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Tx {
    /// Ids of `keys`, made where they are missing. The caller remembers them after its commit.
    pub(super) async fn series_ids(
        &mut self,
        keys: &BTreeSet<&SeriesKey>,
    ) -> anyhow::Result<HashMap<SeriesKey, i64>> {
        let mut ids = HashMap::with_capacity(keys.len());
        // In one order everywhere, so that two writers on PostgreSQL can't wait for each other.
        for key in keys {
            let known = self.store.remembered_series().get(*key).copied();
            let id = match known {
                Some(id) => id,
                None => self.make_series(key).await?,
            };
            ids.insert((*key).clone(), id);
        }
        Ok(ids)
    }

    async fn make_series(&mut self, key: &SeriesKey) -> anyhow::Result<i64> {
        let (signal, subject) = (key.signal.name(), key.subject.key());
        let known = sqlx::query("SELECT id FROM series WHERE signal = $1 AND subject = $2")
            .bind(signal)
            .bind(subject.as_str())
            .fetch_optional(self.on())
            .await?;
        if let Some(row) = known {
            return Ok(row.try_get(0)?);
        }
        let id = self.next("series").await?;
        let row = sqlx::query(
            "INSERT INTO series (id, signal, subject, summarised_to) VALUES ($1, $2, $3, 0) \
             ON CONFLICT (signal, subject) DO UPDATE SET signal = excluded.signal RETURNING id",
        )
        .bind(id)
        .bind(signal)
        .bind(subject)
        .fetch_one(self.on())
        .await?;
        Ok(row.try_get(0)?)
    }
}

/// The key in columns `first` (signal) and the one after it (subject). `None` for a signal or
/// subject that this version of quad doesn't know.
pub(super) fn key_of(row: &AnyRow, first: usize) -> anyhow::Result<Option<SeriesKey>> {
    let signal: String = row.try_get(first)?;
    let subject: String = row.try_get(first + 1)?;
    Ok(Signal::from_name(&signal)
        .zip(Subject::from_key(&subject))
        .map(|(signal, subject)| SeriesKey { signal, subject }))
}
