//! Sources against real servers, and against servers that misbehave.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use quad::error::CallError;
use quad::model::sample::SeriesKey;
use quad::model::secret::SecretRef;
use quad::model::signal::Signal;
use quad::model::source::{Call, Reading};
use quad::model::subject::Subject;
use quad::model::time::{Moment, TimeRange};
use quad::ports::metric_source::MetricSource;
use quad::vendors::{probe, prometheus, scrape};
use url::Url;

use crate::support::broken::{Broken, Trouble};
use crate::support::processes::eventually;
use crate::support::prometheus::{Load, MetricsPage, NodeExporter, Prometheus};

const STEADY: Load = Load { fast: 9, slow: 1, failed: 0 };

fn value(reading: &Reading, signal: Signal, subject: &Subject) -> Option<f64> {
    let key = SeriesKey::new(signal, subject.clone());
    reading.observations.iter().find(|seen| seen.key == key).map(|seen| seen.value)
}

fn checkout() -> Subject {
    Subject::service("prod", "checkout")
}

/// Reads until `enough` finds what it looks for.
async fn read_until<T>(
    what: &str,
    source: &dyn MetricSource,
    mut enough: impl FnMut(&Reading) -> Option<T>,
) -> (Reading, T) {
    eventually(what, async || {
        let reading = source.read(Utc::now()).await.ok()?;
        let found = enough(&reading)?;
        Some((reading, found))
    })
    .await
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < expected * 0.02, "{found}, not {expected}");
}

#[tokio::test]
async fn a_real_prometheus_tells_of_services_calls_and_machines() {
    let (page, node) = (MetricsPage::start(STEADY).await, NodeExporter::start().await);
    let server = Prometheus::start(&[("shop", &page.target), ("node", &node.target)]).await;
    let source = prometheus::Prometheus::new(prometheus::Config::of(server.url())).expect("is made");

    let (reading, p95) =
        read_until("P95", &source, |reading| value(reading, Signal::ApiResponseTime, &checkout())).await;
    // 9 of 10 below 100 ms, the last one between 500 ms and a second: the middle of that bucket.
    close(p95, 750.0);
    let endpoint =
        Subject { endpoint: Some("/orders/{id}".into()), method: Some("GET".into()), ..checkout() };
    close(value(&reading, Signal::ApiResponseTime, &endpoint).expect("the endpoint's P95"), 750.0);
    let call = checkout().calling("payments");
    close(value(&reading, Signal::ApiResponseTime, &call).expect("the call's P95"), 750.0);
    let database = Subject { database: Some("orders".into()), ..checkout() };
    close(value(&reading, Signal::DatabaseQueryTime, &database).expect("the database's P95"), 750.0);
    assert_eq!(value(&reading, Signal::ErrorRate, &checkout()), Some(0.0));
    assert!(value(&reading, Signal::Traffic, &checkout()).is_some_and(|rate| rate > 1.0));

    let (reading, _) = read_until("everything else", &source, |reading| {
        let machine = reading.observations.iter().find(|seen| seen.key.signal == Signal::Disk)?;
        value(reading, Signal::Cpu, &machine.key.subject)?;
        value(reading, Signal::Memory, &checkout())
    })
    .await;
    assert_eq!(value(&reading, Signal::Memory, &checkout()), Some(25.0));
    let called = Call { environment: "prod".into(), from: "checkout".into(), to: "payments".into() };
    assert_eq!(reading.calls, [called]);
    assert_eq!(reading.versions.iter().map(|v| v.version.as_str()).collect::<Vec<_>>(), ["1.4.2"]);
    assert_eq!(source.window_seconds().await, 20, "four scrapes of a second, but at least twenty");
    let services = reading.observations.iter().filter_map(|seen| seen.key.subject.service.as_deref());
    let mut services: Vec<_> = services.collect();
    services.dedup();
    assert!(!services.contains(&"node"), "an exporter is no service: {services:?}");
    let machine = |seen: &&quad::model::sample::Observation| seen.key.subject.host.is_some();
    let signals: Vec<_> = reading.observations.iter().filter(machine).map(|seen| seen.key.signal).collect();
    for signal in [Signal::Cpu, Signal::Memory, Signal::MemoryUsed, Signal::Disk, Signal::Answering] {
        assert!(signals.contains(&signal), "{signal} of the machine");
    }

    page.carry(Load { fast: 8, slow: 0, failed: 2 });
    let timeouts = Subject { error_kind: Some("timeout".into()), ..checkout() };
    let (reading, _) = read_until("errors", &source, |reading| {
        value(reading, Signal::ErrorRate, &timeouts).filter(|rate| *rate > 5.0)
    })
    .await;
    assert_eq!(
        value(&reading, Signal::ErrorRate, &checkout()),
        value(&reading, Signal::ErrorRate, &timeouts)
    );
}

