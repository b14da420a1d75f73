//! From nothing to an answer: an empty folder, a new process, `/healthz`, `quad ask status`.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::Settings;
use crate::agent::Agent;
use crate::row::{Row, percentile_ms, spread};

const STARTS: usize = 10;

pub(crate) async fn measure(settings: &Settings) -> Row {
    let (mut healthy, mut answered): (Vec<Duration>, Vec<Duration>) = Default::default();
    for _ in 0..STARTS {
        let began = Instant::now();
        let mut agent = Agent::launch(&settings.quad, &[], &json!({}));
        agent.wait_for("healthz").await;
        healthy.push(began.elapsed());
        let answer = agent.ask("status");
        answered.push(began.elapsed());
        assert!(!answer.contains("No quad answers"), "{answer}");
    }
    println!("  /healthz is green: {}", spread(&healthy));
    println!("  quad ask status has answered: {}", spread(&answered));
    Row {
        what: "start until `/healthz` is green and `quad ask status` answers, empty store",
        measured: percentile_ms(&answered, 50.0) / 1_000.0,
        must: 0.5,
        aim: 0.1,
        unit: "s",
        command: "start",
        holds: Ok(format!("median of {STARTS}")),
    }
}
