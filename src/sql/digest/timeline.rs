//! When the work was done: entries and time in a bounded number of equal steps, which grow as the log
//! does.

/// More steps than this are finer than a chart can show.
const MOST: usize = 240;
const SECOND_US: i64 = 1_000_000;
/// A log that says times this far apart has a broken clock; its times are not drawn.
const LONGEST_US: i64 = 10 * 366 * 86_400 * SECOND_US;

/// Work over time. Steps start at a multiple of their width.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    /// How long a step is, in microseconds.
    pub step_us: i64,
    start_us: i64,
    steps: Vec<Step>,
}

/// What was done in one step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Step {
    /// Entries that were logged.
    pub entries: u64,
    /// How long they ran, in nanoseconds.
    pub query_time_ns: u64,
}

impl Timeline {
    pub(super) fn add(&mut self, at_us: i64, query_time_ns: u64) {
        if self.steps.is_empty() {
            self.step_us = SECOND_US;
            self.start_us = at_us.div_euclid(SECOND_US) * SECOND_US;
            self.steps.push(Step::default());
        }
        let end = self.start_us + self.step_us * self.steps.len() as i64;
        if at_us < self.start_us.saturating_sub(LONGEST_US) || at_us > end.saturating_add(LONGEST_US) {
            return;
        }
        while at_us < self.start_us || at_us >= self.start_us + self.step_us * MOST as i64 {
            if at_us < self.start_us && self.reach_back(at_us) {
                break;
            }
            self.double();
        }
        let at = ((at_us - self.start_us) / self.step_us) as usize;
        if at >= self.steps.len() {
            self.steps.resize(at + 1, Step::default());
        }
        self.steps[at].entries += 1;
        self.steps[at].query_time_ns += query_time_ns;
    }

    /// Puts empty steps in front, where there is room.
    fn reach_back(&mut self, at_us: i64) -> bool {
        let missing = ((self.start_us - at_us) as usize).div_ceil(self.step_us as usize);
        if missing + self.steps.len() > MOST {
            return false;
        }
        self.steps.splice(0..0, std::iter::repeat_n(Step::default(), missing));
        self.start_us -= self.step_us * missing as i64;
        true
    }

    /// Makes steps twice as long.
    fn double(&mut self) {
        let width = self.step_us * 2;
        let start = self.start_us.div_euclid(width) * width;
        let odd = usize::from(start != self.start_us);
        let mut merged = vec![Step::default(); (self.steps.len() + odd).div_ceil(2)];
        for (at, step) in self.steps.iter().enumerate() {
            let into = &mut merged[(at + odd) / 2];
            into.entries += step.entries;
            into.query_time_ns += step.query_time_ns;
        }
        (self.step_us, self.start_us, self.steps) = (width, start, merged);
    }

    /// The steps with their starts, in microseconds since 1970, oldest first.
    pub fn steps(&self) -> impl Iterator<Item = (i64, Step)> {
        (0..).zip(&self.steps).map(|(at, step)| (self.start_us + self.step_us * at, *step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_however_far_the_log_reaches() {
        for seconds in [1_i64, 7, 1_000, 86_400] {
            for backwards in [false, true] {
                let mut line = Timeline::default();
                for at in 0..1_000 {
                    let at = if backwards { 1_000 - at } else { at };
                    line.add(1_700_000_000 * SECOND_US + at * seconds * SECOND_US, 5);
                }
                let steps: Vec<_> = line.steps().collect();
                assert!(steps.len() <= MOST, "{} steps", steps.len());
                assert_eq!(steps.iter().map(|(_, step)| step.entries).sum::<u64>(), 1_000);
                assert!(steps.iter().all(|(at, _)| at % line.step_us == 0));
            }
        }
    }

    #[test]
    fn a_broken_clock_does_not_stretch_it() {
        let mut line = Timeline::default();
        line.add(1_700_000_000 * SECOND_US, 1);
        line.add(i64::MIN / 2, 1);
        line.add(i64::MAX / 2, 1);
        assert_eq!(line.steps().count(), 1);
    }
}
