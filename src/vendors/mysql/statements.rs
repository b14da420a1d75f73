//! One look at a server: what performance_schema counted of each statement of one database; where that is off, what
//! the slow log says. Texts are the server's digests, which hold no values.
//!
//! <https://dev.mysql.com/doc/refman/8.0/en/performance-schema-statement-digests.html>

use std::collections::BTreeSet;

use anyhow::Context as _;
use chrono::DateTime;
use sqlx::Row as _;

use super::Connected;
use super::connect::is_denied;
use super::slow_log::Logged;
use crate::model::statement::{Counters, Snapshot, StatementId, StatementText};
use crate::model::time::Moment;
use crate::sql::fingerprint::{Dialect, fingerprint};
use crate::sql::hints;

/// Statements that tell nothing about the application's work.
const IDLE: [&str; 16] = [
    "begin",
    "commit",
    "desc",
    "describe",
    "explain",
    "analyze",
    "flush",
    "kill",
    "prepare",
    "release",
    "rollback",
    "savepoint",
    "set",
    "show",
    "start",
    "use",
];
/// Names in what quad and other watchers ask.
const WATCHING: [&str; 4] = ["performance_schema", "information_schema", "`sys` . ", "@@"];
/// What clients ask as they connect.
const OF_CLIENTS: [&str; 6] =
    ["version", "database", "schema", "connection_id", "last_insert_id", "current_user"];

impl Connected {
    /// Looks once. Texts of `known` statements are not read again.
    ///
    /// # Errors
    /// Where the connection is lost; what is only not to be had is a gap.
    pub(super) async fn look(
        &mut self,
        at: Moment,
        known: &BTreeSet<StatementId>,
        logged: &mut Logged,
    ) -> anyhow::Result<Snapshot> {
        let mut snapshot = Snapshot { at, ..Snapshot::default() };
        if self.is_counting().await? {
            self.count(known, &mut snapshot).await?;
        } else if self.logs_into_a_table().await? {
            self.count_logged(logged, &mut snapshot).await?;
        } else {
            snapshot.gaps.push(
                "performance_schema is off, so statements are not counted: put performance_schema = ON into the server's \
                 configuration ([mysqld]) and restart it"
                    .to_owned(),
            );
        }
        self.running(&mut snapshot).await?;
        Ok(snapshot)
    }

    pub(super) async fn is_counting(&mut self) -> anyhow::Result<bool> {
        let row = sqlx::query("SELECT /* quad */ @@global.performance_schema + 0")
            .fetch_one(&mut self.connection)
            .await
            .context("asking whether statements are counted")?;
        Ok(row.try_get::<i64, _>(0)? != 0)
    }

    async fn count(&mut self, known: &BTreeSet<StatementId>, snapshot: &mut Snapshot) -> anyhow::Result<()> {
        let rows = sqlx::query(
            "SELECT /* quad */ CONVERT(DIGEST USING utf8mb4), COUNT_STAR + 0e0, SUM_TIMER_WAIT / 1e9, \
               SUM_ROWS_SENT + SUM_ROWS_AFFECTED + 0e0, SUM_CREATED_TMP_DISK_TABLES + 0e0, \
               CONVERT(DIGEST_TEXT USING utf8mb4) \
             FROM performance_schema.events_statements_summary_by_digest \
             WHERE SCHEMA_NAME = DATABASE() AND DIGEST IS NOT NULL",
        )
        .fetch_all(&mut self.connection)
        .await;
        let rows = match rows {
            Ok(rows) => rows,
            Err(error) if is_denied(&error) => {
                snapshot.gaps.push(
                    "the statistics of statements can't be read: GRANT SELECT ON performance_schema.* TO the user that \
                     quad uses"
                        .to_owned(),
                );
                return Ok(());
            }
            Err(error) => return Err(error).context("reading the statistics of statements"),
        };
        for row in rows {
            let text: String = row.try_get::<Option<String>, _>(5)?.unwrap_or_default();
            if is_idle(&text) {
                continue;
            }
            let id = StatementId(row.try_get(0)?);
            let number = |column| row.try_get::<Option<f64>, _>(column).map(Option::unwrap_or_default);
            let counters = Counters {
                calls: number(1)?,
                total_ms: number(2)?,
                rows: number(3)?,
                blocks_read: 0.0,
                spilled: number(4)?,
            };
            if !known.contains(&id) {
                snapshot.texts.insert(id.clone(), shown(&text));
            }
            snapshot.counted.insert(id, counters);
        }
        if !snapshot.texts.is_empty() {
            self.owners(snapshot).await?;
        }
        if self.mariadb && self.prepares().await? {
            snapshot.gaps.push(
                "applications here prepare statements on the server, and MariaDB counts those by no statement: what they \
                 cost can't be seen (quad slowlog reads it from the slow log)"
                    .to_owned(),
            );
        }
        // What is full tells no new statement apart: their calls stand in a row without a digest. The oldest row says
        // since when is counted, as a restart and TRUNCATE begin anew.
        let row = sqlx::query(
            "SELECT /* quad */ MIN(UNIX_TIMESTAMP(FIRST_SEEN)) + 0e0, \
               SUM(CASE WHEN DIGEST IS NULL THEN COUNT_STAR ELSE 0 END) + 0e0 \
             FROM performance_schema.events_statements_summary_by_digest",
        )
        .fetch_one(&mut self.connection)
        .await
        .context("reading since when statements are counted")?;
        let since: Option<f64> = row.try_get(0)?;
        snapshot.counting_since = since.and_then(|seconds| DateTime::from_timestamp(seconds as i64, 0));
        snapshot.forgotten = row.try_get(1)?;
        Ok(())
    }

