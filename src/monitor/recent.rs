//! The last minutes of every series, in memory: what detectors look at each round, without asking
//! the store.

use std::collections::{BTreeMap, HashMap, VecDeque};

use chrono::TimeDelta;

use crate::model::sample::{Observation, Sample, SeriesKey};
use crate::model::time::Moment;

/// How far back detectors look.
pub(super) const KEPT: TimeDelta = TimeDelta::minutes(15);

/// Samples of the last [`KEPT`], oldest first.
#[derive(Debug, Default)]
pub(super) struct Recent(HashMap<SeriesKey, VecDeque<Sample>>);

impl Recent {
    /// Adds what was just read. A sample that is not newer than the last one is dropped, so that a
    /// source that repeats itself, or a clock that jumps back, never reorders a series.
    pub(super) fn add(&mut self, observations: &[Observation]) {
        for seen in observations {
            let row = match self.0.get_mut(&seen.key) {
                Some(row) => row,
                None => self.0.entry(seen.key.clone()).or_default(),
            };
            if row.back().is_none_or(|last| last.at < seen.at) {
                row.push_back(Sample { at: seen.at, value: seen.value });
            }
        }
    }

    /// Forgets what is too old, and series that ended.
    pub(super) fn forget(&mut self, now: Moment) {
        self.0.retain(|_, row| {
            while row.front().is_some_and(|sample| sample.at < now - KEPT) {
                row.pop_front();
            }
            !row.is_empty()
        });
    }

    /// Every series with its samples.
    pub(super) fn all(&self) -> BTreeMap<SeriesKey, Vec<Sample>> {
        self.0.iter().map(|(key, row)| (key.clone(), row.iter().copied().collect())).collect()
    }
}
