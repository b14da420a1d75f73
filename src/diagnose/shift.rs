//! How one series moved: its level before the onset against its level now.

use chrono::TimeDelta;

use crate::model::sample::{Sample, SeriesKey};
use crate::model::signal::{Signal, Unit};
use crate::model::time::{Moment, TimeRange};

/// What "before" means in a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Against {
    /// The hour up to the onset.
    HourBefore,
    /// What is usual at this hour.
    Usual,
    /// The same time a day ago.
    DayBefore,
}

impl Against {
    /// Put behind a value: "120 ms in the hour before".
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::HourBefore => "in the hour before",
            Self::Usual => "usually",
            Self::DayBefore => "at this time a day ago",
        }
    }
}

/// A series before and now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shift {
    /// Which series.
    pub(crate) key: SeriesKey,
    /// Median before, in the signal's unit.
    pub(crate) before: f64,
    /// Median now.
    pub(crate) now: f64,
    /// Robust spread before: 1.4826 x the median absolute deviation.
    pub(crate) spread: f64,
    /// What `before` is.
    pub(crate) against: Against,
    /// The time that `now` speaks of.
    pub(crate) window: TimeRange,
}

impl Shift {
    /// Clearly higher than before: by factor, by size, and by more than it varies anyway.
    pub(crate) fn rose(&self) -> bool {
        self.clear(self.now, self.before)
    }

    /// Clearly lower than before.
    pub(crate) fn fell(&self) -> bool {
        self.clear(self.before, self.now)
    }

    /// By how much it rose, in the signal's unit.
    pub(crate) fn added(&self) -> f64 {
        self.now - self.before
    }

    fn clear(&self, high: f64, low: f64) -> bool {
        let (factor, size): (f64, f64) = match self.key.signal {
            Signal::ApiResponseTime | Signal::DatabaseQueryTime => (1.4, 5.0),
            Signal::ErrorRate => (1.5, 0.1),
            Signal::Traffic => (1.4, 0.2),
            Signal::Memory | Signal::Cpu | Signal::Disk => (1.1, 10.0),
            Signal::MemoryUsed => (1.1, 4e6),
            Signal::DeploymentDuration => (1.4, 1.0),
            Signal::Answering | Signal::BodyCheck => (1.2, 0.2),
        };
        high >= low * factor && high - low >= size.max(3.0 * self.spread)
    }

    /// "1,250 ms in the last 5 min (120 ms in the hour before)".
    pub(crate) fn words(&self) -> String {
        let unit = self.key.signal.unit();
        format!(
            "{} in the last {} ({} {})",
            unit.show(self.now),
            span(self.window.length()),
            unit.show(self.before),
            self.against.words()
        )
    }
}

/// "3 min", "45 s", "2 h 10 min".
pub(crate) fn span(length: TimeDelta) -> String {
    let minutes = (length.num_seconds() as f64 / 60.0).round() as i64;
    match minutes {
        m if m < 1 => format!("{} s", length.num_seconds().max(0)),
        m if m < 120 => format!("{m} min"),
        m if m % 60 == 0 => format!("{} h", m / 60),
        m if m < 48 * 60 => format!("{} h {} min", m / 60, m % 60),
        m => format!("{} days", m / (24 * 60)),
    }
}

/// The middle value; `None` of nothing.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

/// 1.4826 x the median absolute deviation (Rousseeuw & Croux 1993).
pub(crate) fn spread(values: &[f64], around: f64) -> f64 {
    let off: Vec<f64> = values.iter().map(|v| (v - around).abs()).collect();
    median(&off).unwrap_or(0.0) * 1.4826
}