#[tokio::test]
async fn a_bad_query_does_not_blind_the_others_and_a_service_that_is_gone_is_seen() {
    let page = MetricsPage::start(STEADY).await;
    let server = Prometheus::start(&[("shop", &page.target)]).await;
    let mut config = prometheus::Config::of(server.url());
    config.queries.error_rate = Some("sum by (".into());
    config.queries.traffic =
        Some("sum by (service) (rate(http_server_request_duration_seconds_count[$window])) * 0 + 7".into());
    config.environment = "prod".into();
    let source = prometheus::Prometheus::new(config).expect("is made");
    // Scrapes land between the queries of one reading: what needs two of them may come a reading later.
    let (reading, _) = read_until("P95 and traffic", &source, |reading| {
        value(reading, Signal::ApiResponseTime, &checkout()).zip(value(reading, Signal::Traffic, &checkout()))
    })
    .await;
    let refused: Vec<_> = reading.gaps.iter().filter(|gap| gap.why.contains("parse error")).collect();
    assert_eq!(refused.len(), 1, "{:?}", reading.gaps);
    assert_eq!(refused[0].signal, Some(Signal::ErrorRate));
    assert_eq!(value(&reading, Signal::ErrorRate, &checkout()), None, "the default does not step in");
    assert_eq!(value(&reading, Signal::Traffic, &checkout()), Some(7.0));

    page.stop().await;
    read_until("it is gone", &source, |reading| {
        value(reading, Signal::Answering, &checkout()).filter(|up| *up == 0.0)
    })
    .await;
}

#[tokio::test]
async fn a_service_that_is_gone_stays_in_its_environment() {
    let page = MetricsPage::start(STEADY).await;
    // Only its page names the environment, and its job has the service's name.
    let server = Prometheus::start(&[("checkout", &page.target)]).await;
    let source = prometheus::Prometheus::new(prometheus::Config::of(server.url())).expect("is made");
    let up = |wanted| {
        move |reading: &Reading| value(reading, Signal::Answering, &checkout()).filter(|up| *up == wanted)
    };
    read_until("it is there", &source, up(1.0)).await;
    page.stop().await;
    read_until("it is gone", &source, up(0.0)).await;
}

#[tokio::test]
async fn a_server_that_dies_is_transient_and_comes_back() {
    let page = MetricsPage::start(STEADY).await;
    let mut server = Prometheus::start(&[("shop", &page.target)]).await;
    let source = prometheus::Prometheus::new(prometheus::Config::of(server.url())).expect("is made");
    let p95 = |reading: &Reading| value(reading, Signal::ApiResponseTime, &checkout());
    read_until("P95", &source, p95).await;

    server.kill();
    eventually("nobody is there", async || match source.read(Utc::now()).await {
        // What was under way when it died ends in other words.
        Err(error @ CallError::Transient { .. }) => (error.to_string() == "connection refused").then_some(()),
        other => panic!("{other:?}"),
    })
    .await;
    let range = TimeRange::last(TimeDelta::hours(1), Utc::now());
    assert!(matches!(source.history(range, 60).await, Err(CallError::Transient { .. })));

    server.start_again().await;
    read_until("P95 again", &source, p95).await;
}

