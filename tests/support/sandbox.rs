//! A workspace to try quad in by hand: the tests' stand-in for Slack, as a program.
//!
//!     cargo run --example sandbox
//!
//! It prints the configuration to start quad with. Then people do what its lines say, and whatever is
//! said or changed is printed:
//!
//!     alice in ops: is everything ok?      a mention of quad
//!     alice: status                        a direct message
//!     alice in ops /quad status            the slash command
//!     alice presses Acknowledge            on the newest message that offers it

#[allow(dead_code, reason = "the tests use all of it")]
#[path = "slack/mod.rs"]
mod slack;

use std::collections::HashMap;
use std::time::Duration;

use slack::Slack;
use slack::workspace::Message;
use tokio::io::{AsyncBufReadExt as _, BufReader};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let slack = Slack::start().await;
    introduce(&slack);
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut shown = HashMap::new();
    let mut look = tokio::time::interval(Duration::from_millis(100));
    loop {
        tokio::select! {
            _ = look.tick() => show(&slack.read_everything(), &mut shown),
            line = lines.next_line() => match line {
                Ok(Some(line)) => obey(&slack, line.trim()),
                _ => return,
            }
        }
    }
}

/// What quad must know of the workspace.
fn introduce(slack: &Slack) {
    let config = slack.config();
    let file = serde_json::json!({
        "alerts": {"slack_channel": "#ops"},
        "slack": {
            "bot_token": config.bot_token,
            "app_token": config.app_token,
            "base_url": config.base_url,
            "roles": {"responder": {"groups": ["sre"]}},
        },
    });
    println!("# quad --config FILE, with this in the file (alice is in the group sre):\n{file}\n");
}

fn obey(slack: &Slack, line: &str) {
    if line.is_empty() {
        return;
    }
    let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        if let Some((by, label)) = line.split_once(" presses ") {
            let offering = slack.read_everything().into_iter().rev();
            let offering =
                offering.map(|message| (message.channel.clone(), message.text.clone(), message.blocks));
            let found = offering.into_iter().find(|(_, _, blocks)| blocks.to_string().contains(label));
            let (channel, text, _) = found.unwrap_or_else(|| panic!("no message offers {label}"));
            let message = slack.find(&channel, &text).expect("it was just there");
            slack.click(&message, label, by);
        } else if let Some((who, text)) = line.split_once(" /quad ") {
            let (by, channel) = who.split_once(" in ").unwrap_or((who, "ops"));
            slack.slash(channel, by, text);
        } else if let Some((who, text)) = line.split_once(": ") {
            match who.split_once(" in ") {
                Some((by, channel)) => drop(slack.mention(channel, by, text)),
                None => drop(slack.direct(who, text)),
            }
        } else {
            println!("? alice in ops: TEXT, alice: TEXT, alice in ops /quad TEXT, alice presses LABEL");
        }
    }));
    if told.is_err() {
        println!("? {line:?} names somebody or something that is not there");
    }
}

/// Prints what is new, and what has changed since it was shown.
fn show(messages: &[Message], shown: &mut HashMap<String, String>) {
    for message in messages {
        let before = shown.insert(message.ts.clone(), message.text.clone());
        if before.as_deref() == Some(message.text.as_str()) {
            continue;
        }
        let edited = if before.is_some() { " (edited)" } else { "" };
        let indent = if message.thread.is_some() { "    " } else { "" };
        println!("{indent}{} in {}{edited}: {}", message.user, message.channel, message.text);
    }
}
