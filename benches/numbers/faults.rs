//! From a fault of the shop to its alert in Slack: each fault with a quad, a shop and a Prometheus
//! that know nothing of the others.

use std::time::{Duration, Instant};

use quad::demo::fault::Fault;

use crate::Settings;
use crate::agent::{Agent, configured, connected, patiently};
use crate::row::Row;
use crate::shop::Watched;
use crate::support::slack::Slack;

pub(crate) async fn measure(settings: &Settings) -> Row {
    let mut slowest: f64 = 0.0;
    let mut each = Vec::new();
    for fault in Fault::ALL {
        let seconds = until_told(settings, fault).await;
        each.push(format!("{} {seconds:.0}", fault.name()));
        slowest = slowest.max(seconds);
    }
    Row {
        what: "fault to alert in the chat, 5 s scrape, 10 s check",
        measured: slowest,
        must: 60.0,
        aim: 20.0,
        unit: "s",
        command: "faults",
        holds: Ok(each.join(", ")),
    }
}

/// Seconds from switching `fault` on to the first message in the alerts' channel.
async fn until_told(settings: &Settings, fault: Fault) -> f64 {
    let watched = Watched::start(&settings.quad).await;
    let slack = Slack::start().await;
    let url = watched.prometheus.url();
    let mut agent = Agent::launch(&settings.quad, &[], &configured(&slack, Some(&url)));
    agent.wait_for("readyz").await;
    connected(&slack).await;
    // quad has seen the shop well for a while, and is past its own grace after the start.
    tokio::time::sleep(Duration::from_secs(if settings.quick { 30 } else { 90 })).await;
    let before = slack.channel("ops").said();
    assert!(before.is_empty(), "an alert without a fault: {before:#?}\n{}", agent.log());

    let began = Instant::now();
    watched.shop.fault(fault, true, None).await.expect("it switches");
    let told = patiently("an alert", 5, async || slack.channel("ops").said().into_iter().next()).await;
    let seconds = began.elapsed().as_secs_f64();
    println!("  {}: {seconds:.1} s: {}", fault.name(), told.lines().next().unwrap_or_default());
    watched.shop.stop().await;
    seconds
}
