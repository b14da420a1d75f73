//! What must hold for every order of rounds, clicks, jumps of the clock and crashes.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use proptest::prelude::*;

use super::tests::{Office, finding, person};
use super::*;
use crate::model::alert::{AlertNumber, Status};
use crate::model::finding::{Finding, Rule, Severity};
use crate::model::signal::Signal;
use crate::model::subject::Subject;
use crate::model::time::Moment;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Event {
    /// A check: which services are how bad (0: fine).
    Round { bad: [u8; 3], crash: bool },
    /// A person presses something on some alert.
    Press { which: usize, what: u8, crash: bool },
    /// Time passes, or the clock is set.
    Clock(i64),
}

const SERVICES: [&str; 3] = ["web", "checkout", "payments"];

fn events() -> impl Strategy<Value = Vec<Event>> {
    let round =
        (prop::array::uniform3(0_u8..4), any::<bool>()).prop_map(|(bad, crash)| Event::Round { bad, crash });
    let press = (0_usize..4, 0_u8..5, any::<bool>()).prop_map(|(which, what, crash)| Event::Press {
        which,
        what,
        crash,
    });
    let clock = prop_oneof![
        8 => 1_i64..20,
        1 => Just(60_i64),
        1 => Just(-60_i64),
        1 => Just(300_i64),
    ]
    .prop_map(Event::Clock);
    prop::collection::vec(prop_oneof![5 => round, 2 => press, 4 => clock], 1..60)
}

/// The world beside the book: since when each finding holds, and what was said.
struct Story {
    office: Office,
    since: BTreeMap<String, Moment>,
    news: BTreeMap<AlertNumber, u32>,
}

impl Story {
    fn findings(&mut self, bad: [u8; 3]) -> Vec<Finding> {
        let now = self.office.now;
        let mut found = Vec::new();
        for (service, bad) in SERVICES.iter().zip(bad) {
            let kinds = [
                (bad == 1 || bad == 3, Rule::Threshold, Signal::ApiResponseTime),
                (bad == 2, Rule::NotAnswering, Signal::Answering),
                (bad == 3, Rule::Threshold, Signal::Memory),
            ];
            for (holds, rule, signal) in kinds {
                let id = format!("{service} {rule:?} {signal}");
                if !holds {
                    self.since.remove(&id);
                    continue;
                }
                let since = *self.since.entry(id).or_insert(now);
                let subject = Subject::service("prod", service);
                let severity = if bad == 1 { Severity::Warning } else { Severity::Critical };
                found.push(Finding { severity, ..finding(rule, signal, subject, since.min(now), now) });
            }
        }
        found
    }

    fn round(&mut self, bad: [u8; 3], crash: bool) {
        let found = self.findings(bad);
        let Office { book, now, settings, .. } = &self.office;
        let changes = fold(book, &found, *now, settings);
        if crash {
            // Killed before anything was stored: the same step gives the same result.
            assert_eq!(fold(book, &found, *now, settings), changes);
        }
        let held_by = |alert: &crate::model::alert::Alert, finding: &Finding| {
            alert.findings.iter().any(|held| held.key == finding.key)
        };
        for change in &changes {
            let before = self.office.book.alerts.iter().find(|alert| alert.id == change.alert.id).cloned();
            if let Some(before) = &before
                && before.is_open()
                && !change.alert.is_open()
            {
                let elsewhere = |finding: &Finding| {
                    let now =
                        |old| changes.iter().map(|change| &change.alert).find(|new| new.id == old).cloned();
                    let book = self.office.book.alerts.iter();
                    book.map(|old| now(old.id).unwrap_or_else(|| old.clone()))
                        .any(|alert| alert.is_open() && held_by(&alert, finding))
                };
                let fires = |finding: &&Finding| held_by(before, finding) && !elsewhere(finding);
                assert_eq!(found.iter().find(fires), None, "resolved although it fires: {change:?}");
            }
            let alert = self.office.keep(change);
            if change.announce == Announce::New {
                *self.news.entry(alert.number).or_default() += 1;
                assert_eq!(self.news[&alert.number], 1, "announced twice: {alert:?}");
            }
        }
        self.check(&found);
        // Killed after it was stored, before the round was noted as done: it is run again.
        let again = fold(&self.office.book, &found, self.office.now, &self.office.settings);
        if let Some(change) = again.first() {
            let kept = self.office.book.alerts.iter().find(|alert| alert.id == change.alert.id);
            panic!("a repeated round changes {kept:#?}\nto {change:#?}");
        }
    }

    fn press(&mut self, which: usize, what: u8, crash: bool) {
        let Office { book, now, settings, .. } = &self.office;
        let Some(alert) = book.alerts.get(which) else { return };
        let act = match what {
            0 => Act::Acknowledge,
            1 => Act::Resolve { text: None },
            2 => Act::Silence { until: *now + TimeDelta::minutes(30) },
            3 => Act::FalseAlarm,
            _ => Act::Undo,
        };
        let result = apply(alert, &act, &person("alice"), *now, settings);
        if crash {
            assert_eq!(apply(alert, &act, &person("alice"), *now, settings), result);
        }
        let Ok(change) = result else { return };
        assert_ne!(change.announce, Announce::New, "a click is no news");
        let alert = self.office.keep(&change);
        if act != Act::Undo && !matches!(act, Act::Silence { .. }) {
            let twice = apply(&alert, &act, &person("bob"), self.office.now, &self.office.settings);
            assert!(twice.is_err(), "the second click was not refused: {twice:?}");
        }
    }

    /// No finding is lost, every open alert fires, numbers are used once.
    fn check(&self, found: &[Finding]) {
        let Office { book, now, .. } = &self.office;
        for finding in found {
            let open = book.alerts.iter().filter(|alert| alert.is_open());
            let homes =
                open.filter(|alert| alert.findings.iter().any(|held| held.key == finding.key)).count();
            let closed_by_hand = book.alerts.iter().any(|alert| {
                alert
                    .resolved
                    .as_ref()
                    .is_some_and(|ended| ended.by.is_some() && *now - ended.at < TimeDelta::hours(4))
            });
            assert!(homes == 1 || (homes == 0 && closed_by_hand), "{homes} alerts hold {finding:?}");
        }
        for alert in &book.alerts {
            if alert.is_open() {
                let held = |key| found.iter().any(|finding| finding.key == key);
                assert!(alert.findings.iter().all(|finding| held(finding.key.clone())), "{alert:?}");
                assert!(!alert.findings.is_empty());
            }
            assert_eq!(alert.resolved.is_some(), alert.status == Status::Resolved);
            let same =
                book.alerts.iter().filter(|other| other.number == alert.number || other.id == alert.id);
            assert_eq!(same.count(), 1, "a number was used twice");
            let quiet = alert.silenced.is_some();
            assert!(!alert.is_open() || quiet || alert.ledger.told.is_some(), "never announced: {alert:?}");
            if let Some(told) = &alert.ledger.told
                && !quiet
            {
                assert_eq!(
                    (told.status, told.severity >= alert.severity || !alert.is_open()),
                    (alert.status, true)
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_events_loses_or_repeats_anything(events in events()) {
        let mut story = Story { office: Office::new(), since: BTreeMap::new(), news: BTreeMap::new() };
        for event in events {
            match event {
                Event::Round { bad, crash } => story.round(bad, crash),
                Event::Press { which, what, crash } => story.press(which, what, crash),
                Event::Clock(minutes) => story.office.now += TimeDelta::minutes(minutes),
            }
        }
    }
}
