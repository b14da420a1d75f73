//! Pulling the plug fifty times: nothing lost, nothing said twice.
//!
//! The real binary is killed (SIGKILL) while people ask, press, and services come and go: between a
//! request being accepted by Slack and its answer being read, between the answer and the mark that it
//! was sent, and at any other moment. What it stored and what Slack has are compared at the end.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use chrono_tz::Tz;
use quad::alert::words;
use quad::model::alert::Alert;
use quad::model::outgoing::Platform;
use quad::model::time::TimeRange;
use quad::render::slack::message;
use quad::store::Store;
use serde_json::json;
use tokio::sync::oneshot;

use crate::support::pages::Pages;
use crate::support::processes::eventually_within;
use crate::support::program::{Program, Running};
use crate::support::slack::{Slack, Trap, When};

/// So often at least; more where a kind of moment was not met often enough.
const KILLS: usize = 50;
const MOST: usize = 100;
/// Of each of the two moments that are hard.
const EACH: usize = 10;
/// Of these, with an edit.
const EDITS: usize = 3;

const POST: &str = "chat.postMessage";
const EDIT: &str = "chat.update";

/// How long a trap may wait for a call before the plug is pulled all the same.
const PATIENCE: Duration = Duration::from_millis(2_500);

/// Moments of death by what they were, posts and edits apart.
#[derive(Debug, Default)]
struct Deaths {
    /// Slack had done it, and its answer was never read.
    before_reading: BTreeMap<&'static str, usize>,
    /// The answer had been sent, and the store did not say so yet.
    before_marking: BTreeMap<&'static str, usize>,
    /// Any other moment.
    elsewhere: usize,
}

impl Deaths {
    fn all(&self) -> usize {
        self.before_reading.values().chain(self.before_marking.values()).sum::<usize>() + self.elsewhere
    }

    /// The moment that was met too seldom so far.
    fn lacking(&self) -> Option<(&'static str, When)> {
        let moments =
            [(When::BeforeTheAnswer, &self.before_reading), (When::AfterTheAnswer, &self.before_marking)];
        moments.into_iter().find_map(|(when, met)| {
            let of = |method: &str| met.get(method).copied().unwrap_or_default();
            if of(EDIT) < EDITS {
                Some((EDIT, when))
            } else {
                (of(POST) + of(EDIT) < EACH).then_some((POST, when))
            }
        })
    }
}

/// Numbers that are the same for the same seed. Source: Steele, Lea, Flood, "SplitMix" (2014).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

fn seed() -> u64 {
    match std::env::var("QUAD_KILL_SEED") {
        Ok(seed) => seed.parse().expect("QUAD_KILL_SEED is a number"),
        Err(_) => Utc::now().timestamp_millis().unsigned_abs(),
    }
}

/// Everything that outlives the process.
struct World {
    slack: Slack,
    pages: Pages,
    program: Program,
    store: Store,
}

const SERVICES: [&str; 5] = ["checkout", "payments", "search", "stock", "web"];

impl World {
    async fn new() -> Self {
        let slack = Slack::start().await;
        let pages = Pages::start(&SERVICES).await;
        let settings = slack.config();
        let program = Program::new();
        let config = json!({
            "data": program.path("data"),
            "monitoring": {"check_interval_secs": 1},
            "detect": {"keep_firing_seconds": 1, "grace_after_start_seconds": 0},
            "alerts": {"slack_channel": "#ops", "daily_report_time": null,
                "life": {"reopen_within_minutes": 0, "resolve_grace_minutes": 0}},
            "slack": {"bot_token": settings.bot_token, "app_token": settings.app_token, "base_url": settings.base_url,
                "timeout_secs": 5, "sockets": 1},
            "sources": {"scrape": pages.config(), "host": null},
        });
        program.write(".quad/infrastructure-agent.yml", &config.to_string());
        std::fs::create_dir_all(program.path("data")).expect("a folder");
        let store = format!("sqlite:{}", program.path("data/quad.db").display());
        let store = Store::open(&store).await.expect("the store opens");
        Self { slack, pages, program, store }
    }

    /// Starts quad and waits until Slack can reach it.
    async fn start(&self) -> Arc<Mutex<Running>> {
        let opened = self.slack.opened();
        let running = self.program.start(&[]).await;
        self.slack.connections(1, opened + 1).await;
        Arc::new(Mutex::new(running))
    }

    /// Whether the store still waits to hear that this delivery was sent.
    async fn is_unmarked(&self, delivery: &str) -> bool {
        for lane in self.store.outbox_lanes(Platform::Slack).await.expect("the store answers") {
            let rows = self.store.outbox_waiting(Platform::Slack, &lane, 1_000).await;
            if rows.expect("the store answers").iter().any(|row| row.id.to_string() == delivery) {
                return true;
            }
        }
        false
    }

    async fn alerts(&self) -> Vec<Alert> {
        let now = Utc::now();
        let range = TimeRange::new(now - TimeDelta::hours(1), now + TimeDelta::hours(1));
        self.store.alerts_between(range).await.expect("the store answers")
    }

