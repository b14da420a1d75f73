//! One breach is one message and one thread, from the first word to the last.

use serde_json::json;

use crate::support::bot::{Bot, START, minutes};
use crate::support::processes::free_port;
use crate::support::slack::{Fault, Posted};

/// `checkout` gets slow, and its one message with the diagnosis below it is read.
async fn checkout_is_slow(bot: &Bot) -> Posted<'_> {
    bot.metrics().set("p95_ms", "checkout", 2_400.0);
    bot.advance(minutes(2)).await;
    let alert = bot.slack().channel("ops").expect_message("checkout").await;
    alert.expect_reply("checkout").await;
    bot.settled().await;
    alert.read();
    alert
}

#[tokio::test]
async fn a_breach_stays_in_one_thread_until_it_recovers() {
    let bot = Bot::start().await;

    bot.metrics().set("p95_ms", "checkout", 2_400.0);
    bot.advance(minutes(2)).await;
    let alert = bot.slack().channel("ops").expect_message("checkout").await;
    let why = alert.expect_reply("checkout").await;
    insta::assert_snapshot!(why.text(), @r"
    :white_circle: checkout (prod): inconclusive; nothing that was looked at explains it
    P95: 2,400 ms in the last 2 min (60 ms before)
    Error rate: 0 % in the last 2 min (0 % before)
    Traffic: 33.3 req/s in the last 2 min (33.3 req/s before)
    P95 of checkout (prod), 12:59 to 13:59: from 60 ms to 2,400 ms at 13:58; warning line 200 ms; critical line 500 ms; alert since 13:57
    Root cause
    • No deployment, dependency, database, traffic or resource that was looked at changed with it
    Not seen: no source measures CPU, memory, database queries of checkout
    ");
    bot.settled().await;
    insta::assert_snapshot!(alert.read(), @r"
    :red_circle: #1 checkout (prod) has been slow since 13:57: P95 2,400 ms (the line is 500 ms)
    P95 POST /api/pay: 2,400 ms over 60 s (line 500 ms)
    Nobody has acknowledged it yet.
    ");
    insta::assert_snapshot!(alert.controls(), @"[Acknowledge] [Silence 1 h] [More: Resolve, False alarm, Why, Silence for …, Resolve, and say how …]");

    bot.advance(minutes(5)).await;
    bot.expect_silence().await; // Still broken is not news.

    bot.metrics().set("p95_ms", "checkout", 60.0);
    bot.advance(minutes(5)).await;
    let end = alert.expect_reply("Recovered").await;
    insta::assert_snapshot!(end.text(), @":large_green_circle: Recovered after 10 min.");
    alert.expect_edit("Recovered").await;
    insta::assert_snapshot!(alert.text(), @r"
    :large_green_circle: #1 checkout (prod) was slow from 13:57 to 14:07 (10 min)
    P95 POST /api/pay: 2,300 ms over 60 s when last seen (line 500 ms)
    Recovered by itself at 14:07.
    ");
    insta::assert_snapshot!(alert.controls(), @"[Why] [More: False alarm]");

    bot.slack().channel("ops").expect_only(&alert);
    bot.finish().await;
}

#[tokio::test]
async fn one_thumb_acknowledges_and_the_message_says_who_and_when() {
    let bot = Bot::start().await;
    let alert = checkout_is_slow(&bot).await;

    bot.slack().click(&alert, "Acknowledge", "alice");
    alert.expect_edit("Acknowledged by Alice Liddell").await;
    insta::assert_snapshot!(alert.text(), @r"
    :large_blue_circle: #1 checkout (prod) has been slow since 13:57: P95 2,400 ms (the line is 500 ms)
    P95 POST /api/pay: 2,400 ms over 60 s (line 500 ms)
    Acknowledged by Alice Liddell at 13:59.
    ");
    insta::assert_snapshot!(alert.controls(), @"[Resolve] [Silence 1 h] [More: False alarm, Why, Undo, Resolve, and say how …, Silence for …]");

    // Nothing is said beside it, and nothing is marked: the message itself shows it.
    assert!(alert.reactions().is_empty());
    bot.slack().click(&alert, "Undo", "bob");
    alert.expect_edit("Nobody has acknowledged it yet").await;
    bot.finish().await;
}

#[tokio::test]
async fn of_two_who_press_at_once_the_second_learns_who_was_first() {
    let bot = Bot::start().await;
    let alert = checkout_is_slow(&bot).await;

    bot.slack().click(&alert, "Acknowledge", "alice");
    bot.slack().click(&alert, "Acknowledge", "bob");
    alert.expect_edit("Acknowledged by").await;
    bot.settled().await;
    let first = if alert.text().contains("by Alice Liddell") {
        ("Alice Liddell", "bob")
    } else {
        ("Bob Cratchit", "alice")
    };
    let told = bot.slack().channel("ops").expect_private(first.1, "already acknowledged").await;
    assert!(told.text().contains(first.0), "{}", told.text());
    bot.finish().await;
}

#[tokio::test]
async fn who_does_not_respond_gets_a_private_word_and_changes_nothing() {
    let bot = Bot::start().await;
    let alert = checkout_is_slow(&bot).await;

    bot.slack().click(&alert, "Acknowledge", "carol");
    let viewer = bot.slack().channel("ops").expect_private("carol", "").await;
    insta::assert_snapshot!(viewer.text(), @"You need the role responder to change alerts; you hold the role viewer, so nothing was changed. Whoever runs quad can give it to you in its configuration.");
    bot.slack().click(&alert, "Resolve", "mallory");
    let stranger = bot.slack().channel("ops").expect_private("mallory", "").await;
    insta::assert_snapshot!(stranger.text(), @"You need the role responder to change alerts; you hold no role, so nothing was changed. Whoever runs quad can give it to you in its configuration.");

    bot.advance(minutes(1)).await;
    assert!(alert.text().contains("Nobody has acknowledged it yet"));
    bot.finish().await;
}

#[tokio::test]
async fn a_silence_keeps_quiet_and_ends_with_a_word() {
    let bot = Bot::start().await;
    let alert = checkout_is_slow(&bot).await;

    bot.slack().click(&alert, "Silence 1 h", "bob");
    alert.expect_edit("Silenced until").await;
    insta::assert_snapshot!(alert.text(), @r"
    :red_circle: #1 checkout (prod) has been slow since 13:57: P95 2,400 ms (the line is 500 ms)
    P95 POST /api/pay: 2,400 ms over 60 s (line 500 ms)
    Nobody has acknowledged it yet. Silenced until 14:59 by Bob Cratchit.
    ");
    bot.advance(minutes(50)).await;
    bot.settled().await;
    alert.read();
    bot.expect_silence().await;

    bot.advance(minutes(15)).await;
    let over = alert.expect_reply("silence").await;
    insta::assert_snapshot!(over.text(), @":red_circle: The silence is over and it still goes on: checkout (prod) is slow: P95 2,400 ms.");
    bot.settled().await;
    alert.read();
    bot.finish().await;
}

#[tokio::test]
async fn the_menu_resolves_explains_and_marks_false_alarms() {
    let bot = Bot::start().await;
    let alert = checkout_is_slow(&bot).await;

    bot.slack().click(&alert, "Why", "carol");
    let why = alert.expect_reply("checkout").await;
    insta::assert_snapshot!(why.text(), @r"
    :white_circle: checkout (prod): inconclusive; nothing that was looked at explains it
    P95: 2,400 ms in the last 2 min (60 ms before)
    Error rate: 0 % in the last 2 min (0 % before)
    Traffic: 33.3 req/s in the last 2 min (33.3 req/s before)
    Root cause
    • No deployment, dependency, database, traffic or resource that was looked at changed with it
    Not seen: no source measures CPU, memory, database queries of checkout
    #1 (critical) checkout (prod) has been slow since 13:57: P95 2,400 ms (the line is 500 ms); nobody looks at it yet
    ");

    bot.slack().click(&alert, "Resolve", "alice");
    alert.expect_edit("Resolved by Alice Liddell").await;
    insta::assert_snapshot!(alert.text(), @r"
    :large_green_circle: #1 checkout (prod) was slow from 13:57 to 13:59 (2 min)
    P95 POST /api/pay: 2,400 ms over 60 s when last seen (line 500 ms)
    Resolved by Alice Liddell at 13:59.
    ");
    bot.slack().click(&alert, "Undo", "alice");
    alert.expect_edit("Nobody has acknowledged it yet").await;

    bot.slack().click(&alert, "False alarm", "alice");
    alert.expect_edit("false alarm").await;
    insta::assert_snapshot!(alert.text(), @r"
    :large_green_circle: #1 checkout (prod) was slow from 13:57 to 13:59 (2 min)
    P95 POST /api/pay: 2,400 ms over 60 s when last seen (line 500 ms)
    Resolved by Alice Liddell at 13:59. Marked as a false alarm by Alice Liddell.
    ");
    bot.advance(minutes(20)).await;
    bot.finish().await; // It goes on, and nobody wants to hear of it.
}

#[tokio::test]
async fn what_a_person_closed_too_early_opens_again() {
    let bot = Bot::start().await;
    let alert = checkout_is_slow(&bot).await;

    bot.slack().click(&alert, "Resolve", "alice");
    alert.expect_edit("Resolved by Alice Liddell").await;
    bot.advance(minutes(12)).await;
    let again = alert.expect_reply("goes on").await;
    assert!(again.is_broadcast());
    insta::assert_snapshot!(again.text(), @":red_circle: It goes on 10 min after Alice Liddell closed it, so it is open again: checkout (prod) is slow: P95 2,400 ms.");
    bot.settled().await;
    insta::assert_snapshot!(alert.read(), @r"
    :red_circle: #1 checkout (prod) has been slow since 13:57: P95 2,400 ms (the line is 500 ms)
    P95 POST /api/pay: 2,400 ms over 60 s (line 500 ms)
    Nobody has acknowledged it yet. It came back once.
    ");
    bot.slack().channel("ops").expect_only(&alert);
    bot.finish().await;
}

#[tokio::test]
async fn an_alert_that_comes_back_is_the_same_alert() {
    let bot = Bot::start().await;
    let alert = checkout_is_slow(&bot).await;
    bot.metrics().set("p95_ms", "checkout", 60.0);
    bot.advance(minutes(5)).await;
    alert.expect_reply("Recovered").await;

    bot.metrics().set("p95_ms", "checkout", 3_000.0);
    bot.advance(minutes(5)).await;
    let back = alert.expect_reply("It is back").await;
    insta::assert_snapshot!(back.text(), @":red_circle: It is back, 3 min after it was over: checkout (prod) is slow: P95 2,439 ms.");
    bot.settled().await;
    insta::assert_snapshot!(alert.read(), @r"
    :red_circle: #1 checkout (prod) has been slow since 14:04: P95 2,984 ms (the line is 500 ms)
    P95 POST /api/pay: 2,984 ms over 60 s (line 500 ms)
    Nobody has acknowledged it yet. It came back once.
    ");
    alert.read_thread();
    bot.slack().channel("ops").expect_only(&alert);
    bot.finish().await;
}

#[tokio::test]
async fn an_acknowledgement_that_is_forgotten_is_asked_for_again() {
    let more = json!({"alerts": {"life": {"acknowledgement_minutes": 30}}});
    let bot = Bot::start_with(more, START).await;
    let alert = checkout_is_slow(&bot).await;
    bot.slack().click(&alert, "Acknowledge", "alice");
    alert.expect_edit("Acknowledged by").await;

    bot.advance(minutes(28)).await;
    bot.settled().await;
    alert.read();
    bot.expect_silence().await;
    bot.advance(minutes(4)).await;
    let reminder = alert.expect_reply("expired").await;
    insta::assert_snapshot!(reminder.text(), @":red_circle: The acknowledgement by Alice Liddell has expired and it still goes on: checkout (prod) is slow: P95 2,400 ms. Who looks at it?");
    assert!(reminder.is_broadcast(), "whoever does not follow the thread should see it");
    bot.settled().await;
    assert!(alert.read().contains("Nobody"));
    bot.finish().await;
}

#[tokio::test]
async fn planned_work_is_not_news_and_what_outlasts_it_is() {
    let window = json!([{"what": "Database maintenance", "from": "2026-01-08T13:55", "to": "2026-01-08T14:10", "services": ["checkout"]}]);
    let bot = Bot::start_with(json!({"maintenance": window}), START).await;
    bot.metrics().set("p95_ms", "checkout", 2_400.0);
    bot.advance(minutes(10)).await;
    bot.expect_silence().await;

    bot.advance(minutes(6)).await;
    let alert = bot.slack().channel("ops").expect_message("checkout").await;
    insta::assert_snapshot!(alert.text(), @r"
    :red_circle: #1 checkout (prod) has been slow since 13:57: P95 2,400 ms (the line is 500 ms)
    P95 POST /api/pay: 2,400 ms over 60 s (line 500 ms)
    Nobody has acknowledged it yet.
    ");
    bot.settled().await;
    alert.read_thread();
    alert.read();
    bot.finish().await;
}

#[tokio::test]
async fn a_source_that_is_down_is_one_alert_and_never_all_is_well() {
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let more = json!({"sources": {"prometheus": [{"base_url": nobody}]}});
    let bot = Bot::start_with(more, START).await;
    let alert = bot.slack().channel("ops").expect_message("prometheus").await;
    bot.advance(minutes(10)).await;
    bot.settled().await;
    insta::assert_snapshot!(alert.read(), @r"
    :large_yellow_circle: #1 No data from prometheus since 13:52: connection refused
    Cause: the source prometheus gives no data (connection refused); what it measures may be well
    Fix: Check whether prometheus runs and can be reached from here (about 5 min)
    Nobody has acknowledged it yet.
    ");
    insta::assert_snapshot!(alert.controls(), @"[Acknowledge] [Silence 1 h] [More: Resolve, False alarm, Silence for …, Resolve, and say how …]");
    bot.slack().channel("ops").expect_only(&alert);

    let asked = bot.slack().mention("ops", "carol", "is everything ok?");
    let answer = asked.expect_reply("").await;
    alert.read_thread();
    insta::assert_snapshot!(answer.text(), @r"
    :large_yellow_circle: 1 alert open, none critical.
    • #1 (warning) No data from prometheus since 13:52: connection refused; nobody looks at it yet
                       P95  Error rate     Traffic
    checkout (prod)  60 ms         0 %  33.3 req/s
    web (prod)       60 ms         0 %  33.3 req/s
    What I can't see
    • no data from prometheus since 13:52: connection refused
    • no source measures CPU, memory, database query time of checkout, web
    ");
    bot.finish().await;
}

#[tokio::test]
async fn a_service_that_stops_answering_is_one_alert() {
    let bot = Bot::start().await;
    bot.metrics().down("checkout");
    bot.advance(minutes(10)).await;
    let alert = bot.slack().channel("ops").expect_message("checkout").await;
    let why = alert.expect_reply("").await;
    insta::assert_snapshot!(why.text(), @r"
    checkout (prod): very likely checkout itself does not answer
    Answering: 0 % in the last minute (100 % before)
    P95: 60 ms in the last minute (60 ms before)
    Error rate: 0 % in the last minute (0 % before)
    Root cause
    • checkout does not answer [E1]
    • checkout was not deployed in the 20 min before [E2]
    Quick fixes (effort: about 2 min)
    1. Check whether checkout runs, and start it (about 2 min)
    2. If it runs: read its last log lines, and check address, port and network (about 15 min)
    Confidence 95 %: 2 observations fit, none speaks against it. Not seen: no source measures CPU, memory, database queries of checkout
    ");
    bot.settled().await;
    insta::assert_snapshot!(alert.read(), @r"
    :red_circle: #1 checkout (prod) has not answered since 13:57: HTTP 503
    Cause: checkout itself does not answer
    Fix: Check whether checkout runs, and start it (about 2 min)
    Nobody has acknowledged it yet.
    ");

    bot.metrics().up("checkout");
    bot.advance(minutes(5)).await;
    alert.expect_reply("Recovered").await;
    bot.settled().await;
    insta::assert_snapshot!(alert.read(), @r"
    :large_green_circle: #1 checkout (prod) did not answer from 13:57 to 14:09 (12 min)
    Cause: checkout itself does not answer
    Recovered by itself at 14:09.
    ");
    bot.slack().channel("ops").expect_only(&alert);
    bot.finish().await;
}

#[tokio::test]
async fn a_lost_reply_is_not_posted_twice() {
    let bot = Bot::start().await;
    // The outcome of the first send is unknown.
    bot.slack().next("chat.postMessage", Fault::AcceptThenDrop);

    bot.metrics().set("p95_ms", "checkout", 2_400.0);
    bot.advance(minutes(2)).await;
    let alert = bot.slack().channel("ops").expect_message("checkout").await;
    bot.advance(minutes(1)).await;
    bot.settled().await;
    alert.read_thread();
    alert.read();
    bot.slack().channel("ops").expect_only(&alert);
    bot.finish().await;
}
