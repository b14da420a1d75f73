//! Issues on their way. A row is due until the issue stands, over restarts too.

use anyhow::Context as _;
use sqlx::Row as _;

use super::{Store, Tx};
use crate::model::issue_work::IssueWork;
use crate::model::time::Moment;

impl Store {
    /// What is to be done now, the longest due first.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn issue_works_due(&self, now: Moment) -> anyhow::Result<Vec<IssueWork>> {
        let rows = sqlx::query("SELECT body FROM issue_works WHERE due <= $1 ORDER BY due")
            .bind(now.timestamp_millis())
            .fetch_all(&self.0.read)
            .await?;
        rows.iter()
            .map(|row| {
                let body: String = row.try_get(0)?;
                serde_json::from_str(&body).context("reading the state of an issue")
            })
            .collect()
    }
}

impl Tx {
    /// Keeps a work in its new state.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn put_issue_work(&mut self, work: &IssueWork) -> anyhow::Result<()> {
        sqlx::query(
            "INSERT INTO issue_works (change_number, due, body) VALUES ($1, $2, $3) \
             ON CONFLICT (change_number) DO UPDATE SET due = excluded.due, body = excluded.body",
        )
        .bind(work.change.0)
        .bind(work.due.map(|due| due.timestamp_millis()))
        .bind(serde_json::to_string(work)?)
        .execute(self.on())
        .await
        .context("keeping the state of an issue")?;
        Ok(())
    }
}