/// When the level of a series rose: the split with the least squared error around both means,
/// moved back to the first sample of the climb, since a value formed over a window rises slowly.
/// `None` where nothing clearly rose.
pub fn change_point(key: &SeriesKey, samples: &[Sample]) -> Option<Moment> {
    let n = samples.len();
    if n < 4 {
        return None;
    }
    let total: f64 = samples.iter().map(|s| s.value).sum();
    let mut left = 0.0;
    let mut best: Option<(f64, usize)> = None;
    for at in 1..n {
        left += samples[at - 1].value;
        let (l, r) = (at as f64, (n - at) as f64);
        // Least squared error around two means is the greatest distance between them, weighted.
        let gain = (left / l - (total - left) / r).powi(2) * l * r;
        if at >= 2 && n - at >= 2 && best.is_none_or(|(known, _)| gain > known) {
            best = Some((gain, at));
        }
    }
    let (_, split) = best?;
    let values = |part: &[Sample]| part.iter().map(|s| s.value).collect::<Vec<_>>();
    let (low, high) = (values(&samples[..split]), values(&samples[split..]));
    let (before, after) = (median(&low)?, median(&high)?);
    let shift = Shift {
        key: key.clone(),
        before,
        now: after,
        spread: spread(&low, before),
        against: Against::HourBefore,
        window: TimeRange::new(samples[split].at, samples[n - 1].at),
    };
    if !shift.rose() {
        return None;
    }
    let climbing = before + (3.0 * shift.spread).max(0.15 * shift.added());
    let first = samples[..split].iter().rposition(|s| s.value <= climbing).map_or(0, |calm| calm + 1);
    Some(samples[first].at)
}

/// What rose for a shorter time may as well have jumped.
const SHORTEST_CLIMB: TimeDelta = TimeDelta::seconds(40);

/// A steady climb over its whole length, with what is needed to say where it ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Climb {
    /// Units a second.
    pub(crate) per_second: f64,
    /// Where it began.
    pub(crate) from: f64,
    /// Where it is.
    pub(crate) to: f64,
    /// Over how long.
    pub(crate) over: TimeDelta,
}

/// How much of the whole slope the last quarter must have, so that a warm-up is no leak (as Coroot
/// asks).
pub(crate) const STILL_CLIMBING: f64 = 0.3;

/// Whether samples climb steadily: a line fits them well (R² of at least 0.8), they did not level
/// off (the last quarter climbs with at least the share `still` of the whole slope), and what was
/// gained is more than a tenth of the start.
/// A restart drops memory by more than half: only what follows the last such drop counts.
pub(crate) fn climb(samples: &[Sample], still: f64) -> Option<Climb> {
    let start = samples.windows(2).rposition(|w| w[1].value < w[0].value * 0.5).map_or(0, |at| at + 1);
    let run = &samples[start..];
    // Where a calm stretch comes first, the climb begins at its end: look at shorter tails too.
    let tails = || {
        std::iter::successors(Some(run), |tail| Some(&tail[(tail.len() / 6).max(1).min(tail.len())..]))
            .take_while(|tail| tail.len() >= 8)
    };
    // The longest that is nearly a line, or else the longest that resembles one.
    [0.95, 0.8].into_iter().find_map(|fits| {
        tails().find_map(|tail| {
            settled(tail).filter(|fit| fit.2 >= fits).and_then(|fit| finish(tail, fit, still))
        })
    })
}

fn finish(run: &[Sample], (slope, _, _): (f64, f64, f64), still: f64) -> Option<Climb> {
    let over = run.last()?.at - run.first()?.at;
    let end = |samples: &[Sample]| median(&samples.iter().map(|sample| sample.value).collect::<Vec<_>>());
    let (from, to) = (end(&run[..2])?, end(&run[run.len() - 2..])?);
    let late = fit(&run[run.len() * 3 / 4..])?.0;
    (slope > 0.0 && late >= still * slope && to - from >= 0.1 * from.abs() && over >= SHORTEST_CLIMB)
        .then(|| Climb { per_second: (to - from) / over.as_seconds_f64(), from, to, over })
}

fn settled(run: &[Sample]) -> Option<(f64, f64, f64)> {
    if run.len() < 8 { None } else { fit(run) }
}

