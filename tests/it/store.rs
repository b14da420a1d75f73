//! The store keeps what it was given, on both engines alike. Each case below runs on SQLite as a
//! test of its own, and on PostgreSQL one after the other on one server.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta};
use quad::model::alert::{Acknowledgement, Alert, AlertNumber, Resolution, Status};
use quad::model::answer::Answer;
use quad::model::change::{Change, Decided, Planned, Standing};
use quad::model::deployment::{Deployment, Learned};
use quad::model::finding::Severity;
use quad::model::inbound::{Inbound, Said};
use quad::model::outgoing::{DeliveryId, Kind, Outgoing, Place, Platform, Receipt, Target};
use quad::model::person::{Person, Role};
use quad::model::request::{Query, Scope};
use quad::model::sample::{Baseline, Observation, Sample, Season, Series, SeriesKey};
use quad::model::signal::Signal;
use quad::model::source::{Call, SourceHealth};
use quad::model::subject::Subject;
use quad::model::thread::Remembered;
use quad::model::time::{Moment, TimeRange};
use quad::model::uptime::Evidence;
use quad::store::{AuditLine, Content, NewMessage, Store, ThreadKey};

use crate::support::postgres::Postgres;

macro_rules! on_both_engines {
    ($($case:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let store = open(&format!("sqlite:{}", folder.path().join("new/quad.db").display())).await;
                cases::$case(store).await;
            }
        )*

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn all_of_this_holds_on_postgresql() {
            let server = Postgres::start();
            $(
                let store = open(&server.fresh_database()).await;
                println!("{}", stringify!($case));
                // A task of its own, so that a panic tells which case it was and the server still ends.
                tokio::spawn(cases::$case(store)).await.unwrap_or_else(|_| panic!("{}", stringify!($case)));
            )*
        }
    };
}

on_both_engines! {
    values_come_back_whatever_their_age
    the_newest_value_and_the_known_keys
    history_fills_gaps_and_changes_nothing_twice
    old_points_give_way_to_hours_and_those_to_nothing
    late_values_reach_their_hour
    baselines_by_hour_of_week
    a_minute_counts_once_and_days_outlive_minutes
    an_alert_keeps_its_number_and_story
    of_two_who_change_an_alert_one_is_first
    many_who_change_an_alert_lose_nothing
    the_loop_and_a_click_never_wait_for_each_other
    a_dropped_transaction_leaves_nothing
    a_root_message_tells_its_alert
    the_same_event_is_accepted_once
    claimed_messages_come_back_after_a_crash
    workers_share_messages_without_doubles
    workers_claim_each_delivery_once
    an_alert_outlives_its_outbox_rows
    deployments_are_known_once
    sources_and_calls
    login_links_work_once
    talk_is_read_from_where_one_left_off
    state_and_audit
    a_place_remembers_its_last_question
    of_two_who_decide_a_change_one_is_first
}

/// Three days of twelve noisy series at 30 s, jittered: the shapes that services really have.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_point_costs_less_than_four_bytes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("quad.db");
    let store = open(&format!("sqlite:{}", file.display())).await;
    let mut noise = Noise(42);
    let mut walks = [0.0; 2];
    let ticks = 3 * 24 * 120;
    for hour in 0..ticks / 120 {
        let mut read = Vec::new();
        for tick in hour * 120..(hour + 1) * 120 {
            let at = at(0) + TimeDelta::milliseconds(tick * 30_000 + (noise.share() * 3_000.0) as i64);
            let daily = 1.0 + 0.5 * (tick as f64 / 2_880.0 * std::f64::consts::TAU).sin();
            let mut see = |signal, service: &str, value| {
                let key = SeriesKey::new(signal, Subject::service("prod", service));
                read.push(Observation { key, at, value });
            };
            for (n, service) in ["web", "checkout"].into_iter().enumerate() {
                see(Signal::ApiResponseTime, service, 120.0 * daily * (0.15 * noise.normal()).exp());
                see(Signal::Traffic, service, (80.0 * daily + 9.0 * noise.normal()).max(0.0));
                let failed = if noise.share() < 0.2 { noise.share() * 0.6 } else { 0.0 };
                see(Signal::ErrorRate, service, failed);
                see(Signal::Cpu, service, (35.0 * daily + 6.0 * noise.normal()).clamp(0.0, 100.0));
                walks[n] = (walks[n] + 2e6 * noise.normal()).clamp(-2e8, 2e8);
                see(Signal::MemoryUsed, service, 6e8 + walks[n]);
                see(Signal::Answering, service, f64::from(noise.share() < 0.999));
            }
        }
        store.record(&read).await.expect("records");
        store.housekeeping(at(hour * 60 + 65)).await.expect("keeps house");
    }
    // Of 30 days the newest 5 h at most are not packed yet, at 45 bytes a point.
    store.housekeeping(at(ticks / 2 + 360)).await.expect("keeps house");
    let packed = store.bytes_per_point().await.expect("reads").expect("has points");
    let bytes = packed + 45.0 * 5.0 / (30.0 * 24.0);
    println!("{} points: {packed:.2} bytes a packed point, {bytes:.2} over 30 days", ticks * 12);
    assert!(bytes < 4.0, "{bytes:.2} bytes a point");
}

