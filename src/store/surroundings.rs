//! What the cost of statements depends on, as it was over time: tables with their indexes, and shapes of plans.
//! A row stands for as long as nothing changed, so that a month of them is small.

use anyhow::Context as _;
use chrono::DateTime;
use sqlx::Row as _;

use super::{Store, Tx};
use crate::model::statement::StatementId;
use crate::model::subject::Subject;
use crate::model::surroundings::{SeenPlan, SeenTables, Tables};
use crate::model::time::Moment;

/// Rows of a table that came or went by less than this share are no change.
const MOVED: f64 = 0.1;

impl Store {
    /// How the tables of a database looked since `from`, the oldest first: what was so at that time leads.
    ///
    /// # Errors
    /// Where the store can't be read.
    pub async fn tables_since(&self, database: &Subject, from: Moment) -> anyhow::Result<Vec<SeenTables>> {
        let rows = sqlx::query(
            "SELECT first_seen, last_seen, body FROM database_tables WHERE database = $1 AND first_seen >= coalesce( \
               (SELECT max(first_seen) FROM database_tables WHERE database = $1 AND first_seen <= $2), $2) \
             ORDER BY first_seen",
        )
        .bind(database.key())
        .bind(from.timestamp_millis())
        .fetch_all(&self.0.read)
        .await?;
        rows.iter()
            .map(|row| {
                let body: String = row.try_get(2)?;
                Ok(SeenTables {
                    tables: serde_json::from_str(&body).context("reading tables of a database")?,
                    first: moment(row.try_get(0)?),
                    last: moment(row.try_get(1)?),
                })
            })
            .collect()
    }

    /// The plans that a statement was seen to have, the oldest first.
    ///
    /// # Errors
    /// Where the store can't be read.
    pub async fn plans_of(&self, database: &Subject, id: &StatementId) -> anyhow::Result<Vec<SeenPlan>> {
        let rows = sqlx::query(
            "SELECT shape, first_seen, last_seen FROM statement_plans WHERE database = $1 AND statement = $2 \
             ORDER BY first_seen",
        )
        .bind(database.key())
        .bind(&id.0)
        .fetch_all(&self.0.read)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(SeenPlan {
                    shape: row.try_get(0)?,
                    first: moment(row.try_get(1)?),
                    last: moment(row.try_get(2)?),
                })
            })
            .collect()
    }
}

impl Tx {
    /// Notes how the tables of a database look.
    ///
    /// # Errors
    /// Where the store refuses.
    pub async fn note_tables(
        &mut self,
        database: &Subject,
        tables: &Tables,
        at: Moment,
    ) -> anyhow::Result<()> {
        let (key, at) = (database.key(), at.timestamp_millis());
        let last = sqlx::query(
            "SELECT first_seen, body FROM database_tables WHERE database = $1 ORDER BY first_seen DESC LIMIT 1",
        )
        .bind(&key)
        .fetch_optional(self.on())
        .await?;
        if let Some(row) = last {
            let (first, body): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
            let known: Tables = serde_json::from_str(&body).context("reading tables of a database")?;
            // A clock that was set back must not make a second row of the same moment.
            if are_alike(&known, tables) || first >= at {
                sqlx::query(
                    "UPDATE database_tables SET last_seen = $3 WHERE database = $1 AND first_seen = $2 AND last_seen < $3",
                )
                .bind(&key)
                .bind(first)
                .bind(at)
                .execute(self.on())
                .await?;
                return Ok(());
            }
        }
        sqlx::query(
            "INSERT INTO database_tables (database, first_seen, last_seen, body) VALUES ($1, $2, $2, $3)",
        )
        .bind(&key)
        .bind(at)
        .bind(serde_json::to_string(tables)?)
        .execute(self.on())
        .await
        .context("noting tables of a database")?;
        Ok(())
    }

