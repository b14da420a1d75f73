//! A signal is over its warning or critical line.
//!
//! Judged on the median of the last three samples; over twice the critical line two checks in a
//! row suffice, at the line itself the whole `for` must pass, and between them in proportion. What
//! would be full before that is told sooner.

use chrono::TimeDelta;

use super::facts::Facts;
use super::look::{Level, Look, Seen, Sight};
use super::recent::Recent;
use super::settings::Settings;
use super::traffic::{self, Requests};
use crate::model::finding::{Rule, Severity};
use crate::model::sample::SeriesKey;
use crate::model::signal::Signal;
use crate::model::threshold::Lines;
use crate::model::time::Moment;

pub(super) fn look(now: Moment, facts: &Facts, settings: &Settings) -> Vec<Look> {
    facts
        .recent
        .keys()
        // Calls to a peer and kinds of errors are evidence; their owner has the same signal.
        .filter(|key| key.subject.is_owned())
        .filter_map(|key| {
            let lines = facts.thresholds.lines(key.signal, &key.subject)?;
            let sight = judge(key, &lines, now, facts, settings)?;
            Some(Look { rule: Rule::Threshold, key: key.clone(), sight })
        })
        .collect()
}

fn judge(key: &SeriesKey, lines: &Lines, now: Moment, facts: &Facts, settings: &Settings) -> Option<Sight> {
    let recent = Recent::of(key, now, facts, settings).or_else(|| finished_deployment(key, now, facts))?;
    let (value, window_seconds) = match value(key, &recent, now, facts, settings) {
        Value::Known { value, window_seconds } => (value, window_seconds),
        Value::TooQuiet => return Some(Sight::TooQuiet),
        Value::TooFewSamples => return None,
    };
    let grace = in_grace(key, now, facts, settings);
    let levels = [(Severity::Warning, lines.warning), (Severity::Critical, lines.critical)];
    let levels = levels.map(|(severity, line)| Level {
        severity,
        over: value >= line && (recent.last().value >= line || key.signal == Signal::ErrorRate),
        lingers: value >= line * clearing(key.signal, settings),
        began: recent.began(|value| value >= line, facts),
        needed: needed(key.signal, severity, value, line, &recent, settings),
        line: Some((line, lines.origin.clone())),
        grace: grace && severity == Severity::Warning,
    });
    Some(Sight::Seen(Seen {
        at: recent.last().at,
        value,
        usual: facts.baselines.get(key).copied(),
        window_seconds,
        note: facts.notes.get(key).cloned(),
        levels: levels.into(),
    }))
}

/// A deployment is one sample, and it is judged for as long as it is recent.
fn finished_deployment(key: &SeriesKey, now: Moment, facts: &Facts) -> Option<Recent> {
    let patient = Settings { fresh_seconds: 900, ..Settings::default() };
    (key.signal == Signal::DeploymentDuration).then(|| Recent::of(key, now, facts, &patient)).flatten()
}

enum Value {
    Known { value: f64, window_seconds: u32 },
    TooQuiet,
    TooFewSamples,
}

fn value(key: &SeriesKey, recent: &Recent, now: Moment, facts: &Facts, settings: &Settings) -> Value {
    let window_seconds = settings.rate_window_seconds;
    if key.signal == Signal::DeploymentDuration {
        return Value::Known { value: recent.last().value, window_seconds: 0 };
    }
    let Some(steady) = recent.steady() else { return Value::TooFewSamples };
    if !matches!(key.signal, Signal::ApiResponseTime | Signal::ErrorRate) {
        return Value::Known { value: steady, window_seconds };
    }
    match traffic::behind(&key.subject, settings.min_requests, now, facts, settings) {
        Requests::Unmeasured => Value::Known { value: steady, window_seconds },
        Requests::TooFew => Value::TooQuiet,
        Requests::Enough { from, count, stretched } => {
            let value = if stretched { over_stretch(recent, from).unwrap_or(steady) } else { steady };
            // One failure among few requests is a high rate and says nothing.
            if key.signal == Signal::ErrorRate
                && value > 0.0
                && value / 100.0 * count < f64::from(settings.min_failed_requests)
            {
                return Value::Known { value: 0.0, window_seconds };
            }
            let seconds = (now - from).num_seconds().max(0) as u32 + window_seconds;
            Value::Known { value, window_seconds: if stretched { seconds } else { window_seconds } }
        }
    }
}

/// The mean since `from`: where requests are few, each sample holds only some of them.
fn over_stretch(recent: &Recent, from: Moment) -> Option<f64> {
    let inside: Vec<f64> =
        recent.all().iter().filter(|sample| sample.at >= from).map(|sample| sample.value).collect();
    (inside.len() > 1).then(|| inside.iter().sum::<f64>() / inside.len() as f64)
}

/// How long it must hold: the worse, the sooner.
fn needed(
    signal: Signal,
    severity: Severity,
    value: f64,
    line: f64,
    recent: &Recent,
    settings: &Settings,
) -> TimeDelta {
    let whole = match (signal, severity) {
        (Signal::DeploymentDuration, _) => 0,
        (Signal::Cpu, _) => return TimeDelta::seconds(settings.for_cpu_seconds.into()),
        (_, Severity::Warning) => return TimeDelta::seconds(settings.for_warning_seconds.into()),
        (_, Severity::Critical) => settings.for_critical_seconds,
    };
    let beyond = if is_capacity(signal) {
        // Nothing is twice over 85 %; what is full is as bad as it gets.
        (value - line) / (100.0 - line).max(1.0)
    } else {
        (value - line) / line.max(f64::MIN_POSITIVE)
    };
    let share = 1.0 - beyond.clamp(0.0, 1.0);
    TimeDelta::milliseconds((f64::from(whole) * 1_000.0 * share) as i64).min(time_left(signal, recent))
}

/// Half of the time until what fills up is full, at the pace of its last samples: who waits longer
/// tells of a process that was killed meanwhile.
fn time_left(signal: Signal, recent: &Recent) -> TimeDelta {
    match recent.pace() {
        Some(pace) if pace > 0.0 && is_capacity(signal) => {
            let seconds = (100.0 - recent.last().value).max(0.0) / pace / 2.0;
            TimeDelta::try_milliseconds((seconds * 1_000.0) as i64).unwrap_or(TimeDelta::MAX)
        }
        _ => TimeDelta::MAX,
    }
}

/// The share of the line under which a condition is over.
fn clearing(signal: Signal, settings: &Settings) -> f64 {
    let percent = settings.clear_below_percent.clamp(0.0, 100.0);
    1.0 - if is_capacity(signal) { percent / 2.0 } else { percent } / 100.0
}

fn is_capacity(signal: Signal) -> bool {
    matches!(signal, Signal::Memory | Signal::Cpu | Signal::Disk)
}

/// Whether warnings should wait: quad or the service has only just started.
pub(super) fn in_grace(key: &SeriesKey, now: Moment, facts: &Facts, settings: &Settings) -> bool {
    let just_started = facts.started_at.is_some_and(|at| {
        (0..i64::from(settings.grace_after_start_seconds)).contains(&(now - at).num_seconds())
    });
    just_started || facts.was_just_deployed(key, settings.grace_after_deployment_seconds, now)
}
