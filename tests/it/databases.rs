//! A database under watch: a slow statement becomes an alert with its plan and its fix, and people ask which
//! statements hurt.

use std::time::Duration;

use quad::model::alert::Alert;
use quad::model::finding::Rule;

use crate::support::postgres::Postgres;
use crate::support::processes::eventually;
use crate::support::quad::Quad;

const PATIENCE: Duration = Duration::from_secs(60);

const SCHEMA: &str = r#"
CREATE EXTENSION pg_stat_statements;
CREATE EXTENSION hypopg;
CREATE TABLE events (id int PRIMARY KEY, account int NOT NULL, kind text NOT NULL, body text NOT NULL);
INSERT INTO events SELECT i, i % 40000, 'kind ' || i % 7, repeat('x', 60) || i FROM generate_series(1, 400000) i;
VACUUM ANALYZE events;
"#;

/// Reads the whole table for ten rows.
const SLOW: &str =
    "SELECT id, body FROM events WHERE account = 4242 /*controller='accounts',action='history'*/";

/// A database, and a quad that watches it with a line of 10 ms.
struct Watched {
    server: Postgres,
    address: String,
    quad: Quad,
    _secret: tempfile::TempDir,
}

impl Watched {
    async fn open() -> Self {
        Self::with_line(10).await
    }

    /// The same with another line, in milliseconds.
    async fn with_line(line_ms: u32) -> Self {
        let server = Postgres::start_watched();
        let address = server.fresh_database();
        for statement in SCHEMA.split_inclusive(";\n").filter(|part| !part.trim().is_empty()) {
            Postgres::run(&address, statement);
        }
        let secret = tempfile::tempdir().expect("a folder");
        let file = secret.path().join("url");
        std::fs::write(&file, &address).expect("writes");
        let settings = format!(
            "monitoring: {{check_interval_secs: 1}}\n\
             detect: {{source_down_for_seconds: 3, keep_firing_seconds: 2}}\n\
             database: {{slow_query_threshold_ms: {line_ms}, check_interval_secs: 1}}\n\
             ignore: [\"SELECT pg_sleep(0.2)\"]\n\
             sources:\n  host: null\n  postgres:\n    - name: shop-db\n      environment: prod\n      url: {{file: {}}}\n",
            file.display()
        );
        let quad = Quad::start(&settings).await;
        let watched = Self { server, address, quad, _secret: secret };
        watched.rounds(3).await;
        watched
    }

