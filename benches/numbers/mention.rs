//! From somebody's mention to quad's answer in the thread, with a Prometheus on this machine.

use std::time::{Duration, Instant};

use crate::Settings;
use crate::agent::{Agent, configured, connected};
use crate::row::{Row, percentile_ms, spread};
use crate::shop::Watched;
use crate::support::slack::Slack;

const MENTIONS: usize = 200;

/// What is asked, in turn: looks through much, looks through little, lists.
const QUESTIONS: [&str; 5] = [
    "analyze slow API response",
    "status",
    "why is checkout slow?",
    "why does payments fail?",
    "which alerts are open?",
];

pub(crate) async fn measure(settings: &Settings) -> Row {
    let watched = Watched::start(&settings.quad).await;
    let slack = Slack::start().await;
    let url = watched.prometheus.url();
    let mut agent = Agent::launch(&settings.quad, &[], &configured(&slack, Some(&url)));
    agent.wait_for("readyz").await;
    connected(&slack).await;
    // So that there are figures to talk about.
    tokio::time::sleep(Duration::from_secs(if settings.quick { 15 } else { 60 })).await;

    let mut took: Vec<Duration> = Vec::new();
    let mut each: Vec<Vec<Duration>> = vec![Vec::new(); QUESTIONS.len()];
    for turn in 0..MENTIONS {
        let asked = turn % QUESTIONS.len();
        let began = Instant::now();
        let mention = slack.mention("ops", "alice", QUESTIONS[asked]);
        let answer = mention.expect_reply("").await;
        let elapsed = began.elapsed();
        took.push(elapsed);
        each[asked].push(elapsed);
        if turn < QUESTIONS.len() {
            println!("  {}: {}", QUESTIONS[asked], answer.text().lines().next().unwrap_or_default());
        }
    }
    for (question, took) in QUESTIONS.iter().zip(&each) {
        println!("  {question}: {}", spread(took));
    }
    println!("  all: {}", spread(&took));
    watched.shop.stop().await;
    Row {
        what: "mention received to answer posted, Prometheus on the same machine, p95 of 200",
        measured: percentile_ms(&took, 95.0),
        must: 500.0,
        aim: 100.0,
        unit: "ms",
        command: "mention",
        holds: Ok(String::new()),
    }
}
