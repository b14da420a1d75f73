//! A series that was regular is gone although its source works.
//!
//! Only whole services, hosts and databases: endpoints that nobody calls and containers that were
//! replaced vanish every day.

use chrono::TimeDelta;

use super::facts::{Expected, Facts};
use super::look::{Level, Look, Seen, Sight};
use super::settings::Settings;
use crate::model::finding::{Rule, Severity};
use crate::model::sample::SeriesKey;
use crate::model::signal::Signal;
use crate::model::subject::Subject;
use crate::model::time::Moment;

pub(super) fn look(now: Moment, facts: &Facts, settings: &Settings) -> Vec<Look> {
    facts
        .expected
        .iter()
        .filter(|(key, _)| is_lasting(&key.subject) && key.signal != Signal::DeploymentDuration)
        // One finding for the source is enough.
        .filter(|(key, _)| !facts.source_is_down(key))
        .map(|(key, expected)| Look {
            rule: Rule::NoData,
            key: key.clone(),
            sight: Sight::Seen(judge(key, expected, now, facts, settings)),
        })
        .collect()
}

fn judge(key: &SeriesKey, expected: &Expected, now: Moment, facts: &Facts, settings: &Settings) -> Seen {
    let newest = facts.recent.get(key).and_then(|samples| samples.last()).map(|sample| sample.at);
    let last = newest.map_or(expected.last, |newest| newest.max(expected.last)).min(now);
    let every = expected.every_seconds.max(facts.check_interval_seconds);
    let patience = TimeDelta::seconds(settings.no_data_for_seconds.max(every.saturating_mul(5)).into());
    let watched_long_enough = facts.started_at.is_none_or(|at| now - at >= patience || now < at);
    Seen {
        at: now,
        value: 0.0,
        usual: facts.baselines.get(key).copied(),
        window_seconds: (now - last).num_seconds().clamp(0, i64::from(u32::MAX)) as u32,
        note: facts.notes.get(key).cloned(),
        levels: vec![Level {
            severity: Severity::Warning,
            over: now - last >= patience && watched_long_enough,
            lingers: false,
            began: last,
            needed: TimeDelta::zero(),
            line: None,
            grace: facts.was_just_deployed(key, settings.grace_after_deployment_seconds, now),
        }],
    }
}

fn is_lasting(subject: &Subject) -> bool {
    subject.is_owned()
        && subject.endpoint.is_none()
        && subject.method.is_none()
        && subject.container.is_none()
}
