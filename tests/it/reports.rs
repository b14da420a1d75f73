//! The report at nine: once, in the team's time, and late rather than never.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::bot::{Bot, minutes};

fn hours(count: i64) -> TimeDelta {
    TimeDelta::hours(count)
}

#[tokio::test]
async fn the_report_is_posted_once_at_nine_in_berlin() {
    // 08:52 in Berlin.
    let bot = Bot::start_with(json!({}), "2026-01-08T07:52:00Z").await;
    bot.advance(minutes(2)).await;
    bot.expect_silence().await; // 08:59

    bot.advance(minutes(1)).await;
    let report = bot.slack().channel("ops").expect_message("").await;
    insta::assert_snapshot!(report.text(), @r"
    :white_circle: Daily report for Wednesday, 7 January 2026: nothing was measured
    Summary
    • Uptime: no source (SLA 99.9 %)
    • Issues: 0 detected, 0 of them resolved
    • Traffic: no source
    Performance
    Metric               6 Jan          7 Jan          Trend
    API P95              no source      no source      -
    DB query P95         no source      no source      -
    Error rate           no source      no source      -
    Deployment duration  no deployment  no deployment  -
    Detected issues
    • None, but nothing was measured
    Upcoming
    • No maintenance window in the next 14 days
    Team actions
    • Nothing follows from the numbers
    Uptime: share of minutes with data in which a service answered. Times: Europe/Berlin.
    ");
    bot.settled().await;
    report.read_thread();

    bot.sleep(hours(10));
    bot.tick().await;
    bot.finish().await;
}

#[tokio::test]
async fn a_restart_neither_repeats_nor_forgets_the_report() {
    let bot = Bot::start_with(json!({}), "2026-01-08T07:52:00Z").await;
    bot.advance(minutes(5)).await;
    bot.slack().channel("ops").expect_message("Jan").await.read_thread();

    let bot = bot.restart_after(minutes(1)).await;
    bot.expect_silence().await;

    // Down over the next morning: at 09:35 it is late, and says so.
    let bot = bot.restart_after(hours(24) + minutes(20)).await;
    let late = bot.slack().channel("ops").expect_message("").await;
    bot.settled().await;
    insta::assert_snapshot!(late.text(), @r"
    :large_green_circle: Daily report for Thursday, 8 January 2026: 100 % uptime, no issues
    Summary
    • 100 % uptime (SLA 99.9 %: held), from 1.18 % of the minutes
    • Issues: 0 detected, 0 of them resolved
    • Traffic: 80.0 k requests (day before: no data)
    Performance
    Metric               7 Jan          8 Jan          Trend
    API P95              no source      60 ms          -
    DB query P95         no source      no source      -
    Error rate           no source      0 %            -
    Deployment duration  no deployment  no deployment  -
    Uptime by service
    Service          Uptime  Not answering  Minutes with data
    checkout (prod)   100 %          0 min             1.18 %
    web (prod)        100 %          0 min             1.18 %
    Detected issues
    • None in what was seen
    Upcoming
    • No maintenance window in the next 14 days
    Team actions
    • checkout (prod) was measured in only 1.18 % of the minutes: run quad doctor
    • web (prod) was measured in only 1.18 % of the minutes: run quad doctor
    Requests, API P95 and error rate are those of checkout, web, weighted by traffic. Uptime: share of minutes with data in which a service answered. Times: Europe/Berlin.
    Late: it was due at 09:00, and quad was not running then
    ");
    late.read_thread();
    bot.finish().await;
}

#[tokio::test]
async fn a_morning_with_another_hour_has_one_report_too() {
    for day in ["2026-03-29", "2026-10-25"] {
        // Two o'clock is skipped in March and comes twice in October, so nine is 07:00 and 08:00 UTC.
        let before = if day == "2026-03-29" { "06:55" } else { "07:55" };
        let bot = Bot::start_with(json!({}), &format!("{day}T{before}:00Z")).await;
        bot.slack().channel("ops").expect_message("").await.read_thread();
        bot.sleep(hours(23));
        bot.tick().await;
        bot.finish().await;
    }
}

#[tokio::test]
async fn a_report_set_for_a_minute_that_is_skipped_or_comes_twice_runs_once() {
    let at_half_past_two = json!({"alerts": {"daily_report_time": "02:30"}});
    for (start, quiet) in [
        // 02:30 does not exist; 03:00 (01:00 UTC) is the next minute that does.
        ("2026-03-29T00:53:00Z", 1),
        // 02:30 comes at 00:30 and at 01:30 UTC; the first one counts.
        ("2026-10-25T00:23:00Z", 1),
    ] {
        let bot = Bot::start_with(at_half_past_two.clone(), start).await;
        bot.advance(minutes(quiet)).await;
        bot.expect_silence().await;
        bot.advance(minutes(2)).await;
        bot.slack().channel("ops").expect_message("").await.read_thread();
        bot.sleep(hours(2));
        bot.tick().await;
        bot.finish().await;
    }
}