/// A burst of events far above what a team makes, while points are recorded and packed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accepting_keeps_up_with_a_burst() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = open(&format!("sqlite:{}", folder.path().join("quad.db").display())).await;
    let others = {
        let store = store.clone();
        tokio::spawn(async move {
            for hour in 0..12 {
                let minutes = hour * 60..(hour + 1) * 60;
                let read: Vec<_> =
                    minutes.flat_map(|m| (0..10).map(move |n| seen(&format!("s{n}"), m, m as f64))).collect();
                store.record(&read).await.expect("records");
                store.housekeeping(at(hour * 60 + 65)).await.expect("keeps house");
            }
        })
    };
    let mut took = Vec::new();
    for n in 0..2_000 {
        let begun = std::time::Instant::now();
        assert!(store.accept(&inbound(&format!("Ev{n}")), at(0)).await.expect("accepts"));
        took.push(begun.elapsed());
    }
    others.await.expect("ends");
    took.sort();
    let all: std::time::Duration = took.iter().sum();
    println!(
        "2,000 events accepted in {all:?}: median {:?}, p99 {:?}, worst {:?}",
        took[1_000], took[1_980], took[1_999]
    );
}

/// Seeded noise, the same on every run.
struct Noise(u64);

impl Noise {
    /// 0 to 1.
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Normal, by Box and Muller.
    fn normal(&mut self) -> f64 {
        let (a, b) = (self.share().max(1e-300), self.share());
        (-2.0 * a.ln()).sqrt() * (b * std::f64::consts::TAU).cos()
    }
}

async fn open(url: &str) -> Store {
    Store::open(url).await.expect("opens")
}

/// 2026-01-05 00:00 UTC, a Monday, plus so many minutes.
fn at(minutes: i64) -> Moment {
    DateTime::from_timestamp(1_767_571_200, 0).expect("a moment") + TimeDelta::minutes(minutes)
}

fn minutes(from: i64, to: i64) -> TimeRange {
    TimeRange::new(at(from), at(to))
}

fn p95(service: &str) -> SeriesKey {
    SeriesKey::new(Signal::ApiResponseTime, Subject::service("prod", service))
}

fn seen(service: &str, minute: i64, value: f64) -> Observation {
    Observation { key: p95(service), at: at(minute), value }
}

fn alert() -> Alert {
    Alert {
        number: AlertNumber(0),
        id: uuid::Uuid::new_v4(),
        subject: Subject::service("prod", "checkout"),
        signal: Signal::ApiResponseTime,
        severity: Severity::Critical,
        status: Status::Firing,
        opened_at: at(0),
        since: at(-2),
        last_seen: at(0),
        findings: Vec::new(),
        acknowledged: None,
        silenced: None,
        resolved: None,
        false_alarm: None,
        reopened: 0,
        diagnosis: None,
        version: 1,
        ledger: Default::default(),
    }
}

async fn insert(store: &Store, alert: &Alert) -> AlertNumber {
    let mut tx = store.begin().await.expect("begins");
    let number = tx.insert_alert(alert).await.expect("inserts");
    tx.commit().await.expect("commits");
    number
}

fn person() -> Person {
    Person { id: "U1".to_owned(), name: "ann".to_owned(), role: Some(Role::Responder) }
}

fn inbound(event_id: &str) -> Inbound {
    Inbound {
        event_id: event_id.to_owned(),
        platform: Platform::Slack,
        place: Place { channel: "C1".to_owned(), thread: None },
        person: person(),
        said: Said::Text("why is `checkout` slow? 'quoted' \u{202e}".to_owned()),
        at: at(0),
        message: None,
        reply_url: None,
        aside: false,
        edited: false,
        said_in: None,
    }
}

fn post(channel: &str, text: &str) -> Outgoing {
    let place = Place { channel: channel.to_owned(), thread: None };
    Outgoing::new(Platform::Slack, Kind::Alert, Target::Post(place), Answer::new(text), at(0))
}

async fn enqueue(store: &Store, outgoing: &Outgoing) {
    let mut tx = store.begin().await.expect("begins");
    tx.enqueue(outgoing).await.expect("enqueues");
    tx.commit().await.expect("commits");
}

/// Claims the first delivery that waits in `channel` and marks it as sent.
async fn deliver(store: &Store, channel: &str, message: &str, now: Moment) {
    let waiting = store.outbox_waiting(Platform::Slack, channel, 10).await.expect("reads");
    let claim = store.claim(&waiting[0], now, now + TimeDelta::minutes(1)).await.expect("claims");
    let receipt = Receipt { channel: channel.to_owned(), message: message.to_owned() };
    assert!(store.sent(&claim.expect("is free"), &receipt, now).await.expect("marks"));
}

