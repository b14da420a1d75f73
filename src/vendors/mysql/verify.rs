//! Tries advice on a scratch database: carries a statement out, makes its indexes there, carries it out again, and takes
//! them away. Never on the database that was advised on.

use std::time::Instant;

use anyhow::{Context as _, anyhow, bail, ensure};
use sqlx::mysql::MySqlDatabaseError;
use sqlx::{AssertSqlSafe, Executor as _, Row as _};

use super::advise::with_values;
use super::{Connected, connect};
use crate::sql::advice::Candidate;
use crate::sql::advice::loops::stays_here;
use crate::sql::advice::measured::Measured;
use crate::sql::plan;

/// What is made for the time of measuring is called so, with a number.
const NAME: &str = "quad_verifies";
/// So often a statement is carried out, and once more before that to fill the caches; the time in the middle counts.
const TIMES: usize = 5;
/// After so many milliseconds it is enough: what takes long needs no repetition to be told from what does not.
const ENOUGH_MS: f64 = 5_000.0;
/// Seconds; longer than this nobody measures one statement.
const LONGEST: u32 = 120;

/// What a plan says where the ends of indexes are all that has to be looked at.
const ANSWERED_AT_ONCE: &str = "Select tables optimized away";

/// A database on which indexes may be made and removed at will.
pub struct Scratch {
    reads: Connected,
    builds: Connected,
}

impl Scratch {
    /// Connects, where it is not the database that was advised on.
    ///
    /// # Errors
    /// Where it is, or can't be reached.
    pub async fn open(url: &str, advised: &mut Connected) -> anyhow::Result<Self> {
        let mut reads = connect(url).await.context("the scratch database")?;
        let mut builds = connect(url).await.context("the scratch database")?;
        let (advised, scratch, built) =
            (advised.identity().await?, reads.identity().await?, builds.identity().await?);
        ensure!(
            scratch != advised && built != advised,
            "--scratch is the database that is advised on; indexes are only tried on another one, a copy of it"
        );
        ensure!(scratch == built, "--scratch leads to two servers; give the address of one");
        ensure!(
            !builds.is_copied().await?,
            "other servers copy what is done on the server of --scratch, so indexes would be made on them, too; give a server \
             that stands alone"
        );
        let limit = match reads.mariadb {
            true => format!("SET SESSION max_statement_time = {LONGEST}"),
            false => format!("SET SESSION max_execution_time = {LONGEST}000"),
        };
        reads.connection.execute(AssertSqlSafe(limit)).await?;
        let unlimited = if builds.mariadb { "max_statement_time" } else { "max_execution_time" };
        for statement in [
            "ROLLBACK".to_owned(),
            "SET SESSION TRANSACTION READ WRITE".to_owned(),
            format!("SET SESSION {unlimited} = 0, lock_wait_timeout = 10"),
        ] {
            builds.connection.execute(AssertSqlSafe(statement)).await?;
        }
        Ok(Self { reads, builds })
    }

    /// Measures a statement without and with indexes.
    ///
    /// # Errors
    /// Where the connection is lost.
    pub async fn measure(&mut self, sql: &str, indexes: &[Candidate]) -> anyhow::Result<Measured> {
        if !with_values(sql).is_ok_and(|(_, real)| real) {
            return Ok(Measured::Not("its values are not known".to_owned()));
        }
        if !stays_here(sql) {
            return Ok(Measured::Not("it names a database, and would be carried out in that".to_owned()));
        }
        self.clear(indexes).await?;
        self.analyze(indexes).await?;
        let before_ms = match self.median(sql).await? {
            Ok((ms, _)) => ms,
            Err(why) => return Ok(Measured::Not(why)),
        };
        let tried = self.with(sql, indexes).await;
        // Whatever became of it, nothing stays behind.
        let cleared = self.clear(indexes).await;
        let measured = tried?;
        cleared?;
        Ok(match measured {
            Ok((after_ms, plan)) => {
                let takes = |at| plan.contains(&format!("\"key\": \"{}\"", name(at)));
                let at_once = plan.contains(ANSWERED_AT_ONCE) && !plan.contains("\"access_type\"");
                let used = at_once || (0..indexes.len()).all(takes);
                Measured::Both { before_ms, after_ms, used }
            }
            Err(why) => Measured::Not(why),
        })
    }

    async fn with(
        &mut self,
        sql: &str,
        indexes: &[Candidate],
    ) -> anyhow::Result<Result<(f64, String), String>> {
        for (at, index) in indexes.iter().enumerate() {
            if let Err(error) = self.builds.connection.execute(AssertSqlSafe(index.named(&name(at)))).await {
                return refused(&error).map(Err);
            }
        }
        self.analyze(indexes).await?;
        self.median(sql).await
    }

