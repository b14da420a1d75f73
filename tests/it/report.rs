//! The report says what the store holds: no number is made up, and what nobody measured is named.

use chrono::{DateTime, NaiveDate, TimeDelta};
use chrono_tz::Tz;
use quad::gather::report::{Settings, Upcoming, daily};
use quad::model::alert::{Alert, AlertNumber, Resolution, Status};
use quad::model::answer::{Answer, Section};
use quad::model::deployment::{Deployment, Learned};
use quad::model::diagnosis::{Cause, Cited, Diagnosis, Fix, Verdict};
use quad::model::finding::Severity;
use quad::model::sample::{Sample, Series, SeriesKey};
use quad::model::signal::Signal;
use quad::model::source::Call;
use quad::model::subject::Subject;
use quad::model::time::{Moment, TimeRange};
use quad::model::uptime::{Evidence, Mark};
use quad::store::Store;

const BERLIN: Tz = Tz::Europe__Berlin;

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 8).expect("a day")
}

/// Midnight of that day in Berlin.
fn midnight() -> Moment {
    "2026-01-07T23:00:00Z".parse::<DateTime<chrono::Utc>>().expect("a moment")
}

/// Nine in the morning of the day after.
fn now() -> Moment {
    midnight() + TimeDelta::hours(33)
}

async fn empty() -> (Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}", folder.path().join("quad.db").display());
    (Store::open(&url).await.expect("the store opens"), folder)
}

/// One sample a minute from the day before on, one level a day.
async fn level(store: &Store, signal: Signal, subject: Subject, before: f64, that_day: f64) {
    let samples = (-1440..1440)
        .map(|minute| {
            let value = if minute < 0 { before } else { that_day };
            Sample { at: midnight() + TimeDelta::minutes(minute), value }
        })
        .collect();
    let series = Series { key: SeriesKey::new(signal, subject), samples };
    store.record_history(&[series]).await.expect("history is kept");
}

fn alert(opened: i64, resolved: Option<i64>) -> Alert {
    let at = |minutes| midnight() + TimeDelta::minutes(minutes);
    Alert {
        number: AlertNumber(0),
        id: uuid::Uuid::new_v4(),
        subject: Subject::service("", "checkout"),
        signal: Signal::ApiResponseTime,
        severity: Severity::Critical,
        status: if resolved.is_some() { Status::Resolved } else { Status::Firing },
        opened_at: at(opened),
        since: at(opened - 1),
        last_seen: at(opened + 5),
        findings: Vec::new(),
        acknowledged: None,
        silenced: None,
        resolved: resolved.map(|minute| Resolution { at: at(minute), by: None, text: None }),
        false_alarm: None,
        reopened: 0,
        diagnosis: None,
        version: 1,
        ledger: Default::default(),
    }
}

fn diagnosed(mut alert: Alert) -> Alert {
    let fix =
        |text: &str, effort: &str| Fix { text: text.to_owned(), command: None, effort: effort.to_owned() };
    let sentence = Cited {
        text: "slow statements of checkout on database orders".to_owned(),
        rests_on: vec!["E1".to_owned()],
    };
    alert.diagnosis = Some(Diagnosis {
        at: alert.opened_at,
        verdict: Verdict::Decided,
        performance: Vec::new(),
        causes: vec![Cause {
            rule: "slow_database".to_owned(),
            culprit: "checkout".to_owned(),
            sentence,
            confidence: 0.9,
            because: Vec::new(),
            fixes: vec![
                fix("See which statements take the time", "about 5 min"),
                fix("Ask the planner", "about 30 min"),
            ],
        }],
        would_tell: Vec::new(),
        not_seen: Vec::new(),
        evidence: Vec::new(),
    });
    alert
}

fn plain(answer: &Answer) -> String {
    let mut lines = vec![answer.headline.clone()];
    for section in &answer.sections {
        match section {
            Section::Heading(text) => lines.push(format!("## {text}")),
            Section::Text(text) => lines.push(text.clone()),
            Section::List { items, .. } => lines.extend(items.iter().map(|item| format!("- {item}"))),
            Section::Table(table) => {
                lines.push(table.columns.join(" | "));
                lines.extend(table.rows.iter().map(|row| row.join(" | ")));
            }
            Section::Figures(_) | Section::Code { .. } | Section::Chart(_) => {}
        }
    }
    lines.extend(answer.footnotes.iter().cloned());
    // Marks of escaped Markdown, and the moments behind shown times, are noise here.
    let text = lines.join("\n").replace('\\', "");
    regex::Regex::new(r"\[([^\]]*)\]\(time:\d+\)").expect("a pattern").replace_all(&text, "$1").into_owned()
}

async fn told(store: &Store, settings: &Settings) -> String {
    plain(&daily(store, day(), BERLIN, settings, now()).await.expect("a report"))
}