mod cases {
    use super::*;

    pub(super) async fn values_come_back_whatever_their_age(store: Store) {
        let value = |minute: i64| 100.0 + (minute % 7) as f64;
        for minute in 0..600 {
            store.record(&[seen("web", minute, value(minute))]).await.expect("records");
        }
        store.record(&[seen("web", 599, f64::NAN), seen("web", 600, f64::INFINITY)]).await.expect("skips");
        let before = store.samples(&p95("web"), minutes(10, 590)).await.expect("reads");

        let done = store.housekeeping(at(600)).await.expect("keeps house");
        assert_eq!((done.summarised, done.packed, done.expired), (1, 2, 0));

        let after = store.samples(&p95("web"), minutes(10, 590)).await.expect("reads");
        assert_eq!(before, after);
        assert_eq!(after.len(), 580);
        assert_eq!(after[0], Sample { at: at(10), value: value(10) });
        assert!(after.is_sorted_by_key(|sample| sample.at));
        assert_eq!(store.samples(&p95("nobody"), minutes(0, 600)).await.expect("reads"), []);

        let hours = store.hours(&p95("web"), minutes(0, 600)).await.expect("reads");
        assert_eq!(hours.len(), 9, "the tenth hour is over by less than two minutes");
        assert_eq!((hours[0].hour, hours[0].count, hours[0].min, hours[0].max), (at(0), 60, 100.0, 106.0));
        assert_eq!(store.housekeeping(at(600)).await.expect("keeps house"), Default::default());
    }

    pub(super) async fn the_newest_value_and_the_known_keys(store: Store) {
        store
            .record(&[seen("web", 0, 1.0), seen("old", 0, 7.0), seen("web", 1, 2.0)])
            .await
            .expect("records");
        store.record(&[seen("web", 1, 3.0)]).await.expect("the later value of a second stays");
        for pass in 0..2 {
            let mut latest = store.latest(at(0)).await.expect("reads");
            latest.sort_by(|a, b| a.key.cmp(&b.key));
            assert_eq!(latest, [seen("old", 0, 7.0), seen("web", 1, 3.0)], "pass {pass}");
            assert_eq!(store.latest(at(1)).await.expect("reads"), [seen("web", 1, 3.0)], "pass {pass}");
            assert_eq!(store.keys(at(1)).await.expect("reads"), [p95("web")], "pass {pass}");
            // Second pass: the same, once the points are packed.
            store.housekeeping(at(600)).await.expect("keeps house");
        }
    }

    pub(super) async fn history_fills_gaps_and_changes_nothing_twice(store: Store) {
        for minute in 300..330 {
            store.record(&[seen("web", minute, 1.0)]).await.expect("records");
        }
        let samples = (0..120).map(|n| Sample { at: at(n * 5), value: 50.0 }).collect();
        let history = [Series { key: p95("web"), samples }];
        store.record_history(&history).await.expect("records");
        let once = store.samples(&p95("web"), minutes(0, 600)).await.expect("reads");
        assert_eq!(once.len(), 30 + 120 - 7, "where something was measured, history adds nothing");
        assert_eq!(once.iter().filter(|sample| sample.value == 1.0).count(), 30);

        store.record_history(&history).await.expect("records");
        store.housekeeping(at(600)).await.expect("keeps house");
        store.record_history(&history).await.expect("records");
        assert_eq!(store.samples(&p95("web"), minutes(0, 600)).await.expect("reads"), once);

        let hours = store.hours(&p95("web"), minutes(0, 600)).await.expect("reads");
        assert_eq!(hours.iter().map(|hour| hour.count).sum::<u32>(), 143 - 12);
        assert_eq!(hours.iter().map(|hour| hour.hour).collect::<BTreeSet<_>>().len(), hours.len());
    }

    pub(super) async fn old_points_give_way_to_hours_and_those_to_nothing(store: Store) {
        let day = 24 * 60;
        let samples = (0..28 * 24).map(|hour| Sample { at: at(hour * 60), value: hour as f64 }).collect();
        store.record_history(&[Series { key: p95("web"), samples }]).await.expect("records");
        store.housekeeping(at(28 * day)).await.expect("keeps house");

        store.housekeeping(at(45 * day)).await.expect("keeps house");
        let old = store.samples(&p95("web"), minutes(0, day)).await.expect("reads");
        assert_eq!(old.len(), 24, "means of hours stand for what was measured");
        assert_eq!(old[3], Sample { at: at(180), value: 3.0 });
        let all = store.samples(&p95("web"), minutes(0, 28 * day)).await.expect("reads");
        assert_eq!(all.len(), 28 * 24, "no hour twice where both detail and means are kept");

        store.housekeeping(at(300 * day)).await.expect("keeps house");
        assert_eq!(store.bytes_per_point().await.expect("reads"), None, "all detail has expired");
        assert_eq!(store.hours(&p95("web"), minutes(0, 28 * day)).await.expect("reads").len(), 28 * 24);
        store.housekeeping(at(500 * day)).await.expect("keeps house");
        assert_eq!(store.keys(at(0)).await.expect("reads"), []);
        store.record(&[seen("web", 500 * day, 1.0)]).await.expect("a series can come back");
        assert_eq!(store.latest(at(0)).await.expect("reads").len(), 1);
    }

