//! One look at a server: what `pg_stat_statements` counted, and what runs. Texts are read only for the
//! statements that matter and are not known yet, since reading one makes the server read them all.
//!
//! <https://www.postgresql.org/docs/current/pgstatstatements.html>

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail};
use chrono::DateTime;
use sqlx::{AssertSqlSafe, Row as _};

use crate::model::statement::{Counters, Running, Snapshot, StatementId, StatementText};
use crate::model::time::Moment;
use crate::sql::advice::{Load, Statement};
use crate::sql::fingerprint::{Dialect, fingerprint};
use crate::sql::{hints, pure_select};

use super::Connected;

/// So many statements have their texts read, by the time they took in all and by the time of a call.
const TEXTS: usize = 200;
/// So many statements are advised on, by the time that they took: the rest together is a trifle.
const ADVISED: usize = 100;
/// Longer texts are cut: what is to be read of them stands before.
const LONGEST: i32 = 100_000;
/// Of what quad itself asks.
const OWN: &str = "/* quad */";
/// Statements that tell nothing about the application's work.
const IDLE: [&str; 12] = [
    "begin",
    "commit",
    "deallocate",
    "discard",
    "explain",
    "prepare",
    "release",
    "reset",
    "rollback",
    "savepoint",
    "set",
    "show",
];

/// Where `pg_stat_statements` is, and what it can do.
struct Extension {
    schema: String,
    /// Whether `pg_stat_statements_info` is there (1.9, PostgreSQL 14).
    tells_resets: bool,
    /// The column that times are counted in: it was renamed with 1.8 (PostgreSQL 13).
    time: &'static str,
}

impl Connected {
    /// Looks once. Texts of `known` statements are not read again, nor those of `idle` ones, which tell nothing of the
    /// application; what turns out to be such is added to these.
    ///
    /// # Errors
    /// Where the connection is lost; what is only not to be had is a gap.
    pub(super) async fn look(
        &mut self,
        at: Moment,
        known: &BTreeSet<StatementId>,
        idle: &mut BTreeSet<StatementId>,
    ) -> anyhow::Result<Snapshot> {
        let mut snapshot = Snapshot { at, ..Snapshot::default() };
        match self.extension().await? {
            None => snapshot.gaps.push(
                "pg_stat_statements is not installed in this database: add it to shared_preload_libraries, restart, \
                 and run CREATE EXTENSION pg_stat_statements"
                    .to_owned(),
            ),
            Some(extension) => self.count(&extension, known, idle, &mut snapshot).await?,
        }
        self.running(&mut snapshot).await?;
        Ok(snapshot)
    }

    /// The text of a statement as the server keeps it, with `$1` for literals.
    ///
    /// # Errors
    /// Where the server refuses.
    pub(super) async fn statement(&mut self, id: &StatementId) -> anyhow::Result<Option<String>> {
        let Some(extension) = self.extension().await? else { return Ok(None) };
        let ids = BTreeSet::from([id]);
        Ok(self.texts(&extension, &ids).await?.into_values().next())
    }

    /// For how many seconds statements have been counted; nothing where nobody counts, or before PostgreSQL 14.
    pub(super) async fn statements_counted_for(&mut self) -> anyhow::Result<Option<f64>> {
        let Some(extension) = self.extension().await?.filter(|extension| extension.tells_resets) else {
            return Ok(None);
        };
        let sql = format!(
            "SELECT {OWN} extract(epoch FROM now() - stats_reset)::float8 FROM {}.pg_stat_statements_info",
            extension.schema
        );
        sqlx::query("SAVEPOINT info").persistent(false).execute(&mut self.connection).await?;
        let row =
            sqlx::query(AssertSqlSafe(sql)).persistent(false).fetch_optional(&mut self.connection).await;
        match row {
            Ok(row) => Ok(row.map(|row| row.try_get(0)).transpose()?),
            // Not preloaded.
            Err(sqlx::Error::Database(_)) => {
                sqlx::query("ROLLBACK TO SAVEPOINT info")
                    .persistent(false)
                    .execute(&mut self.connection)
                    .await?;
                Ok(None)
            }
            Err(error) => Err(error).context("reading pg_stat_statements_info"),
        }
    }

