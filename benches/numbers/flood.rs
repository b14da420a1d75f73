//! Two hundred mentions a second: acknowledged at once, none lost, each answered once and soon.

use std::time::{Duration, Instant};

use crate::Settings;
use crate::agent::{Agent, configured, connected, patiently};
use crate::row::{Row, percentile_ms, spread};
use crate::support::slack::Slack;

const PER_SECOND: u32 = 200;
/// Memory that may come with a flood and stay, in MB.
const FLAT: f64 = 15.0;

/// What became of them.
struct Flood {
    all: usize,
    /// From an event to its acknowledgement.
    acknowledged: Vec<Duration>,
    /// From a mention to its answer.
    answered: Vec<Duration>,
    twice: usize,
    /// Resident before and after, in MB.
    memory: (f64, f64),
}

async fn flood(settings: &Settings) -> Flood {
    let seconds = if settings.quick { 5 } else { 30 };
    let all = (PER_SECOND * seconds) as usize;
    let slack = Slack::start().await;
    let mut agent = Agent::launch(&settings.quad, &[], &configured(&slack, None));
    agent.wait_for("readyz").await;
    connected(&slack).await;
    let before = agent.resident_mb();

    let mut asked = Vec::with_capacity(all);
    let mut clock = tokio::time::interval(Duration::from_secs(1) / PER_SECOND);
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    let began = Instant::now();
    for _ in 0..all {
        clock.tick().await;
        asked.push(slack.ask("ops", "alice", "status"));
    }
    let handed_in = began.elapsed();
    let acknowledged = slack.acknowledged().await;
    println!(
        "  {all} events in {:.1} s; acknowledgements: {}",
        handed_in.as_secs_f64(),
        spread(&acknowledged)
    );
    let answered = patiently("every mention is answered", 15, async || {
        let answers = slack.answers();
        asked.iter().all(|ts| answers.contains_key(ts)).then_some(answers)
    })
    .await;
    let twice = asked.iter().filter(|ts| answered.get(*ts).is_some_and(|count| *count > 1)).count();
    let answered = slack.waits();
    let memory = (before, agent.resident_mb());
    println!(
        "  answers: {}; {:.1} MB resident before, {:.1} MB after",
        spread(&answered),
        memory.0,
        memory.1
    );
    Flood { all, acknowledged, answered, twice, memory }
}

/// How soon each event is acknowledged.
pub(crate) async fn measure(settings: &Settings) -> Row {
    let Flood { all, acknowledged, twice, .. } = flood(settings).await;
    let lost = all - acknowledged.len().min(all);
    let note = format!("{all} events, {lost} lost, {twice} answered twice");
    Row {
        what: "Slack event to acknowledgement, 200 events/s for 30 s, p99",
        measured: percentile_ms(&acknowledged, 99.0),
        must: 100.0,
        aim: 10.0,
        unit: "ms",
        command: "flood",
        holds: if lost + twice == 0 { Ok(note) } else { Err(note) },
    }
}

/// How soon each mention is answered.
pub(crate) async fn answers(settings: &Settings) -> Row {
    let Flood { all, answered, twice, memory: (before, after), .. } = flood(settings).await;
    let note =
        format!("{all} mentions, {twice} answered twice, {before:.0} MB before and {after:.0} MB after");
    Row {
        what: "mention to answer, 200 mentions/s for 30 s, p95",
        measured: percentile_ms(&answered, 95.0),
        must: 2_000.0,
        aim: 500.0,
        unit: "ms",
        command: "answers",
        holds: if twice == 0 && after - before < FLAT { Ok(note) } else { Err(note) },
    }
}