    /// Who sends the statements whose texts are new, from comments in examples of them.
    async fn owners(&mut self, snapshot: &mut Snapshot) -> anyhow::Result<()> {
        let sql = if self.mariadb {
            "SELECT /* quad */ CONVERT(DIGEST USING utf8mb4), CONVERT(SQL_TEXT USING utf8mb4) \
             FROM performance_schema.events_statements_history_long \
             WHERE CURRENT_SCHEMA = DATABASE() AND DIGEST IS NOT NULL AND SQL_TEXT LIKE '%*/%'"
        } else {
            "SELECT /* quad */ CONVERT(DIGEST USING utf8mb4), CONVERT(QUERY_SAMPLE_TEXT USING utf8mb4) \
             FROM performance_schema.events_statements_summary_by_digest \
             WHERE SCHEMA_NAME = DATABASE() AND DIGEST IS NOT NULL AND QUERY_SAMPLE_TEXT LIKE '%*/%'"
        };
        let rows = sqlx::query(sql)
            .fetch_all(&mut self.connection)
            .await
            .context("reading examples of statements")?;
        for row in rows {
            let example: Option<String> = row.try_get(1)?;
            if let Some(text) = snapshot.texts.get_mut(&StatementId(row.try_get(0)?)) {
                text.owner =
                    example.and_then(|example| hints::owner(example.as_bytes())).or(text.owner.take());
            }
        }
        Ok(())
    }

    /// Whether others than quad prepare statements on the server.
    async fn prepares(&mut self) -> anyhow::Result<bool> {
        let row = sqlx::query(
            "SELECT /* quad */ COALESCE(SUM(COUNT_STAR), 0) + 0e0 \
             FROM performance_schema.events_statements_summary_by_user_by_event_name \
             WHERE EVENT_NAME = 'statement/com/Execute' AND USER IS NOT NULL \
               AND USER <> SUBSTRING_INDEX(CURRENT_USER(), '@', 1)",
        )
        .fetch_one(&mut self.connection)
        .await
        .context("reading what is prepared")?;
        Ok(row.try_get::<f64, _>(0)? > 0.0)
    }

    /// The server's digest of a statement.
    ///
    /// # Errors
    /// Where the server refuses.
    pub(super) async fn digest(&mut self, id: &StatementId) -> anyhow::Result<Option<String>> {
        let row = sqlx::query(
            "SELECT /* quad */ CONVERT(DIGEST_TEXT USING utf8mb4) FROM performance_schema.events_statements_summary_by_digest \
             WHERE SCHEMA_NAME = DATABASE() AND DIGEST = ?",
        )
        .bind(&id.0)
        .fetch_optional(&mut self.connection)
        .await
        .context("reading the text of a statement")?;
        Ok(row.map(|row| row.try_get::<Option<String>, _>(0)).transpose()?.flatten())
    }
}

/// Whether a statement does nothing for the application: bookkeeping of sessions, or watching.
pub(super) fn is_idle(text: &str) -> bool {
    let lower = text.to_lowercase();
    let verb: String = lower.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
    let calls = lower.contains('(') && !OF_CLIENTS.iter().any(|name| lower.contains(name));
    let asks_nothing = verb == "select" && !lower.contains(" from ") && !calls;
    IDLE.contains(&verb.as_str()) || asks_nothing || WATCHING.iter().any(|name| lower.contains(name))
}

/// A digest as it may be kept and shown.
pub(super) fn shown(digest: &str) -> StatementText {
    // The server writes a blank between all words, and quotes what are no words of its own.
    StatementText { fingerprint: tidy(&fingerprint(digest, Dialect::MySql)), owner: None }
}

/// Without the blanks that only a digest has.
fn tidy(fingerprint: &str) -> String {
    let bare = fingerprint.replace('`', "");
    [(" . ", "."), (" ( ", "("), ("( ", "("), (" )", ")"), (" ,", ","), ("@ @", "@@")]
        .into_iter()
        .fold(bare, |text, (from, to)| text.replace(from, to))
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_bookkeeping_and_watching_are_no_work() {
        for text in [
            "SET NAMES ?",
            "SELECT @@`sql_mode`",
            "SELECT `version` ( )",
            "SELECT * FROM `performance_schema` . `threads`",
            "START TRANSACTION",
            "EXPLAIN SELECT ?",
        ] {
            assert!(is_idle(text), "{text}");
        }
        for text in ["SELECT `a` FROM `t`", "INSERT INTO `settings` VALUES (...)", "CALL `p` ( )"] {
            assert!(!is_idle(text), "{text}");
        }
    }

    #[test]
    fn a_digest_reads_like_other_statements() {
        let text =
            "SELECT COUNT ( * ) , `o` . `id` FROM `orders` `o` WHERE `customer_id` = ? AND `state` IN (...) ";
        assert_eq!(
            shown(text).fingerprint,
            "select count(*), o.id from orders o where customer_id = ? and state in (...)"
        );
    }
}
