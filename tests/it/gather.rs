//! Questions and alerts are explained from what the store holds, and from nothing else.

use chrono::{DateTime, TimeDelta};
use chrono_tz::Tz;
use quad::diagnose::words::Detail;
use quad::diagnose::{Problem, Recorded};
use quad::gather::{Asked, Gatherer};
use quad::model::alert::AlertNumber;
use quad::model::answer::Mark;
use quad::model::deployment::{Deployment, Learned};
use quad::model::request::Scope;
use quad::model::sample::{Baseline, Sample, Season, Series, SeriesKey};
use quad::model::signal::Signal;
use quad::model::source::{Call, SourceHealth};
use quad::model::subject::Subject;
use quad::model::time::{Moment, hour_of_week};
use quad::store::Store;

fn now() -> Moment {
    DateTime::from_timestamp(1_790_000_000, 0).expect("valid")
}

fn onset() -> Moment {
    now() - TimeDelta::minutes(6)
}

struct Team {
    store: Store,
    gatherer: Gatherer,
    _folder: tempfile::TempDir,
}

impl Team {
    /// `gate` calls `stock`, which has a database. Two hours of history, all as usual.
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(&format!("sqlite:{}", folder.path().join("quad.db").display()))
            .await
            .expect("the store opens");
        let call = Call { environment: String::new(), from: "gate".to_owned(), to: "stock".to_owned() };
        store.put_calls(&[call], now()).await.expect("calls are kept");
        let gatherer = Gatherer::new(store.clone(), Vec::new(), Tz::Europe__Berlin);
        Self { store, gatherer, _folder: folder }
    }

    async fn level(&self, signal: Signal, subject: Subject, before: f64, after: f64) {
        let samples = (0..=240)
            .map(|step| now() - TimeDelta::hours(2) + TimeDelta::seconds(30 * step))
            .map(|at| {
                let noise = 1.0 + 0.02 * ((at.timestamp() * 7919 % 101) as f64 / 101.0);
                Sample { at, value: noise * if at < onset() { before } else { after } }
            })
            .collect();
        let series = Series { key: SeriesKey::new(signal, subject), samples };
        self.store.record_history(&[series]).await.expect("history is kept");
    }

    async fn calm(&self) {
        for (name, latency) in [("gate", 60.0), ("stock", 30.0)] {
            self.level(Signal::ApiResponseTime, Subject::service("", name), latency, latency).await;
            self.level(Signal::ErrorRate, Subject::service("", name), 0.05, 0.05).await;
            self.level(Signal::Traffic, Subject::service("", name), 12.0, 12.0).await;
        }
    }

    async fn slow_database(&self) {
        for (name, latency) in [("gate", 60.0), ("stock", 30.0)] {
            self.level(Signal::ApiResponseTime, Subject::service("", name), latency, latency + 700.0).await;
            self.level(Signal::ErrorRate, Subject::service("", name), 0.05, 0.05).await;
            self.level(Signal::Traffic, Subject::service("", name), 12.0, 12.0).await;
        }
        let seen = Subject::service("", "gate").calling("stock");
        self.level(Signal::ApiResponseTime, seen, 31.0, 731.0).await;
        let database = Subject { database: Some("shelves".to_owned()), ..Subject::service("", "stock") };
        self.level(Signal::DatabaseQueryTime, database, 8.0, 690.0).await;
    }

    async fn ask(&self, asked: Asked, service: Option<&str>) -> quad::model::answer::Answer {
        let scope = Scope { service: service.map(str::to_owned), ..Scope::default() };
        self.gatherer.answer(asked, &scope, now(), Detail::Brief).await.expect("an answer")
    }
}

