//! Makes an index on a PostgreSQL that works meanwhile: CONCURRENTLY, with a limit on the wait for locks,
//! and with what a broken attempt leaves behind (an index that is not valid) removed first.
//!
//! <https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY>

use std::time::Duration;

use async_trait::async_trait;
use sqlx::{AssertSqlSafe, Executor as _, Row as _};

use crate::error::{CallError, UserError};
use crate::model::subject::Subject;
use crate::ports::index_maker::{IndexMaker, Made, Progress};
use crate::vendors::http::secret::Secret;

use super::source::open;
use super::{Config, Connected};

/// Between two looks at how far it is.
const LOOK: Duration = Duration::from_secs(2);
/// Waiting longer for a lock would hold up everybody who comes behind.
const LOCK: &str = "SET lock_timeout = '10s'";

/// A PostgreSQL on which quad may make indexes.
pub struct Indexes {
    subject: Subject,
    url: Secret,
}

/// An index as the server knows it.
struct Known {
    /// With its schema where that is needed, quoted.
    name: String,
    valid: bool,
    size: f64,
    scans: f64,
}

impl Indexes {
    /// Where the configuration names a role that may do it.
    pub fn new(config: &Config) -> Option<Self> {
        let url = config.apply_url.clone().map(Secret::Kept)?;
        Some(Self { subject: Subject::database(&config.environment, &config.name), url })
    }

    async fn open(&self) -> Result<Connected, CallError> {
        let mut server = open(&self.url, self.subject.name()).await?;
        // Neither may an index be made inside of a transaction.
        for statement in ["ROLLBACK", LOCK] {
            server.connection.execute(statement).await.map_err(|error| failed(&error))?;
        }
        Ok(server)
    }
}

#[async_trait]
impl IndexMaker for Indexes {
    fn subject(&self) -> Subject {
        self.subject.clone()
    }

    async fn make(&self, run: &str, told: &(dyn Fn(Progress) + Send + Sync)) -> Result<Made, CallError> {
        let wanted = Wanted::of(run).map_err(|error| CallError::permanent(error.0))?;
        let mut server = self.open().await?;
        match server.index(&wanted).await? {
            Some(known) if known.valid => return Ok(Made::Before),
            // Somebody may be making it right now, and it is theirs then.
            Some(_) if server.is_being_made(&wanted).await? => {
                return Err(CallError::transient("this index is being made already"));
            }
            Some(broken) => server.drop_index(&broken.name).await?,
            None => {}
        }
        let mut watcher = self.open().await?;
        let outcome = {
            let making = server.send(run);
            tokio::pin!(making);
            loop {
                tokio::select! {
                    outcome = &mut making => break outcome,
                    () = tokio::time::sleep(LOOK) => {
                        if let Ok(Some(progress)) = watcher.progress(&wanted).await {
                            told(progress);
                        }
                    }
                }
            }
        };
        let left = watcher.index(&wanted).await;
        match (outcome, left) {
            (Ok(()), Ok(Some(known))) if known.valid => Ok(Made::Now { size: Some(known.size) }),
            (Ok(()), _) => Err(CallError::transient("the server made it, but it is not valid")),
            (Err(error), Ok(Some(broken))) if !broken.valid => {
                watcher.drop_index(&broken.name).await?;
                Err(error)
            }
            (Err(error), _) => Err(error),
        }
    }

    async fn remove(&self, run: &str) -> Result<bool, CallError> {
        let wanted = Wanted::of(run).map_err(|error| CallError::permanent(error.0))?;
        let mut server = self.open().await?;
        let Some(known) = server.index(&wanted).await? else { return Ok(false) };
        server.drop_index(&known.name).await?;
        Ok(true)
    }

    async fn uses(&self, run: &str) -> Result<Option<f64>, CallError> {
        let wanted = Wanted::of(run).map_err(|error| CallError::permanent(error.0))?;
        Ok(self.open().await?.index(&wanted).await?.map(|known| known.scans))
    }
}

impl Connected {
    async fn send(&mut self, sql: &str) -> Result<(), CallError> {
        let sent =
            sqlx::query(AssertSqlSafe(sql.to_owned())).persistent(false).execute(&mut self.connection).await;
        sent.map(|_| ()).map_err(|error| failed(&error))
    }

    async fn drop_index(&mut self, name: &str) -> Result<(), CallError> {
        self.send(&format!("DROP INDEX CONCURRENTLY IF EXISTS {name}")).await
    }

