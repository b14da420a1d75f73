//! Changes that wait for somebody's click. Those that are done are what is in force: there is no
//! second copy that could say something else.

use anyhow::Context as _;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Store, Tx};
use crate::model::change::{Change, ChangeNumber, Standing};
use crate::model::time::Moment;

const COLUMNS: &str = "SELECT number, version, body FROM changes";

impl Store {
    /// The change with this number.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn change(&self, number: ChangeNumber) -> anyhow::Result<Option<Change>> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE number = $1")))
            .bind(number.0)
            .fetch_optional(&self.0.read)
            .await?;
        row.as_ref().map(change_of).transpose()
    }

    /// What is in force, in the order in which it was approved.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn changes_in_force(&self) -> anyhow::Result<Vec<Change>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "{COLUMNS} WHERE state = 'done' ORDER BY decided_at, number"
        )))
        .fetch_all(&self.0.read)
        .await?;
        // What a newer quad kept in other words is not in force here, and no reason to fail.
        Ok(rows.iter().filter_map(|row| change_of(row).ok()).collect())
    }

    /// Changes that nobody decided in time.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn changes_overdue(&self, now: Moment) -> anyhow::Result<Vec<ChangeNumber>> {
        let rows = sqlx::query(
            "SELECT number FROM changes WHERE state = 'waiting' AND expires_at <= $1 ORDER BY number",
        )
        .bind(now.timestamp_millis())
        .fetch_all(&self.0.read)
        .await?;
        rows.iter().map(|row| Ok(ChangeNumber(row.try_get(0)?))).collect()
    }
}

impl Tx {
    /// The next change's number.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn next_change(&mut self) -> anyhow::Result<ChangeNumber> {
        Ok(ChangeNumber(self.next("change").await?))
    }

    /// Keeps a new change.
    ///
    /// # Errors
    /// Where the database refuses, or the number is taken.
    pub async fn add_change(&mut self, change: &Change) -> anyhow::Result<()> {
        sqlx::query(
            "INSERT INTO changes (number, state, expires_at, decided_at, version, body) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(change.number.0)
        .bind(change.standing.name())
        .bind(change.expires_at.timestamp_millis())
        .bind(decided_at(change))
        .bind(change.version)
        .bind(serde_json::to_string(change)?)
        .execute(self.on())
        .await
        .context("keeping a change")?;
        Ok(())
    }

    /// The change as this transaction sees it.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn change(&mut self, number: ChangeNumber) -> anyhow::Result<Option<Change>> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE number = $1")))
            .bind(number.0)
            .fetch_optional(self.on())
            .await?;
        row.as_ref().map(change_of).transpose()
    }

    /// Writes `change` over the version that it was read as. `false` where somebody was first.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn update_change(&mut self, change: &Change) -> anyhow::Result<bool> {
        let done = sqlx::query(
            "UPDATE changes SET state = $3, decided_at = $4, version = version + 1, body = $5 \
             WHERE number = $1 AND version = $2",
        )
        .bind(change.number.0)
        .bind(change.version)
        .bind(change.standing.name())
        .bind(decided_at(change))
        .bind(serde_json::to_string(change)?)
        .execute(self.on())
        .await
        .context("changing a change")?;
        Ok(done.rows_affected() == 1)
    }
}

fn decided_at(change: &Change) -> i64 {
    match &change.standing {
        Standing::Done(decided) | Standing::Cancelled(decided) | Standing::TakenBack(decided) => {
            decided.at.timestamp_millis()
        }
        Standing::Waiting | Standing::Expired => 0,
    }
}

fn change_of(row: &AnyRow) -> anyhow::Result<Change> {
    let number: i64 = row.try_get(0)?;
    let body: String = row.try_get(2)?;
    let change: Change = serde_json::from_str(&body).with_context(|| format!("reading change {number}"))?;
    // The column is what updates are decided by.
    Ok(Change { version: row.try_get(1)?, ..change })
}
