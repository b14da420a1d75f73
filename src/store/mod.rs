//! The only SQL on quad's own database. Everything that must survive a crash is a row here first.
//!
//! One set of SQL and migrations runs on SQLite (the default, embedded) and on PostgreSQL, through
//! `sqlx::Any`; so there are no BOOLEAN columns, no arrays, times are integers in milliseconds and
//! whatever is not searched for is JSON. Reading order: how it opens (`open`), how it writes (`tx`),
//! then one file for each thing that is kept.

mod open;
mod tx;

mod chunk;
mod housekeeping;
mod instant;
mod points;
mod series;
mod summaries;
mod uptime;

mod alerts;
mod audit;
mod changes;
mod deployments;
mod evidence;
mod index_works;
mod issue_works;
mod sources;
mod state;
mod statements;
mod subscriptions;
mod surroundings;

mod conversation;
mod enqueue;
mod inbound;
pub use inbound::SAID_KEPT;
mod outbox;
mod sessions;
mod threads;

#[cfg(test)]
mod plans;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};

use sqlx::AnyPool;
use tokio::sync::{Notify, watch};

use crate::model::sample::SeriesKey;

pub use alerts::AlertEvent;
pub use audit::AuditLine;
pub use conversation::{Content, Message, NewMessage, aside};
pub use housekeeping::Housekeeping;
pub use outbox::{Claimed, GivenUp, Reference, Waiting};
pub use threads::ThreadKey;
pub use tx::Tx;
pub use uptime::Uptime;

/// quad's own database. Cheap to clone; all clones share connections and wake each other.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    engine: Engine,
    /// SQLite: the single writing connection, so that writers queue here and never meet
    /// SQLITE_BUSY. PostgreSQL: a pool apart from `read`, which a transaction may wait for.
    write: AnyPool,
    read: AnyPool,
    /// Ids of series that are known to be committed.
    series: Mutex<HashMap<SeriesKey, i64>>,
    /// The hour in which too old rows were looked for last.
    expired_in: AtomicI64,
    inbound_came: Notify,
    outbox_grew: watch::Sender<u64>,
    talk_changed: watch::Sender<u64>,
    _folder: Option<TemporaryFolder>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    Sqlite,
    Postgres,
}

/// Goes away with the store: what `sqlite::memory:` lives in.
struct TemporaryFolder(PathBuf);

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // Nobody is left to be told, and the system cleans its temporary folder anyway.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("engine", &self.0.engine).finish_non_exhaustive()
    }
}