#[tokio::test]
async fn every_number_of_a_day_comes_from_the_store() {
    let (store, _folder) = empty().await;
    let call = Call { environment: String::new(), from: "web".to_owned(), to: "checkout".to_owned() };
    store.put_calls(&[call], midnight()).await.expect("calls are kept");
    let (web, checkout) = (Subject::service("", "web"), Subject::service("", "checkout"));
    level(&store, Signal::Traffic, web.clone(), 10.0, 12.0).await;
    level(&store, Signal::Traffic, checkout.clone(), 30.0, 30.0).await;
    level(&store, Signal::ApiResponseTime, web.clone(), 145.0, 152.0).await;
    level(&store, Signal::ApiResponseTime, checkout.clone(), 900.0, 900.0).await;
    level(&store, Signal::ErrorRate, web.clone(), 0.04, 0.06).await;
    let database = Subject { database: Some("orders".to_owned()), ..checkout.clone() };
    level(&store, Signal::DatabaseQueryTime, database, 85.0, 91.0).await;
    level(&store, Signal::Disk, Subject::host("", "db-1"), 70.0, 88.0).await;

    // web answers always and is seen always; checkout is seen for half a day and is down for 10 min.
    let how = |down: bool| if down { Evidence::FAILED } else { Evidence::ANSWERED };
    let marks: Vec<Mark> = (0..1440)
        .flat_map(|minute| {
            let at = midnight() + TimeDelta::minutes(minute);
            let second = (minute < 720).then(|| (checkout.clone(), at, how((100..110).contains(&minute))));
            [Some((web.clone(), at, how(false))), second].into_iter().flatten()
        })
        .collect();
    store.mark_minutes(&marks).await.expect("marks are kept");

    for (hours, seconds) in [(-5, 330), (3, 375)] {
        let deployment = Deployment {
            service: "web".to_owned(),
            environment: String::new(),
            version: format!("v{hours}"),
            previous: None,
            at: midnight() + TimeDelta::hours(hours),
            took_seconds: Some(seconds),
            learned: Learned::Hook,
        };
        store.add_deployment(&deployment).await.expect("a deployment is kept");
    }
    let mut tx = store.begin().await.expect("begins");
    tx.insert_alert(&diagnosed(alert(100, Some(118)))).await.expect("inserts");
    tx.insert_alert(&alert(600, None)).await.expect("inserts");
    tx.commit().await.expect("commits");

    let planned = now() + TimeDelta::days(3);
    let settings = Settings {
        sla_percent: 99.9,
        upcoming: vec![Upcoming {
            what: "Database maintenance".to_owned(),
            range: TimeRange::new(planned, planned + TimeDelta::hours(2)),
        }],
    };
    insta::assert_snapshot!(told(&store, &settings).await, @"
    Daily report for Thursday, 8 January 2026: 99.53 % uptime, 2 issues
    ## Summary
    - 99.53 % uptime (SLA 99.9 %: missed), from 75 % of the minutes
    - Issues: 2 detected, 1 of them resolved
    - Traffic: 1.0 M requests (↑ +20 % against the day before)
    ## Performance
    Metric | 7 Jan | 8 Jan | Trend
    API P95 | 145 ms | 152 ms | ↑ +5 %
    DB query P95 | 85 ms | 91 ms | ↑ +7 %
    Error rate | 0.04 % | 0.06 % | ↑ +50 %
    Deployment duration | 5 min 30 s (1) | 6 min 15 s (1) | ↑ +14 %
    ## Uptime by service
    Service | Uptime | Not answering | Minutes with data
    checkout | 98.61 % | 10 min | 50 %
    web | 100 % | 0 min | 100 %
    ## Detected issues
    - #1 checkout: slow response (critical), 01:39 to 01:58, 19 min; cause: slow statements of checkout on database orders
    - #2 checkout: slow response (critical), since 09:59, still open
    ## Upcoming
    - Mon 12 Jan 09:00 to 11:00: Database maintenance
    ## Team actions
    - #2 checkout is still open and nobody owns it: acknowledge it
    - checkout was at 98.61 %, under the SLA of 99.9 %: look at why
    - checkout was measured in only 50 % of the minutes: run quad doctor
    - So that #1 does not come back: Ask the planner (about 30 min)
    - The disk of db-1 is 88 % full: plan for more
    Requests, API P95 and error rate are those of web, weighted by traffic. Uptime: share of minutes with data in which a service answered. Times: Europe/Berlin.
    ");
}

#[tokio::test]
async fn what_nobody_measured_has_no_source() {
    let (store, _folder) = empty().await;
    insta::assert_snapshot!(told(&store, &Settings::default()).await, @"
    Daily report for Thursday, 8 January 2026: nothing was measured
    ## Summary
    - Uptime: no source (SLA 99.9 %)
    - Issues: 0 detected, 0 of them resolved
    - Traffic: no source
    ## Performance
    Metric | 7 Jan | 8 Jan | Trend
    API P95 | no source | no source | -
    DB query P95 | no source | no source | -
    Error rate | no source | no source | -
    Deployment duration | no deployment | no deployment | -
    ## Detected issues
    - None, but nothing was measured
    ## Upcoming
    - No maintenance window in the next 14 days
    ## Team actions
    - Nothing follows from the numbers
    Uptime: share of minutes with data in which a service answered. Times: Europe/Berlin.
    ");
}