/// Least squares: slope a second, value at the first sample, R².
fn fit(run: &[Sample]) -> Option<(f64, f64, f64)> {
    let first = run.first()?.at;
    let n = run.len() as f64;
    let xs: Vec<f64> = run.iter().map(|s| (s.at - first).num_milliseconds() as f64 / 1000.0).collect();
    let (mx, my) = (xs.iter().sum::<f64>() / n, run.iter().map(|s| s.value).sum::<f64>() / n);
    let (mut sxx, mut sxy, mut syy) = (0.0, 0.0, 0.0);
    for (x, sample) in xs.iter().zip(run) {
        let (dx, dy) = (x - mx, sample.value - my);
        sxx += dx * dx;
        sxy += dx * dy;
        syy += dy * dy;
    }
    (sxx > 0.0 && syy > 0.0).then(|| {
        let slope = sxy / sxx;
        (slope, my - slope * mx, sxy * sxy / (sxx * syy))
    })
}

/// A value in a signal's unit.
pub(crate) fn show(signal: Signal, value: f64) -> String {
    match signal.unit() {
        // Percent of requests and of memory read better without hundredths.
        Unit::Percent if value >= 10.0 => format!("{value:.0} %"),
        unit => unit.show(value),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::model::subject::Subject;

    fn samples(values: impl IntoIterator<Item = f64>) -> Vec<Sample> {
        let start = DateTime::from_timestamp(1_790_000_000, 0).expect("valid");
        let at = |step: usize| start + TimeDelta::seconds(30 * step as i64);
        values.into_iter().enumerate().map(|(step, value)| Sample { at: at(step), value }).collect()
    }

    fn latency() -> SeriesKey {
        SeriesKey::new(Signal::ApiResponseTime, Subject::service("", "web"))
    }

    #[test]
    fn the_onset_is_the_first_sample_of_the_climb() {
        let series = samples([100.0, 102.0, 99.0, 101.0, 100.0, 300.0, 600.0, 900.0, 900.0, 905.0]);
        assert_eq!(change_point(&latency(), &series), Some(series[5].at));
    }

    #[test]
    fn noise_has_no_onset() {
        let series = samples((0..60).map(|n| 100.0 + f64::from(n * 7 % 13)));
        assert_eq!(change_point(&latency(), &series), None);
    }

    #[test]
    fn a_leak_climbs_and_a_warm_up_does_not() {
        assert!(climb(&samples((0..60).map(|n| 2e8 + 1e6 * f64::from(n))), STILL_CLIMBING).is_some());
        let plateau =
            (0..60).map(|n| if n < 15 { 2e8 + 1e7 * f64::from(n) } else { 3.5e8 + f64::from(n % 3) });
        assert!(climb(&samples(plateau), STILL_CLIMBING).is_none());
        assert!(climb(&samples((0..60).map(|n| 2e8 + 1e6 * f64::from(n * 7 % 5))), STILL_CLIMBING).is_none());
    }

    #[test]
    fn a_leak_is_seen_after_a_calm_stretch_and_after_a_restart() {
        let calm = (0..100).map(|n| 2e8 + f64::from((n - 60).max(0)) * 4e6);
        assert!(climb(&samples(calm), STILL_CLIMBING).is_some());
        let saw = (0..100).map(|n| 1e8 + f64::from(n % 50) * 4e6);
        let seen = climb(&samples(saw), STILL_CLIMBING).expect("climbs since the restart");
        assert!(seen.over <= TimeDelta::seconds(50 * 30));
    }

    #[test]
    fn a_fast_leak_is_seen_behind_a_long_calm_and_where_it_slows_near_the_limit() {
        let calm = (0..400).map(|n| 2e8 + f64::from(n * 7 % 5) * 1e5 + f64::from((n - 385).max(0)) * 2e7);
        let seen = climb(&samples(calm), STILL_CLIMBING).expect("climbs");
        assert!(seen.over <= TimeDelta::seconds(20 * 30), "{seen:?}");
        assert!(seen.from >= 2e8, "{seen:?}");
        let slowing = (0..14).map(|n| 2e7 * f64::from(n.min(10)) + 2.5e6 * f64::from((n - 10).max(0)));
        let slowing = samples(slowing);
        assert!(climb(&slowing, STILL_CLIMBING).is_none());
        assert!(climb(&slowing, 0.05).is_some());
    }
}
