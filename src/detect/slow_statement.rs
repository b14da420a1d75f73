//! A statement took longer on average, in one check window, than the configuration allows. One window is
//! enough: it holds all that ran in minutes, and a report that runs once a night is in no second one.

use chrono::TimeDelta;

use super::facts::{Facts, SlowStatement};
use super::look::{Level, Look, Seen, Sight};
use crate::model::finding::{Rule, Severity};
use crate::model::sample::SeriesKey;
use crate::model::signal::Signal;
use crate::model::time::Moment;

pub(super) fn look(now: Moment, facts: &Facts) -> Vec<Look> {
    facts.statements.iter().map(|one| at(now, one)).collect()
}

fn at(now: Moment, slow: &SlowStatement) -> Look {
    Look {
        rule: Rule::SlowStatement,
        key: SeriesKey::new(Signal::DatabaseQueryTime, slow.subject.clone()),
        sight: Sight::Seen(Seen {
            at: now,
            value: slow.mean_ms,
            usual: None,
            window_seconds: slow.range.length().num_seconds().clamp(0, i64::from(u32::MAX)) as u32,
            note: Some(slow.what.clone()),
            levels: vec![Level {
                severity: Severity::Warning,
                over: slow.ended.is_none(),
                lingers: false,
                began: slow.range.from,
                needed: TimeDelta::zero(),
                line: Some(slow.line.clone()),
                grace: false,
            }],
        }),
    }
}
