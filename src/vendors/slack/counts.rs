//! What became of everything that Slack handed in. Nothing is dropped without being counted.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::read::Rule;

/// Counters since the start.
#[derive(Debug, Default)]
pub struct Counts {
    said: AtomicU64,
    again: AtomicU64,
    unreadable: AtomicU64,
    unstored: AtomicU64,
    refused: AtomicU64,
    assisted: AtomicU64,
    ignored: [AtomicU64; Rule::ALL.len()],
    reconnects: AtomicU64,
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

    pub(super) fn refused(&self) {
        self.refused.fetch_add(1, Relaxed);
    }

    pub(super) fn assisted(&self) {
        self.assisted.fetch_add(1, Relaxed);
    }

    pub(super) fn ignored(&self, rule: Rule) {
        let at = Rule::ALL.iter().position(|one| *one == rule);
        if let Some(count) = at.and_then(|at| self.ignored.get(at)) {
            count.fetch_add(1, Relaxed);
        }
    }

    pub(super) fn connected(&self) {
        self.connected.fetch_add(1, Relaxed);
    }

    pub(super) fn disconnected(&self) {
        self.connected.fetch_sub(1, Relaxed);
        self.reconnects.fetch_add(1, Relaxed);
    }

    /// Socket Mode connections open now.
    pub fn sockets(&self) -> u64 {
        self.connected.load(Relaxed)
    }

    /// Socket Mode connections that ended and were opened again.
    pub fn reconnects(&self) -> u64 {
        self.reconnects.load(Relaxed)
    }

    /// Each outcome with how often it came: `said`, `again` (the same event delivered once more),
    /// `unreadable`, `unstored` (left unacknowledged, so Slack sends it again), `refused` (forged or
    /// too old), `assisted` (a window was opened to type into), and one for each rule by which payloads are ignored.
    pub fn outcomes(&self) -> Vec<(&'static str, u64)> {
        let mut all = vec![
            ("said", self.said.load(Relaxed)),
            ("again", self.again.load(Relaxed)),
            ("unreadable", self.unreadable.load(Relaxed)),
            ("unstored", self.unstored.load(Relaxed)),
            ("refused", self.refused.load(Relaxed)),
            ("assisted", self.assisted.load(Relaxed)),
        ];
        all.extend(
            Rule::ALL.iter().zip(&self.ignored).map(|(rule, count)| (rule.name(), count.load(Relaxed))),
        );
        all
    }
}