    pub(super) async fn late_values_reach_their_hour(store: Store) {
        store.record(&[seen("web", 5, 1.0), seen("web", 500, 1.0)]).await.expect("records");
        store.housekeeping(at(600)).await.expect("keeps house");
        store.record(&[seen("web", 6, 3.0)]).await.expect("records");
        store.housekeeping(at(660 + 2)).await.expect("keeps house");
        let hours = store.hours(&p95("web"), minutes(0, 60)).await.expect("reads");
        assert_eq!((hours[0].count, hours[0].mean), (2, 2.0));
        assert_eq!(store.samples(&p95("web"), minutes(0, 60)).await.expect("reads").len(), 2);
    }

    pub(super) async fn baselines_by_hour_of_week(store: Store) {
        let baseline = Baseline { usual: 130.0, spread: 4.5, hours: 4, seasons: Season::HourOfWeek };
        store.put_baseline(&p95("web"), 86, &baseline).await.expect("keeps");
        let newer = Baseline { usual: 131.0, seasons: Season::AnyHour, ..baseline };
        store.put_baselines(&[(p95("web"), 86, newer), (p95("api"), 86, baseline)]).await.expect("keeps");
        assert_eq!(store.baseline(&p95("web"), 86).await.expect("reads"), Some(newer));
        assert_eq!(store.baseline(&p95("web"), 87).await.expect("reads"), None);
        assert_eq!(store.baseline(&p95("nobody"), 86).await.expect("reads"), None);
        let all: BTreeMap<_, _> =
            store.baselines_at(86).await.expect("reads").into_iter().map(|(k, b)| (k, b.usual)).collect();
        assert_eq!(all, BTreeMap::from([(p95("api"), 130.0), (p95("web"), 131.0)]));
    }

    pub(super) async fn a_minute_counts_once_and_days_outlive_minutes(store: Store) {
        let web = Subject::service("prod", "web");
        let mark = |minute, evidence| (web.clone(), at(minute), evidence);
        let (answered, failed) = (Evidence::ANSWERED, Evidence::FAILED);
        let at_ten = |minute| if minute % 10 == 0 { failed } else { answered };
        let day: Vec<_> = (0..24 * 60).map(|minute| mark(minute, at_ten(minute))).collect();
        store.mark_minutes(&day).await.expect("marks");
        // Another source saw minute 0 answered, and 59 and 10 not; its page is no answer to that.
        let others = [mark(59, failed), mark(10, Evidence::REACHABLE), mark(0, answered)];
        store.mark_minutes(&others).await.expect("marks again");
        store.mark_minutes(&[mark(0, failed), mark(10, failed)]).await.expect("marks again");

        let of = |range| {
            let store = store.clone();
            async move {
                let uptime = store.uptime(range).await.expect("reads");
                uptime.iter().map(|up| (up.seen, up.good)).collect::<Vec<_>>()
            }
        };
        assert_eq!(of(minutes(0, 60)).await, [(60, 55)], "one who was answered is enough");
        assert_eq!(of(minutes(0, 1)).await, [(1, 1)]);
        assert_eq!(of(minutes(50, 70)).await, [(20, 18)]);
        assert_eq!(of(minutes(-60, 0)).await, []);
        let whole = of(minutes(0, 24 * 60)).await;

        store.housekeeping(at(40 * 24 * 60)).await.expect("keeps house");
        assert_eq!(of(minutes(0, 24 * 60)).await, whole, "kept by day");
        store.housekeeping(at(800 * 24 * 60)).await.expect("keeps house");
        assert_eq!(of(minutes(0, 24 * 60)).await, [], "25 months are over");
    }

