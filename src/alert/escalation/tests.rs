//! Each step once, whatever happens in between.

use chrono::TimeDelta;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::alert::tests::{Office, finding, minutes, person, start};
use crate::alert::{Act, Change, apply, fold};
use crate::model::finding::{Finding, Rule};
use crate::model::page::Paged;
use crate::model::signal::Signal;
use crate::model::subject::Subject;

fn steps() -> Policy {
    let channel = |name: &str| vec![Recipient::Channel(name.to_owned())];
    let first = Step { targets: channel("#oncall"), ..Step::page(5, Vec::new()) };
    let late = Step { targets: channel("#managers"), ..Step::page(60, Vec::new()) };
    Policy { steps: vec![first, Step::page(15, Vec::new()), late] }
}

/// An alert and whoever is told about it; written as the announcer and the flow write them.
struct Night {
    office: Office,
    policy: Policy,
    /// Who was told, when.
    told: Vec<(Recipient, Moment)>,
}

impl Night {
    fn begin() -> Self {
        Self { office: Office::new(), policy: steps(), told: Vec::new() }
    }

    fn trouble(&self) -> Finding {
        let (subject, now) = (Subject::service("prod", "checkout"), self.office.now);
        finding(
            Rule::Threshold,
            Signal::ApiResponseTime,
            subject,
            start() - minutes(3).min(now - start()),
            now,
        )
    }

    fn keep(&mut self, mut change: Change) -> Alert {
        change.alert.ledger.escalation = plan(&change.alert, &self.policy, self.office.now);
        self.office.keep(&change)
    }

    fn round(&mut self, firing: bool) {
        let found = if firing { vec![self.trouble()] } else { Vec::new() };
        for change in fold(&self.office.book, &found, self.office.now, &self.office.settings) {
            self.keep(change);
        }
    }

    fn alert(&self) -> &Alert {
        self.office.book.alerts.last().expect("there is an alert")
    }

    /// One look, as the flow takes it; `crash`: nothing of it was stored.
    fn look(&mut self, crash: bool) {
        let now = self.office.now;
        let Some(alert) = self.office.book.alerts.last_mut() else { return };
        if let Some(plan) = caught_up(alert, now).filter(|_| !crash) {
            alert.ledger.escalation = Some(plan);
        }
        for at in due(alert, now) {
            let plan = alert.ledger.escalation.as_mut().expect("it has a plan");
            if crash {
                continue;
            }
            let targets = plan.steps[at].step.targets.clone();
            plan.steps[at].done = Some(Done { at: now, deliveries: Vec::new(), missed: None });
            self.told.extend(targets.into_iter().map(|recipient| (recipient, now)));
        }
    }

    fn act(&mut self, act: &Act) -> bool {
        let Some(alert) = self.office.book.alerts.last().cloned() else { return false };
        match apply(&alert, act, &person("alice"), self.office.now, &self.office.settings) {
            Ok(change) => {
                self.keep(change);
                true
            }
            Err(_) => false,
        }
    }

    fn after(&mut self, later: TimeDelta) -> &mut Self {
        self.office.now += later;
        self.round(true);
        self.look(false);
        self
    }

    fn told(&self) -> Vec<String> {
        let said = self.told.iter();
        said.map(|(to, at)| format!("{to} {}", (*at - start()).num_minutes())).collect()
    }
}

#[test]
fn who_does_not_react_is_followed_by_the_next() {
    let mut night = Night::begin();
    night.round(true);
    for _ in 0..70 {
        night.after(minutes(1));
    }
    assert_eq!(night.told(), ["#oncall 5", "PagerDuty 15", "#managers 60"]);
}

#[test]
fn an_acknowledgement_stops_it_and_its_end_begins_anew() {
    let mut night = Night::begin();
    night.round(true);
    night.after(minutes(6));
    assert!(night.act(&Act::Acknowledge));
    let until = night.office.settings.acknowledgement_minutes;
    night.after(minutes(i64::from(until) - 1));
    assert_eq!(night.told(), ["#oncall 5".replace('5', "6")]);
    night.after(minutes(2)); // It expired.
    night.after(minutes(14));
    assert_eq!(night.told().len(), 2, "{:?}", night.told());
    night.after(minutes(1));
    assert_eq!(night.told().len(), 3, "{:?}", night.told());
}

#[test]
fn an_outage_delays_each_step_and_repeats_none() {
    let mut night = Night::begin();
    night.round(true);
    night.look(true);
    night.after(minutes(180));
    night.after(minutes(1));
    assert_eq!(night.told(), ["#oncall 180", "PagerDuty 180", "#managers 180"]);
}

#[test]
fn a_clock_that_was_set_back_makes_nobody_wait_longer_than_the_step_says() {
    let mut night = Night::begin();
    night.round(true);
    night.after(minutes(-60));
    assert_eq!(next_due(night.alert()), Some(start() - minutes(60) + minutes(5)));
    night.after(minutes(15));
    assert_eq!(night.told(), ["#oncall -45", "PagerDuty -45"]);
}

#[test]
fn warnings_and_what_nobody_was_told_of_page_nobody() {
    let mut alert = {
        let mut night = Night::begin();
        night.round(true);
        night.alert().clone()
    };
    alert.severity = Severity::Warning;
    assert_eq!(plan(&alert, &steps(), start()), None);
    alert.severity = Severity::Critical;
    alert.ledger.told = None;
    assert_eq!(plan(&alert, &steps(), start()), None);
}

