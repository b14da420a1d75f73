//! Memory grows steadily and will reach its limit.
//!
//! Warm-up that ends in a plateau, garbage collection's saw-teeth and restarts are the false alarms
//! that people report of leak detectors, so: only the stretch since the last big drop counts, its
//! first minutes don't, the slope is Theil and Sen's, it must still rise at the end, and no
//! forecast reaches further than three times what was observed.

use chrono::TimeDelta;

use super::facts::Facts;
use super::look::{Level, Look, Seen, Sight};
use super::recent::Recent;
use super::settings::{MemoryGrowthSettings, Settings};
use super::statistics::{median, theil_sen};
use crate::model::finding::{Rule, Severity};
use crate::model::sample::{Sample, SeriesKey};
use crate::model::signal::Signal;
use crate::model::time::Moment;

/// A fall by more than this share is a restart, not a collection.
const RESTART: f64 = 0.5;
/// With fewer points a slope says little.
const MIN_POINTS: usize = 8;
/// The slope is formed over all pairs, so more points than this are thinned first.
const MAX_POINTS: usize = 90;

pub(super) fn look(now: Moment, facts: &Facts, settings: &Settings) -> Vec<Look> {
    facts
        .recent
        .keys()
        .filter(|key| key.subject.is_owned())
        .filter(|key| match key.signal {
            Signal::Memory => true,
            // Bytes are for where no limit is known.
            Signal::MemoryUsed => {
                !facts.recent.contains_key(&SeriesKey::new(Signal::Memory, key.subject.clone()))
            }
            _ => false,
        })
        .filter_map(|key| {
            let recent = Recent::of(key, now, facts, settings)?;
            let seen = judge(key, &recent, now, facts, settings);
            Some(Look { rule: Rule::MemoryGrowth, key: key.clone(), sight: Sight::Seen(seen) })
        })
        .collect()
}

fn judge(key: &SeriesKey, recent: &Recent, now: Moment, facts: &Facts, settings: &Settings) -> Seen {
    let own = &settings.memory_growth;
    let samples = together(facts.hours.get(key).map_or(&[], Vec::as_slice), recent.all(), now);
    let warning_line =
        facts.thresholds.lines(Signal::Memory, &key.subject).map_or(60.0, |lines| lines.warning);
    let urgent = (key.signal == Signal::Memory).then(|| lately(&samples, own, warning_line)).flatten();
    let growth = urgent.or_else(|| since_restart(&samples, own));
    let limit = (key.signal == Signal::Memory).then_some(100.0);
    let left = growth.as_ref().and_then(|growth| growth.hours_left(limit));
    let warns = growth.as_ref().is_some_and(|growth| growth.is_leak(own, limit, own.horizon_hours));
    let lingers = growth.as_ref().is_some_and(|growth| growth.is_leak(own, limit, own.horizon_hours * 2.0));
    let soon = |factor: f64| left.is_some_and(|left| left * 60.0 <= own.critical_minutes * factor);
    let began = growth.as_ref().map_or(now, |growth| growth.began);

    let level = |severity, over, lingers| Level {
        severity,
        over,
        lingers,
        // The slope rests on many samples; one more check shows that it was not a fluke.
        began: now,
        needed: TimeDelta::milliseconds(i64::from(facts.check_interval_seconds) * 900),
        line: limit.map(|limit| (limit, "limit".to_owned())),
        grace: facts.was_just_deployed(key, settings.grace_after_deployment_seconds, now),
    };
    Seen {
        at: now,
        value: recent.last().value,
        usual: facts.baselines.get(key).copied(),
        window_seconds: (now - began).num_seconds().clamp(0, i64::from(u32::MAX)) as u32,
        note: growth.as_ref().map(|growth| growth.words(key.signal, left)),
        levels: vec![
            level(Severity::Warning, warns, lingers),
            level(Severity::Critical, warns && soon(1.0), lingers && soon(2.0)),
        ],
    }
}

/// How memory has grown since the subject last restarted.
struct Growth {
    began: Moment,
    hours: f64,
    now: f64,
    /// In the signal's unit an hour.
    slope: f64,
    slope_at_end: f64,
    rising: f64,
}

impl Growth {
    fn hours_left(&self, limit: Option<f64>) -> Option<f64> {
        limit.filter(|_| self.slope > 0.0).map(|limit| ((limit - self.now) / self.slope).max(0.0))
    }

    fn is_leak(&self, own: &MemoryGrowthSettings, limit: Option<f64>, horizon: f64) -> bool {
        let grown = self.slope * self.hours;
        let enough = match limit {
            Some(limit) => grown >= limit * own.growth_floor_percent / 100.0,
            None => self.slope >= own.growth_floor_mb_per_hour * 1e6 && self.hours >= 2.0,
        };
        let in_reach = self
            .hours_left(limit)
            .is_none_or(|left| left <= horizon && left <= self.hours * own.stretch_factor);
        self.slope > 0.0
            && enough
            && in_reach
            && self.rising >= own.steadiness
            && self.slope_at_end >= self.slope * own.plateau_share
    }

