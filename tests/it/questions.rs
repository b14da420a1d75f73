//! Questions about weeks, regions, promises, deployments and records: the answer first, with figures
//! and what they rest on, and an honest sentence where there is nothing to rest on.

use chrono::TimeDelta;
use quad::model::deployment::{Deployment, Learned};
use quad::model::sample::{Sample, Series, SeriesKey};
use quad::model::signal::Signal;
use quad::model::subject::Subject;
use quad::model::time::Moment;
use quad::model::uptime::Evidence;
use serde_json::json;

use crate::support::bot::{Bot, START, minutes};

fn start() -> Moment {
    START.parse().expect("a time")
}

/// `hours` of a series up to the start, a value every five minutes.
fn past(signal: Signal, subject: Subject, hours: i64, value: impl Fn(i64) -> f64) -> Series {
    let samples =
        (-hours * 12..0).map(|step| Sample { at: start() + minutes(step * 5), value: value(step) }).collect();
    Series { key: SeriesKey::new(signal, subject), samples }
}

async fn remember(bot: &Bot, series: &[Series]) {
    bot.store().record_history(series).await.expect("is kept");
    bot.store().housekeeping(bot.app().clock().now()).await.expect("keeps house");
}

async fn answers(bot: &Bot, texts: &[&str]) -> String {
    let mut said = Vec::new();
    for text in texts {
        let asked = bot.slack().mention("ops", "carol", text);
        let answer = asked.expect_reply("").await.text();
        said.push(format!("{text} -> {}", answer.lines().next().unwrap_or_default()));
    }
    bot.settled().await;
    said.join("\n")
}