#[tokio::test]
async fn a_long_history_is_read_in_slices() {
    let now = Utc::now();
    let begin = now.timestamp() - 3 * 86_400;
    let mut past = "# TYPE process_resident_memory_bytes gauge\n".to_owned();
    for n in 0..(3 * 288 - 12) {
        let at = begin + n * 300;
        past += &format!("process_resident_memory_bytes{{job=\"checkout\"}} {}000000 {at}\n", 60 + n % 288);
    }
    past += "# EOF\n";
    let server = Prometheus::start_with(&[], Some(&past)).await;
    let mut config = prometheus::Config::of(server.url());
    config.environment = "prod".into();
    let source = prometheus::Prometheus::new(config).expect("is made");
    let range = TimeRange::last(TimeDelta::days(3), now);

    let series = source.history(range, 20).await.expect("reads");
    let memory = series.iter().find(|series| series.key == SeriesKey::new(Signal::MemoryUsed, checkout()));
    let samples = &memory.expect("the past is there").samples;
    // 3 days at 20 s are 12,960 points, which no server gives at once.
    assert!(samples.len() > 12_000, "{}", samples.len());
    assert!(samples.is_sorted_by(|one, other| one.at < other.at));
    assert!(samples.iter().all(|sample| range.contains(sample.at) && sample.value >= 60e6));
}

#[tokio::test]
async fn a_scraped_page_tells_the_same_and_says_when_it_is_gone() {
    let page = MetricsPage::start(STEADY).await;
    let source = scrape::Scrape::new(scrape::Config::of(page.url())).expect("is made");
    let start = Utc::now();
    let first = source.read(start).await.expect("reads");
    assert_eq!(value(&first, Signal::ApiResponseTime, &checkout()), None);
    assert!(first.gaps[0].why.contains("second scrape"), "{:?}", first.gaps);

    let second = source.read(start + TimeDelta::seconds(10)).await.expect("reads");
    close(value(&second, Signal::ApiResponseTime, &checkout()).expect("P95"), 750.0);
    assert_eq!(value(&second, Signal::Traffic, &checkout()), Some(1.0));
    assert_eq!(value(&second, Signal::Answering, &checkout()), Some(1.0));

    page.stop().await;
    let gone = source.read(start + TimeDelta::seconds(20)).await.expect("a fact about the service");
    assert_eq!(value(&gone, Signal::Answering, &checkout()), Some(0.0));
    assert_eq!(gone.notes[0].1, "connection refused");
}

#[tokio::test]
async fn a_probe_finds_what_is_gone_and_what_is_empty() {
    let server = Broken::start(Trouble::reply("200 OK", "", "{\"items\": []}")).await;
    let mut config = probe::Config::of(server.url());
    config.service = Some("checkout".into());
    config.environment = "prod".into();
    config.body = Some(probe::Body { json_pointer: Some("/items".into()), ..probe::Body::default() });
    let source = probe::Probe::new(config).expect("is made");
    let reading = source.read(Utc::now()).await.expect("reads");
    assert_eq!(value(&reading, Signal::Answering, &checkout()), Some(1.0));
    assert_eq!(value(&reading, Signal::BodyCheck, &checkout()), Some(0.0));
    assert_eq!(reading.notes[0].1, "`/items` in the body is empty");
    assert!(value(&reading, Signal::ApiResponseTime, &checkout()).is_some());

    server.now(Trouble::reply("503 Service Unavailable", "", ""));
    let reading = source.read(Utc::now()).await.expect("reads");
    assert_eq!(value(&reading, Signal::Answering, &checkout()), Some(0.0));
    assert_eq!(reading.notes[0].1, "HTTP 503, expected 200-399");
}

#[tokio::test]
async fn credentials_stay_at_home_when_a_server_redirects() {
    let elsewhere = Broken::start(Trouble::reply("200 OK", "", "")).await;
    let location = format!("location: {}\r\n", elsewhere.url());
    let server = Broken::start(Trouble::reply("302 Found", &location, "")).await;
    let mut url = server.url();
    url.set_password(Some("p4ss")).expect("takes one");
    let source = probe::Probe::new(probe::Config::of(url)).expect("is made");
    let reading = source.read(Utc::now()).await.expect("reads");
    assert_eq!(reading.observations[0].value, 1.0, "a redirect is an answer");
    assert!(server.heads()[0].contains("authorization: Basic"));
    assert_eq!(elsewhere.heads(), Vec::<String>::new());
}

