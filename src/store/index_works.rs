//! Indexes on their way. A row is due until nothing is left to do about it, over restarts too.

use anyhow::Context as _;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Store, Tx};
use crate::model::change::ChangeNumber;
use crate::model::index_work::IndexWork;
use crate::model::time::Moment;

impl Store {
    /// What is to be done now, the longest due first.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn index_works_due(&self, now: Moment) -> anyhow::Result<Vec<IndexWork>> {
        let rows = sqlx::query("SELECT body FROM index_works WHERE due <= $1 ORDER BY due")
            .bind(now.timestamp_millis())
            .fetch_all(&self.0.read)
            .await?;
        rows.iter().map(read).collect()
    }
}

impl Tx {
    /// The works of one change.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn index_works_of(&mut self, change: ChangeNumber) -> anyhow::Result<Vec<IndexWork>> {
        let rows = sqlx::query("SELECT body FROM index_works WHERE change_number = $1 ORDER BY run")
            .bind(change.0)
            .fetch_all(self.on())
            .await?;
        rows.iter().map(read).collect()
    }

    /// Keeps a work in its new state.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn put_index_work(&mut self, work: &IndexWork) -> anyhow::Result<()> {
        sqlx::query(
            "INSERT INTO index_works (change_number, run, due, body) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (change_number, run) DO UPDATE SET due = excluded.due, body = excluded.body",
        )
        .bind(work.change.0)
        .bind(&work.run)
        .bind(work.due.map(|due| due.timestamp_millis()))
        .bind(serde_json::to_string(work)?)
        .execute(self.on())
        .await
        .context("keeping the state of an index")?;
        Ok(())
    }
}

fn read(row: &AnyRow) -> anyhow::Result<IndexWork> {
    let body: String = row.try_get(0)?;
    serde_json::from_str(&body).context("reading the state of an index")
}