#[test]
fn quiet_puts_a_step_off_by_its_own_time() {
    let mut night = Night::begin();
    night.round(true);
    let plan = night.alert().ledger.escalation.clone().expect("a plan");
    let later = put_off(&plan, start() + minutes(5));
    let dues: Vec<i64> = later.steps.iter().map(|step| (step.due - start()).num_minutes()).collect();
    assert_eq!(dues, [10, 15, 60]);
}

#[test]
fn what_reached_nobody_is_found_once() {
    let mut night = Night::begin();
    night.round(true);
    night.after(minutes(15));
    let mut alert = night.alert().clone();
    let id = DeliveryId(Uuid::from_u128(1));
    let steps = &mut alert.ledger.escalation.as_mut().expect("a plan").steps;
    steps[1].done.as_mut().expect("taken").deliveries.push(id);
    let now = night.office.now;
    let refused = |_| Fate::GivenUp("HTTP 400".to_owned());
    let waits = |_| Fate::Waiting(Some("HTTP 500".to_owned()));
    assert_eq!(missed(&alert, now, |_| Fate::Settled), []);
    assert_eq!(missed(&alert, now, refused), [(1, "HTTP 400".to_owned())]);
    assert_eq!(missed(&alert, now, waits), []);
    assert_eq!(missed(&alert, now + minutes(6), waits)[0].1, "not delivered after 5 min: HTTP 500");
    assert_eq!(troubles(&alert, now), Vec::<String>::new());
    let steps = &mut alert.ledger.escalation.as_mut().expect("a plan").steps;
    steps[1].done.as_mut().expect("taken").missed = Some("HTTP 400".to_owned());
    assert_eq!(missed(&alert, now, refused), []);
    assert_eq!(troubles(&alert, now), ["PagerDuty was not reached about #1: HTTP 400"]);
    let long = now + minutes(120);
    assert_eq!(troubles(&alert, long)[1], "#managers should have been told about #1 by now, and was not");
}

#[test]
fn the_paging_service_hears_of_each_state_once() {
    let mut night = Night::begin();
    night.round(true);
    let mut alert = night.alert().clone();
    assert_eq!(page_state(&alert), None, "nobody was called");
    let delivery = DeliveryId(Uuid::from_u128(1));
    alert.ledger.paged = Some(Paged { round: 1, state: PageState::Triggered, delivery });
    assert_eq!(page_state(&alert), None);
    alert.status = Status::Acknowledged;
    assert_eq!(page_state(&alert), Some(PageState::Acknowledged));
    alert.ledger.paged = Some(Paged { round: 1, state: PageState::Acknowledged, delivery });
    assert_eq!(page_state(&alert), None);
    alert.status = Status::Resolved;
    assert_eq!(page_state(&alert), Some(PageState::Resolved));
}

/// One thing that happens in a night.
#[derive(Debug, Clone)]
enum Event {
    Round(bool),
    Look { crash: bool },
    Press(u8),
    Clock(i64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let clock = prop_oneof![6 => 1_i64..12, 1 => Just(60_i64), 1 => Just(-60_i64), 1 => Just(180_i64)];
    let event = prop_oneof![
        3 => prop::bool::weighted(0.9).prop_map(Event::Round),
        5 => any::<bool>().prop_map(|crash| Event::Look { crash }),
        1 => (0_u8..4).prop_map(Event::Press),
        4 => clock.prop_map(Event::Clock),
    ];
    prop::collection::vec(event, 1..80)
}

proptest! {
    /// Restarts, jumps of the clock, outages, clicks, in any order: a step is taken once for each time
    /// that the alert is left alone, and never while somebody has it, it is silenced or over.
    #[test]
    fn each_step_is_taken_once_and_never_when_somebody_has_it(events in events()) {
        let mut night = Night::begin();
        night.round(true);
        let mut left_alone = 1;
        let mut before = (waits(night.alert()), night.alert().id);
        for event in events {
            match event {
                Event::Round(firing) => night.round(firing),
                Event::Look { crash } => {
                    let told = night.told.len();
                    night.look(crash);
                    let alert = night.alert();
                    let may = alert.status == Status::Firing && alert.silenced.is_none();
                    prop_assert!(may || night.told.len() == told, "paged although {:?}", alert.status);
                    let (again, now) = (night.told.len(), night.office.now);
                    if !crash {
                        night.look(false);
                        prop_assert_eq!(night.told.len(), again, "a second look repeats a step");
                        prop_assert!(due(night.alert(), now).is_empty());
                    }
                }
                Event::Press(what) => {
                    let silence = Act::Silence { until: night.office.now + minutes(30) };
                    night.act(match what {
                        0 => &Act::Acknowledge,
                        1 => &Act::Resolve { text: None },
                        2 => &silence,
                        _ => &Act::Undo,
                    });
                }
                Event::Clock(by) => night.office.now += minutes(by),
            }
            let after = (waits(night.alert()), night.alert().id);
            if after.0 && (!before.0 || before.1 != after.1) {
                left_alone += 1;
            }
            before = after;
            for step in steps().steps {
                let times = night.told.iter().filter(|(to, _)| step.targets.contains(to)).count();
                prop_assert!(times <= left_alone, "{} told {times} times in {left_alone}", names(&step));
            }
        }
        // Nothing is lost: if it waits now, everybody is told once an hour has passed.
        let told = night.told.len();
        if waits(night.alert()) {
            let open = night.alert().ledger.escalation.clone().expect("who waits has a plan");
            let open = open.steps.iter().filter(|planned| planned.done.is_none()).count();
            night.look(false);
            night.office.now += minutes(61);
            night.look(false);
            prop_assert_eq!(night.told.len() - told, open);
        }
    }
}
