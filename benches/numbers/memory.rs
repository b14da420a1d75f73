//! What quad itself takes while it watches the sample shop; the shop's services are other processes.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::Settings;
use crate::agent::Agent;
use crate::row::Row;

pub(crate) async fn measure(settings: &Settings) -> Row {
    let minutes = if settings.quick { 2 } else { 10 };
    let mut agent = Agent::launch(&settings.quad, &["demo"], &json!({}));
    agent.wait_for("readyz").await;
    let began = Instant::now();
    let mut highest: f64 = 0.0;
    for minute in 1..=minutes {
        let until = began + Duration::from_secs(60 * minute);
        while Instant::now() < until {
            tokio::time::sleep(Duration::from_secs(1)).await;
            highest = highest.max(agent.resident_mb());
        }
        // Somebody asks now and then, as somebody would.
        let answer = agent.ask(if minute % 2 == 0 { "status" } else { "why is it slow?" });
        println!(
            "  after {minute} min: {:.1} MB; {}",
            agent.resident_mb(),
            answer.lines().next().unwrap_or("")
        );
    }
    Row {
        what: "resident memory after 10 min of watching the shop",
        measured: agent.resident_mb(),
        must: 60.0,
        aim: 30.0,
        unit: "MB",
        command: "memory",
        holds: Ok(format!("after {minutes} min; highest {highest:.1} MB")),
    }
}