    /// Waits until quad has looked so often again.
    async fn rounds(&self, more: u64) {
        let mut rounds = self.quad.app().monitor().expect("it watches").rounds();
        let until = rounds.borrow().round + more;
        tokio::time::timeout(PATIENCE, rounds.wait_for(|summary| summary.round >= until))
            .await
            .expect("in time")
            .expect("it watches");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_statement_becomes_an_alert_with_its_plan_and_its_fix() {
    let watched = Watched::open().await;
    for _ in 0..5 {
        Postgres::run(&watched.address, SLOW);
    }
    Postgres::run(&watched.address, "SELECT pg_sleep(0.2)");
    let quad = &watched.quad;
    let alert = quad
        .expect_alert("the slow statement", PATIENCE, |alert| {
            alert.diagnosis.is_some() && alert.findings.iter().any(|one| one.rule == Rule::SlowStatement)
        })
        .await;
    assert_eq!(
        (alert.subject.database.as_deref(), alert.subject.environment.as_str()),
        (Some("shop-db"), "prod")
    );
    let found: Vec<_> = alert.findings.iter().filter_map(|one| one.note.clone()).collect();
    assert!(
        found.iter().any(|note| note.contains("select id, body from events where account = ?")),
        "{found:?}"
    );
    assert!(!format!("{alert:?}").contains("4242"), "no literal is kept");
    assert!(!found.iter().any(|note| note.contains("pg_sleep")), "ignored: {found:?}");
    let message = eventually("its message is on the page", async || quad.message(alert.number).await).await;
    assert!(message.contains("on average (the line is 10 ms)"), "{message}");
    let thread = eventually("the cause is in the thread", async || {
        Some(quad.thread(alert.number).await.join("\n")).filter(|thread| thread.contains("Root cause"))
    })
    .await;
    assert!(thread.contains("CREATE INDEX CONCURRENTLY idx_events_account ON events (account)"), "{thread}");
    assert!(thread.contains("would be read from end to end"), "{thread}");

    let told = quad.ask("show me the slowest queries").await;
    assert!(told.contains("from accounts#history"), "{told}");
    assert!(!told.contains("hypopg") && !told.contains("pg_"), "nothing of quad itself: {told}");
    assert!(told.contains("select id, body from events where account = ?"), "{told}");
    assert!(told.contains("Fix: CREATE INDEX CONCURRENTLY idx_events_account ON events (account)"), "{told}");
    assert!(told.contains("by the planner's own estimate") && told.contains("(Apply index)"), "{told}");
    let plan = quad.ask("show the plan of query 1").await;
    assert!(plan.contains("Seq Scan") && plan.contains("idx_events_account"), "{plan}");
    assert!(quad.ask("why is query 99 slow").await.contains("there is no number 99"));

    // With the index it is fast, and the alert is over.
    Postgres::run(&watched.address, "CREATE INDEX ON events (account)");
    Postgres::run(&watched.address, SLOW);
    quad.expect_calm(PATIENCE).await;
    watched.quad.stop().await;
    drop(watched.server);
}

/// Sends a statement again and again, until it is dropped.
struct Visitors(std::sync::Arc<std::sync::atomic::AtomicBool>, Option<std::thread::JoinHandle<()>>);

impl Visitors {
    fn come(address: &str) -> Self {
        let gone = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let (over, address) = (std::sync::Arc::clone(&gone), address.to_owned());
        let thread = std::thread::spawn(move || {
            while !over.load(std::sync::atomic::Ordering::Relaxed) {
                Postgres::run(&address, SLOW);
            }
        });
        Self(gone, Some(thread))
    }
}

impl Drop for Visitors {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
        let _ = self.1.take().map(std::thread::JoinHandle::join);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_got_slower_is_told_with_the_index_that_was_dropped() {
    let watched = Watched::with_line(60_000).await;
    Postgres::run(&watched.address, "CREATE INDEX idx_events_account ON events (account)");
    let visitors = Visitors::come(&watched.address);
    // What is usual is learnt from a dozen looks.
    watched.rounds(30).await;
    assert!(watched.quad.open_alerts().await.is_empty(), "nothing is unusual yet");
    Postgres::run(&watched.address, "DROP INDEX idx_events_account");
    let quad = &watched.quad;
    let alert = quad
        .expect_alert("the regression with its cause", PATIENCE, |alert| {
            let cause = alert.diagnosis.as_ref().and_then(|found| found.cause());
            alert.findings.iter().any(|one| one.rule == Rule::StatementChange)
                && cause.is_some_and(|cause| cause.rule == "statement_change")
        })
        .await;
    let thread = eventually("the cause is in the thread", async || {
        Some(quad.thread(alert.number).await.join("\n")).filter(|thread| thread.contains("Root cause"))
    })
    .await;
    assert!(thread.contains("the index idx_events_account of events is gone"), "{thread}");
    assert!(thread.contains("CREATE INDEX CONCURRENTLY idx_events_account ON public.events"), "{thread}");
    assert!(thread.contains("Seq Scan on events\""), "{thread}");
    let message = eventually("its message is on the page", async || quad.message(alert.number).await).await;
    assert!(message.contains("as long as it used to"), "{message}");
    assert!(!format!("{alert:?}{thread}{message}").contains("4242"), "no literal is kept");

    Postgres::run(&watched.address, "CREATE INDEX idx_events_account ON events (account)");
    quad.expect_calm(PATIENCE).await;
    drop(visitors);
    watched.quad.stop().await;
    drop(watched.server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_got_slower_is_the_same_alert_after_a_restart_until_it_is_as_before() {
    let mut watched = Watched::with_line(60_000).await;
    Postgres::run(&watched.address, "CREATE INDEX idx_events_account ON events (account)");
    let visitors = Visitors::come(&watched.address);
    watched.rounds(30).await;
    Postgres::run(&watched.address, "DROP INDEX idx_events_account");
    let changed = |alert: &Alert| alert.findings.iter().any(|one| one.rule == Rule::StatementChange);
    let before = watched.quad.expect_alert("the regression", PATIENCE, changed).await;
    // What is learnt after the restart holds more of these windows than may be left out as accidents.
    watched.rounds(6).await;

    watched.quad = watched.quad.restart().await;
    let started = watched.quad.app().clock().now();
    let seen_again = |alert: &Alert| alert.findings.iter().any(|one| one.at > started) && changed(alert);
    watched.quad.expect_alert("it is seen again", PATIENCE, seen_again).await;
    watched.rounds(6).await;
    let open = watched.quad.open_alerts().await;
    let is_same = |one: &Alert| one.number == before.number && one.reopened == 0 && changed(one);
    assert!(matches!(&open[..], [one] if is_same(one)), "{open:#?}");

    Postgres::run(&watched.address, "CREATE INDEX idx_events_account ON events (account)");
    watched.quad.expect_calm(PATIENCE).await;
    drop(visitors);
    watched.quad.stop().await;
    drop(watched.server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_can_t_be_reached_is_said_to_be_out_of_sight() {
    let watched = Watched::open().await;
    drop(watched.server);
    let alert = watched
        .quad
        .expect_alert("the source is down", PATIENCE, |alert| {
            alert.findings.iter().any(|one| one.rule == Rule::SourceDown)
        })
        .await;
    let message =
        eventually("its message is on the page", async || watched.quad.message(alert.number).await).await;
    assert!(message.contains("No data from PostgreSQL shop-db"), "{message}");
    let told = watched.quad.ask("show me the slowest queries").await;
    assert!(
        told.contains("can't be reached")
            || told.contains("no plan to be had")
            || told.contains("I saw no statement"),
        "{told}"
    );
    watched.quad.stop().await;
}
