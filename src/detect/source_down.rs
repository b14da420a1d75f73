//! A whole source is down. Said once for the source, never once for each of its signals.

use chrono::TimeDelta;

use super::facts::Facts;
use super::look::{Level, Look, Seen, Sight};
use super::settings::Settings;
use crate::model::finding::{Rule, Severity};
use crate::model::sample::SeriesKey;
use crate::model::signal::Signal;
use crate::model::subject::Subject;
use crate::model::time::Moment;

pub(super) fn look(now: Moment, facts: &Facts, settings: &Settings) -> Vec<Look> {
    let patience = settings.source_down_for_seconds.max(facts.check_interval_seconds.saturating_mul(2));
    facts
        .sources
        .iter()
        .map(|health| {
            let since = health.failing_since.map(|since| since.min(now));
            let failed_for = since.map_or(TimeDelta::zero(), |since| now - since);
            Look {
                rule: Rule::SourceDown,
                // quad itself is the one who can't see; the source's name stands for the host.
                key: SeriesKey::new(Signal::Answering, Subject::host("", &health.source)),
                sight: Sight::Seen(Seen {
                    at: now,
                    value: f64::from(u8::from(since.is_none())),
                    usual: None,
                    window_seconds: failed_for.num_seconds().clamp(0, i64::from(u32::MAX)) as u32,
                    note: health.error.clone(),
                    levels: vec![Level {
                        severity: Severity::Warning,
                        over: since.is_some(),
                        lingers: false,
                        began: since.unwrap_or(now),
                        needed: TimeDelta::seconds(patience.into()),
                        line: None,
                        grace: false,
                    }],
                }),
            }
        })
        .collect()
}
