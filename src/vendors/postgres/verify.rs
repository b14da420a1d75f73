//! Tries advice on a scratch database: carries a statement out, makes its indexes there, carries it out again, and takes
//! them away. Never on the database that was advised on.

use anyhow::{Context as _, anyhow, ensure};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, Row as _};

use super::{Connected, connect};
use crate::sql::advice::Candidate;
use crate::sql::advice::measured::Measured;
use crate::sql::plan;

/// What is made for the time of measuring is called so, with a number.
const NAME: &str = "quad_verifies";
/// So often a statement is carried out, and once more before that to fill the caches; the time in the middle counts.
const TIMES: usize = 5;
/// After so many milliseconds it is enough: what takes long needs no repetition to be told from what does not.
const ENOUGH_MS: f64 = 5_000.0;
/// Longer than this nobody measures one statement.
const LIMITS: &str =
    "SET LOCAL statement_timeout = '120s'; SET LOCAL idle_in_transaction_session_timeout = '0'";

/// A database on which indexes may be made and removed at will.
pub struct Scratch {
    reads: Connected,
    builds: PgConnection,
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
        let mut builds = builds.connection;
        builds.execute("ROLLBACK; SET statement_timeout = 0; SET lock_timeout = '10s'").await?;
        Ok(Self { reads, builds })
    }

    /// Measures a statement without and with indexes.
    ///
    /// # Errors
    /// Where the connection is lost.
    pub async fn measure(&mut self, sql: &str, indexes: &[Candidate]) -> anyhow::Result<Measured> {
        let tables: Vec<&str> = indexes.iter().map(|index| index.table.as_str()).collect();
        self.clear(indexes.len()).await?;
        self.analyze(&tables).await?;
        let before_ms = match self.median(sql).await? {
            Ok((ms, _)) => ms,
            Err(why) => return Ok(Measured::Not(why)),
        };
        let tried = self.with(sql, indexes, &tables).await;
        // Whatever became of it, nothing stays behind.
        let cleared = self.clear(indexes.len()).await;
        let measured = tried?;
        cleared?;
        Ok(match measured {
            Ok((after_ms, plan)) => {
                let used = (0..indexes.len()).all(|at| plan.contains(&format!("\"{}\"", name(at))));
                Measured::Both { before_ms, after_ms, used }
            }
            Err(why) => Measured::Not(why),
        })
    }

    async fn with(
        &mut self,
        sql: &str,
        indexes: &[Candidate],
        tables: &[&str],
    ) -> anyhow::Result<Result<(f64, String), String>> {
        for (at, index) in indexes.iter().enumerate() {
            if let Err(error) = self.builds.execute(AssertSqlSafe(index.named(&name(at)))).await {
                return refused(&error, "its index can't be made there").map(Err);
            }
        }
        self.analyze(tables).await?;
        self.median(sql).await
    }

    /// The median of its times, and the last plan; or why there is none.
    async fn median(&mut self, sql: &str) -> anyhow::Result<Result<(f64, String), String>> {
        let (mut times, mut last) = (Vec::with_capacity(TIMES), String::new());
        while times.len() <= TIMES && times.iter().sum::<f64>() < ENOUGH_MS {
            self.reads.again().await?;
            self.reads.connection.execute(LIMITS).await?;
            let explained = match self.reads.plan(sql, true).await {
                Ok(explained) => explained,
                Err(why) => return Ok(Err(format!("{why:#}"))),
            };
            if let Some(why) = explained.not_measured {
                return Ok(Err(why));
            }
            let ms = plan::read(&explained.json)?
                .execution_ms
                .ok_or_else(|| anyhow!("a plan without its time"))?;
            times.push(ms);
            last = explained.json;
        }
        // What holds a lock on a table would be in the way of its index.
        self.reads.again().await?;
        if times.len() > 1 {
            times.remove(0);
        }
        times.sort_by(f64::total_cmp);
        Ok(Ok((times[times.len() / 2], last)))
    }

    async fn analyze(&mut self, tables: &[&str]) -> anyhow::Result<()> {
        for table in tables {
            // Where it is not there, the statement says so itself.
            if let Err(error) = self.builds.execute(AssertSqlSafe(format!("ANALYZE {table}"))).await {
                refused(&error, "")?;
            }
        }
        Ok(())
    }

    /// Removes what is there of an earlier try, or of this one.
    async fn clear(&mut self, many: usize) -> anyhow::Result<()> {
        self.reads.again().await?;
        for at in 0..many {
            let found = sqlx::query(
                "SELECT /* quad */ oid::regclass::text FROM pg_class WHERE relname = $1 AND relkind = 'i'",
            )
            .bind(name(at))
            .fetch_all(&mut self.builds)
            .await?;
            for row in found {
                let index: String = row.try_get(0)?;
                self.builds.execute(AssertSqlSafe(format!("DROP INDEX {index}"))).await?;
            }
        }
        Ok(())
    }
}

impl Connected {
    /// Whether other servers copy what is done here.
    async fn is_copied(&mut self) -> anyhow::Result<bool> {
        let row = sqlx::query("SELECT /* quad */ (SELECT count(*) FROM pg_stat_replication) + (SELECT count(*) FROM pg_replication_slots)")
            .persistent(false)
            .fetch_one(&mut self.connection)
            .await
            .context("asking whether other servers copy the scratch database")?;
        Ok(row.try_get::<i64, _>(0)? > 0)
    }

    /// What tells this database from any other: its server, by when that started, and the database in it.
    async fn identity(&mut self) -> anyhow::Result<String> {
        let row = sqlx::query(
            "SELECT /* quad */ concat_ws(' ', extract(epoch FROM pg_postmaster_start_time()), oid, datname, \
               current_setting('port'), current_setting('cluster_name')) \
             FROM pg_database WHERE datname = current_database()",
        )
        .persistent(false)
        .fetch_one(&mut self.connection)
        .await
        .context("asking which database this is")?;
        Ok(row.try_get(0)?)
    }
}

fn name(at: usize) -> String {
    format!("{NAME}_{at}")
}

/// Why the server refuses. Its own words may hold values of rows and are left out.
fn refused(error: &sqlx::Error, what: &str) -> anyhow::Result<String> {
    let sqlx::Error::Database(said) = error else {
        return Err(anyhow!("the connection to the scratch database was lost in the middle"));
    };
    let code = said.code().unwrap_or_default();
    let why = match &*code {
        "42501" => "the user of --scratch must own the tables",
        "42704" => "an operator class is missing; CREATE EXTENSION there as on the other one",
        "42P01" => "the table isn't there",
        "55P03" => "somebody else has a lock on the table",
        "25006" => "that server only reads",
        _ => "the server refuses it",
    };
    Ok(format!("{what}: {why} ({code})"))
}