    /// Somebody presses what the oldest open alert that Slack shows offers first, so that it is edited.
    async fn press(&self) {
        let open = self.store.open_alerts().await.expect("the store answers");
        let shown = open.iter().find_map(|alert| self.slack.find("ops", &format!(" #{} ", alert.number.0)));
        let Some(shown) = shown else { return };
        let controls = shown.controls();
        let label = if controls.contains("[Acknowledge]") { "Acknowledge" } else { "Undo" };
        if controls.contains(label) {
            self.slack.click(&shown, label, "alice");
        }
    }
}

#[tokio::test]
async fn whoever_pulls_the_plug_fifty_times_loses_nothing_and_hears_nothing_twice() {
    let seed = seed();
    eprintln!("QUAD_KILL_SEED={seed}");
    let mut dice = Dice(seed);
    let world = World::new().await;
    let mut deaths = Deaths::default();
    let mut asked = Vec::new();
    let mut down = BTreeSet::new();

    // One service stays down all the while, so that there is always an alert to press on.
    world.pages.down(SERVICES[0]);
    let first = world.start().await;
    world.slack.channel("ops").expect_message(SERVICES[0]).await;
    first.lock().expect("no panic").kill();

    // Long enough that several alerts came and went, too.
    while deaths.all() < KILLS || deaths.lacking().is_some() || world.alerts().await.len() < 4 {
        assert!(deaths.all() < MOST, "after {MOST} kills there are too few of some: {deaths:?}");
        // Long enough for two checks in a row to see it.
        if deaths.all().is_multiple_of(4) {
            let service = SERVICES[1 + dice.below(4) as usize];
            if down.remove(service) {
                world.pages.up(service);
            } else {
                down.insert(service);
                world.pages.down(service);
            }
        }

        let running = world.start().await;
        let wanted = deaths.lacking().filter(|_| dice.below(3) > 0);
        let (told, sprung) = oneshot::channel();
        if let Some((method, at)) = wanted {
            let victim = Arc::clone(&running);
            let spring = Box::new(move |delivery: String| {
                victim.lock().expect("no panic").kill();
                // Nobody waits for it any more where it came too late.
                let _ = told.send(delivery);
            });
            world.slack.trap(Some(Trap { method, at, spring }));
        }
        asked.push(world.slack.mention("ops", "alice", "help"));
        world.press().await;
        let delivery = match wanted {
            Some(_) => tokio::time::timeout(PATIENCE, sprung).await.ok().and_then(Result::ok),
            None => {
                // Not a wait for something, but a moment chosen by the dice.
                tokio::time::sleep(Duration::from_millis(dice.below(1_500))).await;
                None
            }
        };
        world.slack.trap(None);
        running.lock().expect("no panic").kill();
        match (wanted, delivery) {
            (Some((method, When::BeforeTheAnswer)), Some(_)) => {
                *deaths.before_reading.entry(method).or_default() += 1;
            }
            (Some((method, When::AfterTheAnswer)), Some(delivery)) if world.is_unmarked(&delivery).await => {
                *deaths.before_marking.entry(method).or_default() += 1;
            }
            _ => deaths.elsewhere += 1,
        }
    }
    eprintln!("{deaths:?}");

    SERVICES.iter().for_each(|service| world.pages.up(service));
    let last = world.start().await;
    eventually_within(Duration::from_secs(90), "everything is over and said", async || {
        let open = world.store.open_alerts().await.expect("the store answers");
        let inbound = world.store.inbound_waiting().await.expect("the store answers");
        let lanes = world.store.outbox_lanes(Platform::Slack).await.expect("the store answers");
        (open.is_empty() && inbound == 0 && lanes.is_empty()).then_some(())
    })
    .await;
    last.lock().expect("no panic").kill();

    let everything = world.slack.read_everything();
    let said: Vec<_> =
        everything.iter().filter(|message| message.metadata["event_type"] == "quad_delivery").collect();

    // Nothing twice: each delivery is one message, and no thread says the same thing again.
    let mut times: HashMap<String, usize> = HashMap::new();
    for message in &said {
        let thread = message.thread.as_deref().unwrap_or_default();
        *times.entry(format!("{thread}: {}", message.text)).or_default() += 1;
    }
    let twice: Vec<_> = times.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "said twice: {twice:#?}");

    // Nothing lost: every question has its one answer.
    for question in &asked {
        let answers = said.iter().filter(|message| message.thread.as_ref() == Some(&question.ts)).count();
        assert_eq!(answers, 1, "answers to one question");
    }

    // Every alert has its one message, which shows how it ended.
    let alerts = world.alerts().await;
    assert!(alerts.len() > 3, "services went down and came back, so there are alerts");
    for alert in &alerts {
        let mark = format!(" #{} ", alert.number.0);
        let roots: Vec<_> =
            said.iter().filter(|message| message.thread.is_none() && message.text.contains(&mark)).collect();
        assert_eq!(roots.len(), 1, "messages of alert {}", alert.number);
        let wanted = message(&words::message(alert, Utc::now(), Tz::UTC), &[]).text;
        assert_eq!(roots[0].text, wanted, "the last edit of alert {} is shown", alert.number);
    }
    let roots = said.iter().filter(|message| message.thread.is_none()).count();
    assert_eq!(roots, alerts.len(), "one message an alert, and nothing else in the channel");
    world.slack.finish();
    eprintln!(
        "{} kills, {} questions, {} alerts, {} messages",
        deaths.all(),
        asked.len(),
        alerts.len(),
        said.len()
    );
}
