//! A write transaction: all of it happens, or none of it. What it wakes, it wakes after its commit.

use anyhow::Context as _;
use sqlx::{Any, AnyConnection, Row as _, Transaction};

use super::{Engine, Store};

/// A write transaction. Dropping it rolls it back.
pub struct Tx {
    pub(super) tx: Transaction<'static, Any>,
    pub(super) store: Store,
    pub(super) enqueued: bool,
    pub(super) said: bool,
}

impl Store {
    /// Begins a write transaction. On SQLite there is one at a time: hold it shortly, and never
    /// across a call to the outside.
    ///
    /// # Errors
    /// Where the database can't be reached.
    pub async fn begin(&self) -> anyhow::Result<Tx> {
        let tx = match self.0.engine {
            // A deferred transaction that reads first and writes later can fail to upgrade.
            Engine::Sqlite => self.0.write.begin_with("BEGIN IMMEDIATE").await,
            Engine::Postgres => self.0.write.begin().await,
        }
        .context("beginning a transaction")?;
        Ok(Tx { tx, store: self.clone(), enqueued: false, said: false })
    }
}

impl Tx {
    /// Makes it all happen, and wakes whoever waits for what is in it.
    ///
    /// # Errors
    /// Where the database refuses; then nothing of it happened.
    pub async fn commit(self) -> anyhow::Result<()> {
        self.tx.commit().await.context("committing")?;
        if self.enqueued {
            self.store.wake_outbox();
        }
        if self.said {
            self.store.0.talk_changed.send_modify(|count| *count += 1);
        }
        Ok(())
    }

    /// Waits until no other transaction changes quad's books, and keeps others waiting until this one
    /// ends. Call it first wherever alerts, their events, the audit log and the outbox are written
    /// together: the loop and a click touch them in different orders, and on PostgreSQL two that wait
    /// for each other cost one of them its work. SQLite has one writer anyway.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn take_books(&mut self) -> anyhow::Result<()> {
        if self.store.0.engine == Engine::Postgres {
            // A row and not an advisory lock: other programs may use the same database.
            self.next("books").await?;
        }
        Ok(())
    }

    /// The connection that statements of this transaction run on.
    pub(super) fn on(&mut self) -> &mut AnyConnection {
        &mut self.tx
    }

    /// The next number of `counter`, from 1.
    pub(super) async fn next(&mut self, counter: &'static str) -> anyhow::Result<i64> {
        let row = sqlx::query(
            "INSERT INTO counters (name, value) VALUES ($1, 1) \
             ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value",
        )
        .bind(counter)
        .fetch_one(self.on())
        .await?;
        Ok(row.try_get(0)?)
    }
}
