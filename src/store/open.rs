//! Opens the database, brings its tables up to date, and sets what each engine needs.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use anyhow::{Context as _, bail};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, AnyPool, Connection as _, Executor as _, SqlSafeStr as _};
use tokio::sync::{Notify, watch};

use super::{Engine, Inner, Store, TemporaryFolder};

const MIGRATIONS: [(i64, &str, &str); 13] = [
    (1, "metrics", include_str!("../../migrations/0001_metrics.sql")),
    (2, "alerts", include_str!("../../migrations/0002_alerts.sql")),
    (3, "talk", include_str!("../../migrations/0003_talk.sql")),
    (4, "evidence", include_str!("../../migrations/0004_evidence.sql")),
    (5, "uptime", include_str!("../../migrations/0005_uptime.sql")),
    (8, "threads", include_str!("../../migrations/0008_threads.sql")),
    (9, "changes", include_str!("../../migrations/0009_changes.sql")),
    (10, "given up", include_str!("../../migrations/0010_given_up.sql")),
    (11, "deleted", include_str!("../../migrations/0011_deleted.sql")),
    (12, "statements", include_str!("../../migrations/0012_statements.sql")),
    (13, "index works", include_str!("../../migrations/0013_index_works.sql")),
    (14, "issue works", include_str!("../../migrations/0014_issue_works.sql")),
    (15, "surroundings of statements", include_str!("../../migrations/0015_surroundings.sql")),
];

/// Set on every SQLite connection. NORMAL loses no commit when the process dies, only when the
/// machine does, and never corrupts in WAL mode. The caches are small (1 MB each) because the whole
/// process must fit into 60 MB.
const PRAGMAS: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; \
     PRAGMA cache_size = -1024; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 8388608";

/// Readers beside the one writer on SQLite.
const SQLITE_READERS: u32 = 3;

/// Writers on PostgreSQL, and as many readers. Apart, since a transaction that waits for a reader
/// must not wait for another transaction that does the same.
const POSTGRES_CONNECTIONS: u32 = 4;

impl Store {
    /// Opens `url`, which is `sqlite:PATH`, `sqlite::memory:` (a private file that goes away with
    /// the store) or `postgres://...`. Creates the folder (for its owner only) and the file where
    /// they are missing, and brings the tables up to date.
    ///
    /// # Errors
    /// Where the address makes no sense, the database can't be reached or written, or was written
    /// by a newer quad. The text never holds the password of the address.
    pub async fn open(url: &str) -> anyhow::Result<Store> {
        install_default_drivers();
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            open_postgres(url).await
        } else if let Some(path) = url.strip_prefix("sqlite:") {
            open_sqlite(path).await
        } else {
            // Nothing of it is repeated: it may be a password that ended up in the wrong place.
            bail!("the store's address is none that I know; use sqlite:PATH or postgres://...")
        }
    }

    /// What it is, in words, and that it can be written: for `quad doctor`.
    ///
    /// # Errors
    /// Where it can't be written.
    pub async fn describe(&self) -> anyhow::Result<String> {
        self.begin().await?.commit().await?;
        let engine = match self.0.engine {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        };
        Ok(format!("{engine}, can be written"))
    }

    /// Closes all connections. Whatever was committed is on disk.
    pub async fn close(&self) {
        self.0.read.close().await;
        self.0.write.close().await;
    }
}

async fn open_postgres(url: &str) -> anyhow::Result<Store> {
    // sqlx names the address in some of its errors, and the address may hold a password.
    let said = |error: sqlx::Error| {
        anyhow::anyhow!("{}", without_address(&error.to_string(), url)).context("connecting to PostgreSQL")
    };
    // By itself first: a pool tries again until its time is over, and then tells only of that.
    AnyConnection::connect(url).await.map_err(said)?.close().await.map_err(said)?;
    let pool = || {
        AnyPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(Duration::from_secs(15))
            .connect(url)
    };
    let write = pool().await.map_err(said)?;
    migrate(&write).await?;
    let read = pool().await.map_err(said)?;
    Ok(store(Engine::Postgres, write, read, None))
}

