//! Plans of statements, got without doing anything: one statement a message, in a transaction that only
//! reads and is never committed, with limits on time and locks. Where its values are not known it is
//! planned for any value, as the server itself would after five runs.
//!
//! <https://www.postgresql.org/docs/current/sql-explain.html>

use anyhow::anyhow;
use sqlx::{AssertSqlSafe, Row as _};

use crate::sql::generic::plannable;
use crate::sql::pure_select::{self, Words};

use super::Connected;

/// GENERIC_PLAN came with 16.
const GENERIC: u32 = 160_000;
/// From then on a plan can be forced to be for any value.
const CACHE_MODE: u32 = 120_000;

/// How a plan was got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The server's JSON, with the statement's literals.
    pub json: String,
    /// Why it was not measured, where that was wanted; `None` where it was.
    pub not_measured: Option<String>,
}

impl Connected {
    /// The plan of a statement; measured where that is wanted and the statement certainly only reads.
    ///
    /// # Errors
    /// Why there is none, in a sentence without the statement's values.
    pub async fn plan(&mut self, sql: &str, measure: bool) -> anyhow::Result<Explained> {
        let sql = plannable(sql.trim().trim_end_matches(';'));
        let words = self.may_be_planned(&sql).await?;
        let objection = match measure {
            true => self.objection_to_running(&words).await?,
            false => Some("that was not asked for".to_owned()),
        };
        if objection.is_none() {
            let measured = self.one(&format!("EXPLAIN (ANALYZE, BUFFERS, VERBOSE, FORMAT JSON) {sql}")).await;
            match measured {
                Ok(json) => return Ok(Explained { json, not_measured: None }),
                Err(error) => {
                    let json = self.planned(&sql, &words).await?;
                    return Ok(Explained { json, not_measured: Some(format!("{error:#}")) });
                }
            }
        }
        let json = self.planned(&sql, &words).await?;
        Ok(Explained { json, not_measured: objection })
    }

    /// The words of a statement that planning does nothing with but plan.
    pub(super) async fn may_be_planned(&mut self, sql: &str) -> anyhow::Result<Words> {
        let words = pure_select::words(sql).map_err(|why| anyhow!("{why}"))?;
        match self.objection_to_planning(&words).await? {
            Some(why) => Err(anyhow!("{why}")),
            None => Ok(words),
        }
    }

    /// What the planner expects. The statement must have passed [`Connected::may_be_planned`].
    pub(super) async fn planned(&mut self, sql: &str, words: &Words) -> anyhow::Result<String> {
        if words.parameters == 0 {
            return self.one(&format!("EXPLAIN (VERBOSE, FORMAT JSON) {sql}")).await;
        }
        if self.version >= GENERIC {
            return self.one(&format!("EXPLAIN (GENERIC_PLAN, VERBOSE, FORMAT JSON) {sql}")).await;
        }
        if self.version < CACHE_MODE {
            return Err(anyhow!("it has parameters, which PostgreSQL plans from version 12 on"));
        }
        // Before 16: prepared, and planned for any value. The name goes with the transaction's end only
        // where it is taken back by hand.
        self.one("SET LOCAL plan_cache_mode = force_generic_plan").await?;
        self.one(&format!("PREPARE quad_explains AS {sql}")).await?;
        let nulls = vec!["NULL"; words.parameters as usize].join(", ");
        let planned =
            self.one(&format!("EXPLAIN (VERBOSE, FORMAT JSON) EXECUTE quad_explains({nulls})")).await;
        self.one("DEALLOCATE quad_explains").await?;
        planned
    }

    /// Sends one statement over the extended protocol, so that nothing can hide behind it; its first
    /// value as text. A failure leaves the transaction as it was.
    async fn one(&mut self, sql: &str) -> anyhow::Result<String> {
        sqlx::query("SAVEPOINT one_plan")
            .persistent(false)
            .execute(&mut self.connection)
            .await
            .map_err(lost)?;
        let row = sqlx::query(AssertSqlSafe(sql.to_owned()))
            .persistent(false)
            .fetch_optional(&mut self.connection)
            .await;
        let after = if row.is_ok() { "RELEASE SAVEPOINT one_plan" } else { "ROLLBACK TO SAVEPOINT one_plan" };
        sqlx::query(after).persistent(false).execute(&mut self.connection).await.map_err(lost)?;
        let Some(row) = row.map_err(refused)? else { return Ok(String::new()) };
        let bytes = row.try_get_raw(0)?.as_bytes().map_err(anyhow::Error::msg)?;
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }
}

/// What became of a connection, or why a statement was refused.
pub(super) fn lost(error: sqlx::Error) -> anyhow::Error {
    match error {
        sqlx::Error::Database(_) => refused(error),
        _ => anyhow!("the connection to the server was lost in the middle"),
    }
}

/// Why a statement can't be explained. The server's own words may hold values of it and are left out.
fn refused(error: sqlx::Error) -> anyhow::Error {
    let sqlx::Error::Database(said) = error else { return lost(error) };
    let code = said.code().unwrap_or_default();
    let why = match &*code {
        "42P01" => "a table in it isn't there",
        "42703" => "a column in it isn't there",
        "42883" => "a function or an operator in it isn't there",
        "42501" => "this user may not read what it reads; GRANT SELECT, or use a role that may",
        "42601" => "it is no single statement that can be explained",
        "42P02" | "42P18" | "42725" | "08P01" => {
            "the types of its parameters can't be told; put values in their place"
        }
        "25006" => "it writes in a way that can't even be planned in a transaction that only reads",
        "55P03" => "a table in it is locked",
        "57014" => "it took longer than it may",
        "57P01" | "57P02" | "57P03" => "the server is shutting down",
        _ => "the server refuses it",
    };
    anyhow!("{why} ({code})")
}
