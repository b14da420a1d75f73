//! Whether one stretch of numbers is higher than another, beyond what chance does. Pure.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use crate::diagnose::shift::median;
use crate::model::sample::HourSummary;
use crate::model::signal::{Signal, Unit};
use crate::model::time::hour_of_week;

/// Fewer pairs or values than this prove nothing.
const FEWEST: usize = 5;
/// A change smaller than this share is nothing to act on, however certain it is.
const LEAST_SHARE: f64 = 0.05;
/// Two-sided 1 %: a year of weekly questions shall not often see a change where there is none.
const CLEAR: f64 = 2.58;

/// One stretch against another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Compared {
    /// Median before.
    pub(super) before: f64,
    /// Median now.
    pub(super) now: f64,
    /// On how many pairs of hours, or values of the smaller stretch, it rests.
    pub(super) count: usize,
    /// Which way it went, if that is clear.
    pub(super) way: Way,
}

/// Which way something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Clearly higher.
    Higher,
    /// Clearly lower.
    Lower,
    /// No clear difference.
    Alike,
}

impl Compared {
    /// By which share it changed; `None` from nothing.
    pub(super) fn share(&self) -> Option<f64> {
        (self.before.abs() > f64::EPSILON).then(|| self.now / self.before - 1.0)
    }

    /// "+40 %", "-12 %", "about the same".
    pub(super) fn words(&self) -> String {
        match (self.way, self.share()) {
            (Way::Alike, _) => "about the same".to_owned(),
            (_, Some(share)) if share.abs() < 10.0 => format!("{:+.0} %", share * 100.0),
            (_, Some(share)) => format!("{:.0} times", share + 1.0),
            (Way::Higher, None) => "new".to_owned(),
            (Way::Lower, None) => "gone".to_owned(),
        }
    }

    /// Whether that is bad for people: traffic is neither good nor bad.
    pub(super) fn is_worse(&self, signal: Signal) -> bool {
        match signal {
            Signal::Traffic => false,
            Signal::Answering | Signal::BodyCheck => self.way == Way::Lower,
            _ => self.way == Way::Higher,
        }
    }

    /// Whether that is good for people.
    pub(super) fn is_better(&self, signal: Signal) -> bool {
        match signal {
            Signal::Traffic => false,
            Signal::Answering | Signal::BodyCheck => self.way == Way::Higher,
            _ => self.way == Way::Lower,
        }
    }
}

/// Hours against hours, each with that of the same hour of the week (else of the day), so that a
/// Monday is not compared with a Sunday. The sign test over the pairs says whether it is clear.
pub(super) fn paired(
    signal: Signal,
    before: &[HourSummary],
    now: &[HourSummary],
    tz: Tz,
) -> Option<Compared> {
    let mut of_week: BTreeMap<u8, Vec<f64>> = BTreeMap::new();
    let mut of_day: BTreeMap<u8, Vec<f64>> = BTreeMap::new();
    for hour in before {
        let at = hour_of_week(hour.hour, tz);
        of_week.entry(at).or_default().push(hour.median);
        of_day.entry(at % 24).or_default().push(hour.median);
    }
    let pairs: Vec<(f64, f64)> = now
        .iter()
        .filter_map(|hour| {
            let at = hour_of_week(hour.hour, tz);
            let then = of_week.get(&at).or_else(|| of_day.get(&(at % 24)))?;
            Some((median(then)?, hour.median))
        })
        .collect();
    if pairs.len() < FEWEST {
        return None;
    }
    let (up, down) = (count(&pairs, |(then, now)| now > then), count(&pairs, |(then, now)| now < then));
    let untied = up + down;
    let z = if untied > 0.0 { (up - down) / untied.sqrt() } else { 0.0 };
    let (olds, news): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    Some(judged(signal, median(&olds)?, median(&news)?, z, pairs.len()))
}

/// Values against values by their ranks (Mann and Whitney 1947).
pub(super) fn ranked(signal: Signal, before: &[f64], now: &[f64]) -> Option<Compared> {
    let (n, m) = (before.len() as f64, now.len() as f64);
    if before.len() < FEWEST || now.len() < FEWEST {
        return None;
    }
    let mut wins = 0.0;
    for new in now {
        for old in before {
            wins += if new > old {
                1.0
            } else if new < old {
                0.0
            } else {
                0.5
            };
        }
    }
    let spread = (n * m * (n + m + 1.0) / 12.0).sqrt();
    let z = (wins - n * m / 2.0) / spread;
    Some(judged(signal, median(before)?, median(now)?, z, before.len().min(now.len())))
}

