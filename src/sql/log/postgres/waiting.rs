//! What waits for more of the log: at most so many processes and so many bytes. Logs name processes
//! without end, and most never write again, so what has waited longest goes first.

use std::collections::{HashMap, VecDeque};

/// How many processes may have something waiting.
const PROCESSES: usize = 1_024;

/// How many bytes may wait in all: what makes memory constant.
const BYTES: usize = 8 << 20;

/// Things that wait, one a process.
#[derive(Debug)]
pub(super) struct Waiting<T> {
    /// What waits, by process, with its turn and its size.
    things: HashMap<u64, (u64, usize, T), foldhash::fast::FixedState>,
    /// The processes by their turn, also of what has been taken since: leaving it costs less than
    /// looking for it.
    turns: VecDeque<(u64, u64)>,
    turn: u64,
    bytes: usize,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self { things: HashMap::default(), turns: VecDeque::new(), turn: 0, bytes: 0 }
    }
}

impl<T> Waiting<T> {
    /// Lets something of so many bytes wait. What `process` had waiting must have been taken before.
    pub(super) fn put(&mut self, process: u64, bytes: usize, thing: T) {
        self.turn += 1;
        self.bytes += bytes;
        self.turns.push_back((self.turn, process));
        self.things.insert(process, (self.turn, bytes, thing));
        if self.turns.len() > 4 * PROCESSES {
            let things = &self.things;
            self.turns.retain(|(turn, process)| things.get(process).is_some_and(|(now, ..)| now == turn));
        }
    }

    /// What waits for `process`, to be added to; `grow` are the bytes that it will be longer.
    pub(super) fn grow(&mut self, process: u64, grow: usize) -> Option<&mut T> {
        let (_, bytes, thing) = self.things.get_mut(&process)?;
        *bytes += grow;
        self.bytes += grow;
        Some(thing)
    }

    pub(super) fn get(&self, process: u64) -> Option<&T> {
        self.things.get(&process).map(|(_, _, thing)| thing)
    }

    pub(super) fn take(&mut self, process: u64) -> Option<T> {
        if self.things.is_empty() {
            return None;
        }
        let (_, bytes, thing) = self.things.remove(&process)?;
        self.bytes -= bytes;
        Some(thing)
    }

    /// What has waited longest, if it is too much for memory or older than `age` turns.
    pub(super) fn expired(&mut self, age: u64) -> Option<T> {
        let (turn, process) = self.first()?;
        let crowded = self.things.len() > PROCESSES || self.bytes > BYTES;
        if !crowded && turn + age > self.turn {
            return None;
        }
        self.take(process)
    }

    /// What has waited longest.
    pub(super) fn oldest(&mut self) -> Option<T> {
        let (_, process) = self.first()?;
        self.take(process)
    }

    /// Whose turn is the oldest of what still waits.
    fn first(&mut self) -> Option<(u64, u64)> {
        loop {
            let (turn, process) = *self.turns.front()?;
            if self.things.get(&process).is_some_and(|(now, ..)| *now == turn) {
                return Some((turn, process));
            }
            self.turns.pop_front();
        }
    }

    /// Counts one more thing that went by, so that what waits ages.
    pub(super) fn pass(&mut self) {
        self.turn += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waited_longest_goes_when_there_is_no_more_room() {
        let mut waiting = Waiting::default();
        for process in 0..1_024 {
            waiting.put(process, 100, process);
        }
        assert_eq!(waiting.expired(u64::MAX / 2), None);
        waiting.put(5_000, 9 << 20, 5_000);
        assert_eq!(waiting.expired(u64::MAX / 2), Some(0));
        assert_eq!(waiting.take(7), Some(7));
        assert_eq!(waiting.oldest(), Some(1));
    }

    #[test]
    fn one_that_waits_for_ever_keeps_nothing_of_those_that_came_and_went() {
        let mut waiting = Waiting::default();
        waiting.put(1, 10, 1);
        for process in 2..100_000 {
            waiting.put(process, 10, process);
            assert_eq!(waiting.take(process), Some(process));
        }
        assert!(waiting.turns.len() <= 4 * PROCESSES);
        assert_eq!(waiting.oldest(), Some(1));
    }

    #[test]
    fn what_waits_grows_old_as_others_go_by() {
        let mut waiting = Waiting::default();
        waiting.put(1, 10, "a");
        for _ in 0..64 {
            assert_eq!(waiting.expired(64), None);
            waiting.pass();
        }
        assert_eq!(waiting.expired(64), Some("a"));
    }
}