    pub(super) async fn an_alert_keeps_its_number_and_story(store: Store) {
        let number = insert(&store, &alert()).await;
        assert_eq!((number, insert(&store, &alert()).await), (AlertNumber(1), AlertNumber(2)));
        let mut read = store.alert(number).await.expect("reads").expect("is there");
        assert_eq!((read.number, read.version, read.status), (number, 1, Status::Firing));

        read.status = Status::Acknowledged;
        read.acknowledged = Some(Acknowledgement { by: "ann".to_owned(), at: at(3), until: at(63) });
        let mut tx = store.begin().await.expect("begins");
        assert!(tx.update_alert(&read).await.expect("updates"));
        tx.add_event(number, at(3), Some("ann"), "acknowledged").await.expect("adds");
        tx.add_event(number, at(3), None, "diagnosed").await.expect("adds");
        tx.commit().await.expect("commits");

        let mut read = store.alert(number).await.expect("reads").expect("is there");
        assert_eq!((read.version, read.status), (2, Status::Acknowledged));
        let events = store.alert_events(number).await.expect("reads");
        assert_eq!(
            events.iter().map(|e| (e.who.as_deref(), e.what.as_str())).collect::<Vec<_>>(),
            [(Some("ann"), "acknowledged"), (None, "diagnosed")]
        );

        assert_eq!(store.open_alerts().await.expect("reads").len(), 2);
        read.status = Status::Resolved;
        read.resolved = Some(Resolution { at: at(10), by: None, text: None });
        let mut tx = store.begin().await.expect("begins");
        assert!(tx.update_alert(&read).await.expect("updates"));
        tx.commit().await.expect("commits");
        assert_eq!(store.open_alerts().await.expect("reads").len(), 1);
        let between = |from, to| {
            let store = store.clone();
            async move {
                let alerts = store.alerts_between(minutes(from, to)).await.expect("reads");
                alerts.iter().map(|alert| alert.number.0).collect::<Vec<_>>()
            }
        };
        assert_eq!(between(5, 6).await, [1, 2]);
        assert_eq!(between(11, 20).await, [2]);
        assert_eq!(between(-20, 0).await, [0i64; 0]);
        assert_eq!(store.alert(AlertNumber(99)).await.expect("reads"), None);
    }

    pub(super) async fn of_two_who_change_an_alert_one_is_first(store: Store) {
        let number = insert(&store, &alert()).await;
        let read = store.alert(number).await.expect("reads").expect("is there");
        let mut tx = store.begin().await.expect("begins");
        assert!(tx.update_alert(&read).await.expect("updates"));
        assert!(!tx.update_alert(&read).await.expect("updates"), "that version is gone");
        tx.commit().await.expect("commits");
    }

    pub(super) async fn many_who_change_an_alert_lose_nothing(store: Store) {
        let number = insert(&store, &alert()).await;
        let bump = |store: Store| async move {
            for _ in 0..25 {
                loop {
                    let mut read = store.alert(number).await.expect("reads").expect("is there");
                    read.reopened += 1;
                    let mut tx = store.begin().await.expect("begins");
                    if tx.update_alert(&read).await.expect("updates") {
                        tx.commit().await.expect("commits");
                        break;
                    }
                }
            }
        };
        let tasks: Vec<_> = (0..8).map(|_| tokio::spawn(bump(store.clone()))).collect();
        for task in tasks {
            task.await.expect("ends");
        }
        let read = store.alert(number).await.expect("reads").expect("is there");
        assert_eq!((read.reopened, read.version), (200, 201));
    }

    pub(super) async fn the_loop_and_a_click_never_wait_for_each_other(store: Store) {
        let numbers = [insert(&store, &alert()).await, insert(&store, &alert()).await];
        // The loop changes one alert after the other, a click the other one first.
        let change = |store: Store, order: [AlertNumber; 2], click: bool| async move {
            for _ in 0..40 {
                let mut tx = store.begin().await?;
                tx.take_books().await?;
                for number in order {
                    let read = store.alert(number).await?.expect("is there");
                    assert!(tx.update_alert(&read).await?, "whoever holds the books is alone");
                    tx.add_event(number, at(1), None, "changed").await?;
                    tx.enqueue(&post("C1", "changed")).await?;
                    if click {
                        let (who_id, who_name) = ("U1".to_owned(), "ann".to_owned());
                        let (what, subject, outcome) = ("ack".to_owned(), "1".to_owned(), "done".to_owned());
                        let line = AuditLine { at: at(1), who_id, who_name, what, subject, outcome };
                        tx.add_audit(&line).await?;
                    }
                }
                tx.commit().await?;
            }
            anyhow::Ok(())
        };
        let [one, other] = numbers;
        let tasks = [
            tokio::spawn(change(store.clone(), [one, other], false)),
            tokio::spawn(change(store.clone(), [other, one], true)),
            tokio::spawn(change(store.clone(), [other, one], true)),
        ];
        for task in tasks {
            task.await.expect("ends").expect("no deadlock");
        }
        for number in numbers {
            assert_eq!(store.alert(number).await.expect("reads").expect("is there").version, 121);
        }
    }

    pub(super) async fn a_dropped_transaction_leaves_nothing(store: Store) {
        let mut tx = store.begin().await.expect("begins");
        tx.insert_alert(&alert()).await.expect("inserts");
        tx.enqueue(&post("C1", "never said")).await.expect("enqueues");
        drop(tx);
        assert_eq!(store.open_alerts().await.expect("reads"), []);
        assert_eq!(store.outbox_size().await.expect("reads"), 0);
        assert_eq!(insert(&store, &alert()).await, AlertNumber(1), "its number was not used up");
    }

