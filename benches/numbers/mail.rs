//! From a mail's arrival in quad's mailbox to its reply in the asker's, through a real Postfix and a
//! real Dovecot with IDLE.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::Settings;
use crate::agent::Agent;
use crate::row::{Row, percentile_ms, spread};
use crate::support::mail::{MX, MailServers, QUAD};

const MAILS: usize = 50;

pub(crate) async fn measure(settings: &Settings) -> Row {
    let servers = MailServers::start().await;
    let mut mail = servers.config();
    mail["answers_per_sender_and_hour"] = json!(1_000);
    let config = json!({"mail": mail, "sources": {"host": null}});
    let mut agent = Agent::launch(&settings.quad, &[], &config);
    agent.wait_for("readyz").await;

    let mut took: Vec<Duration> = Vec::new();
    for n in 1..=if settings.quick { MAILS / 5 } else { MAILS } {
        let question = format!(
            "Authentication-Results: {MX}; dkim=pass header.d=example.com\nFrom: alice@example.com\n\
             Message-ID: <q{n}@alice>\nSubject: status?\n\nstatus\n"
        );
        servers.send("alice@example.com", QUAD, &question).await;
        let began = Instant::now();
        servers.expect("alice@example.com", n).await;
        took.push(began.elapsed());
    }
    println!("  {}", spread(&took));
    Row {
        what: "mail handed in to reply delivered, IDLE, p95 of 50",
        measured: percentile_ms(&took, 95.0),
        must: 2_000.0,
        aim: 1_000.0,
        unit: "ms",
        command: "mail",
        holds: Ok(String::new()),
    }
}