    /// The statements of this database that took most time, each with what it costs.
    ///
    /// # Errors
    /// Where statements are not counted here, with what to do.
    pub async fn workload(&mut self) -> anyhow::Result<Vec<Statement>> {
        let snapshot = self.look(DateTime::UNIX_EPOCH, &BTreeSet::new(), &mut BTreeSet::new()).await?;
        if snapshot.counted.is_empty()
            && let Some(gap) = snapshot.gaps.first()
        {
            bail!("{gap}; or give a file of statements with --queries");
        }
        let Some(extension) = self.extension().await? else { return Ok(Vec::new()) };
        let mut dearest: Vec<_> = snapshot.counted.iter().collect();
        dearest.sort_by(|a, b| b.1.total_ms.total_cmp(&a.1.total_ms));
        dearest.truncate(ADVISED);
        let texts = self.texts(&extension, &dearest.iter().map(|(id, _)| *id).collect()).await?;
        let statement = |(id, counters): (&StatementId, &Counters)| {
            let text = texts.get(id).filter(|text| !is_idle(text))?;
            Some(Statement {
                id: id.0.clone(),
                sql: text.clone(),
                load: Some(Load {
                    fingerprint: fingerprint(text, Dialect::Postgres),
                    calls: counters.calls,
                    total_ms: counters.total_ms,
                }),
            })
        };
        let planned =
            |one: &Statement| pure_select::words(&one.sql).is_ok_and(|words| words.can_be_planned());
        Ok(dearest.into_iter().filter_map(statement).filter(planned).collect())
    }

    async fn extension(&mut self) -> anyhow::Result<Option<Extension>> {
        let row = sqlx::query(
            "SELECT /* quad */ quote_ident(n.nspname), string_to_array(e.extversion, '.')::int[] FROM pg_extension e \
             JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'",
        )
        .persistent(false)
        .fetch_optional(&mut self.connection)
        .await
        .context("looking for pg_stat_statements")?;
        let Some(row) = row else { return Ok(None) };
        let version: Vec<i32> = row.try_get(1)?;
        let since = |minor: i32| version.as_slice() >= [1, minor].as_slice();
        let time = if since(8) { "total_exec_time" } else { "total_time" };
        Ok(Some(Extension { schema: row.try_get(0)?, tells_resets: since(9), time }))
    }

    async fn count(
        &mut self,
        extension: &Extension,
        known: &BTreeSet<StatementId>,
        idle: &mut BTreeSet<StatementId>,
        snapshot: &mut Snapshot,
    ) -> anyhow::Result<()> {
        let Extension { schema, time, .. } = extension;
        let sql = format!(
            "SELECT {OWN} queryid::text, sum(calls)::float8, sum({time})::float8, sum(rows)::float8, \
               sum(shared_blks_read)::float8, sum(temp_blks_written)::float8, count(*)::float8 \
             FROM {schema}.pg_stat_statements(false) \
             WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) GROUP BY queryid"
        );
        let rows = sqlx::query(AssertSqlSafe(sql)).persistent(false).fetch_all(&mut self.connection).await;
        let rows = match rows {
            Ok(rows) => rows,
            // Not preloaded: the extension is there, and counts nothing.
            Err(sqlx::Error::Database(said)) => {
                snapshot.gaps.push(format!(
                    "pg_stat_statements can't be read ({}); is it in shared_preload_libraries?",
                    said.code().unwrap_or_default()
                ));
                self.again().await?;
                return Ok(());
            }
            Err(error) => return Err(error).context("reading pg_stat_statements"),
        };
        for row in rows {
            let Some(id) = row.try_get::<Option<String>, _>(0)? else {
                let hidden: f64 = row.try_get(6)?;
                snapshot.gaps.push(format!(
                    "{hidden} statements of other users can't be seen: GRANT pg_monitor TO the role that quad uses"
                ));
                continue;
            };
            let number = |column| row.try_get::<Option<f64>, _>(column).map(Option::unwrap_or_default);
            let counters = Counters {
                calls: number(1)?,
                total_ms: number(2)?,
                rows: number(3)?,
                blocks_read: number(4)?,
                spilled: number(5)?,
            };
            snapshot.counted.insert(StatementId(id), counters);
        }
        if extension.tells_resets {
            let sql = format!(
                "SELECT {OWN} dealloc::float8, (extract(epoch FROM stats_reset) * 1000)::float8 FROM {schema}.pg_stat_statements_info"
            );
            let row = sqlx::query(AssertSqlSafe(sql))
                .persistent(false)
                .fetch_one(&mut self.connection)
                .await
                .context("reading pg_stat_statements_info")?;
            snapshot.forgotten = row.try_get(0)?;
            let since: Option<f64> = row.try_get(1)?;
            snapshot.counting_since = since.and_then(|ms| DateTime::from_timestamp_millis(ms as i64));
        }
        // Those that the server has forgotten meanwhile need not be remembered either.
        idle.retain(|id| snapshot.counted.remove(id).is_some());
        let wanted = worth_reading(&snapshot.counted, known);
        if wanted.is_empty() {
            return Ok(());
        }
        match self.texts(extension, &wanted).await {
            Ok(texts) => {
                for (id, text) in texts {
                    if is_idle(&text) {
                        snapshot.counted.remove(&id);
                        idle.insert(id);
                    } else {
                        snapshot.texts.insert(id, shown(&text));
                    }
                }
            }
            Err(error) => {
                snapshot.gaps.push(format!(
                    "the texts of statements could not be read ({error:#}); numbers are complete. Lower \
                     pg_stat_statements.max, or keep long texts out of it"
                ));
                self.again().await?;
            }
        }
        Ok(())
    }

