//! What chat promises: nothing is guessed, nothing is changed without the role, refusals are kept.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta};

use super::Chat;
use crate::alert::{Book, Settings, SubjectSilence};
use crate::deliver::announcer::Announcer;
use crate::error::CallError;
use crate::gather::readable::{Readable, SILENCES, Team};
use crate::handlers::act::Books;
use crate::model::alert::{Alert, AlertNumber, Ledger, Status};
use crate::model::answer::{Answer, Control, Press};
use crate::model::finding::Severity;
use crate::model::inbound::{Inbound, Said};
use crate::model::inventory::Inventory;
use crate::model::outgoing::{Outgoing, Place, Platform, Receipt, Target};
use crate::model::person::{Person, Role};
use crate::model::signal::Signal;
use crate::model::subject::Subject;
use crate::model::time::{Moment, TimeRange};
use crate::ports::clock::Clock;
use crate::ports::messenger::{Messenger, Spot};
use crate::render::plain;
use crate::store::Store;

fn now() -> Moment {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

/// A platform that can't be asked who anybody is.
struct Unreachable;

#[async_trait]
impl Messenger for Unreachable {
    fn platform(&self) -> Platform {
        Platform::Slack
    }
    fn split(&self, answer: Answer) -> Vec<Answer> {
        vec![answer]
    }
    async fn send(&self, _: &Spot, _: &Outgoing) -> Result<Receipt, CallError> {
        Err(CallError::transient("not reachable"))
    }
    async fn find(&self, _: &Spot, _: &Outgoing) -> Result<Option<Receipt>, CallError> {
        Ok(None)
    }
    async fn working(&self, _: &Spot) {}
    async fn role(&self, _: &Person) -> Result<Option<Role>, CallError> {
        Err(CallError::transient("not reachable"))
    }
}

struct Room {
    chat: Chat,
    clock: Clock,
    store: Store,
}

impl Room {
    /// A team that knows `checkout` and `payments`.
    async fn new(messengers: Vec<Arc<dyn Messenger>>) -> Self {
        let store = Store::open("sqlite::memory:").await.expect("opens");
        let clock = Clock::manual(now());
        let services = ["checkout", "payments"].map(str::to_owned).to_vec();
        let team = Team { named: Inventory { services, ..Inventory::default() }, ..Team::default() };
        let readable = Readable::new(store.clone(), clock.clone(), Arc::new(team));
        let room_clock = clock.clone();
        let announcer = Announcer::new(store.clone(), Vec::new(), Vec::new(), chrono_tz::Tz::UTC);
        let books = Books::new(readable.clone(), announcer, Settings::default());
        let chat = Chat::new(store.clone(), clock, readable, books, messengers);
        Self { chat, clock: room_clock, store }
    }

    async fn alert(&self, service: &str) -> AlertNumber {
        let alert = Alert {
            number: AlertNumber(0),
            id: uuid::Uuid::new_v4(),
            subject: Subject::service("", service),
            signal: Signal::ApiResponseTime,
            severity: Severity::Critical,
            status: Status::Firing,
            opened_at: now(),
            since: now(),
            last_seen: now(),
            findings: Vec::new(),
            acknowledged: None,
            silenced: None,
            resolved: None,
            false_alarm: None,
            reopened: 0,
            diagnosis: None,
            version: 0,
            ledger: Ledger::default(),
        };
        let mut tx = self.store.begin().await.expect("begins");
        let number = tx.insert_alert(&alert).await.expect("is kept");
        tx.commit().await.expect("commits");
        number
    }

    async fn says(&self, text: &str, role: Option<Role>) -> String {
        plain::text(&self.chat.answer(&said(text, role)).await)
    }

    async fn silences(&self) -> Vec<SubjectSilence> {
        self.store.state(SILENCES).await.expect("reads").unwrap_or_default()
    }

    /// Whether nothing is said about the only open alert.
    async fn is_quiet(&self) -> bool {
        let alerts = self.open().await;
        let book = Book { alerts: alerts.clone(), silences: self.silences().await, ..Book::default() };
        book.is_quiet(&alerts[0], self.clock.now())
    }

    async fn open(&self) -> Vec<Alert> {
        self.store.open_alerts().await.expect("reads")
    }
}

fn said(text: &str, role: Option<Role>) -> Inbound {
    Inbound {
        event_id: uuid::Uuid::new_v4().to_string(),
        platform: Platform::Slack,
        place: Place { channel: "C1".to_owned(), thread: None },
        person: Person { id: "U1".to_owned(), name: "Ana".to_owned(), role },
        said: Said::Text(text.to_owned()),
        at: now(),
        message: None,
        reply_url: None,
        aside: false,
        edited: false,
        said_in: None,
    }
}

#[tokio::test]
async fn a_name_that_is_not_known_is_never_the_only_open_alert() {
    let room = Room::new(Vec::new()).await;
    room.alert("payments").await;
    let answer = room.says("silence warehouse for 2 hours", Some(Role::Responder)).await;
    assert!(answer.contains("I don't know warehouse. Nothing was changed"), "{answer}");
    let answer = room.says("resolve warehouse", Some(Role::Responder)).await;
    assert!(!answer.contains("about everything"), "{answer}");
    assert!(room.open().await.iter().all(|alert| alert.silenced.is_none()));
    assert_eq!(room.open().await.len(), 1);
    // Without a name, the only one there is is meant.
    let answer = room.says("ack", Some(Role::Responder)).await;
    assert!(answer.contains("acknowledged by Ana"), "{answer}");
}

#[tokio::test]
async fn a_question_about_a_name_that_is_not_known_says_so() {
    let room = Room::new(Vec::new()).await;
    let answer = room.says("why is `warehouse` slow", Some(Role::Viewer)).await;
    assert!(answer.contains("I don't know warehouse, so this is about everything I see."), "{answer}");
}

#[tokio::test]
async fn several_alerts_are_listed_in_plain_words() {
    let room = Room::new(Vec::new()).await;
    room.alert("payments").await;
    room.alert("checkout").await;
    let answer = room.says("ack", Some(Role::Responder)).await;
    assert!(answer.starts_with("2 alerts are open; say which"), "{answer}");
    assert!(!answer.contains('\\') && !answer.contains("](time:") && !answer.contains("**"), "{answer}");
    let answer = room.says("resolve checkout: fixed", None).await;
    assert!(answer.contains("You need the role responder"), "{answer}");
    assert_eq!(room.open().await.len(), 2);
}

#[tokio::test]
async fn what_was_refused_stands_in_the_audit_log() {
    let room = Room::new(Vec::new()).await;
    let number = room.alert("payments").await;
    room.says(&format!("ack {}", number.0), Some(Role::Viewer)).await;
    room.says("why is payments slow?", None).await;
    let day = TimeRange::new(now() - TimeDelta::days(1), now() + TimeDelta::days(1));
    let lines = room.store.audit(day).await.expect("reads");
    let lines: Vec<String> = lines
        .iter()
        .map(|line| format!("{} {} {}: {}", line.who_name, line.what, line.subject, line.outcome))
        .collect();
    assert_eq!(lines, ["Ana acknowledge alert #1: refused: needs the role responder"]);
}

#[tokio::test]
async fn a_press_on_a_list_is_answered_since_nothing_else_shows_it() {
    let room = Room::new(Vec::new()).await;
    let number = room.alert("payments").await;
    let press = Said::Press { press: Press::Acknowledge(number), on: Some("170.1".to_owned()) };
    room.chat.accept(&Inbound { said: press, ..said("", Some(Role::Responder)) }).await.expect("is kept");
    let (id, inbound) = room.store.next_inbound(now()).await.expect("reads").expect("is there");
    room.chat.work(id, inbound).await;
    assert!(room.open().await.iter().all(|alert| alert.acknowledged.is_some()));
    assert_eq!(room.store.outbox_waiting(Platform::Slack, "C1", 10).await.expect("reads").len(), 1);
}

#[tokio::test]
async fn where_nobody_can_say_who_somebody_is_nothing_is_done() {
    let room = Room::new(vec![Arc::new(Unreachable)]).await;
    room.alert("payments").await;
    room.chat.accept(&said("ack", Some(Role::Admin))).await.expect("is kept");
    let (id, inbound) = room.store.next_inbound(now()).await.expect("reads").expect("is there");
    room.chat.work(id, inbound).await;
    // It may be known in a moment.
    let waiting = async || room.store.outbox_waiting(Platform::Slack, "C1", 10).await.expect("reads");
    assert_eq!(waiting().await, []);
    room.clock.advance(TimeDelta::minutes(3));
    let again = room.store.next_inbound(room.clock.now()).await.expect("reads");
    let (id, inbound) = again.expect("was left for later");
    room.chat.work(id, inbound).await;
    assert!(room.open().await.iter().all(|alert| alert.acknowledged.is_none()));
    let waiting = waiting().await;
    assert_eq!(waiting.len(), 1);
    assert!(matches!(&waiting[0].target, Target::Private(_, person) if person == "U1"));
    assert!(room.store.next_inbound(now() + TimeDelta::hours(1)).await.expect("reads").is_none());
}

#[tokio::test]
async fn a_silence_of_a_subject_can_be_taken_back() {
    let room = Room::new(Vec::new()).await;
    room.alert("payments").await;
    let responder = Some(Role::Responder);
    for back in ["undo", "unsilence payments", "Undo that."] {
        room.says("silence payments for 2 hours", responder).await;
        assert!(room.is_quiet().await);
        let answer = room.says(back, responder).await;
        assert!(answer.starts_with("Not silent any more about payments, by Ana."), "{back}: {answer}");
        assert!(!room.is_quiet().await);
    }
    let answer = room.says("unsilence payments", responder).await;
    assert!(answer.contains("There is no silence of payments, so nothing was changed."), "{answer}");
    let answer = room.says("unsilence warehouse", responder).await;
    assert!(answer.contains("I don't know warehouse"), "{answer}");
    room.says("silence payments for 2 hours", responder).await;
    let answer = room.says("unsilence payments", Some(Role::Viewer)).await;
    assert!(answer.contains("needs") || answer.contains("need the role"), "{answer}");
    assert!(room.is_quiet().await);
    let answer = room.chat.answer(&said("silence checkout for 1 hour", responder)).await;
    let press = Press::Ask("unsilence checkout".to_owned());
    assert!(matches!(&answer.controls[..], [Control::Button(choice)] if choice.press == press), "{answer:?}");
}

#[tokio::test]
async fn undo_without_a_number_takes_back_what_the_person_did_last() {
    let room = Room::new(Vec::new()).await;
    let number = room.alert("payments").await;
    let responder = Some(Role::Responder);
    assert!(room.says("undo", responder).await.contains("You changed nothing"));
    room.says("silence checkout for 2 hours", responder).await;
    room.says(&format!("ack {}", number.0), responder).await;
    assert!(room.says("undo", responder).await.contains("taken back: acknowledged"));
    assert!(room.open().await[0].acknowledged.is_none());
    assert_eq!(room.silences().await.len(), 1);
    let answer = room.says(&format!("unsilence {}", number.0), responder).await;
    assert!(answer.contains("is not silenced"), "{answer}");
    room.says(&format!("silence {} for 1 hour", number.0), responder).await;
    assert!(room.is_quiet().await);
    room.says(&format!("unsilence {}", number.0), responder).await;
    assert!(!room.is_quiet().await);
}

#[tokio::test]
async fn a_silence_of_an_alert_begins_when_it_should() {
    let room = Room::new(Vec::new()).await;
    let number = room.alert("payments").await;
    // It is midnight.
    let answer = room.says(&format!("silence {} from 22:00 to 06:00", number.0), Some(Role::Responder)).await;
    assert!(answer.contains("from") && answer.contains("22:00"), "{answer}");
    let mut quiet = Vec::new();
    for _ in 0..32 {
        if room.is_quiet().await {
            quiet.push(room.clock.now().format("%H").to_string());
        }
        room.clock.advance(TimeDelta::hours(1));
    }
    assert_eq!(quiet, ["22", "23", "00", "01", "02", "03", "04", "05"]);
    let other = room.alert("payments").await;
    room.says(&format!("silence {} from 22:00 to 23:00", other.0), Some(Role::Responder)).await;
    assert_eq!(room.silences().await.len(), 1);
    let answer = room.says(&format!("unsilence {}", other.0), Some(Role::Responder)).await;
    assert!(answer.contains("Not silent any more"), "{answer}");
    assert!(room.silences().await.is_empty());
}

#[tokio::test]
async fn an_ordinary_word_that_names_nothing_is_never_the_only_open_alert() {
    let room = Room::new(Vec::new()).await;
    room.alert("payments").await;
    for text in ["silence inventory", "silence inventory for 2 hours", "silence the inventory until 18:00"] {
        let answer = room.says(text, Some(Role::Responder)).await;
        assert!(answer.contains("I don't know inventory. Nothing was changed"), "{text}: {answer}");
    }
    assert!(room.open().await.iter().all(|alert| alert.silenced.is_none()));
    assert!(room.silences().await.is_empty());
}

#[tokio::test]
async fn a_message_that_ends_quad_each_time_is_not_left_without_a_word() {
    let room = Room::new(Vec::new()).await;
    room.chat.accept(&said("why is it slow?", Some(Role::Viewer))).await.expect("is kept");
    for _ in 0..5 {
        let claimed = room.store.next_inbound(room.clock.now()).await.expect("reads");
        assert!(claimed.is_some());
        room.clock.advance(TimeDelta::minutes(3));
    }
    assert!(room.store.next_inbound(room.clock.now()).await.expect("reads").is_none());
    room.chat.own_up().await.expect("owns up");
    let waiting = room.store.outbox_waiting(Platform::Slack, "C1", 10).await.expect("reads");
    assert_eq!(waiting.len(), 1);
    assert!(matches!(&waiting[0].target, Target::Private(_, person) if person == "U1"));
    room.chat.own_up().await.expect("has nothing left to say");
    assert_eq!(room.store.outbox_waiting(Platform::Slack, "C1", 10).await.expect("reads").len(), 1);
}
