//! A connection that only reads, with limits on what it may take.

use std::time::Duration;

use anyhow::{anyhow, bail};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Executor as _, Row as _};

/// Longer than this nobody waits for a server that isn't there.
const PATIENCE: Duration = Duration::from_secs(10);

/// Nothing is written, nothing waits long for others, and nobody waits long for it. Sent as one message:
/// behind a pooler all of it stays with one server.
const BEGIN: &str = "BEGIN READ ONLY; SET LOCAL statement_timeout = '15s'; SET LOCAL lock_timeout = '1s'; \
                     SET LOCAL idle_in_transaction_session_timeout = '60s'";

/// An open connection, in a transaction that only reads and is never committed.
pub struct Connected {
    pub(super) connection: PgConnection,
    /// 150018 for 15.18.
    pub version: u32,
}

/// Connects. `url` may be any that PostgreSQL's own tools take.
///
/// # Errors
/// In a sentence that says what to do, and never with the password.
pub async fn connect(url: &str) -> anyhow::Result<Connected> {
    let options: PgConnectOptions = url.parse().map_err(|_| {
        anyhow!("this is no address of a database; write postgres://USER:PASSWORD@HOST:5432/DATABASE")
    })?;
    let place = format!("{}:{}", options.get_host(), options.get_port());
    let options = options.application_name("quad").disable_statement_logging();
    let opened = tokio::time::timeout(PATIENCE, options.connect()).await;
    let mut connection = match opened {
        Err(_) => bail!("{place} did not answer within {} s", PATIENCE.as_secs()),
        Ok(Err(error)) => bail!("{}", refusal(&error, &place)),
        Ok(Ok(connection)) => connection,
    };
    connection.execute(BEGIN).await?;
    let version: String = sqlx::query("SHOW server_version_num")
        .persistent(false)
        .fetch_one(&mut connection)
        .await?
        .try_get(0)?;
    Ok(Connected { connection, version: version.parse().unwrap_or(0) })
}

impl Connected {
    /// Begins anew after a statement that failed, within the same limits.
    pub(super) async fn again(&mut self) -> anyhow::Result<()> {
        self.connection.execute("ROLLBACK").await?;
        self.connection.execute(BEGIN).await?;
        Ok(())
    }
}

fn refusal(error: &sqlx::Error, place: &str) -> String {
    let sqlx::Error::Database(said) = error else {
        return match error {
            sqlx::Error::Io(error) => {
                format!("{place} can't be reached ({}); is the server running there?", error.kind())
            }
            sqlx::Error::Tls(_) => {
                format!("{place} and quad found no way to speak TLS; see sslmode in the address")
            }
            _ => format!("{place} can't be used: {error}"),
        };
    };
    match said.code().as_deref() {
        Some("28P01" | "28000") => format!("{place} refuses this user or password"),
        Some("3D000") => format!("{place} has no such database"),
        Some("53300") => format!("{place} has no connection left; try again, or raise max_connections"),
        Some("42501") => format!("{place} does not let this user into that database; GRANT CONNECT"),
        _ => format!("{place} refuses: {}", said.message()),
    }
}
