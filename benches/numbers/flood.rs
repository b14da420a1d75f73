//! Two hundred mentions a second: acknowledged at once, none lost, each answered once.

use std::time::{Duration, Instant};

use crate::Settings;
use crate::agent::{Agent, configured, connected, patiently};
use crate::row::{Row, percentile_ms, spread};
use crate::support::slack::Slack;

const PER_SECOND: u32 = 200;

pub(crate) async fn measure(settings: &Settings) -> Row {
    let seconds = if settings.quick { 5 } else { 30 };
    let all = (PER_SECOND * seconds) as usize;
    let slack = Slack::start().await;
    let mut agent = Agent::launch(&settings.quad, &[], &configured(&slack, None));
    agent.wait_for("readyz").await;
    connected(&slack).await;

    let began = Instant::now();
    let mut asked = Vec::with_capacity(all);
    let mut clock = tokio::time::interval(Duration::from_secs(1) / PER_SECOND);
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    for _ in 0..all {
        clock.tick().await;
        asked.push(slack.ask("ops", "alice", "status"));
    }
    let handed_in = began.elapsed();
    let took = slack.acknowledged().await;
    println!("  {all} events in {:.1} s; acknowledgements: {}", handed_in.as_secs_f64(), spread(&took));

    let answered = patiently("every mention is answered", 15, async || {
        let answers = slack.answers();
        asked.iter().all(|ts| answers.contains_key(ts)).then_some(answers)
    })
    .await;
    let twice = asked.iter().filter(|ts| answered.get(*ts).is_some_and(|count| *count > 1)).count();
    println!(
        "  all answered {:.1} s after the first event, {twice} of them more than once; {:.1} MB resident",
        began.elapsed().as_secs_f64(),
        agent.resident_mb()
    );
    let lost = all - took.len().min(all);
    let note = format!("{all} events, {lost} lost, {twice} answered twice");
    Row {
        what: "Slack event to acknowledgement, 200 events/s for 30 s, p99",
        measured: percentile_ms(&took, 99.0),
        must: 100.0,
        aim: 10.0,
        unit: "ms",
        command: "flood",
        holds: if lost + twice == 0 { Ok(note) } else { Err(note) },
    }
}
