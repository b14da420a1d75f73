//! Small things to remember, by name: the state of a detector, when a report was sent last.

use anyhow::Context as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Store, Tx};

impl Store {
    /// What was put under `key`.
    ///
    /// # Errors
    /// Where the database can't be read, or holds something else under this name.
    pub async fn state<T: DeserializeOwned>(&self, key: &str) -> anyhow::Result<Option<T>> {
        let row = sqlx::query("SELECT value FROM state WHERE name = $1")
            .bind(key)
            .fetch_optional(&self.0.read)
            .await?;
        read(row, key)
    }
}

fn read<T: DeserializeOwned>(row: Option<AnyRow>, key: &str) -> anyhow::Result<Option<T>> {
    let Some(row) = row else { return Ok(None) };
    let value: String = row.try_get(0)?;
    serde_json::from_str(&value).map(Some).with_context(|| format!("reading the state `{key}`"))
}

impl Tx {
    /// What is under `key` as this transaction sees it, so that it can be changed without losing
    /// what another writer puts there.
    ///
    /// # Errors
    /// Where the database can't be read, or holds something else under this name.
    pub async fn state<T: DeserializeOwned>(&mut self, key: &str) -> anyhow::Result<Option<T>> {
        let row = sqlx::query("SELECT value FROM state WHERE name = $1")
            .bind(key)
            .fetch_optional(self.on())
            .await?;
        read(row, key)
    }

    /// Puts `value` under `key`, in place of what was there.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn put_state<T: Serialize>(&mut self, key: &str, value: &T) -> anyhow::Result<()> {
        let value = serde_json::to_string(value).with_context(|| format!("writing the state `{key}`"))?;
        sqlx::query(
            "INSERT INTO state (name, value) VALUES ($1, $2) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(key)
        .bind(value)
        .execute(self.on())
        .await?;
        Ok(())
    }
}