    pub(super) async fn a_root_message_tells_its_alert(store: Store) {
        let number = insert(&store, &alert()).await;
        let root = post("C1", "checkout is slow");
        let mut tx = store.begin().await.expect("begins");
        tx.announce(number, &root).await.expect("announces");
        tx.commit().await.expect("commits");
        assert_eq!(store.alert_announcements(number).await.expect("reads"), [(Platform::Slack, root.id)]);

        let thread =
            |thread: Option<&str>| Place { channel: "C1".to_owned(), thread: thread.map(Into::into) };
        let under = async |place| store.alert_under(Platform::Slack, &place).await.expect("reads");
        assert_eq!(under(thread(Some("17.1"))).await, None, "not sent yet");
        deliver(&store, "C1", "17.1", at(1)).await;
        assert_eq!(under(thread(Some("17.1"))).await, Some(number));
        assert_eq!(under(thread(Some("18.2"))).await, None);
        assert_eq!(under(thread(None)).await, None);
    }

    pub(super) async fn the_same_event_is_accepted_once(store: Store) {
        let tasks: Vec<_> = (0..40)
            .map(|n| {
                let store = store.clone();
                tokio::spawn(async move {
                    store.accept(&inbound(&format!("Ev{}", n % 5)), at(0)).await.expect("accepts")
                })
            })
            .collect();
        let mut accepted = 0;
        for task in tasks {
            accepted += usize::from(task.await.expect("ends"));
        }
        assert_eq!(accepted, 5);
    }

    pub(super) async fn claimed_messages_come_back_after_a_crash(store: Store) {
        assert!(store.accept(&inbound("Ev1"), at(0)).await.expect("accepts"));
        assert!(store.accept(&inbound("Ev2"), at(0)).await.expect("accepts"));
        let (first, message) = store.next_inbound(at(0)).await.expect("claims").expect("is there");
        assert_eq!(message, inbound("Ev1"));
        let (second, _) = store.next_inbound(at(0)).await.expect("claims").expect("is there");
        assert_eq!(store.next_inbound(at(1)).await.expect("claims"), None);

        let mut tx = store.begin().await.expect("begins");
        tx.inbound_done(second, None).await.expect("marks");
        tx.commit().await.expect("commits");
        let (again, _) = store.next_inbound(at(2)).await.expect("claims").expect("the lease is over");
        assert_eq!(again, first);
        for minute in [4, 6, 8] {
            assert!(store.next_inbound(at(minute)).await.expect("claims").is_some());
        }
        assert_eq!(store.next_inbound(at(10)).await.expect("claims"), None, "five times are enough");
    }