#[tokio::test]
async fn without_history_nothing_is_made_up() {
    let bot = Bot::start().await;
    let said = answers(
        &bot,
        &[
            "is checkout getting slower over time",
            "which region is slowest",
            "when is the disk of db-1 full",
            "did our last deploy make it slower?",
            "did this happen before",
            "who acked 1234",
            "who's on call tonight",
        ],
    )
    .await;
    insta::assert_snapshot!(said, @r"
    is checkout getting slower over time -> :white_circle: I can't say how it developed: I have too few whole hours of both stretches of checkout.
    which region is slowest -> :white_circle: I can't compare regions: no source says in which region its figures are.
    when is the disk of db-1 full -> :white_circle: I can't forecast that: no source measures CPU, memory or disk against a limit.
    did our last deploy make it slower? -> :white_circle: I know of no deployment between Tue 9 Dec 13:57 and 13:57.
    did this happen before -> No alert that I know of, now or earlier.
    who acked 1234 -> :white_circle: Nobody acknowledged #1234 between Tue 9 Dec 13:57 and 13:57, as far as I know.
    who's on call tonight -> :white_circle: Nobody is configured to be on call: alerts go to their channel, and I page nobody.
    ");
    bot.finish().await;
}

#[tokio::test]
async fn a_week_is_compared_with_the_week_before() {
    let bot = Bot::start().await;
    let slower = |step: i64| if step > -7 * 288 { 140.0 } else { 100.0 } + (step % 7) as f64;
    remember(
        &bot,
        &[
            past(Signal::ApiResponseTime, Subject::service("prod", "checkout"), 24 * 15, slower),
            past(Signal::ApiResponseTime, Subject::service("prod", "web"), 24 * 15, |step| {
                50.0 + (step % 5) as f64
            }),
        ],
    )
    .await;
    let asked = bot.slack().mention("ops", "carol", "is checkout getting slower over time");
    insta::assert_snapshot!(asked.expect_reply("").await.text(), @r"
    :large_yellow_circle: checkout (prod) got worse: P95 is 137 ms, 97 ms before (+41 %).
    P95 of checkout (prod), hour by hour, 25 Dec 13:57 to 8 Jan 13:57: from 96 ms to 138 ms at 1 Jan 16:00
                     signal  before     now  change  how it went
    checkout (prod)  P95      97 ms  137 ms   +41 %  ▆▆▆▆▆▆▆███████
    Medians of Thu 1 Jan 13:57 to 13:57 against Thu 25 Dec 13:57 to Thu 1 Jan 13:57, each hour with the same hour of the week; 167 pairs for the first line
    ");
    bot.slack().mention_under(&asked, "carol", "and web?");
    let answer = asked.expect_reply("").await.text();
    assert!(answer.starts_with(":large_green_circle: No clear trend of web"), "{answer}");
    bot.finish().await;
}

#[tokio::test]
async fn regions_stand_side_by_side() {
    let bot = Bot::start().await;
    let within =
        |region: &str| Subject { region: Some(region.to_owned()), ..Subject::service("prod", "checkout") };
    remember(
        &bot,
        &[
            past(Signal::ApiResponseTime, within("eu-west-1"), 2, |step| 90.0 + (step % 3) as f64),
            past(Signal::ApiResponseTime, within("us-east-1"), 2, |step| 240.0 + (step % 3) as f64),
        ],
    )
    .await;
    let asked = bot.slack().mention("ops", "carol", "is eu-west-1 slower than us-east-1");
    insta::assert_snapshot!(asked.expect_reply("").await.text(), @r"
    P95 is highest in us-east-1: us-east-1 239 ms, eu-west-1 89 ms.
    region        P95  against the lowest
    us-east-1  239 ms              +169 %
    eu-west-1   89 ms
    Medians of 12:57 to 13:57
    2 series without a region are left out
    ");
    bot.finish().await;
}

#[tokio::test]
async fn a_promise_is_kept_or_not() {
    let bot = Bot::start().await;
    let marks: Vec<(Subject, Moment, Evidence)> = (0..2_000)
        .map(|minute| {
            let at = start() - minutes(2_100 - minute);
            let known = if (500..560).contains(&minute) { Evidence::FAILED } else { Evidence::ANSWERED };
            (Subject::service("prod", "payments"), at, known)
        })
        .collect();
    bot.store().mark_minutes(&marks).await.expect("is kept");
    let asked = bot.slack().mention("ops", "carol", "are we meeting the sla for payments");
    insta::assert_snapshot!(asked.expect_reply("").await.text(), @r"
    :large_yellow_circle: No: 1 of 3 services missed 99.9 %; the least is payments (prod) with 97 %.
    service          uptime    down  error budget left
    payments (prod)    97 %  60 min  overspent by 15.4 min
    checkout (prod)   100 %   0 min  44.6 of 44.6 min
    web (prod)        100 %   0 min  44.6 of 44.6 min
    Minutes that answered of minutes seen, from Thu 1 Jan 00:00 to 13:57. The budget is that of the calendar month
    Of 10,917 minutes only 5 were seen of checkout (prod): the rest is not counted
    ");
    bot.finish().await;
}

#[tokio::test]
async fn a_deployment_made_it_worse_or_it_did_not() {
    let bot = Bot::start().await;
    let at = start() - minutes(40);
    let deployed = |service: &str, version: &str, at, took| Deployment {
        service: service.to_owned(),
        environment: "prod".to_owned(),
        version: version.to_owned(),
        previous: None,
        at,
        took_seconds: took,
        learned: Learned::Hook,
    };
    for deployment in [
        deployed("checkout", "1.1", at - TimeDelta::days(2), Some(330)),
        deployed("checkout", "1.2", at, Some(375)),
        deployed("web", "7", at, None),
    ] {
        bot.app().deployed(&deployment).await.expect("is kept");
    }
    let every_minute = |service: &str, value: fn(i64) -> f64| Series {
        key: SeriesKey::new(Signal::ApiResponseTime, Subject::service("prod", service)),
        samples: (-120..0).map(|step| Sample { at: start() + minutes(step), value: value(step) }).collect(),
    };
    remember(
        &bot,
        &[
            every_minute("checkout", |step| if step > -40 { 250.0 } else { 100.0 } + (step % 7) as f64),
            every_minute("web", |step| 80.0 + (step % 7) as f64),
        ],
    )
    .await;
    let asked = bot.slack().mention("ops", "carol", "did the checkout release break anything");
    insta::assert_snapshot!(asked.expect_reply("").await.text(), @r"
    :large_yellow_circle: Yes, it got worse with checkout 1.2 at 13:12: P95 247 ms after it, 97 ms before (+155 %).
         before   after  change
    P95   97 ms  247 ms  +155 %
    Medians of the 60 min before and the 43 min after it, compared by rank (p below 0.01)
    It took 6 min 15 s, usually 5 min 30 s (median of 1)
    Told by a call of the deployment hook
    ");
    let said = answers(
        &bot,
        &["how is version 7 of web doing", "which deployments went out today", "how is v9.9 doing"],
    )
    .await;
    insta::assert_snapshot!(said, @r"
    how is version 7 of web doing -> :large_green_circle: No, nothing that I see changed with web 7 at 13:12.
    which deployments went out today -> :large_yellow_circle: 2 deployments; checkout 1.2 made it worse.
    how is v9.9 doing -> :white_circle: I know of no deployment of version v9.9 between Tue 9 Dec 13:57 and 13:57.
    ");
    bot.finish().await;
}

#[tokio::test]
async fn a_disk_fills_up_along_a_line() {
    let bot = Bot::start().await;
    let growing = |step: i64| 90.0 + step as f64 * 6.0 / 288.0;
    remember(
        &bot,
        &[
            past(Signal::Disk, Subject::host("prod", "db-1"), 24 * 10, growing),
            past(Signal::Disk, Subject::host("prod", "db-2"), 24 * 10, |step| 40.0 + (step % 2) as f64),
        ],
    )
    .await;
    let asked = bot.slack().mention("ops", "carol", "how many days until the disk is full");
    insta::assert_snapshot!(asked.expect_reply("").await.text(), @r"
    :large_yellow_circle: Disk of db-1 (prod) is full in about 41 h 23 min, if it goes on in a straight line: 89.7 % now, +6.0 points a day.
                          now  a day  full
    db-1 (prod)  Disk  89.7 %   +6.0  in about 41 h 23 min
    db-2 (prod)  Disk  39.5 %   +0.0  does not grow
    A straight line through the last 239 h with its 95 % interval; it knows no weekends and no campaigns, and I say nothing further ahead than it looks back
    ");
    bot.slack().read_everything();
    bot.finish().await;
}

#[tokio::test]
async fn lines_are_shown_with_who_set_them() {
    let bot = Bot::start_with(
        json!({"services": {"checkout": {"thresholds": {"api_response_time_ms": 300}}}, "prod": {"error_rate_percent": 0.5}}),
        START,
    )
    .await;
    let asked = bot.slack().mention("ops", "carol", "what's the latency threshold for checkout");
    insta::assert_snapshot!(asked.expect_reply("").await.text(), @r"
    P95 of checkout is a warning from 120 ms and critical from 300 ms (set in services.checkout).
    The warning line moves in proportion with the critical one. Errors and memory growth are also judged against what is usual
    ");
    let asked = bot.slack().mention("ops", "carol", "show thresholds");
    insta::assert_snapshot!(asked.expect_reply("").await.text(), @r"
    These lines are in force; the most specific one wins.
    for         signal               warning  critical  set in
    everything  P95                   200 ms    500 ms  default
    checkout    P95                   120 ms    300 ms  services.checkout
    everything  Error rate             0.1 %       1 %  default
    prod        Error rate            0.05 %     0.5 %  prod
    everything  Memory                  60 %      85 %  default
    everything  CPU                     70 %      90 %  default
    everything  Disk                    80 %      90 %  default
    everything  DB query P95          100 ms    500 ms  default
    everything  Deployment duration    5 min    15 min  default
    The warning line moves in proportion with the critical one. Errors and memory growth are also judged against what is usual
    ");
    bot.finish().await;
}

#[tokio::test]
async fn an_incident_is_recognised_and_its_record_kept() {
    let bot = Bot::start().await;
    for _ in 0..2 {
        bot.metrics().set("p95_ms", "checkout", 2_400.0);
        bot.advance(minutes(3)).await;
        bot.metrics().set("p95_ms", "checkout", 60.0);
        bot.advance(minutes(90)).await;
    }
    bot.settled().await;
    bot.slack().read_everything();
    let said = answers(&bot, &["did this happen before", "has something like alert 1 happened before"]).await;
    insta::assert_snapshot!(said, @r"
    did this happen before -> Yes, once before #2 checkout (prod) (P95), last on 13:58; it took 5 min to resolve (median).
    has something like alert 1 happened before -> No, nothing like #1 checkout (prod) (P95) in the alerts that I have.
    ");
    let asked = bot.slack().mention("ops", "bob", "alert 2: good catch, that was a real problem");
    let told = asked.expect_reply("").await.text();
    assert!(told.contains("marked as useful by Bob"), "{told}");
    assert!(told.contains("called 1 useful and 0 a false alarm"), "{told}");
    bot.slack().read_everything();
    bot.finish().await;
}

#[tokio::test]
async fn a_misspelt_name_of_any_kind_is_offered_in_the_same_question() {
    let bot = Bot::start_with(json!({"environments": {"staging": {}}}), START).await;
    let asked = bot.slack().mention("ops", "carol", "errors in stagin yesterday");
    let answer = asked.expect_reply("").await;
    assert!(answer.text().contains("did you mean staging?"), "{}", answer.text());
    bot.slack().click(&answer, "Ask about staging", "carol");
    let answer = asked.expect_reply("").await;
    assert!(answer.text().contains("errors of staging"), "{}", answer.text());
    bot.finish().await;
}
