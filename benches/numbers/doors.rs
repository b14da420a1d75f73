//! Slack, Discord and mail at once: what quad takes while nobody talks, and how soon what is done in one
//! of them is seen in another.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Settings;
use crate::agent::{Agent, configured, connected, patiently};
use crate::row::{Row, percentile_ms, spread};
use crate::support::discord::Discord;
use crate::support::mail::MailServers;
use crate::support::pages::Pages;
use crate::support::slack::Slack;

/// How often somebody acknowledges, and takes it back.
const TIMES: usize = 20;

async fn all_doors(slack: &Slack, discord: &Discord, mail: &MailServers, pages: &Pages) -> Value {
    let mut config = configured(slack, None);
    config["discord"] = discord.settings();
    config["mail"] = mail.config();
    config["alerts"] =
        json!({"slack_channel": "#ops", "email_enabled": true, "email_to": ["ops@example.com"]});
    config["sources"] = json!({"scrape": pages.config(), "host": null});
    config
}

/// Resident memory with all doors open and nobody talking.
pub(crate) async fn idle(settings: &Settings) -> Row {
    let (slack, discord, mail) = (Slack::start().await, Discord::start().await, MailServers::start().await);
    let pages = Pages::start(&["checkout", "web"]).await;
    let config = all_doors(&slack, &discord, &mail, &pages).await;
    let mut agent = Agent::launch(&settings.quad, &[], &config);
    agent.wait_for("readyz").await;
    connected(&slack).await;
    discord.listened_to(1, 0).await;
    let minutes = if settings.quick { 1 } else { 3 };
    tokio::time::sleep(Duration::from_secs(60 * minutes)).await;
    Row {
        what: "resident memory with Slack, Discord and mail open, nobody talking",
        measured: agent.resident_mb(),
        must: 80.0,
        aim: 40.0,
        unit: "MB",
        command: "idle",
        holds: Ok(format!("after {minutes} min")),
    }
}

/// From the press in Slack to the message in Discord that shows it.
pub(crate) async fn measure(settings: &Settings) -> Row {
    let (slack, discord, mail) = (Slack::start().await, Discord::start().await, MailServers::start().await);
    let pages = Pages::start(&["checkout", "web"]).await;
    let config = all_doors(&slack, &discord, &mail, &pages).await;
    let mut agent = Agent::launch(&settings.quad, &[], &config);
    agent.wait_for("readyz").await;
    connected(&slack).await;
    discord.listened_to(1, 0).await;
    pages.set("p95_ms", "checkout", 2_400.0);
    let in_slack = patiently("the alert", 5, async || slack.find("ops", "checkout")).await;
    in_slack.read();
    let in_discord = discord.channel("ops").expect_message("checkout").await;

    let mut took: Vec<Duration> = Vec::new();
    for _ in 0..if settings.quick { TIMES / 4 } else { TIMES } {
        let began = Instant::now();
        slack.click(&in_slack, "Acknowledge", "alice");
        in_discord.expect_edit("Acknowledged by").await;
        took.push(began.elapsed());
        in_slack.expect_edit("Acknowledged by").await;
        slack.click(&in_slack, "Undo", "alice");
        in_slack.expect_edit("Nobody has acknowledged").await;
        in_discord.expect_edit("Nobody has acknowledged").await;
    }
    println!("  {}", spread(&took));
    Row {
        what: "acknowledged in Slack until Discord shows it, p95 of 20",
        measured: percentile_ms(&took, 95.0),
        must: 2_000.0,
        aim: 500.0,
        unit: "ms",
        command: "doors",
        holds: Ok(String::new()),
    }
}
