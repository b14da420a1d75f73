//! The audit log: who changed what, and what came of it. Written, read, never changed.

use sqlx::Row as _;

use super::instant::moment;
use super::{Store, Tx};
use crate::model::time::{Moment, TimeRange};

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// When.
    pub at: Moment,
    /// The platform's stable id of the person; `quad` for quad itself.
    pub who_id: String,
    /// How they are called.
    pub who_name: String,
    /// What they did: "acknowledge", "silence for 60 min".
    pub what: String,
    /// On what: "alert #12".
    pub subject: String,
    /// What came of it: "done", "refused: needs the role responder".
    pub outcome: String,
}

impl Store {
    /// The audit log of `range`, oldest first.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn audit(&self, range: TimeRange) -> anyhow::Result<Vec<AuditLine>> {
        let rows = sqlx::query(
            "SELECT at, who_id, who_name, what, subject, outcome FROM audit \
             WHERE at >= $1 AND at < $2 ORDER BY at, id",
        )
        .bind(range.from.timestamp_millis())
        .bind(range.to.timestamp_millis())
        .fetch_all(&self.0.read)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(AuditLine {
                    at: moment(row.try_get(0)?),
                    who_id: row.try_get(1)?,
                    who_name: row.try_get(2)?,
                    what: row.try_get(3)?,
                    subject: row.try_get(4)?,
                    outcome: row.try_get(5)?,
                })
            })
            .collect()
    }
}

impl Tx {
    /// Adds a line to the audit log.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn add_audit(&mut self, line: &AuditLine) -> anyhow::Result<()> {
        let id = self.next("audit").await?;
        sqlx::query(
            "INSERT INTO audit (id, at, who_id, who_name, what, subject, outcome) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id)
        .bind(line.at.timestamp_millis())
        .bind(line.who_id.as_str())
        .bind(line.who_name.as_str())
        .bind(line.what.as_str())
        .bind(line.subject.as_str())
        .bind(line.outcome.as_str())
        .execute(self.on())
        .await?;
        Ok(())
    }
}