/// Collects everything that is logged, down to the finest level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no test panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a source makes of a server in trouble, in words: `Err` as it is, and what a reading notes.
async fn said(source: &dyn MetricSource) -> (Option<CallError>, String) {
    match source.read(Moment::UNIX_EPOCH).await {
        Ok(reading) => (None, format!("{:?} {:?}", reading.notes, reading.gaps)),
        Err(error) => (Some(error.clone()), error.to_string()),
    }
}

/// The conformance suite: every source over HTTP classifies alike and tells no secret.
async fn conforms(make: impl Fn(Url, SecretRef) -> Box<dyn MetricSource>, reports_errors: bool) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
    let subscriber = subscriber.with_writer(move || writer.clone()).with_ansi(false).finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    // Put together at run time: scanners take literal ones for real.
    let secret = ["s3", "cr", "3t-", "t0ken"].concat();
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("token");
    std::fs::write(&place, &secret).expect("writes");
    let server = Broken::start(Trouble::HangUp).await;
    let source = make(server.url(), SecretRef::File(place));
    assert!(!source.name().contains(&secret));

    let transient = |error: &CallError| matches!(error, CallError::Transient { .. });
    let permanent = |error: &CallError| matches!(error, CallError::Permanent { .. });
    let busy = |error: &CallError| *error == CallError::Busy { retry_after: Duration::from_secs(17) };
    type Class<'a> = &'a dyn Fn(&CallError) -> bool;
    let garbage = format!("<html>{secret}</html>");
    let cases: [(Trouble, Class<'_>); 9] = [
        (Trouble::HangUp, &transient),
        (Trouble::Silence, &transient),
        (Trouble::half("{\"status\":\"success\",\"data\":"), &transient),
        (Trouble::reply("500 Internal Server Error", "", &garbage), &transient),
        (Trouble::reply("503 Service Unavailable", "retry-after: 17\r\n", ""), &busy),
        (Trouble::reply("429 Too Many Requests", "retry-after: 17\r\n", ""), &busy),
        (Trouble::reply("401 Unauthorized", "", &garbage), &permanent),
        (Trouble::reply("404 Not Found", "", &garbage), &permanent),
        (Trouble::reply("200 OK", "content-type: text/html\r\n", &garbage), &permanent),
    ];
    for (trouble, class) in cases {
        server.now(trouble.clone());
        let (error, words) = said(source.as_ref()).await;
        match error {
            Some(error) => assert!(class(&error), "{trouble:?}: {error:?}"),
            None => assert!(!reports_errors, "{trouble:?} went unnoticed: {words}"),
        }
        assert!(!words.contains(&secret), "{words}");
    }
    assert!(server.heads().iter().any(|head| head.contains(&secret)), "it is sent, after all");
    server.stop().await;
    let (error, words) = said(source.as_ref()).await;
    assert!(error.is_none_or(|error| transient(&error)));
    assert!(words.contains("connection refused"), "{words}");

    let log = String::from_utf8_lossy(&log.0.lock().expect("no test panicked")).into_owned();
    assert!(!log.contains(&secret), "a secret in the log:\n{log}");
}

#[tokio::test]
async fn prometheus_passes_the_conformance_suite() {
    let make = |url, token| -> Box<dyn MetricSource> {
        let mut config = prometheus::Config::of(url);
        (config.bearer_token, config.timeout_secs, config.deadline_secs) = (Some(token), 1, 2);
        Box::new(prometheus::Prometheus::new(config).expect("is made"))
    };
    conforms(make, true).await;
}

#[tokio::test]
async fn a_scrape_passes_the_conformance_suite() {
    let make = |url, token| -> Box<dyn MetricSource> {
        let mut config = scrape::Config::of(url);
        (config.bearer_token, config.timeout_ms) = (Some(token), 300);
        Box::new(scrape::Scrape::new(config).expect("is made"))
    };
    // What may pass is its service that does not answer.
    conforms(make, false).await;
}

#[tokio::test]
async fn a_probe_passes_the_conformance_suite() {
    let make = |url, token| -> Box<dyn MetricSource> {
        let mut config = probe::Config::of(url);
        (config.bearer_token, config.timeout_ms) = (Some(token), 300);
        Box::new(probe::Probe::new(config).expect("is made"))
    };
    conforms(make, false).await;
}
