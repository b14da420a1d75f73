//! The first look back: what sources remember is read once, so that baselines exist from the first
//! minute.

use std::time::Instant;

use chrono::TimeDelta;
use tracing::{info, warn};

use crate::model::time::TimeRange;
use crate::monitor::Monitor;

/// How far back the first look goes.
pub const FIRST_LOOK: TimeDelta = TimeDelta::days(28);
/// Step of the far past, in seconds: baselines are made of hours, five samples each are plenty.
const FAR_STEP: u32 = 720;
/// How much of the near past is read more closely.
const NEAR: TimeDelta = TimeDelta::hours(6);
/// Step of the near past, in seconds.
const NEAR_STEP: u32 = 60;
/// Key of the sources whose past has been read, in the store's state.
const READ: &str = "monitor.history_read";

impl Monitor {
    /// Reads the past of every source that was not read before. One that fails is tried again at
    /// the next start.
    pub async fn look_back(&self) {
        let mut read: Vec<String> = self.store.state(READ).await.ok().flatten().unwrap_or_default();
        for source in self.sources.ports() {
            let name = source.name();
            if read.contains(&name) {
                continue;
            }
            let (began, now) = (Instant::now(), self.clock.now());
            let far = source.history(TimeRange::new(now - FIRST_LOOK, now - NEAR), FAR_STEP).await;
            let near = source.history(TimeRange::new(now - NEAR, now), NEAR_STEP).await;
            let kept = async {
                let (far, near) = (far?, near?);
                if !far.is_empty() || !near.is_empty() {
                    self.store.record_history(&far).await?;
                    self.store.record_history(&near).await?;
                    info!(
                        source.name = name,
                        "read {} series of the past in {:?}",
                        near.len().max(far.len()),
                        began.elapsed()
                    );
                }
                read.push(name.clone());
                let mut tx = self.store.begin().await?;
                tx.put_state(READ, &read).await?;
                tx.commit().await
            };
            if let Err(error) = kept.await {
                warn!(source.name = name, "its past could not be read: {error:#}");
            }
        }
        self.baselines.renew().await;
    }
}
