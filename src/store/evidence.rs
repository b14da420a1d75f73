//! What diagnoses were made from, one record an alert: that of the diagnosis that was said last.

use anyhow::Context as _;
use sqlx::Row as _;

use super::{Store, Tx};
use crate::diagnose::Recorded;
use crate::model::alert::AlertNumber;

/// A record is about 100 KB to 1 MB. What is larger would come from a topology that no rule can
/// tell apart anyway, and is not worth its room.
const LARGEST: usize = 4 << 20;

impl Store {
    /// What the diagnosis of an alert was made from. `None` where there was no diagnosis, or it is
    /// longer ago than records are kept.
    ///
    /// # Errors
    /// Where the database can't be read, or another version of quad wrote the record.
    pub async fn evidence(&self, number: AlertNumber) -> anyhow::Result<Option<Recorded>> {
        let row = sqlx::query("SELECT body FROM evidence WHERE alert = $1")
            .bind(number.0)
            .fetch_optional(&self.0.read)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let body: String = row.try_get(0)?;
        serde_json::from_str(&body).map(Some).with_context(|| format!("reading the evidence of {number}"))
    }
}

impl Tx {
    /// Keeps what the diagnosis of an alert was made from, in place of what an earlier one was.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn keep_evidence(&mut self, number: AlertNumber, recorded: &Recorded) -> anyhow::Result<()> {
        let body = serde_json::to_string(recorded)?;
        if body.len() > LARGEST {
            tracing::warn!(alert.number = number.0, bytes = body.len(), "its evidence is too large to keep");
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO evidence (alert, at, body) VALUES ($1, $2, $3) \
             ON CONFLICT (alert) DO UPDATE SET at = excluded.at, body = excluded.body",
        )
        .bind(number.0)
        .bind(recorded.at.timestamp_millis())
        .bind(body)
        .execute(self.on())
        .await?;
        Ok(())
    }
}