fn judged(signal: Signal, before: f64, now: f64, z: f64, count: usize) -> Compared {
    let least = floor(signal).max(before.abs() * LEAST_SHARE);
    let way = match now - before {
        change if change >= least && z >= CLEAR => Way::Higher,
        change if -change >= least && z <= -CLEAR => Way::Lower,
        _ => Way::Alike,
    };
    Compared { before, now, count, way }
}

/// Smaller changes than this nobody notices.
fn floor(signal: Signal) -> f64 {
    match signal {
        Signal::ErrorRate => 0.1,
        _ => match signal.unit() {
            Unit::Milliseconds => 2.0,
            Unit::Percent => 2.0,
            Unit::PerSecond => 0.1,
            Unit::Bytes => 4e6,
            Unit::Minutes => 0.5,
            Unit::Share => 0.001,
        },
    }
}

fn count(pairs: &[(f64, f64)], holds: impl Fn(&(f64, f64)) -> bool) -> f64 {
    pairs.iter().filter(|pair| holds(pair)).count() as f64
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use proptest::prelude::*;

    use super::*;

    fn hours(from: i64, values: impl IntoIterator<Item = f64>) -> Vec<HourSummary> {
        let start = DateTime::UNIX_EPOCH + TimeDelta::weeks(2_900) + TimeDelta::hours(from);
        values
            .into_iter()
            .enumerate()
            .map(|(at, value)| HourSummary {
                hour: start + TimeDelta::hours(at as i64),
                count: 120,
                min: value,
                mean: value,
                median: value,
                p95: value,
                max: value,
            })
            .collect()
    }

    fn daily(level: f64) -> impl Iterator<Item = f64> {
        (0..168).map(move |hour| level * (1.0 + 0.5 * f64::from(hour % 24) / 24.0))
    }

    #[test]
    fn a_week_is_compared_hour_by_hour() {
        let signal = Signal::ApiResponseTime;
        let old = hours(0, daily(100.0));
        let slower = paired(signal, &old, &hours(168, daily(130.0)), Tz::UTC).expect("has pairs");
        assert_eq!((slower.way, slower.words().as_str(), slower.count), (Way::Higher, "+30 %", 168));
        let same = paired(signal, &old, &hours(168, daily(102.0)), Tz::UTC).expect("has pairs");
        assert_eq!(same.way, Way::Alike);
        // Half a week, at its quiet hours only, is compared with quiet hours.
        let part = paired(signal, &old, &hours(168, daily(100.0).take(8)), Tz::UTC).expect("has pairs");
        assert_eq!(part.way, Way::Alike);
        assert_eq!(paired(signal, &old, &hours(168, [1.0, 2.0]), Tz::UTC), None, "too little");
    }

    #[test]
    fn ranks_see_a_step_and_no_noise() {
        let noise = |level: f64| -> Vec<f64> { (0..30).map(|at| level + f64::from(at * 7 % 11)).collect() };
        let step = ranked(Signal::ApiResponseTime, &noise(100.0), &noise(150.0)).expect("enough");
        assert_eq!(step.way, Way::Higher);
        let none = ranked(Signal::ApiResponseTime, &noise(100.0), &noise(100.0)).expect("enough");
        assert_eq!(none.way, Way::Alike);
        assert_eq!(ranked(Signal::ApiResponseTime, &[1.0; 3], &noise(1.0)), None);
    }

    proptest! {
        #[test]
        fn the_other_way_round_is_the_opposite(
            one in prop::collection::vec(0.0_f64..1_000.0, 5..40),
            other in prop::collection::vec(0.0_f64..1_000.0, 5..40),
        ) {
            let there = ranked(Signal::Cpu, &one, &other).expect("enough");
            let back = ranked(Signal::Cpu, &other, &one).expect("enough");
            prop_assert_eq!((there.before, there.now), (back.now, back.before));
            // Which share a change is depends on where one starts, so only contradictions count.
            prop_assert!(!(there.way == Way::Higher && back.way == Way::Higher));
            prop_assert!(!(there.way == Way::Lower && back.way == Way::Lower));
        }

        #[test]
        fn nothing_differs_from_itself(values in prop::collection::vec(0.0_f64..1_000.0, 5..60)) {
            prop_assert_eq!(ranked(Signal::Cpu, &values, &values).expect("enough").way, Way::Alike);
        }
    }
}
