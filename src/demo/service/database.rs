//! The database of a service, and the batch job that ruins it.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tokio::sync::watch;

use crate::demo::fault::Behaviour;
use crate::demo::topology::Statement;

/// Invoices kept; older ones are dropped as new ones come.
const INVOICES: u32 = 20_000;
const CUSTOMERS: u64 = 500;

/// The batch job holds the lock so long, then lets the others through.
const HOLD: Duration = Duration::from_millis(650);
const BREATHE: Duration = Duration::from_millis(150);

/// An open database with invoices.
#[derive(Debug, Clone)]
pub(super) struct Database(SqlitePool);

impl Database {
    /// Makes a fresh one in `folder`: what an earlier run left is of no use.
    pub(super) async fn open(folder: &Path, name: &str) -> anyhow::Result<Self> {
        let file = folder.join(format!("{name}.sqlite"));
        for leftover in [file.clone(), folder.join(format!("{name}.sqlite-journal"))] {
            if leftover.exists() {
                std::fs::remove_file(&leftover)
                    .with_context(|| format!("removing {}", leftover.display()))?;
            }
        }
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true)
            // Without a write-ahead log a writer shuts readers out, as the batch job needs.
            .journal_mode(SqliteJournalMode::Delete)
            .synchronous(SqliteSynchronous::Off)
            .pragma("cache_size", "-256")
            .busy_timeout(Duration::from_secs(4));
        let pool = SqlitePoolOptions::new()
            .max_connections(24)
            .connect_with(options)
            .await
            .with_context(|| format!("opening {}", file.display()))?;
        for statement in [
            "CREATE TABLE invoices (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, cents INTEGER NOT NULL, note TEXT NOT NULL)",
            "CREATE INDEX invoices_by_customer ON invoices (customer)",
        ] {
            sqlx::query(statement).execute(&pool).await?;
        }
        sqlx::query(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
             INSERT INTO invoices (customer, cents, note) SELECT i % $2, i * 7 % 10000, 'seed ' || i FROM n",
        )
        .bind(INVOICES)
        .bind(CUSTOMERS as i64)
        .execute(&pool)
        .await
        .context("filling the database")?;
        Ok(Self(pool))
    }

    /// Runs what a route asks for, for the customer `who`.
    pub(super) async fn run(&self, statement: Statement, who: u64) -> sqlx::Result<()> {
        let customer = (who % CUSTOMERS) as i64;
        match statement {
            Statement::Read => {
                sqlx::query("SELECT count(*), sum(cents) FROM invoices WHERE customer = $1")
                    .bind(customer)
                    .fetch_one(&self.0)
                    .await?;
            }
            Statement::Write => {
                let written =
                    sqlx::query("INSERT INTO invoices (customer, cents, note) VALUES ($1, $2, 'order')")
                        .bind(customer)
                        .bind(customer * 13 % 10_000)
                        .execute(&self.0)
                        .await?;
                if written.last_insert_rowid() % 1_000 == 0 {
                    sqlx::query("DELETE FROM invoices WHERE id <= $1 - $2")
                        .bind(written.last_insert_rowid())
                        .bind(INVOICES)
                        .execute(&self.0)
                        .await?;
                }
            }
        }
        Ok(())
    }

    /// The fault slow-query: a batch job that scans all invoices without an index inside an
    /// exclusive transaction, over and over. Statements of everybody else really wait in SQLite,
    /// which costs no CPU: a statement that burnt as much time for each request would need more
    /// cores than the machine has.
    pub(super) async fn batch_job(self, mut behaviour: watch::Receiver<Behaviour>) {
        while behaviour.wait_for(|now| now.slow_query).await.is_ok() {
            // It may itself find the database locked; then it tries again.
            let _ = self.one_batch().await;
            tokio::time::sleep(BREATHE).await;
        }
    }

    async fn one_batch(&self) -> sqlx::Result<()> {
        let mut transaction = self.0.begin_with("BEGIN EXCLUSIVE").await?;
        sqlx::query("SELECT count(*) FROM invoices WHERE note LIKE '%unpaid%' OR cents % 977 = 5")
            .fetch_one(&mut *transaction)
            .await?;
        tokio::time::sleep(HOLD).await;
        transaction.commit().await
    }
}
