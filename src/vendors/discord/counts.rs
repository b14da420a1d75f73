//! What became of everything that Discord handed in. Nothing is dropped without being counted.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::read::Rule;

/// Counters since the start.
#[derive(Debug, Default)]
pub struct Counts {
    said: AtomicU64,
    again: AtomicU64,
    unreadable: AtomicU64,
    unstored: AtomicU64,
    /// Names that were completed and windows that were opened: answered on the spot.
    assisted: AtomicU64,
    /// Interactions whose acknowledgement Discord did not take; they are answered all the same.
    unacknowledged: AtomicU64,
    ignored: [AtomicU64; Rule::ALL.len()],
    identified: AtomicU64,
    resumed: AtomicU64,
    connected: AtomicU64,
}

impl Counts {
    pub(super) fn said(&self, is_new: bool) {
        if is_new { &self.said } else { &self.again }.fetch_add(1, Relaxed);
    }

    pub(super) fn unreadable(&self) {
        self.unreadable.fetch_add(1, Relaxed);
    }

    pub(super) fn unstored(&self) {
        self.unstored.fetch_add(1, Relaxed);
    }

    pub(super) fn assisted(&self) {
        self.assisted.fetch_add(1, Relaxed);
    }

    pub(super) fn unacknowledged(&self) {
        self.unacknowledged.fetch_add(1, Relaxed);
    }

    pub(super) fn ignored(&self, rule: Rule) {
        let at = Rule::ALL.iter().position(|one| *one == rule);
        if let Some(count) = at.and_then(|at| self.ignored.get(at)) {
            count.fetch_add(1, Relaxed);
        }
    }

    pub(super) fn identified(&self) {
        self.identified.fetch_add(1, Relaxed);
    }

    pub(super) fn resumed(&self) {
        self.resumed.fetch_add(1, Relaxed);
    }

    pub(super) fn connected(&self, is_connected: bool) {
        self.connected.store(u64::from(is_connected), Relaxed);
    }

    /// Whether the gateway's connection is open.
    pub fn is_connected(&self) -> bool {
        self.connected.load(Relaxed) == 1
    }

    /// Sessions that were begun, and those that were taken up again without a gap.
    pub fn sessions(&self) -> (u64, u64) {
        (self.identified.load(Relaxed), self.resumed.load(Relaxed))
    }

    /// Each outcome with how often it came: `said`, `again` (the same event delivered once more),
    /// `unreadable`, `unstored` (asked for again by resuming), `assisted`, `unacknowledged`, and one
    /// for each rule by which events are ignored.
    pub fn outcomes(&self) -> Vec<(&'static str, u64)> {
        let mut all = vec![
            ("said", self.said.load(Relaxed)),
            ("again", self.again.load(Relaxed)),
            ("unreadable", self.unreadable.load(Relaxed)),
            ("unstored", self.unstored.load(Relaxed)),
            ("assisted", self.assisted.load(Relaxed)),
            ("unacknowledged", self.unacknowledged.load(Relaxed)),
        ];
        all.extend(
            Rule::ALL.iter().zip(&self.ignored).map(|(rule, count)| (rule.name(), count.load(Relaxed))),
        );
        all
    }
}
