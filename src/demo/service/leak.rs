//! The fault memory-leak: memory that is allocated, touched and never given back.

use std::time::Duration;

use tokio::sync::watch;

use crate::demo::fault::Behaviour;

/// 4 MB a second: steep enough to be seen within a minute, slow enough to look like a slope.
const STEP: usize = 1_000_000;
const PAUSE: Duration = Duration::from_millis(250);

/// Leaks while it is told to, and gives all back when the fault is switched off. That it ends
/// at the limit is the parent's doing, as it is the kernel's in production.
pub(super) async fn leak(mut behaviour: watch::Receiver<Behaviour>) {
    let mut held: Vec<Vec<u8>> = Vec::new();
    loop {
        if behaviour.borrow_and_update().memory_leak {
            // Not zero: zeroed pages would not be resident until written.
            held.push(vec![0xA5; STEP]);
            tokio::time::sleep(PAUSE).await;
        } else {
            held = Vec::new();
            if behaviour.changed().await.is_err() {
                return;
            }
        }
    }
}