    async fn texts(
        &mut self,
        extension: &Extension,
        ids: &BTreeSet<&StatementId>,
    ) -> anyhow::Result<BTreeMap<StatementId, String>> {
        let sql = format!(
            "SELECT {OWN} DISTINCT ON (queryid) queryid::text, left(query, {LONGEST}) FROM {}.pg_stat_statements(true) \
             WHERE queryid = ANY($1) AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())",
            extension.schema
        );
        let numbers: Vec<i64> = ids.iter().filter_map(|id| id.0.parse().ok()).collect();
        let rows = sqlx::query(AssertSqlSafe(sql))
            .persistent(false)
            .bind(numbers)
            .fetch_all(&mut self.connection)
            .await
            .context("reading the texts of statements")?;
        rows.iter()
            .filter_map(|row| {
                let text = row.try_get::<Option<String>, _>(1).transpose()?;
                Some(text.and_then(|text| Ok((StatementId(row.try_get(0)?), text))))
            })
            .collect::<Result<_, _>>()
            .map_err(Into::into)
    }

    async fn running(&mut self, snapshot: &mut Snapshot) -> anyhow::Result<()> {
        let id = if self.version >= 140_000 { "query_id::text" } else { "NULL::text" };
        let sql = format!(
            "SELECT {OWN} pid::int8, {id}, left(query, {LONGEST}), \
               (extract(epoch FROM clock_timestamp() - CASE WHEN state = 'active' THEN query_start ELSE xact_start END) * 1000)::float8, \
               CASE WHEN wait_event_type NOT IN ('Client', 'Activity') THEN wait_event_type || ' ' || wait_event END, \
               CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid)::int8[] ELSE '{{}}' END, state \
             FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' \
               AND pid <> pg_backend_pid() AND state <> 'idle' ORDER BY 4 DESC NULLS LAST LIMIT 100"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .persistent(false)
            .fetch_all(&mut self.connection)
            .await
            .context("reading pg_stat_activity")?;
        for row in rows {
            let text: Option<String> = row.try_get(2)?;
            let text = text.unwrap_or_default();
            if text.contains(OWN) {
                continue;
            }
            snapshot.running.push(Running {
                session: row.try_get(0)?,
                id: row.try_get::<Option<String>, _>(1)?.map(StatementId),
                fingerprint: fingerprint(&text, Dialect::Postgres),
                for_ms: row.try_get::<Option<f64>, _>(3)?.unwrap_or_default().max(0.0),
                waits_for: row.try_get(4)?,
                blocked_by: row.try_get(5)?,
                state: row.try_get::<Option<String>, _>(6)?.unwrap_or_default(),
            });
        }
        Ok(())
    }
}

/// The statements whose texts are worth reading: the dearest in all and by call that are not known.
fn worth_reading<'s>(
    counted: &'s BTreeMap<StatementId, Counters>,
    known: &BTreeSet<StatementId>,
) -> BTreeSet<&'s StatementId> {
    let mut all: Vec<_> = counted.iter().collect();
    let mut worth = BTreeSet::new();
    for by in [|one: &Counters| one.total_ms, |one: &Counters| one.mean_ms()] {
        all.sort_by(|a, b| by(b.1).total_cmp(&by(a.1)));
        worth.extend(all.iter().take(TEXTS).map(|(id, _)| *id).filter(|id| !known.contains(*id)));
    }
    worth
}

/// Whether a statement does nothing for the application: bookkeeping of sessions, or quad's own.
fn is_idle(text: &str) -> bool {
    let verb: String = text.trim_start().chars().take_while(|c| c.is_ascii_alphabetic()).collect();
    text.contains(OWN) || IDLE.contains(&verb.to_ascii_lowercase().as_str())
}

/// A text as it may be kept.
pub(super) fn shown(text: &str) -> StatementText {
    StatementText { fingerprint: fingerprint(text, Dialect::Postgres), owner: hints::owner(text.as_bytes()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_bookkeeping_is_no_work() {
        for text in
            ["BEGIN", "  savepoint a", "EXPLAIN (FORMAT JSON) SELECT 1", "SELECT /* quad */ 1", "SET x = $1"]
        {
            assert!(is_idle(text), "{text}");
        }
        for text in ["SELECT 1", "INSERT INTO settings VALUES ($1)", "CALL p()", ""] {
            assert!(!is_idle(text), "{text}");
        }
    }

    #[test]
    fn texts_are_read_of_the_dearest_only_and_once() {
        let counted: BTreeMap<_, _> = (0..1_000)
            .map(|n| {
                let counters = Counters { calls: 1.0, total_ms: f64::from(n), ..Counters::default() };
                (StatementId(n.to_string()), counters)
            })
            .collect();
        let known = BTreeSet::from([StatementId("999".to_owned())]);
        let worth = worth_reading(&counted, &known);
        assert!(worth.len() == TEXTS - 1 && worth.contains(&StatementId("998".to_owned())));
    }
}