async fn open_sqlite(path: &str) -> anyhow::Result<Store> {
    let path = path.strip_prefix("//").unwrap_or(path);
    let (file, folder) = if path == ":memory:" || path.is_empty() {
        let folder = std::env::temp_dir().join(format!("quad-{}", uuid::Uuid::new_v4().simple()));
        create_private_folder(&folder)?;
        (folder.join("quad.db"), Some(TemporaryFolder(folder)))
    } else {
        let file = PathBuf::from(path.split('?').next().unwrap_or(path));
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            create_private_folder(folder)?;
        }
        (file, None)
    };

    let options: AnyConnectOptions = format!("sqlite://{}?mode=rwc", encoded(&file)?).parse()?;
    let pool = |connections| {
        AnyPoolOptions::new()
            .max_connections(connections)
            .min_connections(1)
            // Writers queue for the one connection; a full minute means that something hangs.
            .acquire_timeout(Duration::from_secs(60))
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    for pragma in PRAGMAS.split("; ") {
                        connection.execute(pragma).await?;
                    }
                    Ok(())
                })
            })
            .connect_with(options.clone())
    };
    let opening = || format!("opening {}", file.display());
    let write = pool(1).await.with_context(opening)?;
    migrate(&write).await.with_context(opening)?;
    let read = pool(SQLITE_READERS).await.with_context(opening)?;
    Ok(store(Engine::Sqlite, write, read, folder))
}

fn store(engine: Engine, write: AnyPool, read: AnyPool, folder: Option<TemporaryFolder>) -> Store {
    Store(std::sync::Arc::new(Inner {
        engine,
        write,
        read,
        series: Default::default(),
        expired_in: AtomicI64::new(i64::MIN),
        inbound_came: Notify::new(),
        outbox_grew: watch::Sender::new(0),
        talk_changed: watch::Sender::new(0),
        _folder: folder,
    }))
}

async fn migrate(pool: &AnyPool) -> anyhow::Result<()> {
    let migrations = MIGRATIONS
        .into_iter()
        .map(|(version, name, sql)| {
            Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
        })
        .collect();
    Migrator::with_migrations(migrations)
        .run(pool)
        .await
        .context("bringing the tables up to date (was this database written by a newer quad?)")
}

/// Creates `folder` and its parents, readable by their owner only. Leaves existing ones alone.
fn create_private_folder(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("creating the folder {}", folder.display()))
}

/// A path as sqlx reads it back out of a URL.
fn encoded(file: &Path) -> anyhow::Result<String> {
    let path = file.to_str().with_context(|| format!("{} is not UTF-8", file.display()))?;
    Ok(path.replace('%', "%25").replace('?', "%3F").replace('#', "%23"))
}

fn without_address(text: &str, url: &str) -> String {
    let text = text.replace(url, "the given address");
    match url::Url::parse(url).ok().as_ref().and_then(url::Url::password) {
        Some(password) if !password.is_empty() => text.replace(password, "***"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn the_folder_is_for_its_owner_only() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let inner = folder.path().join("quad-data");
        let store =
            Store::open(&format!("sqlite:{}", inner.join("a b#%.db").display())).await.expect("opens");
        assert!(inner.join("a b#%.db").exists());
        let mode = std::fs::metadata(&inner).expect("is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        drop(store);
    }

    #[tokio::test]
    async fn errors_never_hold_the_password() {
        // Put together here, so that nothing in this file looks like one.
        let password = ["hush", "hush"].concat();
        let url = format!("postgres://quad:{password}@127.0.0.1:1/quad?sslmode=nonsense");
        for url in [
            url.as_str(),
            url.split('?').next().unwrap_or_default(),
            &format!("mysql://quad:{password}@h/db"),
        ] {
            let error = Store::open(url).await.expect_err("nothing answers there");
            assert!(!format!("{error:#} {error:?}").contains(&password), "{error:#}");
        }
    }
}
