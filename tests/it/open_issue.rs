//! From the question to the issue: shown, opened after an operator's click, one a statement for ever.

use quad::ports::clock::Clock;
use serde_json::json;

use crate::support::bot::{Bot, START, minutes};
use crate::support::github::GitHub;
use crate::support::github::server::Fault;
use crate::support::postgres::Postgres;
use crate::support::processes::eventually;

const SCHEMA: &str = "
CREATE EXTENSION pg_stat_statements; CREATE EXTENSION hypopg;
CREATE TABLE invoices (id int PRIMARY KEY, account int NOT NULL, body text NOT NULL);
INSERT INTO invoices SELECT i, i % 40000, repeat('x', 60) || i FROM generate_series(1, 200000) i;
ANALYZE invoices; SELECT pg_stat_statements_reset()";

#[tokio::test(flavor = "multi_thread")]
async fn one_statement_has_one_issue_whatever_happens() {
    let server = Postgres::start_watched();
    let address = server.fresh_database();
    Postgres::run(&address, SCHEMA);
    let secrets = tempfile::tempdir().expect("a folder");
    std::fs::write(secrets.path().join("url"), &address).expect("writes");
    let service = GitHub::start(&Clock::manual(START.parse().expect("a time"))).await;
    service.somebody_opens(|pull| {
        pull.title = "Speed up invoices".to_owned();
        pull.pull = Some(false);
    });
    let settings = json!({
        "slack": {"roles": {"operator": {"emails": ["bob@example.com"]}}},
        "database": {"slow_query_threshold_ms": 60000, "check_interval_secs": 60},
        "github": service.config(),
        "sources": {"postgres": [{"name": "shop-db", "environment": "prod", "url": {"file": secrets.path().join("url")}}]},
    });
    let bot = Bot::start_with(settings, START).await;
    for _ in 0..4 {
        Postgres::run(
            &address,
            "SELECT id, body FROM invoices WHERE account = 4242 /*controller='invoices'*/",
        );
    }
    bot.advance(minutes(2)).await;

    // The first: opened, although its reply is lost on the way.
    service.next("POST /repos/acme/shop/issues", Fault::DoneAnd502);
    let asked = bot.slack().mention("ops", "bob", "show me the slowest queries");
    let answer = asked.expect_reply("select id, body from invoices where account = ?").await;
    bot.slack().click(&answer, "Open issue", "bob");
    let shown = asked.expect_reply("open an issue in acme/shop on GitHub").await;
    assert_eq!(service.asked("POST"), 0, "nothing has happened yet");
    bot.slack().click(&shown, "Approve", "bob");
    let told = async |words: &str| {
        eventually(words, async || {
            bot.sleep(chrono::TimeDelta::seconds(1));
            bot.slack().read_everything().iter().any(|said| said.text.contains(words)).then_some(())
        })
        .await;
    };
    told("is opened: Slow query on shop-db").await;
    told("Speed up invoices").await;
    let issue = service.only();
    for part in [
        "select id, body from invoices where account = ?",
        "Seq Scan",
        "CREATE INDEX CONCURRENTLY idx_invoices_account",
        "planner's own estimate",
        "<!-- quad:key=statement:q",
    ] {
        assert!(issue.body.contains(part), "{part}: {}", issue.body);
    }
    assert!(
        !issue.body.contains("4242") && !issue.title.contains("4242"),
        "no literal leaves: {}",
        issue.body
    );
    for label in ["quad", "operations", "code-agent"] {
        assert!(issue.labels.iter().any(|one| one == label), "{:?}", issue.labels);
    }

    // Asked again when it has run more often: a comment. Closed, and asked again: reopened.
    for (close, words) in [(false, "There is an issue about it already"), (true, "I reopened it")] {
        Postgres::run(
            &address,
            "SELECT id, body FROM invoices WHERE account = 4243 /*controller='invoices'*/",
        );
        bot.advance(minutes(2)).await;
        if close {
            service.state().issues.iter_mut().for_each(|issue| issue.open = issue.pull.is_some());
        }
        let asked = bot.slack().mention("ops", "bob", "open an issue for query 1");
        let shown = asked.expect_reply("open an issue in acme/shop").await;
        bot.slack().click(&shown, "Approve", "bob");
        told(words).await;
    }
    let issue = service.only();
    assert!(issue.open && issue.comments.len() == 2, "{:?}", issue.comments);
    assert!(issue.comments[0].1.contains("It is still slow"), "{:?}", issue.comments);
    service.finish();
    bot.settled_in_time().await;
    bot.slack().read_everything();
    bot.finish().await;
    drop(server);
}
