//! The weekly report, and reports that people ask for to themselves.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::bot::{Bot, minutes};
use crate::support::discord::Discord;

#[tokio::test]
async fn on_monday_the_week_is_told_with_quads_own_record() {
    let bot = Bot::start().await; // Thursday, 13:57 in Berlin
    bot.metrics().set("p95_ms", "checkout", 2_400.0);
    bot.advance(minutes(2)).await;
    let alert = bot.slack().channel("ops").expect_message("checkout").await;
    bot.settled().await;
    bot.advance(minutes(3)).await;
    bot.slack().click(&alert, "Acknowledge", "alice");
    alert.expect_edit("Acknowledged by").await;
    bot.metrics().set("p95_ms", "checkout", 60.0);
    bot.advance(minutes(10)).await;
    alert.expect_edit("Recovered by itself").await;
    bot.settled().await;
    alert.read_thread();
    alert.read();

    // Monday, 09:05.
    let bot = bot.restart_after(TimeDelta::hours(91)).await;
    let report = bot.slack().channel("ops").expect_message("Weekly report").await;
    bot.settled().await;
    let text = report.text();
    insta::assert_snapshot!(text, @"
    :large_green_circle: Weekly report, Mon 5 Jan to Sun 11 Jan 2026: 100 % uptime, 1 alert
    Uptime: 100 %, from 0.2 % of the minutes (nothing kept of that week last year)
    Alerts: 1, 1 critical (0 the week before)
    Time to detect: 30 s (nothing to compare it with the week before)
    Time to acknowledge: 4 min (nothing to compare it with the week before)
    Time to resolve: 7 min (nothing to compare it with the week before)
    False alarms: 0 %, 0 of 1 (none the week before)
    Found before anyone asked: 100 %, 1 of 1 (none the week before)
    Noisiest alerts
    • once: checkout (prod), slow response, 7 min 30 s in all
    How useful was I in the last three months?
    Uptime: share of minutes with data in which a service answered, all services together; promised 99.9 %
    Alerts: what opened in the week and was told to somebody, each once
    Time to detect: from the first bad value until the alert opened
    Time to acknowledge: from its opening until a person had it
    Time to resolve: from its opening until it was over
    False alarms: share of the alerts that a person marked as one
    Found before anyone asked: share of the other alerts about which nobody had asked in a chat or mail between the first bad value and the opening
    Noisiest alerts: how often alerts of one kind about one subject opened or came back
    ");
    report.read_thread();
    bot.slack().channel("ops").expect_message("Daily report").await.read_thread();

    // The first week of a quarter asks a question.
    bot.slack().click(&report, "very useful", "carol");
    report.expect_private("carol", "Noted: very useful").await;
    assert!(bot.audit().await.contains("rated quad"), "{}", bot.audit().await);
    bot.finish().await;
}

#[tokio::test]
async fn a_person_gets_the_report_they_asked_for_until_they_end_it() {
    let bot = Bot::start_with(json!({"alerts": {"daily_report_time": null}}), "2026-01-08T05:52:00Z").await;
    let asked = bot.slack().mention("ops", "alice", "send me the daily report at 7");
    let answer = asked.expect_reply("").await;
    insta::assert_snapshot!(answer.text(), @"
    You get the daily report, you alone: every day at 07:00 (Europe/Berlin).
    unsubscribe from the daily report ends it
    ");
    bot.advance(minutes(9)).await;
    let report = bot.slack().channel("alice").expect_message("Daily report for Wednesday").await;
    assert!(report.text().contains("You asked me for this"), "{}", report.text());
    bot.settled().await;
    report.read_thread();

    // Over a restart it goes on, once a day.
    let bot = bot.restart_after(TimeDelta::hours(24)).await;
    let report = bot.slack().channel("alice").expect_message("Daily report for Thursday").await;
    bot.settled().await;
    report.read_thread();
    bot.expect_silence().await;

    let asked = bot.slack().mention("ops", "alice", "unsubscribe from the daily report");
    asked.expect_reply("don't get the daily report").await;
    let bot = bot.restart_after(TimeDelta::hours(24)).await;
    let asked = bot.slack().mention("ops", "alice", "unsubscribe");
    asked.expect_reply("You get no such report").await;
    bot.finish().await;
}

#[tokio::test]
async fn whoever_may_not_read_any_more_gets_no_report_any_more() {
    let bot = Bot::start_with(json!({"alerts": {"daily_report_time": null}}), "2026-01-08T05:52:00Z").await;
    let asked = bot.slack().mention("ops", "carol", "send me the daily report at 7");
    asked.expect_reply("every day at 07:00").await;
    bot.settled().await;
    bot.slack().becomes_guest("carol");
    // Who people are is asked anew after a while, and at a start.
    let bot = bot.restart_after(TimeDelta::hours(24)).await;
    bot.advance(minutes(1)).await;
    bot.expect_silence().await;
    assert_eq!(bot.store().subscriptions().await.expect("reads"), []);
    bot.finish().await;
}

#[tokio::test]
async fn in_discord_it_comes_as_a_direct_message() {
    let discord = Discord::start().await;
    let settings =
        json!({"discord": discord.settings(), "slack": null, "alerts": {"daily_report_time": null}});
    let bot = Box::pin(Bot::start_with(settings, "2026-01-08T05:52:00Z")).await;
    discord.listened_to(1, 0).await;
    discord
        .mention("ops", "alice", "send me the daily report at 7")
        .expect_answer("every day at 07:00")
        .await;
    bot.advance(minutes(9)).await;
    discord.expect_private("alice", "Daily report for Wednesday").await;
    bot.settled().await;
    discord.read_everything();
    discord.finish();
}
