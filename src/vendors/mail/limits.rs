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
    /// Reserves one of `most` answers an hour for `sender`; whether there was one left. At once, so that
    /// many mails that come in together get no more than one after the other would.
    pub(super) fn reserve(&self, sender: &str, most: u32, now: Moment) -> bool {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() > MANY {
            kept.retain(|_, times| times.back().is_some_and(|last| now - *last < WINDOW));
        }
        let times = kept.entry(sender.to_owned()).or_default();
        times.retain(|at| now - *at < WINDOW);
        let left = times.len() < most as usize;
        if left {
            times.push_back(now);
        }
        left
    }

    /// What was reserved at `now` is not needed: there will be no answer.
    pub(super) fn give_back(&self, sender: &str, now: Moment) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(times) = kept.get_mut(sender) else { return };
        if let Some(at) = times.iter().rposition(|at| *at == now) {
            times.remove(at);
        }
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
            assert!(limits.reserve("alice@example.com", 3, now));
        }
        let later = |minutes| start + TimeDelta::minutes(minutes);
        assert!(!limits.reserve("alice@example.com", 3, later(59)));
        assert!(limits.reserve("bob@example.com", 3, later(59)));
        assert!(limits.reserve("alice@example.com", 3, later(60)));
        assert!(!limits.reserve("alice@example.com", 3, later(60)));
        limits.give_back("alice@example.com", later(60));
        assert!(limits.reserve("alice@example.com", 3, later(60)));
    }
}
