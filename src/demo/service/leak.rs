//! The fault memory-leak: memory that is allocated, touched and never given back.

use std::time::Duration;

use tokio::sync::watch;

use crate::demo::fault::Behaviour;
use crate::demo::service::process::resident_bytes;

const STEP: usize = 1_000_000;
/// 5 MB a second: steep enough to be seen within a minute, slow enough to look like a slope.
const PAUSE: Duration = Duration::from_millis(200);
/// Close to its limit a service works ever less and so leaks ever less. It also gives people
/// most of a minute in which it is nearly full.
const PAUSE_WHEN_FULL: Duration = Duration::from_secs(2);
const FULL_PERCENT: u64 = 88;

/// Leaks while it is told to, and gives all back when the fault is switched off. That it ends
/// at `limit` bytes is the parent's doing, as it is the kernel's in production.
pub(super) async fn leak(limit: u64, mut behaviour: watch::Receiver<Behaviour>) {
    let mut held: Vec<Vec<u8>> = Vec::new();
    loop {
        if behaviour.borrow_and_update().memory_leak {
            // Not zero: zeroed pages would not be resident until written.
            held.push(vec![0xA5; STEP]);
            let full = resident_bytes("self").is_some_and(|bytes| bytes * 100 > limit * FULL_PERCENT);
            tokio::time::sleep(if full { PAUSE_WHEN_FULL } else { PAUSE }).await;
        } else {
            held = Vec::new();
            if behaviour.changed().await.is_err() {
                return;
            }
        }
    }
}
