//! The last minutes of every series, in memory: what detectors look at each round, without asking
//! the store.

use std::collections::{BTreeMap, HashMap, VecDeque};

use chrono::TimeDelta;

use crate::model::sample::{Observation, Sample, SeriesKey};
use crate::model::time::Moment;

/// How far back detectors look.
pub(super) const KEPT: TimeDelta = TimeDelta::minutes(15);

/// Readings of one moment come in any order; further apart than this, the clock was set back.
pub(super) const SET_BACK: TimeDelta = TimeDelta::minutes(1);

/// Samples of the last [`KEPT`], oldest first.
#[derive(Debug, Default)]
pub(super) struct Recent(HashMap<SeriesKey, VecDeque<Sample>>);

impl Recent {
    /// Adds what was just read. A sample that is not newer than the last one is dropped, so that a
    /// source that repeats itself never reorders a series; but where the clock was set back, what
    /// was read before is what goes, or a series would stand still until the clock has caught up.
    pub(super) fn add(&mut self, observations: &[Observation]) {
        for seen in observations {
            let row = match self.0.get_mut(&seen.key) {
                Some(row) => row,
                None => self.0.entry(seen.key.clone()).or_default(),
            };
            while row.back().is_some_and(|last| last.at - seen.at > SET_BACK) {
                row.pop_back();
            }
            if row.back().is_none_or(|last| last.at < seen.at) {
                row.push_back(Sample { at: seen.at, value: seen.value });
            }
        }
    }

    /// Forgets what is too old, and series that ended; and what a clock that was set back has left
    /// in the future.
    pub(super) fn forget(&mut self, now: Moment) {
        self.0.retain(|_, row| {
            while row.back().is_some_and(|sample| sample.at - now > SET_BACK) {
                row.pop_back();
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::signal::Signal;
    use crate::model::subject::Subject;
    use crate::ports::clock::Clock;

    #[test]
    fn a_clock_that_is_set_back_does_not_stop_a_series() {
        let clock = Clock::manual(Moment::UNIX_EPOCH + TimeDelta::days(1));
        let key = SeriesKey::new(Signal::Traffic, Subject::service("", "web"));
        let mut recent = Recent::default();
        let mut read = |value: f64| {
            recent.add(&[Observation { key: key.clone(), at: clock.now(), value }]);
            recent.forget(clock.now());
            recent.all().get(&key).map_or(Vec::new(), |row| row.iter().map(|seen| seen.value).collect())
        };
        for value in [1.0, 2.0] {
            read(value);
            clock.advance(TimeDelta::seconds(30));
        }
        clock.advance(TimeDelta::hours(-1));
        assert_eq!(read(3.0), [3.0]);
        clock.advance(TimeDelta::seconds(30));
        assert_eq!(read(4.0), [3.0, 4.0]);
        // Two sources that read at nearly the same time are no reason to forget.
        clock.advance(TimeDelta::seconds(-1));
        assert_eq!(read(5.0), [3.0, 4.0]);
    }
}
