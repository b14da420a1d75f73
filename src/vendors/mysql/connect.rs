//! A connection that only reads, with limits on what it may take.

use std::time::Duration;

use anyhow::{anyhow, bail, ensure};
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _, Row as _};

/// Longer than this nobody waits for a server that isn't there.
const PATIENCE: Duration = Duration::from_secs(10);

/// An open connection, in a transaction that only reads and is never committed. Its prepared statements are kept until it
/// ends, soon: to close one is a message without a reply, and the next would wait for the server to acknowledge it (40 ms).
pub struct Connected {
    pub(super) connection: MySqlConnection,
    /// It is MariaDB, which knows other tables and words than MySQL.
    pub(super) mariadb: bool,
    /// "10.11.6-MariaDB", "8.0.36".
    pub(super) version: String,
}

/// Connects. The address names a database: statistics of statements are kept by it.
///
/// # Errors
/// In a sentence that says what to do, and never with the password.
pub async fn connect(url: &str) -> anyhow::Result<Connected> {
    let options: MySqlConnectOptions = url.parse().map_err(|_| {
        anyhow!("this is no address of a database; write mysql://USER:PASSWORD@HOST:3306/DATABASE")
    })?;
    ensure!(
        options.get_database().is_some(),
        "the address names no database; write mysql://USER:PASSWORD@HOST:3306/DATABASE"
    );
    let place = format!("{}:{}", options.get_host(), options.get_port());
    // Quad says itself how texts are read, below; a pipe as concatenation would change what they mean.
    let options = options
        .charset("utf8mb4")
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .disable_statement_logging();
    let opened = tokio::time::timeout(PATIENCE, options.connect()).await;
    let mut connection = match opened {
        Err(_) => bail!("{place} did not answer within {} s", PATIENCE.as_secs()),
        Ok(Err(error)) => bail!("{}", refusal(&error, &place)),
        Ok(Ok(connection)) => connection,
    };
    let version: String = sqlx::query("SELECT CONVERT(VERSION() USING utf8mb4)")
        .fetch_one(&mut connection)
        .await?
        .try_get(0)?;
    let mariadb = version.contains("MariaDB");
    // Nothing is written, nothing waits long for others, and nobody waits long for it. Texts are told apart by quad
    // as by the server only without ANSI_QUOTES and NO_BACKSLASH_ESCAPES.
    let limit = if mariadb { "max_statement_time = 15" } else { "max_execution_time = 15000" };
    let begin = [
        format!(
            "SET SESSION {limit}, lock_wait_timeout = 1, time_zone = '+00:00', sql_mode = 'IGNORE_SPACE'"
        ),
        "SET SESSION TRANSACTION READ ONLY".to_owned(),
        "START TRANSACTION READ ONLY".to_owned(),
    ];
    for statement in begin {
        connection.execute(AssertSqlSafe(statement)).await?;
    }
    Ok(Connected { connection, mariadb, version })
}

impl Connected {
    /// Ends the transaction and begins another one: what has read a table keeps others from changing it until then.
    ///
    /// # Errors
    /// Where the connection is lost.
    pub(super) async fn release(&mut self) -> anyhow::Result<()> {
        for statement in ["ROLLBACK", "START TRANSACTION READ ONLY"] {
            let done = self.connection.execute(statement).await;
            done.map_err(|_| anyhow!("the connection to the server was lost in the middle"))?;
        }
        Ok(())
    }
}

/// Whether the server says that this user may not do that.
pub(super) fn is_denied(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(said) = error else { return false };
    let number = said
        .try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()
        .map(sqlx::mysql::MySqlDatabaseError::number);
    matches!(number, Some(1044 | 1142 | 1143 | 1227 | 1370))
}

fn refusal(error: &sqlx::Error, place: &str) -> String {
    let sqlx::Error::Database(said) = error else {
        return match error {
            sqlx::Error::Io(error) => {
                format!("{place} can't be reached ({}); is the server running there?", error.kind())
            }
            sqlx::Error::Tls(_) => {
                format!("{place} and quad found no way to speak TLS; see ssl-mode in the address")
            }
            _ => format!("{place} can't be used: {error}"),
        };
    };
    let number = said
        .try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()
        .map(sqlx::mysql::MySqlDatabaseError::number);
    match number {
        Some(1045 | 1698 | 1251) => format!("{place} refuses this user or password"),
        Some(1044) => format!("{place} does not let this user into that database; GRANT SELECT ON it"),
        Some(1049) => format!("{place} has no such database"),
        Some(1040 | 1203) => format!("{place} has no connection left; try again, or raise max_connections"),
        _ => format!("{place} refuses: {}", said.message()),
    }
}
