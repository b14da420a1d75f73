//! Remembers since when conditions hold, so that a spike is no finding and a dip no recovery.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::facts::Facts;
use super::look::{Level, Look, Seen, Sight};
use super::settings::Settings;
use crate::model::finding::{Finding, Rule, Severity};
use crate::model::sample::SeriesKey;
use crate::model::time::Moment;

/// What detection remembers between two checks. Kept in the store.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<Entry>", into = "Vec<Entry>")]
pub struct Memory {
    entries: BTreeMap<(Rule, SeriesKey), Entry>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Entry {
    rule: Rule,
    key: SeriesKey,
    #[serde(default)]
    warning: Track,
    #[serde(default)]
    critical: Track,
    /// What was last found; said again while it can't be seen.
    #[serde(default)]
    last: Option<Finding>,
}

/// One condition in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Track {
    /// Since when it holds.
    pending_since: Option<Moment>,
    /// Since when it is a finding.
    firing_since: Option<Moment>,
    /// When it last held.
    last_true: Option<Moment>,
}

/// A condition that was out of sight for longer begins anew.
const GAP: TimeDelta = TimeDelta::seconds(180);

impl Memory {
    /// Brings what the rules saw together with what is remembered.
    pub(super) fn settle(
        &self,
        now: Moment,
        looks: Vec<Look>,
        facts: &Facts,
        settings: &Settings,
    ) -> (Vec<Finding>, Self) {
        let mut findings = Vec::new();
        let mut next = Self::default();
        let mut old = self.entries.clone();
        for look in looks {
            let id = (look.rule, look.key.clone());
            let mut entry = old.remove(&id).unwrap_or_else(|| Entry::new(look.rule, look.key));
            let found = match look.sight {
                Sight::Seen(seen) if seen.value.is_finite() => entry.see(now, seen, settings),
                // What is not a number was not seen, and JSON could not keep it.
                Sight::Seen(_) => entry.miss(now, true, facts, settings),
                Sight::TooQuiet => entry.miss(now, false, facts, settings),
            };
            findings.extend(found);
            next.keep(id, entry);
        }
        for (id, mut entry) in old {
            let blind = match id.0 {
                // A source that is not looked at is no longer configured.
                Rule::SourceDown => continue,
                _ => facts.source_is_down(&id.1) || facts.expected.contains_key(&id.1),
            };
            findings.extend(entry.miss(now, blind, facts, settings));
            next.keep(id, entry);
        }
        (findings, next)
    }

    fn keep(&mut self, id: (Rule, SeriesKey), entry: Entry) {
        if entry.warning != Track::default() || entry.critical != Track::default() {
            self.entries.insert(id, entry);
        }
    }
}

impl Entry {
    fn new(rule: Rule, key: SeriesKey) -> Self {
        Self { rule, key, warning: Track::default(), critical: Track::default(), last: None }
    }

    fn see(&mut self, now: Moment, seen: Seen, settings: &Settings) -> Option<Finding> {
        let keep = TimeDelta::seconds(settings.keep_firing_seconds.into());
        let was_critical = self.critical.firing_since;
        for level in &seen.levels {
            self.track(level.severity).step(now, seen.at, level, keep);
        }
        // What falls from critical to warning has not ended: it need not wait its time again.
        if was_critical.is_some()
            && self.critical.firing_since.is_none()
            && self.warning.pending_since.is_some()
            && self.warning.firing_since.is_none()
        {
            self.warning.firing_since = was_critical;
        }

        let severity = self.severity()?;
        let track = *self.track(severity);
        let level = seen.levels.iter().find(|level| level.severity == severity);
        let holds = level.is_some_and(|level| level.over || level.lingers);
        if let (false, Some(last)) = (holds, self.again(now)) {
            return Some(Finding { severity, ..last });
        }
        let earliest = [self.warning, self.critical]
            .into_iter()
            .filter(|track| track.firing_since.is_some())
            .filter_map(|track| track.pending_since)
            .min();
        let finding = Finding {
            rule: self.rule,
            key: self.key.clone(),
            severity,
            value: seen.value,
            line: level.and_then(|level| level.line.clone()),
            usual: seen.usual,
            since: earliest.or(track.firing_since).unwrap_or(now),
            at: now,
            window_seconds: seen.window_seconds,
            note: seen.note,
        };
        self.last = Some(finding.clone());
        Some(finding)
    }

    /// Nothing could be seen this time. `blind` says that this is no sign of its end.
    fn miss(&mut self, now: Moment, blind: bool, facts: &Facts, settings: &Settings) -> Option<Finding> {
        let last_true = self.warning.last_true.max(self.critical.last_true);
        // While quad was not running, nobody looked: that is no sign of an end either.
        let out_of_sight = last_true.max(facts.started_at).map_or(TimeDelta::zero(), |at| now - at);
        let forget = TimeDelta::seconds(settings.forget_unseen_seconds.into());
        if self.severity().is_none() {
            if out_of_sight > GAP {
                (self.warning, self.critical) = (Track::default(), Track::default());
            }
            return None;
        }
        if !blind && out_of_sight > forget {
            (self.warning, self.critical) = (Track::default(), Track::default());
            return None;
        }
        self.again(now)
    }

    /// What was found last, which still counts. A clock that went back must not show its future.
    fn again(&self, now: Moment) -> Option<Finding> {
        let last = self.last.clone()?;
        Some(Finding { since: last.since.min(now), at: last.at.min(now), ..last })
    }

    fn severity(&self) -> Option<Severity> {
        if self.critical.firing_since.is_some() {
            Some(Severity::Critical)
        } else {
            self.warning.firing_since.map(|_| Severity::Warning)
        }
    }

    fn track(&mut self, severity: Severity) -> &mut Track {
        match severity {
            Severity::Warning => &mut self.warning,
            Severity::Critical => &mut self.critical,
        }
    }
}

impl Track {
    fn step(&mut self, now: Moment, at: Moment, level: &Level, keep: TimeDelta) {
        // A clock that went back must not make conditions wait until it has caught up.
        for known in [&mut self.pending_since, &mut self.firing_since, &mut self.last_true] {
            *known = known.map(|known| known.min(now));
        }
        let firing = self.firing_since.is_some();
        if level.over || (firing && level.lingers) {
            let fresh = self.last_true.is_some_and(|last| now - last <= GAP);
            let began = level.began.min(now);
            self.pending_since = match self.pending_since {
                Some(since) if firing || fresh => Some(since.min(began)),
                _ => Some(began),
            };
            self.last_true = Some(now);
            let held = self.pending_since.map_or(TimeDelta::zero(), |since| at - since);
            if !firing && !level.grace && held >= level.needed {
                self.firing_since = Some(now);
            }
        } else if !firing || self.last_true.is_none_or(|last| now - last >= keep) {
            *self = Self::default();
        }
    }
}

impl From<Vec<Entry>> for Memory {
    fn from(entries: Vec<Entry>) -> Self {
        Self { entries: entries.into_iter().map(|entry| ((entry.rule, entry.key.clone()), entry)).collect() }
    }
}

impl From<Memory> for Vec<Entry> {
    fn from(memory: Memory) -> Self {
        memory.entries.into_values().collect()
    }
}
