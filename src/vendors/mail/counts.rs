//! What became of everything that came in by mail. Nothing is dropped without being counted.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::intake::RULES;
use crate::mailtext::auto::Why;

/// Counters since the start.
#[derive(Debug, Default)]
pub struct Counts(Mutex<BTreeMap<&'static str, u64>>);

impl Counts {
    pub(super) fn add(&self, outcome: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(outcome).or_default() += 1;
    }

    /// Each outcome with how often it came: `said`, `again` (the same mail once more), `unstored`
    /// (left unread, so it is taken in again), and one for each rule by which mails are ignored.
    pub fn outcomes(&self) -> Vec<(&'static str, u64)> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let names = ["said", "again"].into_iter().chain(RULES).chain(Why::ALL.map(Why::name));
        names.map(|name| (name, kept.get(name).copied().unwrap_or_default())).collect()
    }
}