    async fn index(&mut self, wanted: &Wanted) -> Result<Option<Known>, CallError> {
        let row = sqlx::query(
            "SELECT /* quad */ i.oid::regclass::text, x.indisvalid, pg_relation_size(i.oid)::float8, \
               coalesce(pg_stat_get_numscans(i.oid), 0)::float8 \
             FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid \
             WHERE quote_ident(i.relname) = $1 AND x.indrelid = to_regclass($2)",
        )
        .persistent(false)
        .bind(&wanted.name)
        .bind(&wanted.table)
        .fetch_optional(&mut self.connection)
        .await
        .map_err(|error| failed(&error))?;
        let read = |row: &sqlx::postgres::PgRow| -> Result<Known, sqlx::Error> {
            Ok(Known {
                name: row.try_get(0)?,
                valid: row.try_get(1)?,
                size: row.try_get(2)?,
                scans: row.try_get(3)?,
            })
        };
        row.as_ref().map(read).transpose().map_err(|error| failed(&error))
    }

    async fn is_being_made(&mut self, wanted: &Wanted) -> Result<bool, CallError> {
        Ok(self.progress(wanted).await?.is_some())
    }

    /// <https://www.postgresql.org/docs/current/progress-reporting.html#CREATE-INDEX-PROGRESS-REPORTING>
    async fn progress(&mut self, wanted: &Wanted) -> Result<Option<Progress>, CallError> {
        let row = sqlx::query(
            "SELECT /* quad */ phase, CASE WHEN blocks_total > 0 THEN blocks_done::float8 / blocks_total \
               WHEN tuples_total > 0 THEN tuples_done::float8 / tuples_total \
               WHEN lockers_total > 0 THEN lockers_done::float8 / lockers_total END \
             FROM pg_stat_progress_create_index WHERE relid = to_regclass($1)",
        )
        .persistent(false)
        .bind(&wanted.table)
        .fetch_optional(&mut self.connection)
        .await
        .map_err(|error| failed(&error))?;
        let read = |row: &sqlx::postgres::PgRow| -> Result<Progress, sqlx::Error> {
            Ok(Progress { phase: row.try_get(0)?, share: row.try_get(1)? })
        };
        row.as_ref().map(read).transpose().map_err(|error| failed(&error))
    }
}

/// What a statement of ours makes. Anything of another form is refused: this is all that may be run here.
struct Wanted {
    name: String,
    table: String,
}

impl Wanted {
    fn of(run: &str) -> Result<Self, UserError> {
        let refused = || UserError::new("this is no statement that makes one index; nothing was run");
        let rest = run.strip_prefix("CREATE INDEX CONCURRENTLY ").ok_or_else(refused)?;
        let (name, rest) = rest.split_once(" ON ").ok_or_else(refused)?;
        let end = rest.find(" (").into_iter().chain(rest.find(" USING ")).min().ok_or_else(refused)?;
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_\"".contains(c));
        if !is_name || run.contains(';') {
            return Err(refused());
        }
        Ok(Self { name: name.to_owned(), table: rest[..end].to_owned() })
    }
}

fn failed(error: &sqlx::Error) -> CallError {
    let sqlx::Error::Database(said) = error else {
        return CallError::transient("the connection to the server was lost in the middle");
    };
    let code = said.code().unwrap_or_default();
    match &*code {
        "42501" => {
            CallError::permanent("the role of apply_url may not do that; it must own the table (42501)")
        }
        "55P03" => CallError::transient("it would have had to wait for a lock for more than 10 s (55P03)"),
        "53100" => CallError::permanent("the server's disk is full (53100)"),
        "57014" | "57P01" | "57P02" | "57P03" => {
            CallError::transient(format!("the server ended it ({code})"))
        }
        "25006" => CallError::permanent("this is a replica, where nothing can be made (25006)"),
        "42P01" | "42703" | "42704" | "42883" => {
            CallError::permanent(format!("what it is to be made of isn't there any more ({code})"))
        }
        _ => CallError::permanent(format!("the server refuses it ({code})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_one_index_is_made() {
        let wanted =
            Wanted::of(r#"CREATE INDEX CONCURRENTLY idx_a ON sales."T" USING gin (b)"#).expect("is one");
        assert_eq!((wanted.name.as_str(), wanted.table.as_str()), ("idx_a", r#"sales."T""#));
        for run in [
            "DROP TABLE t",
            "CREATE INDEX CONCURRENTLY a ON t (b); DROP TABLE t",
            "CREATE INDEX a ON t (b)",
            "CREATE INDEX CONCURRENTLY a, b ON t (b)",
            "CREATE INDEX CONCURRENTLY a ON t",
        ] {
            assert!(Wanted::of(run).is_err(), "{run}");
        }
    }
}
