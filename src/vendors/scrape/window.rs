//! The last minute of a page: how much each counter grew, over restarts and missed scrapes.

use std::collections::{BTreeMap, VecDeque};

use chrono::TimeDelta;

use crate::exporters::exposition::Line;
use crate::exporters::labels::Labels;
use crate::model::time::Moment;

/// A counter's name and labels.
type Id = (String, Labels);

/// Scrapes of one page, oldest first, never more than a window and one.
pub(super) struct Window {
    length: TimeDelta,
    scrapes: VecDeque<Scraped>,
    latest: Vec<Line>,
}

struct Scraped {
    at: Moment,
    values: BTreeMap<Id, f64>,
}

impl Window {
    pub(super) fn new(seconds: u32) -> Self {
        Self { length: TimeDelta::seconds(i64::from(seconds)), scrapes: VecDeque::new(), latest: Vec::new() }
    }

    /// Adds a scrape and forgets those that no longer matter.
    pub(super) fn push(&mut self, at: Moment, lines: Vec<Line>) {
        // A clock that went back makes differences meaningless: begin anew.
        if self.scrapes.back().is_some_and(|last| last.at >= at) {
            self.scrapes.clear();
        }
        let values = lines.iter().filter(|line| line.value.is_finite() && line.value >= 0.0);
        let values = values.map(|line| ((line.name.clone(), line.labels.clone()), line.value)).collect();
        self.scrapes.push_back(Scraped { at, values });
        self.latest = lines;
        // The oldest one kept is at or before the window's start; those before it are not needed.
        while self.scrapes.get(1).is_some_and(|second| second.at <= at - self.length) {
            self.scrapes.pop_front();
        }
    }

    /// The lines of the latest scrape.
    pub(super) fn latest(&self) -> &[Line] {
        &self.latest
    }

    /// Seconds between the oldest and the latest scrape; `None` until there are two.
    pub(super) fn seconds(&self) -> Option<f64> {
        let (first, last) = (self.scrapes.front()?, self.scrapes.back()?);
        let length = (last.at - first.at).as_seconds_f64();
        (length > 0.0).then_some(length)
    }

    /// How much each counter of `name` that the latest scrape has grew within the window.
    pub(super) fn increases(&self, name: &str) -> Vec<(&Labels, f64)> {
        let Some(last) = self.scrapes.back() else {
            return Vec::new();
        };
        let of_name = last.values.keys().filter(|(metric, _)| metric == name);
        of_name.map(|id| (&id.1, self.increase(id))).collect()
    }

    fn increase(&self, id: &Id) -> f64 {
        let mut grown = 0.0;
        for (before, after) in self.scrapes.iter().zip(self.scrapes.iter().skip(1)) {
            let (was, is) = (before.values.get(id), after.values.get(id));
            grown += match (was, is) {
                (Some(was), Some(is)) if is >= was => is - was,
                // It fell: the process restarted and counts from nothing again.
                (Some(_), Some(is)) => *is,
                // It was not on the page before, so all of it is new: the first error of its kind.
                (None, Some(is)) => *is,
                (_, None) => 0.0,
            };
        }
        grown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counter(value: f64) -> Vec<Line> {
        vec![Line { name: "c".into(), labels: Labels::new(), value }]
    }

    fn at(second: i64) -> Moment {
        Moment::from_timestamp(1_000_000 + second, 0).expect("a moment")
    }

    fn grown(window: &Window) -> Option<f64> {
        window.increases("c").first().map(|(_, grown)| *grown)
    }

    #[test]
    fn growth_survives_a_restart_and_a_missed_scrape() {
        let mut window = Window::new(60);
        for (second, value) in [(0, 100.0), (10, 110.0), (40, 130.0), (50, 5.0)] {
            window.push(at(second), counter(value));
        }
        assert_eq!((grown(&window), window.seconds()), (Some(35.0), Some(50.0)));
    }

    #[test]
    fn what_is_older_than_the_window_is_forgotten() {
        let mut window = Window::new(60);
        for n in 0..100 {
            window.push(at(10 * n), counter(10.0 * n as f64));
        }
        assert_eq!((grown(&window), window.seconds()), (Some(60.0), Some(60.0)));
        assert_eq!(window.scrapes.len(), 7);
        window.push(at(0), counter(3.0));
        assert_eq!(window.seconds(), None, "the clock went back");
    }

    #[test]
    fn a_first_error_counts_though_its_counter_is_new() {
        let mut window = Window::new(60);
        window.push(at(0), Vec::new());
        window.push(at(10), counter(4.0));
        assert_eq!(grown(&window), Some(4.0));
    }

    proptest! {
        #[test]
        fn growth_is_what_was_counted(steps in proptest::collection::vec((1_i64..30, 0.0_f64..50.0, any::<bool>()), 1..30)) {
            let mut window = Window::new(100_000);
            let (mut second, mut value, mut counted) = (0, 7.0, 0.0);
            window.push(at(0), counter(value));
            for (pause, by, restart) in steps {
                second += pause;
                // A restart that at once counts further than before can't be told from growth.
                value = if restart && by < value { by } else { value + by };
                counted += by;
                window.push(at(second), counter(value));
            }
            prop_assert!((grown(&window).expect("is there") - counted).abs() < 1e-6);
        }
    }
}
