//! Makes an index on a MySQL or MariaDB that works meanwhile: in place, without a lock that keeps writes out, or not at all.
//! What is broken off the server rolls back itself.
//!
//! <https://dev.mysql.com/doc/refman/8.0/en/innodb-online-ddl-operations.html>

use std::time::Duration;

use async_trait::async_trait;
use sqlx::mysql::MySqlDatabaseError;
use sqlx::{AssertSqlSafe, Executor as _, Row as _};

use super::{Config, Connected, connect};
use crate::error::{CallError, UserError};
use crate::model::subject::Subject;
use crate::ports::index_maker::{IndexMaker, Made, Progress};
use crate::vendors::http::secret::Secret;

/// Between two looks at how far it is.
const LOOK: Duration = Duration::from_secs(2);
/// Statements of ours end so.
const ONLINE: &str = " ALGORITHM=INPLACE LOCK=NONE";

/// A MySQL or MariaDB on which quad may make indexes.
pub struct Indexes {
    subject: Subject,
    url: Secret,
}

impl Indexes {
    /// Where the configuration names a user that may do it.
    pub fn new(config: &Config) -> Option<Self> {
        let url = config.apply_url.clone().map(Secret::Kept)?;
        Some(Self { subject: Subject::database(&config.environment, &config.name), url })
    }

    async fn open(&self) -> Result<Connected, CallError> {
        use secrecy::ExposeSecret as _;
        let url = self.url.read().map_err(|error| CallError::permanent(error.to_string()))?;
        let mut server =
            connect(url.expose_secret()).await.map_err(|error| CallError::transient(format!("{error:#}")))?;
        // Waiting longer for a lock would hold up everybody who comes behind; the work itself may take its time.
        let limit = if server.mariadb { "max_statement_time" } else { "max_execution_time" };
        let writing = [
            "ROLLBACK".to_owned(),
            "SET SESSION TRANSACTION READ WRITE".to_owned(),
            format!("SET SESSION {limit} = 0, lock_wait_timeout = 10"),
        ];
        for statement in writing {
            server.connection.execute(AssertSqlSafe(statement)).await.map_err(|error| failed(&error))?;
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
        if server.has_index(&wanted).await? {
            return Ok(Made::Before);
        }
        let mut watcher = self.open().await?;
        if watcher.progress(run).await?.is_some() {
            return Err(CallError::transient("this index is being made already"));
        }
        let outcome = {
            let making = server.send(run);
            tokio::pin!(making);
            loop {
                tokio::select! {
                    outcome = &mut making => break outcome,
                    () = tokio::time::sleep(LOOK) => {
                        if let Ok(Some(progress)) = watcher.progress(run).await {
                            told(progress);
                        }
                    }
                }
            }
        };
        outcome?;
        if !watcher.has_index(&wanted).await? {
            return Err(CallError::transient("the server made it, but it is not there"));
        }
        Ok(Made::Now { size: watcher.size(&wanted).await })
    }

    async fn remove(&self, run: &str) -> Result<bool, CallError> {
        let wanted = Wanted::of(run).map_err(|error| CallError::permanent(error.0))?;
        let mut server = self.open().await?;
        if !server.has_index(&wanted).await? {
            return Ok(false);
        }
        // MariaDB takes no such options here, and does it in place anyway.
        let online = if server.mariadb { "" } else { ONLINE };
        let drop = format!("DROP INDEX {} ON {}{online}", wanted.quoted_name, wanted.quoted_table);
        server.send(&drop).await?;
        Ok(true)
    }

    async fn uses(&self, run: &str) -> Result<Option<f64>, CallError> {
        let wanted = Wanted::of(run).map_err(|error| CallError::permanent(error.0))?;
        let mut server = self.open().await?;
        if !server.has_index(&wanted).await? {
            return Ok(None);
        }
        let row = sqlx::query(
            "SELECT /* quad */ COUNT_READ + 0e0 FROM performance_schema.table_io_waits_summary_by_index_usage \
             WHERE OBJECT_SCHEMA = DATABASE() AND OBJECT_NAME = ? AND INDEX_NAME = ?",
        )
        .bind(&wanted.table)
        .bind(&wanted.name)
        .fetch_optional(&mut server.connection)
        .await
        .map_err(|error| failed(&error))?;
        row.map(|row| row.try_get(0)).transpose().map_err(|error| failed(&error))
    }
}

impl Connected {
    async fn send(&mut self, sql: &str) -> Result<(), CallError> {
        let sent = sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut self.connection).await;
        sent.map(|_| ()).map_err(|error| failed(&error))
    }

    async fn has_index(&mut self, wanted: &Wanted) -> Result<bool, CallError> {
        let row = sqlx::query(
            "SELECT /* quad */ 1 FROM information_schema.STATISTICS \
             WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND INDEX_NAME = ? LIMIT 1",
        )
        .bind(&wanted.table)
        .bind(&wanted.name)
        .fetch_optional(&mut self.connection)
        .await
        .map_err(|error| failed(&error))?;
        Ok(row.is_some())
    }

    /// How large an index is, as far as its pages were counted already.
    async fn size(&mut self, wanted: &Wanted) -> Option<f64> {
        let row = sqlx::query(
            "SELECT /* quad */ stat_value * @@innodb_page_size + 0e0 FROM mysql.innodb_index_stats \
             WHERE database_name = DATABASE() AND table_name = ? AND index_name = ? AND stat_name = 'size'",
        )
        .bind(&wanted.table)
        .bind(&wanted.name)
        .fetch_optional(&mut self.connection)
        .await;
        // A user that may make indexes need not be one that may read this.
        row.ok().flatten().and_then(|row| row.try_get(0).ok())
    }

