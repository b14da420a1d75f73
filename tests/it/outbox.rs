//! What is in the outbox arrives: in order, once, and whatever happens on the way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta};
use quad::deliver::{self, Outbox};
use quad::error::CallError;
use quad::model::answer::{Answer, Section};
use quad::model::outgoing::{DeliveryId, Kind, Outgoing, Place, Platform, Receipt, Target};
use quad::model::person::{Person, Role};
use quad::model::time::Moment;
use quad::ports::clock::Clock;
use quad::ports::messenger::{Messenger, Spot};
use quad::store::Store;
use tokio::sync::watch;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_arrives_under_its_root_and_edits_reach_it() {
    let desk = Desk::new().await;
    let root = post("ops", Kind::Alert, "checkout is slow");
    let reply = to(Target::Under(root.id), Kind::Note, "because of v1.2.3");
    let deeper = to(Target::Under(reply.id), Kind::Note, "and v1.2.4");
    let edits = ["acknowledged", "resolved"].map(|text| to(Target::Replace(root.id), Kind::Edit, text));
    desk.enqueue([&root, &reply, &deeper, &edits[0], &edits[1]]).await;
    let agent = desk.start();
    desk.until_empty().await;
    assert_eq!(desk.chat.texts("ops"), ["1: resolved", "2 in 1: because of v1.2.3", "3 in 1: and v1.2.4"]);
    assert_eq!(desk.chat.edits(), 1, "the stale edit was not sent");
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_became_of_each_attempt_is_counted() {
    let desk = Desk::new().await;
    desk.chat.next_outcomes([Fault::Transient, Fault::ArrivesUnknown]);
    desk.enqueue([&post("ops", Kind::Alert, "checkout is slow")]).await;
    let counts: Arc<Mutex<BTreeMap<&str, u32>>> = Arc::default();
    let heard = Arc::clone(&counts);
    let (stop, stopped) = watch::channel(false);
    let outbox = Outbox::new(desk.store.clone(), desk.messengers(), desk.clock.clone())
        .counted_by(Arc::new(move |_, result| *heard.lock().expect("lock").entry(result).or_default() += 1));
    let agent = Agent { stop, task: tokio::spawn(outbox.run(stopped)) };
    desk.until_empty_by_moving_time().await;
    agent.stop().await;
    let counts: Vec<(&str, u32)> = counts.lock().expect("lock").iter().map(|(k, v)| (*k, *v)).collect();
    assert_eq!(counts, [("reconciled", 1), ("retried", 2), ("sent", 1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_long_continues_under_its_beginning() {
    let desk = Desk::new().await;
    let long =
        Answer::new("one").with(Section::Text("two".to_owned())).with(Section::Text("three".to_owned()));
    let outgoing = Outgoing { answer: long, ..post("ops", Kind::Answer, "") };
    let in_thread = Outgoing {
        id: DeliveryId(uuid::Uuid::new_v4()),
        target: Target::Post(Place { channel: "dev".to_owned(), thread: Some("7".to_owned()) }),
        ..outgoing.clone()
    };
    let mut tx = desk.store.begin().await.expect("begins");
    deliver::enqueue(&mut tx, &desk.messengers(), outgoing).await.expect("enqueues");
    deliver::enqueue(&mut tx, &desk.messengers(), in_thread).await.expect("enqueues");
    tx.commit().await.expect("commits");
    let agent = desk.start();
    desk.until_empty().await;
    let texts = |channel| desk.chat.texts(channel).iter().map(|t| after_id(t)).collect::<Vec<_>>();
    assert_eq!(texts("dev"), ["in 7: one", "in 7: two", "in 7: three"]);
    let ops = desk.chat.texts("ops");
    let root = ops[0].split(':').next().expect("an id");
    assert_eq!(texts("ops"), ["one".to_owned(), format!("in {root}: two"), format!("in {root}: three")]);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_that_is_too_long_takes_the_place_of_all_parts() {
    let desk = Desk::new().await;
    let long = |parts: &[&str]| {
        let first = Answer::new(parts[0]);
        parts[1..].iter().fold(first, |answer, part| answer.with(Section::Text((*part).to_owned())))
    };
    let root = Outgoing { answer: long(&["one", "two"]), ..post("ops", Kind::Alert, "") };
    let agent = desk.start();
    let say = async |outgoing: Outgoing| {
        let mut tx = desk.store.begin().await.expect("begins");
        deliver::enqueue(&mut tx, &desk.messengers(), outgoing).await.expect("enqueues");
        tx.commit().await.expect("commits");
        desk.until_empty().await;
        desk.chat.texts("ops")
    };
    let edit = |parts| Outgoing { answer: long(parts), ..to(Target::Replace(root.id), Kind::Edit, "") };
    assert_eq!(say(root.clone()).await, ["1: one", "2 in 1: two"]);
    assert_eq!(say(edit(&["1", "2", "3"])).await, ["1: 1", "2 in 1: 2", "3 in 1: 3"]);
    assert_eq!(say(edit(&["I", "II", "III"])).await, ["1: I", "2 in 1: II", "3 in 1: III"]);
    let shorter = say(edit(&["all"])).await;
    let gone = "This part does not hold any more.";
    assert_eq!(shorter, ["1: all".to_owned(), format!("2 in 1: {gone}"), format!("3 in 1: {gone}")]);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_to_a_platform_that_was_removed_is_given_up_and_says_so() {
    let desk = Desk::new().await;
    let lost = Outgoing { platform: Platform::Page, ..post("page", Kind::Report, "the report") };
    desk.enqueue([&lost]).await;
    let agent = desk.start();
    desk.until(async || {
        desk.clock.advance(TimeDelta::minutes(61));
        !desk.store.given_up(start()).await.expect("reads").is_empty()
    })
    .await;
    assert!(desk.clock.now() - start() >= TimeDelta::days(3));
    let given_up = desk.store.given_up(start()).await.expect("reads");
    assert_eq!(given_up[0].reason, "page is not set up any more");
    assert_eq!(desk.store.outbox_size().await.expect("reads"), 0);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_most_urgent_goes_first() {
    let desk = Desk::new().await;
    let kinds = [Kind::Report, Kind::Note, Kind::Answer, Kind::Alert];
    let all = kinds.map(|kind| post("ops", kind, &format!("{kind:?}")));
    desk.enqueue(&all).await;
    let agent = desk.start();
    desk.until_empty().await;
    assert_eq!(desk.chat.texts("ops"), ["1: Alert", "2: Answer", "3: Note", "4: Report"]);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_channel_rests_exactly_as_long_as_asked_and_others_go_on() {
    let desk = Desk::new().await;
    desk.chat.next_outcomes([Fault::Busy(30)]);
    desk.enqueue([&post("ops", Kind::Alert, "first"), &post("ops", Kind::Answer, "second")]).await;
    let agent = desk.start();
    desk.until(async || desk.store.paused_until(Platform::Slack, "ops").await.expect("reads").is_some())
        .await;
    desk.enqueue([&post("dev", Kind::Report, "elsewhere")]).await;
    desk.until(async || desk.chat.texts("dev").len() == 1).await;
    desk.clock.advance(TimeDelta::milliseconds(29_999));
    desk.enqueue([&post("dev", Kind::Report, "again")]).await;
    desk.until(async || desk.chat.texts("dev").len() == 2).await;
    assert_eq!(desk.chat.texts("ops"), [""; 0]);
    assert_eq!(desk.chat.attempts(), 3);
    desk.clock.advance(TimeDelta::milliseconds(1));
    desk.until_empty().await;
    assert_eq!(desk.chat.texts("ops").iter().map(|t| after_id(t)).collect::<Vec<_>>(), ["first", "second"]);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_never_arrive_takes_its_replies_with_it_and_is_seen() {
    let desk = Desk::new().await;
    desk.chat.next_outcomes([Fault::Permanent]);
    let root = post("gone", Kind::Alert, "checkout is slow");
    let reply = to(Target::Under(root.id), Kind::Note, "because");
    let edit = to(Target::Replace(reply.id), Kind::Edit, "because of that");
    desk.enqueue([&root, &reply, &edit]).await;
    let agent = desk.start();
    desk.until_empty().await;
    let given_up = desk.store.given_up(start()).await.expect("reads");
    assert_eq!(given_up.len(), 3);
    assert_eq!((given_up[0].outgoing.id, given_up[0].reason.as_str()), (root.id, "channel_not_found"));
    assert_eq!(given_up[1].reason, "the message that it refers to was never sent");
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_reply_is_looked_up_and_not_posted_twice() {
    let desk = Desk::new().await;
    desk.chat.next_outcomes([Fault::ArrivesUnknown, Fault::LostUnknown]);
    desk.enqueue([&post("ops", Kind::Alert, "one"), &post("dev", Kind::Alert, "two")]).await;
    let agent = desk.start();
    desk.until_empty_by_moving_time().await;
    assert_eq!([desk.chat.texts("ops").len(), desk.chat.texts("dev").len()], [1, 1]);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_leaves_within_a_moment_of_its_commit() {
    let desk = Desk::with(Clock::system()).await;
    let agent = desk.start();
    let mut took = Vec::new();
    for n in 0..50 {
        let begun = Instant::now();
        desk.enqueue([&post("ops", Kind::Answer, &format!("{n}"))]).await;
        desk.until(async || desk.chat.texts("ops").len() == n + 1).await;
        took.push(begun.elapsed());
    }
    took.sort();
    println!("enqueue to arrival, 50 answers: median {:?}, worst {:?}", took[25], took[49]);
    agent.stop().await;
}

/// Deaths at any moment, faults of every kind, and still: everything once, in its thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_sent_twice_however_often_the_agent_dies() {
    let seed = u64::from_le_bytes(uuid::Uuid::new_v4().as_bytes()[..8].try_into().expect("8 bytes"));
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let desk = Desk::new().await;
    desk.chat.0.lock().expect("lock").dice = Some(Dice(seed ^ 1));
    let mut agent = desk.start();
    for round in 0..50 {
        let channel = format!("c{}", round % 4);
        let root = post(&channel, Kind::Alert, &format!("alert {round}"));
        let reply = to(Target::Under(root.id), Kind::Note, &format!("why {round}"));
        let edit = to(Target::Replace(root.id), Kind::Edit, &format!("alert {round} acknowledged"));
        desk.enqueue([&root, &reply, &edit]).await;
        for _ in 0..dice.roll(400) {
            tokio::task::yield_now().await;
        }
        agent.die().await;
        desk.clock.advance(TimeDelta::milliseconds(dice.roll(3_000) as i64));
        agent = desk.start();
    }
    desk.until_empty_by_moving_time().await;
    agent.stop().await;

    assert_eq!(desk.store.given_up(start()).await.expect("reads").len(), 0);
    for channel in 0..4 {
        let texts: Vec<_> = desk.chat.texts(&format!("c{channel}")).iter().map(|t| after_id(t)).collect();
        for round in (channel..50).step_by(4) {
            let count = |wanted: &str| texts.iter().filter(|text| text.ends_with(wanted)).count();
            assert_eq!(count(&format!("alert {round} acknowledged")), 1, "{texts:#?}");
            assert_eq!(count(&format!(": why {round}")), 1, "{texts:#?}");
        }
    }
    println!(
        "{} attempts, {} of them in doubt",
        desk.chat.attempts(),
        desk.chat.0.lock().expect("lock").looked
    );
}

fn start() -> Moment {
    DateTime::from_timestamp(1_767_571_200, 0).expect("a moment")
}

fn to(target: Target, kind: Kind, text: &str) -> Outgoing {
    Outgoing::new(Platform::Slack, kind, target, Answer::new(text), start())
}

fn post(channel: &str, kind: Kind, text: &str) -> Outgoing {
    to(Target::Post(Place { channel: channel.to_owned(), thread: None }), kind, text)
}

/// What was said, without the number that the platform gave it.
fn after_id(text: &str) -> String {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.trim_start_matches(':').trim_start().to_owned()
}

/// A store, a platform and a clock, and an agent that can be started and killed.
struct Desk {
    store: Store,
    chat: Chat,
    clock: Clock,
    _folder: tempfile::TempDir,
}

impl Desk {
    async fn new() -> Self {
        Self::with(Clock::manual(start())).await
    }

    async fn with(clock: Clock) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite:{}", folder.path().join("quad.db").display());
        let store = Store::open(&url).await.expect("opens");
        Self { store, chat: Chat::default(), clock, _folder: folder }
    }

    fn messengers(&self) -> Vec<Arc<dyn Messenger>> {
        vec![Arc::new(self.chat.clone())]
    }

    async fn enqueue(&self, all: impl IntoIterator<Item = &Outgoing>) {
        let mut tx = self.store.begin().await.expect("begins");
        for outgoing in all {
            tx.enqueue(outgoing).await.expect("enqueues");
        }
        tx.commit().await.expect("commits");
    }

    fn start(&self) -> Agent {
        let (stop, stopped) = watch::channel(false);
        let outbox = Outbox::new(self.store.clone(), self.messengers(), self.clock.clone());
        Agent { stop, task: tokio::spawn(outbox.run(stopped)) }
    }

    async fn until(&self, mut holds: impl AsyncFnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !holds().await {
            assert!(Instant::now() < deadline, "did not come about within 30 s: {:?}", self.chat);
            tokio::task::yield_now().await;
        }
    }

    async fn until_empty(&self) {
        self.until(async || self.store.outbox_size().await.expect("reads") == 0).await;
    }

    /// Back-off waits for the clock, so move it while something is left.
    async fn until_empty_by_moving_time(&self) {
        self.until(async || {
            self.clock.advance(TimeDelta::milliseconds(100));
            self.store.outbox_size().await.expect("reads") == 0
        })
        .await;
    }
}

/// A running outbox.
struct Agent {
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Agent {
    async fn stop(self) {
        self.stop.send(true).expect("it listens");
        self.task.await.expect("it ends");
    }

    /// Cut off wherever it is.
    async fn die(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

/// A platform that remembers what it was given.
#[derive(Debug, Clone, Default)]
struct Chat(Arc<Mutex<Inside>>);

#[derive(Debug, Default)]
struct Inside {
    messages: BTreeMap<u64, Said>,
    faults: std::collections::VecDeque<Fault>,
    dice: Option<Dice>,
    attempts: usize,
    edits: usize,
    looked: usize,
}

#[derive(Debug)]
struct Said {
    delivery: DeliveryId,
    channel: String,
    thread: Option<String>,
    text: String,
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    None,
    Busy(u64),
    Transient,
    Permanent,
    ArrivesUnknown,
    LostUnknown,
}

/// Small and seeded: a failing run can be had again.
#[derive(Debug, Clone)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

impl Chat {
    fn texts(&self, channel: &str) -> Vec<String> {
        let inside = self.0.lock().expect("lock");
        let said = inside.messages.iter().filter(|(_, said)| said.channel == channel);
        said.map(|(id, said)| match &said.thread {
            Some(thread) => format!("{id} in {thread}: {}", said.text),
            None => format!("{id}: {}", said.text),
        })
        .collect()
    }

    fn next_outcomes(&self, faults: impl IntoIterator<Item = Fault>) {
        self.0.lock().expect("lock").faults.extend(faults);
    }

    fn attempts(&self) -> usize {
        self.0.lock().expect("lock").attempts
    }

    fn edits(&self) -> usize {
        self.0.lock().expect("lock").edits
    }
}

impl Inside {
    fn fault(&mut self) -> Fault {
        if let Some(fault) = self.faults.pop_front() {
            return fault;
        }
        match self.dice.as_mut().map_or(9, |dice| dice.roll(10)) {
            0 => Fault::Busy(2),
            1 => Fault::Transient,
            2 => Fault::ArrivesUnknown,
            3 => Fault::LostUnknown,
            _ => Fault::None,
        }
    }

    fn keep(&mut self, spot: &Spot, outgoing: &Outgoing) -> Receipt {
        let text = outgoing.answer.headline.clone();
        match spot {
            Spot::New { channel, thread } | Spot::Private { channel, thread, .. } => {
                let id = self.messages.len() as u64 + 1;
                let (channel, thread) = (channel.clone(), thread.clone());
                self.messages
                    .insert(id, Said { delivery: outgoing.id, channel: channel.clone(), thread, text });
                Receipt { channel, message: id.to_string() }
            }
            Spot::Existing(receipt) => {
                let id = receipt.message.parse().expect("an id of this platform");
                self.messages.get_mut(&id).expect("it is there").text = text;
                self.edits += 1;
                receipt.clone()
            }
        }
    }
}

#[async_trait]
impl Messenger for Chat {
    fn platform(&self) -> Platform {
        Platform::Slack
    }

    fn split(&self, answer: Answer) -> Vec<Answer> {
        let rest = answer.sections.iter().map(|section| match section {
            Section::Text(text) => Answer::new(text.as_str()),
            other => panic!("{other:?}"),
        });
        std::iter::once(Answer::new(answer.headline.as_str())).chain(rest).collect()
    }

    async fn send(&self, spot: &Spot, outgoing: &Outgoing) -> Result<Receipt, CallError> {
        tokio::task::yield_now().await;
        let outcome = {
            let mut inside = self.0.lock().expect("lock");
            inside.attempts += 1;
            match inside.fault() {
                Fault::None => Ok(inside.keep(spot, outgoing)),
                Fault::Busy(seconds) => Err(CallError::Busy { retry_after: Duration::from_secs(seconds) }),
                Fault::Transient => Err(CallError::transient("connection refused")),
                Fault::Permanent => Err(CallError::permanent("channel_not_found")),
                Fault::ArrivesUnknown => {
                    inside.keep(spot, outgoing);
                    Err(CallError::Unknown { why: "no reply".to_owned() })
                }
                Fault::LostUnknown => Err(CallError::Unknown { why: "no reply".to_owned() }),
            }
        };
        // Between the platform's having it and our knowing it: a good moment to die.
        tokio::task::yield_now().await;
        outcome
    }

    async fn find(&self, _: &Spot, outgoing: &Outgoing) -> Result<Option<Receipt>, CallError> {
        let mut inside = self.0.lock().expect("lock");
        inside.looked += 1;
        let found = inside.messages.iter().find(|(_, said)| said.delivery == outgoing.id);
        Ok(found.map(|(id, said)| Receipt { channel: said.channel.clone(), message: id.to_string() }))
    }

    async fn working(&self, _: &Spot) {}

    async fn role(&self, _: &Person) -> Result<Option<Role>, CallError> {
        Ok(None)
    }
}
