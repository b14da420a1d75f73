//! The newest samples of a series, judged so that one spike is not a condition.

use chrono::TimeDelta;

use super::facts::Facts;
use super::settings::Settings;
use super::statistics::median;
use crate::model::sample::{Sample, SeriesKey};
use crate::model::time::Moment;

/// How many samples are judged together: with three, one outlier is outvoted.
const TOGETHER: usize = 3;

/// The usable samples of one series, oldest first, the last one fresh.
pub(super) struct Recent {
    samples: Vec<Sample>,
}

impl Recent {
    /// `None` where there is no fresh sample: then nothing can be said.
    pub(super) fn of(key: &SeriesKey, now: Moment, facts: &Facts, settings: &Settings) -> Option<Self> {
        // A clock that went back leaves samples "of the future"; they are not the newest ones.
        let samples: Vec<Sample> = facts
            .recent
            .get(key)?
            .iter()
            .filter(|sample| sample.value.is_finite() && sample.at <= now + TimeDelta::seconds(5))
            .copied()
            .collect();
        let last = samples.last()?;
        (now - last.at <= freshness(facts, settings)).then_some(Self { samples })
    }

    pub(super) fn all(&self) -> &[Sample] {
        &self.samples
    }

    pub(super) fn last(&self) -> Sample {
        // `of` makes none without a sample.
        self.samples.last().copied().unwrap_or(Sample { at: Moment::UNIX_EPOCH, value: f64::NAN })
    }

    /// The median of the last three samples; the lower of two; `None` for one alone.
    pub(super) fn steady(&self) -> Option<f64> {
        let tail = &self.samples[self.samples.len().saturating_sub(TOGETHER)..];
        match tail {
            [] | [_] => None,
            [a, b] => Some(a.value.min(b.value)),
            _ => median(tail.iter().map(|sample| sample.value)),
        }
    }

    /// By how much it rose a second over the last three samples; `None` where it is not measured, or
    /// where one of the steps led down.
    pub(super) fn pace(&self) -> Option<f64> {
        let [first, middle, last] = self.samples.last_chunk::<TOGETHER>()?;
        let seconds = (last.at - first.at).as_seconds_f64();
        let rising = first.value <= middle.value && middle.value <= last.value && seconds > 0.0;
        rising.then(|| (last.value - first.value) / seconds)
    }

    /// The highest of the last two samples, for signals where low is bad.
    pub(super) fn best_of_two(&self) -> Option<f64> {
        match self.samples.as_slice() {
            [.., a, b] => Some(a.value.max(b.value)),
            _ => None,
        }
    }

    /// Since when the samples fulfil `bad` without more than one exception in a row.
    pub(super) fn began(&self, bad: impl Fn(f64) -> bool, facts: &Facts) -> Moment {
        let gap = TimeDelta::seconds(i64::from(facts.check_interval_seconds.max(10)) * 4);
        let (mut began, mut newer, mut exceptions) = (self.last().at, self.last().at, 0);
        for sample in self.samples.iter().rev() {
            exceptions = if bad(sample.value) { 0 } else { exceptions + 1 };
            if exceptions > 1 || newer - sample.at > gap {
                break;
            }
            newer = sample.at;
            if exceptions == 0 {
                began = sample.at;
            }
        }
        began
    }
}

/// How old the newest sample may be.
fn freshness(facts: &Facts, settings: &Settings) -> TimeDelta {
    TimeDelta::seconds(settings.fresh_seconds.max(facts.check_interval_seconds.saturating_mul(3)).into())
}
