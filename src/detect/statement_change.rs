//! A statement left what is usual for it. Whether it did is told by the windows of its own past; nothing more has to
//! hold here.

use chrono::TimeDelta;

use super::facts::{Facts, StatementChange};
use super::look::{Level, Look, Seen, Sight};
use crate::model::finding::{Rule, Severity};
use crate::model::sample::SeriesKey;
use crate::model::time::Moment;

pub(super) fn look(now: Moment, facts: &Facts) -> Vec<Look> {
    facts.changed.iter().map(|one| at(now, one)).collect()
}

fn at(now: Moment, change: &StatementChange) -> Look {
    Look {
        rule: Rule::StatementChange,
        key: SeriesKey::new(change.signal, change.subject.clone()),
        sight: Sight::Seen(Seen {
            at: now,
            value: change.value,
            usual: None,
            window_seconds: change.range.length().num_seconds().clamp(0, i64::from(u32::MAX)) as u32,
            note: Some(change.what.clone()),
            levels: vec![Level {
                severity: Severity::Warning,
                over: change.ended.is_none(),
                lingers: false,
                began: change.since,
                needed: TimeDelta::zero(),
                line: Some((change.usual, "what was usual".to_owned())),
                grace: false,
            }],
        }),
    }
}
