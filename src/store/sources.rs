//! How sources have been doing, and who was seen to call whom.

use anyhow::Context as _;
use sqlx::Row as _;

use super::Store;
use crate::model::source::{Call, SourceHealth};
use crate::model::time::Moment;

impl Store {
    /// Keeps how a source is doing, in place of what was known.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn put_source_health(&self, health: &SourceHealth) -> anyhow::Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO sources (source, body) VALUES ($1, $2) \
             ON CONFLICT (source) DO UPDATE SET body = excluded.body",
        )
        .bind(health.source.as_str())
        .bind(serde_json::to_string(health)?)
        .execute(tx.on())
        .await?;
        tx.commit().await
    }

    /// How all known sources are doing, by name.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn source_health(&self) -> anyhow::Result<Vec<SourceHealth>> {
        let rows = sqlx::query("SELECT body FROM sources ORDER BY source").fetch_all(&self.0.read).await?;
        rows.iter()
            .map(|row| {
                let body: String = row.try_get(0)?;
                serde_json::from_str(&body).context("reading a source's health")
            })
            .collect()
    }

    /// Forgets a source that is no longer configured.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn forget_source(&self, source: &str) -> anyhow::Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM sources WHERE source = $1").bind(source).execute(tx.on()).await?;
        tx.commit().await
    }

    /// Remembers that these calls were seen at `at`.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn put_calls(&self, calls: &[Call], at: Moment) -> anyhow::Result<()> {
        if calls.is_empty() {
            return Ok(());
        }
        let mut calls: Vec<&Call> = calls.iter().collect();
        calls.sort();
        calls.dedup();
        let mut tx = self.begin().await?;
        for call in calls {
            sqlx::query(
                "INSERT INTO calls (environment, caller, called, seen_at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (environment, caller, called) DO UPDATE SET seen_at = excluded.seen_at \
                 WHERE calls.seen_at < excluded.seen_at",
            )
            .bind(call.environment.as_str())
            .bind(call.from.as_str())
            .bind(call.to.as_str())
            .bind(at.timestamp_millis())
            .execute(tx.on())
            .await?;
        }
        tx.commit().await
    }

    /// Who was seen to call whom at or after `since`.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn calls(&self, since: Moment) -> anyhow::Result<Vec<Call>> {
        let rows = sqlx::query(
            "SELECT environment, caller, called FROM calls WHERE seen_at >= $1 \
             ORDER BY environment, caller, called",
        )
        .bind(since.timestamp_millis())
        .fetch_all(&self.0.read)
        .await?;
        rows.iter()
            .map(|row| Ok(Call { environment: row.try_get(0)?, from: row.try_get(1)?, to: row.try_get(2)? }))
            .collect()
    }
}