    /// "grows by 12 % of the limit an hour, which leaves about 4 h".
    fn words(&self, signal: Signal, left: Option<f64>) -> String {
        // Per minute where it is fast: "252 % an hour" would make people wonder.
        let (slope, per) = match left {
            Some(left) if left < 1.0 => (self.slope / 60.0, "a minute"),
            _ => (self.slope, "an hour"),
        };
        let of = if signal == Signal::MemoryUsed { "" } else { " of the limit" };
        let pace = format!("grows by {}{of} {per}", signal.unit().show(slope));
        match left.map(|hours| hours * 60.0) {
            Some(minutes) if minutes < 90.0 => {
                format!("{pace}, which leaves about {:.0} min", minutes.ceil())
            }
            Some(minutes) => format!("{pace}, which leaves about {:.0} h", minutes / 60.0),
            None => pace,
        }
    }
}

/// The growth since the last restart; `None` where the stretch is too short to speak of one.
fn since_restart(samples: &[Sample], own: &MemoryGrowthSettings) -> Option<Growth> {
    let restart =
        samples.windows(2).rposition(|pair| pair[1].value < pair[0].value * RESTART).map(|at| at + 1);
    let run = &samples[restart.unwrap_or(0)..];
    let (first, last) = (run.first()?, run.last()?);
    let length = last.at - first.at;
    if length < minutes(own.min_minutes) {
        return None;
    }
    let warm_up = minutes(own.warm_up_minutes);
    let settled = if length >= minutes(own.min_minutes) + warm_up { first.at + warm_up } else { first.at };
    growth_of(&run[run.partition_point(|sample| sample.at < settled)..])
}

/// Over the warning line a short look has to do, since a fast leak leaves no half hour: the last
/// minutes, if they lead higher than anything seen before them. Where memory was as high before,
/// it came down again by itself.
fn lately(samples: &[Sample], own: &MemoryGrowthSettings, warning_line: f64) -> Option<Growth> {
    let last = samples.last().filter(|last| last.value >= warning_line)?;
    [2.0, 5.0, 10.0].into_iter().find_map(|length| {
        let from = last.at - minutes(length);
        let (before, stretch) = samples.split_at(samples.partition_point(|sample| sample.at < from));
        let known_for = before.first().map(|first| from - first.at)?;
        let highest = before.iter().map(|sample| sample.value).fold(f64::MIN, f64::max);
        let news = last.value >= highest + own.growth_floor_percent;
        (known_for >= minutes(length) && news)
            .then(|| growth_of(stretch))
            .flatten()
            .filter(|growth| growth.is_leak(own, Some(100.0), own.horizon_hours))
    })
}

fn minutes(minutes: f64) -> TimeDelta {
    TimeDelta::milliseconds((minutes * 60_000.0) as i64)
}

fn growth_of(run: &[Sample]) -> Option<Growth> {
    let (first, last) = (run.first()?, run.last()?);
    let hours = (last.at - first.at).as_seconds_f64() / 3_600.0;
    let points = thinned(run);
    if points.len() < MIN_POINTS || has_holes(&points) {
        return None;
    }
    let (slope, rising) = theil_sen(&points)?;
    let tail = &points[points.len() - (points.len() / 4).max(4)..];
    let (slope_at_end, _) = theil_sen(tail)?;
    let now = median(run[run.len().saturating_sub(3)..].iter().map(|sample| sample.value))?;
    Some(Growth { began: first.at, hours, now, slope, slope_at_end, rising })
}

/// Hours since the first sample, and medians of neighbours where there are too many.
fn thinned(run: &[Sample]) -> Vec<(f64, f64)> {
    let start = run.first().map_or(Moment::UNIX_EPOCH, |sample| sample.at);
    let hours = |at: Moment| (at - start).as_seconds_f64() / 3_600.0;
    let length = run.last().map_or(0.0, |sample| hours(sample.at)).max(f64::MIN_POSITIVE);
    if run.len() <= MAX_POINTS {
        return run.iter().map(|sample| (hours(sample.at), sample.value)).collect();
    }
    // By time, not by count: the last minutes come at a finer step than the hours before.
    let mut buckets: Vec<Vec<&Sample>> = vec![Vec::new(); MAX_POINTS];
    for sample in run {
        let at = hours(sample.at) / length * MAX_POINTS as f64;
        buckets[(at as usize).min(MAX_POINTS - 1)].push(sample);
    }
    buckets
        .iter()
        .filter_map(|bucket| {
            let x = median(bucket.iter().map(|sample| hours(sample.at)))?;
            Some((x, median(bucket.iter().map(|sample| sample.value))?))
        })
        .collect()
}

/// Whether more than a fifth of the stretch has no data.
fn has_holes(points: &[(f64, f64)]) -> bool {
    let steps: Vec<f64> = points.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    let Some(usual) = median(steps.iter().copied()) else { return true };
    let longest = steps.iter().copied().fold(usual, f64::max);
    let whole = points.last().map_or(0.0, |point| point.0);
    longest > (usual * 3.0).max(whole / 5.0)
}

/// Coarse samples of the past and fine ones of the present, each moment once.
fn together(hours: &[Sample], recent: &[Sample], now: Moment) -> Vec<Sample> {
    let fine_from = recent.first().map_or(now, |sample| sample.at);
    let usable = |sample: &&Sample| sample.value.is_finite();
    hours.iter().filter(|sample| sample.at < fine_from).chain(recent).filter(usable).copied().collect()
}