    /// How far the server is with a statement of ours. MariaDB says it with its processes, MySQL with its stages.
    async fn progress(&mut self, run: &str) -> Result<Option<Progress>, CallError> {
        let sql = if self.mariadb {
            "SELECT /* quad */ CONVERT(COALESCE(STATE, '') USING utf8mb4), \
               IF(MAX_STAGE > 0, (STAGE - 1 + PROGRESS / 100) / MAX_STAGE, NULL) + 0e0 \
             FROM information_schema.PROCESSLIST WHERE INFO = ? AND ID <> CONNECTION_ID() LIMIT 1"
        } else {
            "SELECT /* quad */ CONVERT(COALESCE(p.PROCESSLIST_STATE, '') USING utf8mb4), \
               s.WORK_COMPLETED / NULLIF(s.WORK_ESTIMATED, 0) + 0e0 FROM performance_schema.threads p \
             LEFT JOIN performance_schema.events_stages_current s ON s.THREAD_ID = p.THREAD_ID \
             WHERE p.PROCESSLIST_INFO = ? AND p.PROCESSLIST_ID <> CONNECTION_ID() LIMIT 1"
        };
        let row = sqlx::query(sql)
            .bind(run)
            .fetch_optional(&mut self.connection)
            .await
            .map_err(|error| failed(&error))?;
        let read = |row: &sqlx::mysql::MySqlRow| -> Result<Progress, sqlx::Error> {
            Ok(Progress { phase: row.try_get(0)?, share: row.try_get(1)? })
        };
        row.as_ref().map(read).transpose().map_err(|error| failed(&error))
    }
}

/// What a statement of ours makes. Anything of another form is refused: this is all that may be run here.
struct Wanted {
    name: String,
    table: String,
    quoted_name: String,
    quoted_table: String,
}

impl Wanted {
    fn of(run: &str) -> Result<Self, UserError> {
        let refused = || UserError::new("this is no statement that makes one index; nothing was run");
        let rest = run
            .strip_prefix("CREATE INDEX ")
            .and_then(|rest| rest.strip_suffix(ONLINE))
            .ok_or_else(refused)?;
        let (name, rest) = rest.split_once(" ON ").ok_or_else(refused)?;
        let (table, keys) = rest.split_once(" (").ok_or_else(refused)?;
        let is_list =
            keys.ends_with(')') && !keys.contains(';') && !run.contains("/*") && !run.contains("--");
        let named = bare(name).zip(bare(table)).filter(|_| is_list);
        let (name_is, table_is) = named.ok_or_else(refused)?;
        Ok(Self {
            name: name_is,
            table: table_is,
            quoted_name: name.to_owned(),
            quoted_table: table.to_owned(),
        })
    }
}

/// A name without the backticks that it may stand in; `None` where it is none.
fn bare(name: &str) -> Option<String> {
    match name.strip_prefix('`').and_then(|name| name.strip_suffix('`')) {
        Some(inner) => {
            let pairs = inner.replace("``", "");
            (!pairs.contains('`') && !inner.is_empty()).then(|| inner.replace("``", "`"))
        }
        None => (!name.is_empty() && name.chars().all(|sign| sign.is_alphanumeric() || sign == '_'))
            .then(|| name.to_owned()),
    }
}

fn failed(error: &sqlx::Error) -> CallError {
    let sqlx::Error::Database(said) = error else {
        return CallError::transient("the connection to the server was lost in the middle");
    };
    let number = said.try_downcast_ref::<MySqlDatabaseError>().map_or(0, MySqlDatabaseError::number);
    match number {
        1142 | 1044 | 1227 => CallError::permanent(format!(
            "the user of apply_url may not do that; GRANT INDEX on the table ({number})"
        )),
        1205 => CallError::transient("it would have had to wait for a lock for more than 10 s (1205)"),
        1845 | 1846 => {
            CallError::permanent(format!("this table can't get an index while others write to it ({number})"))
        }
        1021 | 1114 => CallError::permanent(format!("the server's disk is full ({number})")),
        1053 | 1077 | 1317 | 1969 | 3024 => CallError::transient(format!("the server ended it ({number})")),
        1290 | 1792 | 1836 => CallError::permanent(format!(
            "this server only reads (a replica?), nothing can be made ({number})"
        )),
        1146 | 1072 | 1054 => {
            CallError::permanent(format!("what it is to be made of isn't there any more ({number})"))
        }
        1553 => CallError::permanent(
            "a foreign key uses it by now, in the place of an index of its own; make one on the key's columns first (1553)",
        ),
        1799 => CallError::transient("more was written meanwhile than the server keeps for that (1799)"),
        _ => CallError::permanent(format!("the server refuses it ({number})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_one_index_is_made() {
        let wanted =
            Wanted::of("CREATE INDEX idx_a ON `my ``table` (b, note(100)) ALGORITHM=INPLACE LOCK=NONE")
                .expect("is one");
        assert_eq!((wanted.name.as_str(), wanted.table.as_str()), ("idx_a", "my `table"));
        for run in [
            "DROP TABLE t",
            "CREATE INDEX a ON t (b)",
            "CREATE INDEX a ON t (b); DROP TABLE t ALGORITHM=INPLACE LOCK=NONE",
            "CREATE INDEX a b ON t (b) ALGORITHM=INPLACE LOCK=NONE",
            "CREATE INDEX `a` drop` ON t (b) ALGORITHM=INPLACE LOCK=NONE",
            "CREATE INDEX a ON t ALGORITHM=INPLACE LOCK=NONE",
        ] {
            assert!(Wanted::of(run).is_err(), "{run}");
        }
    }
}
