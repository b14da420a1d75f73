//! More errors than usual: over 1.1 times the baseline, by more than chance, and above a floor.

use chrono::TimeDelta;

use super::facts::Facts;
use super::look::{Level, Look, Seen, Sight};
use super::recent::Recent;
use super::settings::Settings;
use super::statistics::chance;
use super::threshold::in_grace;
use super::traffic::{self, Requests};
use crate::model::finding::{Rule, Severity};
use crate::model::sample::{Baseline, SeriesKey};
use crate::model::signal::Signal;
use crate::model::time::Moment;

/// At this many times the baseline, two checks in a row are enough.
const FAR_BEYOND: f64 = 5.0;

pub(super) fn look(now: Moment, facts: &Facts, settings: &Settings) -> Vec<Look> {
    facts
        .recent
        .keys()
        .filter(|key| key.signal == Signal::ErrorRate && key.subject.is_owned())
        .filter_map(|key| {
            let usual = facts.baselines.get(key)?;
            let sight = judge(key, usual, now, facts, settings)?;
            Some(Look { rule: Rule::ErrorRateOverBaseline, key: key.clone(), sight })
        })
        .collect()
}

fn judge(
    key: &SeriesKey,
    usual: &Baseline,
    now: Moment,
    facts: &Facts,
    settings: &Settings,
) -> Option<Sight> {
    let own = &settings.error_rate;
    let recent = Recent::of(key, now, facts, settings)?;
    let steady = recent.steady()?;
    let requests = match traffic::behind(&key.subject, own.min_requests, now, facts, settings) {
        Requests::Unmeasured => return None,
        Requests::TooFew => return Some(Sight::TooQuiet),
        Requests::Enough { count, .. } => count,
    };
    let before = usual_requests(key, usual, requests, facts, settings);
    let base = usual.usual.max(0.0);
    let rate = steady.clamp(0.0, 100.0);
    let p = chance(rate / 100.0 * requests, requests, base / 100.0 * before, before);

    let limit = (base * own.times_baseline).max(own.floor_percent);
    let ratio = rate / base.max(own.floor_percent / own.times_baseline);
    let over = rate > limit && recent.last().value > limit && p < own.significance;
    let hurry = ((ratio - own.times_baseline) / (FAR_BEYOND - own.times_baseline)).clamp(0.0, 1.0);
    let needed = TimeDelta::milliseconds((f64::from(own.for_seconds) * 1_000.0 * (1.0 - hurry)) as i64);

    let critical = facts.thresholds.lines(Signal::ErrorRate, &key.subject).map(|lines| lines.critical);
    let level = |severity, over| Level {
        severity,
        over,
        lingers: rate > limit && p < own.significance.max(0.05),
        began: recent.began(|value| value > limit, facts),
        needed,
        line: Some((limit, format!("{} x baseline", own.times_baseline))),
        grace: severity == Severity::Warning && in_grace(key, now, facts, settings),
    };
    let mut levels = vec![level(Severity::Warning, over)];
    if let Some(critical) = critical {
        let is_critical = rate >= critical;
        levels.push(Level { lingers: is_critical, ..level(Severity::Critical, over && is_critical) });
    }
    Some(Sight::Seen(Seen {
        at: recent.last().at,
        value: rate,
        usual: Some(*usual),
        window_seconds: settings.rate_window_seconds,
        note: facts.notes.get(key).cloned(),
        levels,
    }))
}

/// On how many requests the baseline rests: its hours at the usual traffic, or at the present one.
fn usual_requests(key: &SeriesKey, usual: &Baseline, now: f64, facts: &Facts, settings: &Settings) -> f64 {
    let traffic = SeriesKey::new(Signal::Traffic, key.subject.clone());
    let per_second = facts
        .baselines
        .get(&traffic)
        .map_or(now / f64::from(settings.rate_window_seconds.max(1)), |traffic| traffic.usual);
    (per_second * 3_600.0 * f64::from(usual.hours.max(1))).max(1.0)
}