    pub(super) async fn workers_share_messages_without_doubles(store: Store) {
        for n in 0..60 {
            store.accept(&inbound(&format!("Ev{n}")), at(0)).await.expect("accepts");
        }
        let tasks: Vec<_> = (0..6)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let mut mine = Vec::new();
                    while let Some((id, _)) = store.next_inbound(at(0)).await.expect("claims") {
                        mine.push(id);
                    }
                    mine
                })
            })
            .collect();
        let mut all = Vec::new();
        for task in tasks {
            all.extend(task.await.expect("ends"));
        }
        assert_eq!(all.len(), 60);
        assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 60);
    }

    pub(super) async fn workers_claim_each_delivery_once(store: Store) {
        let mut tx = store.begin().await.expect("begins");
        for n in 0..400 {
            tx.enqueue(&post("C1", &format!("message {n}"))).await.expect("enqueues");
        }
        tx.commit().await.expect("commits");

        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let mut mine: Vec<DeliveryId> = Vec::new();
                    for row in store.outbox_waiting(Platform::Slack, "C1", 1_000).await.expect("reads") {
                        if let Some(claim) = store.claim(&row, at(1), at(2)).await.expect("claims") {
                            mine.push(claim.outgoing.id);
                        }
                    }
                    mine
                })
            })
            .collect();
        let mut all = Vec::new();
        for task in tasks {
            all.extend(task.await.expect("ends"));
        }
        assert_eq!(all.len(), 400);
        assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 400);

        let row = &store.outbox_waiting(Platform::Slack, "C1", 1).await.expect("reads")[0];
        assert_eq!(store.claim(row, at(1), at(2)).await.expect("claims"), None, "its lease holds");
        let claim = store.claim(row, at(2), at(3)).await.expect("claims").expect("its lease is over");
        assert!(claim.doubt, "the first send may have arrived");
    }

    pub(super) async fn an_alert_outlives_its_outbox_rows(store: Store) {
        let number = insert(&store, &alert()).await;
        let root = post("C1", "checkout is slow");
        let mut tx = store.begin().await.expect("begins");
        tx.announce(number, &root).await.expect("announces");
        tx.commit().await.expect("commits");
        deliver(&store, "C1", "17.1", at(1)).await;
        let other = post("C2", "by the way");
        enqueue(&store, &other).await;
        deliver(&store, "C2", "17.2", at(1)).await;

        store.housekeeping(at(60 * 24 * 60)).await.expect("keeps house");
        assert!(store.receipt(root.id).await.expect("reads").is_some());
        assert_eq!(store.receipt(other.id).await.expect("reads"), None);

        // A reply under something that nobody knows must not take the transaction with it.
        let lost = Outgoing { target: Target::Under(other.id), ..post("C2", "lost") };
        enqueue(&store, &lost).await;
        assert_eq!(store.given_up(at(0)).await.expect("reads")[0].outgoing.id, lost.id);
    }

    pub(super) async fn deployments_are_known_once(store: Store) {
        let deployment = Deployment {
            service: "checkout".to_owned(),
            environment: "prod".to_owned(),
            version: "v1.2.3".to_owned(),
            previous: Some("v1.2.2".to_owned()),
            at: at(5),
            took_seconds: Some(90),
            learned: Learned::Hook,
        };
        assert!(store.add_deployment(&deployment).await.expect("adds"));
        let again = Deployment {
            learned: Learned::VersionLabel,
            at: at(5) + TimeDelta::seconds(20),
            ..deployment.clone()
        };
        assert!(!store.add_deployment(&again).await.expect("adds"));
        assert!(store.add_deployment(&Deployment { at: at(9), ..deployment.clone() }).await.expect("adds"));
        assert_eq!(store.deployments(minutes(0, 9)).await.expect("reads"), [deployment]);
    }

    pub(super) async fn sources_and_calls(store: Store) {
        let mut health = SourceHealth {
            source: "prometheus".to_owned(),
            last_ok: Some(at(0)),
            failing_since: None,
            error: None,
            gaps: Vec::new(),
        };
        store.put_source_health(&health).await.expect("keeps");
        health.error = Some("connection refused".to_owned());
        store.put_source_health(&health).await.expect("keeps");
        assert_eq!(store.source_health().await.expect("reads"), [health]);
        store.forget_source("prometheus").await.expect("forgets");
        assert_eq!(store.source_health().await.expect("reads"), []);

        let call = |to: &str| Call { environment: String::new(), from: "web".to_owned(), to: to.to_owned() };
        store.put_calls(&[call("b"), call("a"), call("a")], at(0)).await.expect("keeps");
        store.put_calls(&[call("b")], at(9)).await.expect("keeps");
        store.put_calls(&[call("b")], at(3)).await.expect("an older sighting changes nothing");
        assert_eq!(store.calls(at(0)).await.expect("reads"), [call("a"), call("b")]);
        assert_eq!(store.calls(at(9)).await.expect("reads"), [call("b")]);
    }

    pub(super) async fn login_links_work_once(store: Store) {
        store.put_login("h1", &person(), at(10)).await.expect("keeps");
        store.put_login("h2", &person(), at(10)).await.expect("keeps");
        let tries: Vec<_> = (0..8)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { store.take_login("h1", at(1)).await.expect("takes") })
            })
            .collect();
        let mut worked = 0;
        for one in tries {
            worked += usize::from(one.await.expect("ends") == Some(person()));
        }
        assert_eq!(worked, 1);
        assert_eq!(store.take_login("h2", at(10)).await.expect("takes"), None, "expired");

        store.put_session("s1", &person(), at(10)).await.expect("keeps");
        assert_eq!(store.session("s1", at(9)).await.expect("reads"), Some(person()));
        assert_eq!(store.session("s1", at(10)).await.expect("reads"), None);
        store.end_session("s1").await.expect("ends");
        assert_eq!(store.session("s1", at(9)).await.expect("reads"), None);
    }

    pub(super) async fn talk_is_read_from_where_one_left_off(store: Store) {
        let mut changes = store.talk_changes();
        let delivery = DeliveryId(uuid::Uuid::new_v4());
        let message = NewMessage {
            conversation: "page",
            thread: None,
            author: "quad",
            delivery: Some(delivery),
            at: at(0),
        };
        let answer = |text: &str| Content::Answer(Answer::new(text));
        let mut tx = store.begin().await.expect("begins");
        let asked = NewMessage { author: "ann", delivery: None, ..message.clone() };
        let first = tx.say(&asked, &Content::Text("<b>hi</b>".to_owned())).await.expect("says");
        let id = tx.say(&message, &answer("All three answer.")).await.expect("says");
        assert_eq!(tx.say(&message, &answer("All three answer.")).await.expect("says"), id, "kept once");
        tx.commit().await.expect("commits");
        changes.changed().await.expect("somebody said something");

        let all = store.messages("page", 0, 10).await.expect("reads");
        assert_eq!(all.iter().map(|m| m.id).collect::<Vec<_>>(), [first, id]);
        assert_eq!(store.messages("page", first, 10).await.expect("reads").len(), 1);
        assert_eq!(store.newest_messages("page", "U1", 1).await.expect("reads")[0].id, id);
        assert_eq!(store.messages("other", 0, 10).await.expect("reads"), []);
        let seen = all.iter().map(|m| m.revision).max().expect("two");

        let mut tx = store.begin().await.expect("begins");
        assert!(tx.edit_message(first, &Content::Text("hi".to_owned()), at(1)).await.expect("edits"));
        assert!(!tx.edit_message(99, &answer("nobody"), at(1)).await.expect("edits"));
        tx.commit().await.expect("commits");
        let changed = store.changed_since("page", "U1", seen, 10).await.expect("reads");
        assert_eq!(changed.iter().map(|m| (m.id, m.edited_at)).collect::<Vec<_>>(), [(first, Some(at(1)))]);
        assert_eq!(store.message_of(delivery).await.expect("reads").map(|m| m.id), Some(id));

        // What is for one person's eyes is in nobody else's way.
        let seen = changed[0].revision;
        let aside = quad::store::aside("page", "U1");
        let alone = NewMessage { conversation: &aside, delivery: None, ..message };
        let mut tx = store.begin().await.expect("begins");
        let alone = tx.say(&alone, &answer("You need the role responder.")).await.expect("says");
        tx.commit().await.expect("commits");
        let news = store.changed_since("page", "U1", seen, 10).await.expect("reads");
        assert_eq!(news.iter().map(|m| m.id).collect::<Vec<_>>(), [alone]);
        assert_eq!(store.changed_since("page", "U2", seen, 10).await.expect("reads"), []);
        assert!(store.newest_messages("page", "U2", 9).await.expect("reads").iter().all(|m| m.id != alone));
    }

    pub(super) async fn state_and_audit(store: Store) {
        assert_eq!(store.state::<Vec<u8>>("x").await.expect("reads"), None);
        let line = AuditLine {
            at: at(1),
            who_id: "U1".to_owned(),
            who_name: "ann".to_owned(),
            what: "acknowledge".to_owned(),
            subject: "alert #12".to_owned(),
            outcome: "done".to_owned(),
        };
        let mut tx = store.begin().await.expect("begins");
        tx.put_state("x", &[1, 2]).await.expect("puts");
        tx.put_state("x", &[3]).await.expect("puts");
        tx.add_audit(&line).await.expect("adds");
        tx.commit().await.expect("commits");
        assert_eq!(store.state::<Vec<u8>>("x").await.expect("reads"), Some(vec![3]));
        assert!(store.state::<String>("x").await.is_err(), "something else stands there");
        assert_eq!(store.audit(minutes(0, 2)).await.expect("reads"), [line]);
        assert_eq!(store.audit(minutes(2, 3)).await.expect("reads"), []);
    }

    pub(super) async fn a_place_remembers_its_last_question(store: Store) {
        let key = |thread: &str| ThreadKey {
            platform: Platform::Slack,
            channel: "C1".to_owned(),
            thread: thread.to_owned(),
        };
        let asked = |scope: Scope, minute| Remembered {
            query: Query::Latency(scope),
            choices: Vec::new(),
            at: at(minute),
        };
        assert_eq!(store.remembered(&key("1.1")).await.expect("reads"), None);
        let web = Scope { service: Some("web".to_owned()), ..Scope::default() };
        let mut tx = store.begin().await.expect("begins");
        tx.remember(&key("1.1"), &asked(Scope::default(), 1)).await.expect("keeps");
        tx.remember(&key("1.1"), &asked(web.clone(), 2)).await.expect("keeps");
        tx.commit().await.expect("commits");
        assert_eq!(store.remembered(&key("1.1")).await.expect("reads"), Some(asked(web, 2)));
        assert_eq!(store.remembered(&key("1.2")).await.expect("reads"), None);
        store.housekeeping(at(31 * 24 * 60)).await.expect("keeps house");
        assert_eq!(store.remembered(&key("1.1")).await.expect("reads"), None, "nobody goes on after a month");
    }

    pub(super) async fn of_two_who_decide_a_change_one_is_first(store: Store) {
        let mut tx = store.begin().await.expect("begins");
        let change = Change {
            number: tx.next_change().await.expect("counts"),
            planned: Planned::Alias { name: "shop".to_owned(), members: vec!["web".to_owned()] },
            asked_by: ("U1".to_owned(), "ann".to_owned()),
            asked_at: at(0),
            expires_at: at(10),
            standing: Standing::Waiting,
            shown: None,
            version: 0,
        };
        tx.add_change(&change).await.expect("keeps");
        tx.commit().await.expect("commits");
        assert_eq!(store.changes_overdue(at(9)).await.expect("reads"), []);
        assert_eq!(store.changes_overdue(at(10)).await.expect("reads"), [change.number]);

        let done = Standing::Done(Decided { by: "ben".to_owned(), at: at(1) });
        let decided = Change { standing: done, ..change.clone() };
        let mut tx = store.begin().await.expect("begins");
        assert!(tx.update_change(&decided).await.expect("writes"));
        assert!(!tx.update_change(&decided).await.expect("writes"), "that version is gone");
        tx.commit().await.expect("commits");
        let kept = store.change(change.number).await.expect("reads").expect("is kept");
        assert_eq!(kept, Change { version: 1, ..decided });
        assert_eq!(store.changes_in_force().await.expect("reads"), [kept]);
        assert_eq!(store.changes_overdue(at(99)).await.expect("reads"), []);
    }
}