    /// Notes the shape of a statement's plan.
    ///
    /// # Errors
    /// Where the store refuses.
    pub async fn note_plan(
        &mut self,
        database: &Subject,
        id: &StatementId,
        shape: &str,
        at: Moment,
    ) -> anyhow::Result<()> {
        let (key, at) = (database.key(), at.timestamp_millis());
        let last = sqlx::query(
            "SELECT first_seen, shape FROM statement_plans WHERE database = $1 AND statement = $2 \
             ORDER BY first_seen DESC LIMIT 1",
        )
        .bind(&key)
        .bind(&id.0)
        .fetch_optional(self.on())
        .await?;
        if let Some(row) = last {
            let (first, known): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
            if known == shape || first >= at {
                sqlx::query(
                    "UPDATE statement_plans SET last_seen = $4 \
                     WHERE database = $1 AND statement = $2 AND first_seen = $3 AND last_seen < $4",
                )
                .bind(&key)
                .bind(&id.0)
                .bind(first)
                .bind(at)
                .execute(self.on())
                .await?;
                return Ok(());
            }
        }
        sqlx::query(
            "INSERT INTO statement_plans (database, statement, first_seen, last_seen, shape) VALUES ($1, $2, $3, $3, $4)",
        )
        .bind(&key)
        .bind(&id.0)
        .bind(at)
        .bind(shape)
        .execute(self.on())
        .await
        .context("noting the plan of a statement")?;
        Ok(())
    }
}

/// Whether nothing changed that a statement's cost depends on.
fn are_alike(one: &Tables, other: &Tables) -> bool {
    one.0.len() == other.0.len()
        && one.0.iter().zip(&other.0).all(|((name, a), (other, b))| {
            let moved = (a.rows - b.rows).abs() > MOVED * a.rows.max(b.rows).max(10.0);
            name == other && a.indexes == b.indexes && a.signs == b.signs && !moved
        })
}

fn moment(ms: i64) -> Moment {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::model::surroundings::TableFacts;

    fn at(minutes: i64) -> Moment {
        Moment::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minutes)
    }

    fn tables(rows: f64, index: &str) -> Tables {
        let indexes = [(index.to_owned(), None)].into();
        let events = TableFacts { rows, indexes, ..TableFacts::default() };
        Tables([("events".to_owned(), events)].into())
    }

    #[tokio::test]
    async fn what_stays_alike_is_one_row_and_a_change_begins_another() {
        let store = Store::open("sqlite::memory:").await.expect("opens");
        let subject = Subject { database: Some("shop-db".to_owned()), ..Subject::default() };
        let id = StatementId("7".to_owned());
        let mut tx = store.begin().await.expect("begins");
        for (minute, rows, index, shape) in [
            (0, 1000.0, "a", "Index"),
            (5, 1050.0, "a", "Index"),
            (10, 1050.0, "b", "Seq"),
            (15, 1050.0, "b", "Index"),
        ] {
            tx.note_tables(&subject, &tables(rows, index), at(minute)).await.expect("notes");
            tx.note_plan(&subject, &id, shape, at(minute)).await.expect("notes");
        }
        tx.commit().await.expect("commits");
        let all = store.tables_since(&subject, at(-1)).await.expect("reads");
        let times: Vec<_> = all.iter().map(|seen| (seen.tables.clone(), seen.first, seen.last)).collect();
        assert_eq!(times, [(tables(1000.0, "a"), at(0), at(5)), (tables(1050.0, "b"), at(10), at(15))]);
        assert_eq!(store.tables_since(&subject, at(12)).await.expect("reads"), all[1..]);
        assert_eq!(store.tables_since(&subject, at(9)).await.expect("reads"), all);
        let plans = store.plans_of(&subject, &id).await.expect("reads");
        let times: Vec<_> = plans.iter().map(|plan| (plan.shape.as_str(), plan.first, plan.last)).collect();
        assert_eq!(
            times,
            [("Index", at(0), at(5)), ("Seq", at(10), at(10)), ("Index", at(15), at(15))],
            "a plan that came back is another one"
        );
    }
}
