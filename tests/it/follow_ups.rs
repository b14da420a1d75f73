//! A thread remembers what it is about: "and web?", "why?", "same for yesterday", over restarts too.

use quad::model::inbound::{Inbound, Said};
use quad::model::outgoing::{Place, Platform};
use quad::model::person::{Person, Role};
use quad::render::plain;

use crate::support::bot::{Bot, minutes};

fn headline(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_thread_goes_on_where_it_was() {
    let bot = Bot::start().await;
    let asked = bot.slack().mention("ops", "carol", "why is checkout slow?");
    asked.expect_reply("checkout").await;
    let mut said = Vec::new();
    for text in ["and web?", "errors?", "and in qa?", "same for yesterday", "checkout?", "what about latency"]
    {
        bot.slack().mention_under(&asked, "carol", text);
        let answer = asked.expect_reply("").await.text();
        let reading = answer.lines().rev().find(|line| line.contains("Read as")).unwrap_or_default();
        said.push(format!("{text} -> {} | {}", headline(&answer), reading));
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    and web? -> :white_circle: I have too little history to compare: P95 of web (prod) is 60 ms (nothing to compare it with yet) | Read as: latency of web
    errors? -> :white_circle: I have too little history to compare: Answering of web (prod) is 100 % (nothing to compare it with yet) | Read as: errors of web
    and in qa? -> :white_circle: I can't say: no source measured errors of web (qa) in that time | Read as: errors of web in qa
    same for yesterday -> :white_circle: I can't say: no source measured errors of web (qa) in that time | Read as: errors of web in qa, on Wed 7 Jan
    checkout? -> :white_circle: I can't say: no source measured errors of checkout (qa) in that time | Read as: errors of checkout in qa, on Wed 7 Jan
    what about latency -> :white_circle: I can't say: no source measured latency of checkout (qa) in that time | Read as: latency of checkout in qa, on Wed 7 Jan
    ");
    bot.finish().await;
}

#[tokio::test]
async fn a_thread_remembers_after_a_restart() {
    let bot = Bot::start().await;
    let asked = bot.slack().mention("ops", "carol", "errors on checkout");
    asked.expect_reply("checkout").await;
    bot.settled().await;
    let bot = bot.restart_after(minutes(2)).await;
    let asked = bot.slack().question("ops", "errors on checkout");
    bot.slack().mention_under(&asked, "carol", "and web?");
    asked.expect_reply("web").await;
    bot.finish().await;
}

#[tokio::test]
async fn in_an_alerts_thread_the_alert_is_what_it_is_about() {
    let bot = Bot::start().await;
    bot.metrics().set("p95_ms", "checkout", 2_400.0);
    bot.advance(minutes(2)).await;
    let alert = bot.slack().channel("ops").expect_message("checkout").await;
    bot.settled().await;
    alert.read();
    alert.read_thread();
    for (text, expected) in
        [("why?", "checkout"), ("and web?", "web"), ("same for checkout", "checkout"), ("1", "checkout")]
    {
        bot.slack().mention_under(&alert, "carol", text);
        alert.expect_reply(expected).await;
    }
    bot.finish().await;
}

#[tokio::test]
async fn a_follow_up_to_nothing_says_so() {
    let bot = Bot::start().await;
    let asked = bot.slack().mention("ops", "carol", "why?");
    let answer = asked.expect_reply("").await;
    insta::assert_snapshot!(answer.text(), @"I don't know what that continues: nothing was asked here before. Ask in full, such as why is checkout slow?");
    // With a name there is a likely reading.
    let asked = bot.slack().mention("ops", "carol", "and web?");
    asked.expect_reply("web").await;
    bot.finish().await;
}

#[tokio::test]
async fn on_the_page_and_at_the_prompt_each_person_has_a_thread_of_their_own() {
    let bot = Bot::start().await;
    let ask = async |platform, person: &str, text: &str| {
        let inbound = Inbound {
            event_id: uuid::Uuid::new_v4().to_string(),
            platform,
            place: Place { channel: "here".to_owned(), thread: None },
            person: Person { id: person.to_owned(), name: person.to_owned(), role: Some(Role::Viewer) },
            said: Said::Text(text.to_owned()),
            at: bot.app().clock().now(),
            message: None,
            reply_url: None,
            aside: false,
            edited: false,
            said_in: None,
        };
        headline(&plain::text(&bot.app().chat().answer(&inbound).await))
    };
    ask(Platform::Page, "ana", "why is checkout slow?").await;
    ask(Platform::Page, "ben", "list open alerts").await;
    let answer = ask(Platform::Page, "ana", "and web?").await;
    assert!(answer.contains("P95 of web"), "{answer}");
    let answer = ask(Platform::Page, "ben", "and web?").await;
    assert!(answer.contains("No alert is open of web"), "{answer}");
    let answer = ask(Platform::Terminal, "ana", "why?").await;
    assert!(answer.contains("what that continues"), "{answer}");
    bot.finish().await;
}
