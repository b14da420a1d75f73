//! What changes what quad goes by is shown exactly, waits for its click, and is done once.

use quad::model::signal::Signal;
use quad::model::subject::Subject;
use serde_json::{Value, json};

use crate::support::bot::{Bot, START, minutes};
use crate::support::slack::Posted;

/// alice may change thresholds, bob and carol may not.
fn roles() -> Value {
    json!({"slack": {"roles": {
        "admin": {"emails": ["alice@example.com"]},
        "operator": {"emails": ["bob@example.com"]},
        "responder": {"emails": ["carol@example.com"]},
    }}})
}

async fn asked<'b>(bot: &'b Bot, by: &str, text: &str) -> (Posted<'b>, Posted<'b>) {
    let asked = bot.slack().mention("ops", by, text);
    let answer = asked.expect_reply("").await;
    (asked, answer)
}

async fn line(bot: &Bot, service: &str) -> (f64, String) {
    let all = bot.app().readable().thresholds().await.expect("reads");
    let lines = all.lines(Signal::ApiResponseTime, &Subject::service("prod", service)).expect("has lines");
    (lines.critical, lines.origin)
}

#[tokio::test]
async fn a_threshold_is_shown_approved_in_force_and_taken_back() {
    let bot = Bot::start_with(roles(), START).await;
    let (_, shown) = asked(&bot, "carol", "set the latency threshold of web to 300 ms").await;
    insta::assert_snapshot!(shown.read(), @r"
    Change 1, asked by carol: set the critical line (threshold) of P95 of web from 500 ms to 300 ms?
    • Warning from 120 ms, critical from 300 ms, at the next check
    Nothing has happened yet. It needs the role admin and expires at 14:07. Typed: approve 1, cancel 1
    ");
    assert!(line(&bot, "web").await.0 > 300.0, "nothing has happened yet");

    // Who asked may not approve it, and is told so alone.
    bot.slack().click(&shown, "Approve", "carol");
    shown.expect_private("carol", "needs the role admin").await;
    bot.slack().click(&shown, "Approve", "alice");
    shown.expect_edit("is done").await;
    bot.settled().await;
    insta::assert_snapshot!(shown.read(), @r"
    :large_green_circle: Change 1 is done: set the critical line (threshold) of P95 of web from 500 ms to 300 ms. Approved by Alice Liddell at 13:57.
    Asked by carol. Typed: undo change 1
    ");
    let (critical, origin) = line(&bot, "web").await;
    assert!((critical - 300.0).abs() < 1e-9 && origin.starts_with("set in chat by carol"), "{origin}");

    // It is in force at the next check: 400 ms are over the new line, and were not over the old one.
    bot.metrics().set("p95_ms", "web", 400.0);
    bot.advance(minutes(3)).await;
    bot.settled().await;
    let alert = bot.slack().channel("ops").expect_message("web").await;
    assert!(alert.read().contains("line 300 ms"), "{}", alert.text());
    alert.read_thread();
    bot.metrics().set("p95_ms", "web", 60.0);

    let (_, told) = asked(&bot, "alice", "undo change 1").await;
    assert!(told.text().contains("taken back by Alice"), "{}", told.text());
    shown.expect_edit("taken back").await;
    assert!(line(&bot, "web").await.0 > 300.0);

    let (_, answer) = asked(&bot, "carol", "who changed the threshold today?").await;
    let said = answer.text();
    for line in [
        "Alice Liddell: took back change 1",
        "Alice Liddell: approved change 1",
        "carol: tried to approve change 1",
    ] {
        assert!(said.contains(line), "{said}");
    }
    bot.settled().await;
    bot.slack().read_everything();
    bot.finish().await;
}

#[tokio::test]
async fn of_two_clicks_one_wins_and_the_other_is_told() {
    let bot = Bot::start_with(
        json!({"slack": {"roles": {"admin": {
        "emails": ["alice@example.com", "bob@example.com"]}}}}),
        START,
    )
    .await;
    let (_, shown) = asked(&bot, "bob", "set the latency threshold of web to 300 ms").await;
    bot.slack().click(&shown, "Approve", "alice");
    bot.slack().click(&shown, "Approve", "bob");
    shown.expect_edit("is done").await;
    bot.settled().await;
    let refused =
        bot.slack().read_everything().into_iter().filter(|said| said.text.contains("already approved"));
    assert_eq!(refused.count(), 1);
    bot.finish().await;
}

#[tokio::test]
async fn a_change_expires_and_survives_a_restart() {
    let bot = Bot::start_with(roles(), START).await;
    let (_, shown) = asked(&bot, "alice", "silence prod for 2 hours").await;
    insta::assert_snapshot!(shown.read(), @r"
    Change 1, asked by Alice Liddell: say nothing about prod from 13:57 to 15:57?
    • No message about any alert of it until 15:57
    • I go on watching, and say so if something still fires then
    Nothing has happened yet. It needs the role operator and expires at 14:07. Typed: approve 1, cancel 1
    ");
    bot.settled().await;
    let bot = bot.restart_after(minutes(2)).await;
    let (_, told) = asked(&bot, "bob", "approve 1").await;
    assert!(told.text().contains("Change 1 is done"), "{}", told.text());
    bot.settled().await;
    // Nothing is said about anything in prod.
    bot.metrics().set("p95_ms", "checkout", 2_400.0);
    bot.slack().read_everything();
    bot.advance(minutes(3)).await;
    bot.expect_silence().await;

    let (_, shown) = asked(&bot, "carol", "maintenance of web from 22:00 to 23:00").await;
    assert!(shown.read().contains("maintenance of web"), "{}", shown.text());
    bot.advance(minutes(11)).await;
    shown.expect_edit("expired").await;
    let asked = bot.slack().mention("ops", "bob", "approve 2");
    asked.expect_private("bob", "waited too long").await;
    bot.settled().await;
    bot.slack().read_everything();
    bot.finish().await;
}

#[tokio::test]
async fn a_silence_of_everything_waits_for_its_click_and_exceptions_are_not_guessed() {
    let bot = Bot::start_with(roles(), START).await;
    let (_, shown) = asked(&bot, "alice", "silence everything for 2 hours").await;
    assert!(shown.read().contains("say nothing about everything from"), "{}", shown.text());
    let (_, told) = asked(&bot, "alice", "silence everything except checkout for 2 hours").await;
    assert!(told.read().contains("I changed nothing"), "{}", told.text());
    bot.settled().await;
    bot.finish().await;
}

#[tokio::test]
async fn a_name_that_was_taught_stands_for_several_services() {
    let bot = Bot::start_with(roles(), START).await;
    let (_, told) = asked(&bot, "alice", "call chekout and web the shop").await;
    assert!(told.text().contains("Did you mean checkout?"), "{}", told.text());
    let (_, shown) = asked(&bot, "alice", "call checkout and web the shop").await;
    assert!(shown.read().contains("Whoever says \"shop\" means checkout and web"), "{}", shown.text());
    let (_, told) = asked(&bot, "alice", "approve 1").await;
    assert!(told.text().contains("is done"), "{}", told.text());
    shown.expect_edit("is done").await;
    let (_, answer) = asked(&bot, "carol", "status of the shop").await;
    insta::assert_snapshot!(answer.text(), @r"
    :large_green_circle: Nothing is wrong with shop (checkout, web) as far as I can see: 2 watched, no alert open.
                       P95  Error rate     Traffic
    checkout (prod)  60 ms         0 %  33.3 req/s
    web (prod)       60 ms         0 %  33.3 req/s
    What I can't see
    • no source measures CPU, memory, database query time of checkout, web
    ");
    let (_, answer) = asked(&bot, "carol", "why is the shop slow?").await;
    assert!(answer.text().contains("checkout") || answer.text().contains("web"), "{}", answer.text());
    bot.settled().await;
    bot.slack().read_everything();
    bot.finish().await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_before_anybody_could_approve_it() {
    let bot = Bot::start_with(roles(), START).await;
    let mut said = Vec::new();
    for text in [
        "set the cpu threshold to 140%",
        "set the latency threshold of web",
        "set the threshold of web to 80%",
        "call checkout the web",
    ] {
        let (_, answer) = asked(&bot, "alice", text).await;
        said.push(format!("{text} -> {}", answer.text().lines().next().unwrap_or_default()));
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    set the cpu threshold to 140% -> 140 % is no line for CPU. Nothing was changed.
    set the latency threshold of web -> Say to which value, as in `set the latency threshold of web to 300 ms`. Nothing was changed.
    set the threshold of web to 80% -> Say of what: latency, error rate, database queries, CPU, memory or disk. Nothing was changed.
    call checkout the web -> web is a name already. Nothing was changed.
    ");
    bot.finish().await;
}
