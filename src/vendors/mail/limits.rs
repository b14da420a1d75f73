//! How many answers one sender got within an hour: two programs that answer each other end here.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;

use crate::model::time::Moment;

/// Counts a sender's mails for so long.
const WINDOW: TimeDelta = TimeDelta::hours(1);
/// More senders than this are not remembered for longer than their hour.
const MANY: usize = 1_000;

/// Who was answered when. Kept in memory: what a restart forgets ends after another hour.
#[derive(Debug, Default)]
pub(super) struct Limits(Mutex<HashMap<String, VecDeque<Moment>>>);

impl Limits {
    /// Whether `sender` may be answered once more, of `most` answers an hour.
    pub(super) fn allow(&self, sender: &str, most: u32, now: Moment) -> bool {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = kept.get(sender).map_or(0, |times| times.iter().filter(|at| now - **at < WINDOW).count());
        recent < most as usize
    }

    /// `sender` will be answered.
    pub(super) fn note(&self, sender: &str, now: Moment) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() > MANY {
            kept.retain(|_, times| times.back().is_some_and(|last| now - *last < WINDOW));
        }
        let times = kept.entry(sender.to_owned()).or_default();
        times.retain(|at| now - *at < WINDOW);
        times.push_back(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_answered_so_often_an_hour() {
        let limits = Limits::default();
        let start = Moment::UNIX_EPOCH;
        for minute in 0..3 {
            let now = start + TimeDelta::minutes(minute);
            assert!(limits.allow("alice@example.com", 3, now));
            limits.note("alice@example.com", now);
        }
        let later = |minutes| start + TimeDelta::minutes(minutes);
        assert!(!limits.allow("alice@example.com", 3, later(59)));
        assert!(limits.allow("bob@example.com", 3, later(59)));
        assert!(limits.allow("alice@example.com", 3, later(60)));
    }
}