#[tokio::test]
async fn an_alert_is_explained_by_what_its_service_depends_on() {
    let team = Team::start().await;
    team.slow_database().await;
    let problem = Problem {
        subject: Subject::service("", "gate"),
        signal: Signal::ApiResponseTime,
        since: onset() + TimeDelta::minutes(1),
        rule: None,
        note: None,
    };
    let (diagnosis, evidence) = team.gatherer.explain(&problem, now()).await.expect("a diagnosis");
    let cause = diagnosis.cause().expect("decided");
    assert_eq!((cause.rule.as_str(), cause.culprit.as_str()), ("slow_database", "stock"));
    assert_eq!(evidence.rounds(), 3);

    // Kept with the alert, it gives the same diagnosis without any source.
    let recorded = Recorded { problem, at: now(), evidence };
    let mut tx = team.store.begin().await.expect("begins");
    tx.keep_evidence(AlertNumber(7), &recorded).await.expect("is kept");
    tx.commit().await.expect("commits");
    let kept = team.store.evidence(AlertNumber(7)).await.expect("reads").expect("is there");
    assert_eq!(kept.replay(), diagnosis);
    assert_eq!(team.store.evidence(AlertNumber(8)).await.expect("reads"), None);
}

#[tokio::test]
async fn a_question_without_an_alert_finds_what_differs_and_explains_it() {
    let team = Team::start().await;
    team.slow_database().await;
    for service in [None, Some("gate"), Some("stock")] {
        let answer = team.ask(Asked::Latency, service).await;
        assert!(
            answer.headline.contains("slow statements of stock on database shelves"),
            "{}",
            answer.headline
        );
    }
}

#[tokio::test]
async fn nothing_abnormal_is_said_with_its_figures() {
    let team = Team::start().await;
    team.calm().await;
    let key = SeriesKey::new(Signal::ApiResponseTime, Subject::service("", "gate"));
    let usual = Baseline { usual: 59.0, spread: 2.0, hours: 4, seasons: Season::HourOfWeek };
    let hour = hour_of_week(now(), Tz::Europe__Berlin);
    team.store.put_baseline(&key, hour, &usual).await.expect("a baseline is kept");
    let answer = team.ask(Asked::Latency, Some("gate")).await;
    insta::assert_snapshot!(answer.headline, @"Not slower than usual: P95 of gate is 61 ms (59 ms usually)");
    assert_eq!(answer.mark, Some(Mark::Good));
}

#[tokio::test]
async fn what_nobody_measures_is_never_all_good() {
    let team = Team::start().await;
    team.calm().await;
    let health = SourceHealth {
        source: "prometheus".to_owned(),
        last_ok: None,
        failing_since: Some(now() - TimeDelta::minutes(20)),
        error: Some("connection refused".to_owned()),
        gaps: Vec::new(),
    };
    team.store.put_source_health(&health).await.expect("health is kept");
    let answer = team.ask(Asked::Resources(None), Some("gate")).await;
    assert_eq!(answer.mark, Some(Mark::Unknown));
    insta::assert_snapshot!(format!("{}\n{}", answer.headline, answer.footnotes.join("\n")), @"
    I can't say: no source measured CPU, memory or disk of gate in that time
    No data from prometheus since 15:53: connection refused
    ");
}

#[tokio::test]
async fn a_past_spell_is_explained_as_of_then() {
    let team = Team::start().await;
    team.slow_database().await;
    let deployment = Deployment {
        service: "stock".to_owned(),
        environment: String::new(),
        version: "v9".to_owned(),
        previous: None,
        at: now() + TimeDelta::minutes(30),
        took_seconds: None,
        learned: Learned::Hook,
    };
    team.store.add_deployment(&deployment).await.expect("a deployment is kept");
    let range = quad::model::time::TimeRange::new(now() - TimeDelta::hours(1), now() + TimeDelta::minutes(1));
    let scope = Scope { range: Some(range), ..Scope::default() };
    let later = now() + TimeDelta::hours(3);
    let answer = team.gatherer.answer(Asked::Latency, &scope, later, Detail::Brief).await.expect("an answer");
    assert!(answer.headline.contains("slow statements of stock"), "{}", answer.headline);
}
