//! Reads all sources at once. Each has its own deadline and its own task, so that a slow one
//! delays nobody: the round goes on without it, and its answer counts in the next.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Mutex;
use tracing::warn;

use crate::error::CallError;
use crate::model::time::Moment;
use crate::monitor::absorb::Sink;
use crate::ports::metric_source::MetricSource;

/// The sources of one quad.
pub struct Sources {
    all: Vec<Source>,
    sink: Arc<Sink>,
    /// After this a source counts as down.
    deadline: Duration,
    /// So long a round waits for those that have not answered.
    patience: Duration,
}

struct Source {
    port: Arc<dyn MetricSource>,
    /// Held while it is read: a source that hangs is not asked a second time.
    reading: Arc<Mutex<()>>,
}

impl Sources {
    /// Sources that are read every `interval`.
    pub fn new(ports: Vec<Arc<dyn MetricSource>>, sink: Arc<Sink>, interval: Duration) -> Self {
        let deadline = interval.mul_f64(0.9).clamp(Duration::from_secs(2), Duration::from_secs(25));
        let patience = (interval / 3).clamp(Duration::from_secs(1), Duration::from_secs(5));
        let all = ports.into_iter().map(|port| Source { port, reading: Arc::default() }).collect();
        Self { all, sink, deadline, patience }
    }

    /// Their names.
    pub fn names(&self) -> Vec<String> {
        self.all.iter().map(|source| source.port.name()).collect()
    }

    /// The sources themselves.
    pub fn ports(&self) -> impl Iterator<Item = &Arc<dyn MetricSource>> {
        self.all.iter().map(|source| &source.port)
    }

    /// Reads every source that is not still being read.
    pub async fn read(&self, now: Moment) {
        let tasks = self.all.iter().filter_map(|source| {
            let busy = Arc::clone(&source.reading).try_lock_owned().ok()?;
            let (port, sink, deadline) = (Arc::clone(&source.port), Arc::clone(&self.sink), self.deadline);
            Some(tokio::spawn(async move {
                let read = tokio::time::timeout(deadline, port.read(now)).await.unwrap_or_else(|_| {
                    Err(CallError::transient(format!("no answer within {} s", deadline.as_secs())))
                });
                if let Err(error) = sink.absorb(&port.name(), now, read).await {
                    warn!(source.name = port.name(), "what it said could not be kept: {error:#}");
                }
                drop(busy);
            }))
        });
        let all = join_all(tasks);
        let _ = tokio::time::timeout(self.patience, all).await;
    }
}
