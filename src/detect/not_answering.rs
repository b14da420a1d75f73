//! The subject does not answer: a probe failed, or `up` is 0, two checks in a row.

use chrono::TimeDelta;

use super::facts::Facts;
use super::look::{Level, Look, Seen, Sight};
use super::recent::Recent;
use super::settings::Settings;
use crate::model::finding::{Rule, Severity};
use crate::model::sample::SeriesKey;
use crate::model::signal::Signal;
use crate::model::time::Moment;

pub(super) fn look(now: Moment, facts: &Facts, settings: &Settings) -> Vec<Look> {
    failing(Rule::NotAnswering, Signal::Answering, now, facts, settings)
}

/// Series of `signal` that were 0 in the last two checks.
pub(super) fn failing(
    rule: Rule,
    signal: Signal,
    now: Moment,
    facts: &Facts,
    settings: &Settings,
) -> Vec<Look> {
    facts
        .recent
        .keys()
        .filter(|key| key.signal == signal && key.subject.is_owned())
        .filter_map(|key| {
            let sight = judge(key, now, facts, settings)?;
            Some(Look { rule, key: key.clone(), sight })
        })
        .collect()
}

fn judge(key: &SeriesKey, now: Moment, facts: &Facts, settings: &Settings) -> Option<Sight> {
    let recent = Recent::of(key, now, facts, settings)?;
    let failed = |value: f64| value < 0.5;
    Some(Sight::Seen(Seen {
        at: recent.last().at,
        value: recent.last().value,
        usual: None,
        window_seconds: facts.check_interval_seconds,
        note: facts.notes.get(key).cloned(),
        levels: vec![Level {
            severity: Severity::Critical,
            over: failed(recent.best_of_two()?),
            lingers: failed(recent.last().value),
            began: recent.began(failed, facts),
            needed: TimeDelta::zero(),
            line: None,
            grace: false,
        }],
    }))
}
