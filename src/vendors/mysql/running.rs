//! What runs on a server right now, and who waits for whom.

use std::collections::BTreeMap;

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, Row as _};

use super::Connected;
use super::connect::is_denied;
use crate::model::statement::{Running, Snapshot};
use crate::sql::fingerprint::{Dialect, fingerprint};

/// The text as far as its strings are told apart whatever the session's sql_mode: in some a backslash ends none.
fn as_told(text: &str) -> &str {
    let strings = text.find(['\'', '"']).unwrap_or(text.len());
    if text.contains('\\') { &text[..strings] } else { text }
}

impl Connected {
    pub(super) async fn running(&mut self, snapshot: &mut Snapshot) -> anyhow::Result<()> {
        let took = if self.mariadb { "p.TIME_MS + 0e0" } else { "p.TIME * 1e3" };
        let sql = |transactions: bool| {
            let (held, join) = match transactions {
                true => (
                    "t.trx_id IS NOT NULL",
                    "LEFT JOIN information_schema.INNODB_TRX t ON t.trx_mysql_thread_id = p.ID",
                ),
                false => ("FALSE", ""),
            };
            format!(
                "SELECT /* quad */ CAST(p.ID AS SIGNED), CONVERT(LEFT(p.INFO, 100000) USING utf8mb4), {took}, \
                   CONVERT(p.STATE USING utf8mb4), p.COMMAND = 'Sleep' \
                 FROM information_schema.PROCESSLIST p {join} \
                 WHERE p.DB = DATABASE() AND p.ID <> CONNECTION_ID() AND p.COMMAND NOT LIKE 'Binlog%' \
                   AND ((p.COMMAND <> 'Sleep' AND p.COMMAND <> 'Daemon') OR {held}) ORDER BY 3 DESC LIMIT 100"
            )
        };
        let asked = sqlx::query(AssertSqlSafe(sql(true))).fetch_all(&mut self.connection).await;
        let rows = match asked {
            Ok(rows) => rows,
            Err(error) if is_denied(&error) => {
                snapshot.gaps.push(
                    "locks and the statements of other users can't be seen: GRANT PROCESS ON *.* TO the user that quad uses"
                        .to_owned(),
                );
                sqlx::query(AssertSqlSafe(sql(false)))
                    .fetch_all(&mut self.connection)
                    .await
                    .context("reading what runs")?
            }
            Err(error) => return Err(error).context("reading what runs"),
        };
        let blocked = self.blocked().await?;
        for row in rows {
            let text: String = row.try_get::<Option<String>, _>(1)?.unwrap_or_default();
            if text.contains("/* quad */") {
                continue;
            }
            let session: i64 = row.try_get(0)?;
            let sleeps: i64 = row.try_get(4)?;
            let blocked_by = blocked.get(&session).cloned().unwrap_or_default();
            let state: Option<String> = row.try_get(3)?;
            snapshot.running.push(Running {
                session,
                id: None,
                fingerprint: fingerprint(as_told(&text), Dialect::MySql),
                for_ms: row.try_get::<Option<f64>, _>(2)?.unwrap_or_default().max(0.0),
                waits_for: (!blocked_by.is_empty())
                    .then(|| "Lock".to_owned())
                    .or(state.filter(|state| state.starts_with("Waiting"))),
                blocked_by,
                state: if sleeps == 0 { "active" } else { "idle in transaction" }.to_owned(),
            });
        }
        Ok(())
    }

    /// Which sessions hold the row locks that a session waits for. Nothing where that may not be seen.
    async fn blocked(&mut self) -> anyhow::Result<BTreeMap<i64, Vec<i64>>> {
        let sql = if self.mariadb {
            "SELECT /* quad */ DISTINCT CAST(r.trx_mysql_thread_id AS SIGNED), CAST(b.trx_mysql_thread_id AS SIGNED) \
             FROM information_schema.INNODB_LOCK_WAITS w \
             JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id \
             JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id"
        } else {
            "SELECT /* quad */ DISTINCT CAST(r.PROCESSLIST_ID AS SIGNED), CAST(b.PROCESSLIST_ID AS SIGNED) \
             FROM performance_schema.data_lock_waits w \
             JOIN performance_schema.threads r ON r.THREAD_ID = w.REQUESTING_THREAD_ID \
             JOIN performance_schema.threads b ON b.THREAD_ID = w.BLOCKING_THREAD_ID"
        };
        let mut blocked: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        match sqlx::query(sql).fetch_all(&mut self.connection).await {
            Ok(rows) => {
                for row in rows {
                    blocked.entry(row.try_get(0)?).or_default().push(row.try_get(1)?);
                }
            }
            Err(sqlx::Error::Database(_)) => {}
            Err(error) => return Err(error).context("reading who waits for whom"),
        }
        Ok(blocked)
    }
}
