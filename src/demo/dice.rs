//! Chance for jitter and shares. SplitMix64 (Steele, Lea, Flood 2014): nothing secret rests on it.

use std::sync::atomic::{AtomicU64, Ordering};

/// Gives numbers that look random. Can be shared.
#[derive(Debug)]
pub(super) struct Dice(AtomicU64);

impl Dice {
    /// Seeded by the system; without its randomness by a constant, which is just as good here.
    pub(super) fn new() -> Self {
        Self(AtomicU64::new(getrandom::u64().unwrap_or(0x5eed)))
    }

    fn next(&self) -> u64 {
        let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `low` up to, but not including, `high`.
    pub(super) fn between(&self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low).max(1)
    }

    /// True in `percent` of 100 cases.
    pub(super) fn chance(&self, percent: u64) -> bool {
        self.between(0, 100) < percent
    }
}
