//! A whole source is down. Said once for the source, never once for each of its signals. A warning,
//! and critical where no source is left: whatever breaks then, breaks unseen.

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
    let needed = TimeDelta::seconds(patience.into());
    // Since when every source fails, where all do: then nothing can be seen at all.
    let failing: Option<Vec<Moment>> = facts.sources.iter().map(|health| health.failing_since).collect();
    let blind_since = failing.and_then(|all| all.into_iter().max()).map(|since| since.min(now));
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
                    levels: vec![
                        level(Severity::Warning, since, needed, now),
                        level(Severity::Critical, blind_since, needed, now),
                    ],
                }),
            }
        })
        .collect()
}

fn level(severity: Severity, since: Option<Moment>, needed: TimeDelta, now: Moment) -> Level {
    let began = since.unwrap_or(now);
    Level { severity, over: since.is_some(), lingers: false, began, needed, line: None, grace: false }
}
