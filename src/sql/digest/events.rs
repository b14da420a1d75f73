//! What besides statements a log holds, counted.

use std::collections::BTreeMap;

use crate::sql::log::Event;

/// Counts of what is not a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Events {
    /// How often each was logged.
    pub counts: BTreeMap<Event, u64>,
    /// Bytes of temporary files.
    pub temporary_bytes: u64,
    /// The largest temporary file, in bytes.
    pub largest_temporary: u64,
    /// Plans that were logged.
    pub plans: u64,
}

impl Events {
    pub(super) fn add(&mut self, event: Event, bytes: Option<u64>) {
        *self.counts.entry(event).or_default() += 1;
        if event == Event::TemporaryFile {
            let bytes = bytes.unwrap_or(0);
            self.temporary_bytes += bytes;
            self.largest_temporary = self.largest_temporary.max(bytes);
        }
    }

    /// How often an event was logged.
    #[must_use]
    pub fn count(&self, event: Event) -> u64 {
        self.counts.get(&event).copied().unwrap_or(0)
    }
}
