//! The slow log as a table, for servers that count nothing (`log_output = TABLE`): what it holds is summed up by
//! statement. It holds what was slow only, so what is not in it may have run all the same.
//!
//! <https://mariadb.com/kb/en/mysqlslow_log-table/>

use std::collections::BTreeMap;

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};
use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, Row as _};

use super::Connected;
use super::statements::is_idle;
use crate::model::statement::{Counters, Snapshot, StatementId, StatementText};
use crate::sql::fingerprint::{Dialect, fingerprint};
use crate::sql::hints;

/// So many rows are read at the end of the log: it is one file without an index.
const ROWS: i64 = 20_000;
/// In front of the names of statements that come from the log.
const MARK: &str = "slow_log/";

/// What was read of the log so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Logged {
    rows: i64,
    counted: BTreeMap<StatementId, Counters>,
}

/// Whether a statement is named by the log.
pub(super) fn is_of_log(id: &StatementId) -> bool {
    id.0.starts_with(MARK)
}

impl Connected {
    /// Whether there is a slow log to read.
    pub(super) async fn logs_into_a_table(&mut self) -> anyhow::Result<bool> {
        let row = sqlx::query(
            "SELECT /* quad */ CONVERT(@@global.log_output USING utf8mb4), @@global.slow_query_log + 0",
        )
        .fetch_one(&mut self.connection)
        .await
        .context("asking where slow statements are logged")?;
        let (output, on): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        Ok(output.to_uppercase().contains("TABLE") && on != 0)
    }

    /// Adds what was logged since the last look, and the texts of it.
    pub(super) async fn count_logged(
        &mut self,
        logged: &mut Logged,
        snapshot: &mut Snapshot,
    ) -> anyhow::Result<()> {
        let there = match self.log_length().await {
            Err(sqlx::Error::Database(_)) => {
                snapshot.gaps.push(
                    "the slow log can't be read: GRANT SELECT ON mysql.slow_log TO the user that quad uses"
                        .to_owned(),
                );
                return Ok(());
            }
            length => length.context("reading the length of the slow log")?,
        };
        if there < logged.rows {
            // Somebody emptied it: what is there now is new.
            *logged = Logged::default();
        }
        for entry in self.log_entries(logged.rows.max(there - ROWS), there).await? {
            let (id, text) = entry.named();
            let sum = logged.counted.entry(id.clone()).or_default();
            *sum = sum.plus(entry.counters);
            snapshot.texts.insert(id, text);
        }
        logged.rows = there;
        snapshot.counted.clone_from(&logged.counted);
        snapshot.gaps.push(
            "statements are counted from the slow log, so only those that took longer than long_query_time are there; \
             performance_schema = ON counts all of them"
                .to_owned(),
        );
        Ok(())
    }

    /// The last statement in the log that has this name, with its values.
    pub(super) async fn logged(&mut self, id: &StatementId) -> anyhow::Result<Option<String>> {
        let there = self.log_length().await.context("reading the length of the slow log")?;
        let entries = self.log_entries(there - ROWS, there).await?;
        Ok(entries.into_iter().rev().find(|entry| entry.named().0 == *id).map(|entry| entry.sql))
    }

    async fn log_length(&mut self) -> sqlx::Result<i64> {
        let row = sqlx::query("SELECT /* quad */ COUNT(*) FROM mysql.slow_log")
            .fetch_one(&mut self.connection)
            .await?;
        row.try_get(0)
    }

    /// The entries of this database from one row to another, the oldest first.
    async fn log_entries(&mut self, from: i64, to: i64) -> anyhow::Result<Vec<Entry>> {
        let (from, most) = (from.max(0), (to - from.max(0)).max(0));
        // The log is in the order of its writing, and a table without a key keeps it.
        let sql = format!(
            "SELECT /* quad */ CONVERT(sql_text USING utf8mb4), \
               FLOOR(TIME_TO_SEC(query_time)) * 1e3 + MICROSECOND(query_time) / 1e3, \
               rows_sent + 0e0, db = DATABASE() FROM mysql.slow_log LIMIT {from}, {most}"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .fetch_all(&mut self.connection)
            .await
            .context("reading the slow log")?;
        rows.iter().filter_map(|row| Entry::read(row).transpose()).collect()
    }
}

/// A row of the log.
struct Entry {
    sql: String,
    counters: Counters,
}

impl Entry {
    /// `None` where it is of another database, or no work: bookkeeping, or quad's own.
    fn read(row: &MySqlRow) -> anyhow::Result<Option<Self>> {
        let sql: String = row.try_get::<Option<String>, _>(0)?.unwrap_or_default();
        let here: Option<i64> = row.try_get(3)?;
        if here != Some(1) || sql.contains("/* quad */") || is_idle(&sql) {
            return Ok(None);
        }
        let total_ms: f64 = row.try_get_unchecked(1)?;
        let rows: f64 = row.try_get(2)?;
        let counters = Counters { calls: 1.0, total_ms, rows, ..Counters::default() };
        Ok(Some(Self { sql, counters }))
    }

    fn named(&self) -> (StatementId, StatementText) {
        let text = StatementText {
            fingerprint: fingerprint(&self.sql, Dialect::MySql),
            owner: hints::owner(self.sql.as_bytes()),
        };
        let hash = Sha256::digest(&text.fingerprint);
        (StatementId(format!("{MARK}{}", hex::encode(&hash[..8]))), text)
    }
}
