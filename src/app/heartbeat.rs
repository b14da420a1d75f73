//! Calls a URL after completed checks, so that somebody notices when quad dies. Where nobody
//! calls, silence would look like health.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::watch;
use tracing::warn;
use url::Url;

use crate::monitor::Summary;
use crate::ports::clock::Clock;
use crate::vendors::http::{Client, Options};

/// Calls `url` at most every `every`, each time only if a check was completed since the last call.
pub(super) async fn beat(
    url: Url,
    every: TimeDelta,
    clock: Clock,
    mut checks: watch::Receiver<Summary>,
    mut stop: watch::Receiver<bool>,
) {
    let options = Options { timeout: Duration::from_secs(10), ..Options::new(url) };
    let client = match Client::new(options) {
        Ok(client) => client,
        Err(error) => return warn!("no heartbeat: {error}"),
    };
    let mut failing = false;
    loop {
        tokio::select! {
            seen = checks.changed() => if seen.is_err() { return },
            _ = stop.changed() => return,
        }
        // A round that was cut short is no sign of health.
        if !checks.borrow_and_update().complete {
            continue;
        }
        let outcome = client.get("", &[]).await.and_then(|reply| reply.success().map(drop));
        match outcome {
            Ok(()) => failing = false,
            // Once: the watchdog behind the URL is the one to complain.
            Err(error) if !failing => {
                failing = true;
                warn!("the heartbeat is not heard: {error}");
            }
            Err(_) => {}
        }
        let next = clock.now() + every;
        tokio::select! {
            () = clock.wait_until(next) => {}
            _ = stop.changed() => return,
        }
    }
}