    /// The median of its times, and the last plan; or why there is none.
    async fn median(&mut self, sql: &str) -> anyhow::Result<Result<(f64, String), String>> {
        let (mut times, mut last) = (Vec::with_capacity(TIMES), String::new());
        while times.len() <= TIMES && times.iter().sum::<f64>() < ENOUGH_MS {
            let began = Instant::now();
            let explained = match self.reads.plan(sql, true).await {
                Ok(explained) => explained,
                Err(why) => return Ok(Err(format!("{why:#}"))),
            };
            if let Some(why) = explained.not_measured {
                return Ok(Err(why));
            }
            // Of what it answers without reading a table (`MAX(id)`) the server says no time.
            let elapsed = began.elapsed().as_secs_f64() * 1_000.0;
            let ms = plan::read(&explained.json)?.execution_ms.unwrap_or(elapsed);
            times.push(ms);
            last = explained.json;
        }
        // A transaction that has read a table would be in the way of its index.
        self.reads.release().await?;
        if times.len() > 1 {
            times.remove(0);
        }
        times.sort_by(f64::total_cmp);
        Ok(Ok((times[times.len() / 2], last)))
    }

    async fn analyze(&mut self, indexes: &[Candidate]) -> anyhow::Result<()> {
        for index in indexes {
            let sql = format!("ANALYZE TABLE {}", index.table);
            self.builds.connection.fetch_all(AssertSqlSafe(sql)).await?;
        }
        Ok(())
    }

    /// Removes what is there of an earlier try, or of this one.
    async fn clear(&mut self, indexes: &[Candidate]) -> anyhow::Result<()> {
        self.reads.release().await?;
        for (at, index) in indexes.iter().enumerate() {
            let sql = format!("DROP INDEX {} ON {}", name(at), index.table);
            match self.builds.connection.execute(AssertSqlSafe(sql)).await {
                Ok(_) => {}
                Err(error) => match number(&error) {
                    None => return Err(lost()),
                    // There is none, or no such table.
                    Some(1_091 | 1_146) => {}
                    Some(number) => bail!(
                        "{} on {} can't be removed from the scratch database ({number}); remove it there",
                        name(at),
                        index.table
                    ),
                },
            }
        }
        Ok(())
    }
}

impl Connected {
    /// Whether other servers copy what is done here. Of those that this user may not see nothing is known.
    ///
    /// <https://mariadb.com/kb/en/replication-and-binary-log-status-variables/>,
    /// <https://galeracluster.com/library/documentation/galera-status-variables.html>
    async fn is_copied(&mut self) -> anyhow::Result<bool> {
        let rows = self
            .connection
            .fetch_all("SHOW GLOBAL STATUS WHERE Variable_name IN ('Slaves_connected', 'wsrep_cluster_size')")
            .await
            .context("asking whether other servers copy the scratch database")?;
        for row in rows {
            let (name, many): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            let alone = if name.eq_ignore_ascii_case("wsrep_cluster_size") { 1 } else { 0 };
            if many.parse::<u64>().is_ok_and(|many| many > alone) {
                return Ok(true);
            }
        }
        let dumps = "SELECT /* quad */ COUNT(*) FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'";
        let row = self.connection.fetch_one(dumps).await.context("asking who copies the scratch database")?;
        Ok(row.try_get::<i64, _>(0)? > 0)
    }

    /// What tells this database from any other: its server, by its place and its data, and the database in it.
    async fn identity(&mut self) -> anyhow::Result<String> {
        let row = sqlx::query(
            "SELECT /* quad */ CONVERT(CONCAT_WS(' ', @@hostname, @@port, @@datadir, DATABASE()) USING utf8mb4)",
        )
        .fetch_one(&mut self.connection)
        .await
        .context("asking which database this is")?;
        Ok(row.try_get(0)?)
    }
}

fn name(at: usize) -> String {
    format!("{NAME}_{at}")
}

fn lost() -> anyhow::Error {
    anyhow!("the connection to the scratch database was lost in the middle")
}

/// The number of what the server says; `None` where it says nothing.
fn number(error: &sqlx::Error) -> Option<u16> {
    let sqlx::Error::Database(said) = error else { return None };
    Some(said.try_downcast_ref::<MySqlDatabaseError>().map_or(0, MySqlDatabaseError::number))
}

/// Why the server refuses. Its own words may hold values of rows and are left out.
fn refused(error: &sqlx::Error) -> anyhow::Result<String> {
    let number = number(error).ok_or_else(lost)?;
    let why = match number {
        1142 | 1044 | 1227 => "the user of --scratch needs INDEX on the tables",
        1146 => "the table isn't there",
        1205 => "somebody else has a lock on the table",
        1290 | 1792 | 1836 => "that server only reads",
        _ => "the server refuses it",
    };
    Ok(format!("its index can't be made there: {why} ({number})"))
}
