//! From the question to the index: proposed with the planner's word, made after an operator's click, told in
//! the thread, and looked at after an hour and a day.

use serde_json::{Value, json};

use crate::support::bot::{Bot, START, minutes};
use crate::support::postgres::Postgres;
use crate::support::processes::eventually;
use crate::support::slack::Posted;

const SCHEMA: &str = "
CREATE EXTENSION pg_stat_statements; CREATE EXTENSION hypopg;
CREATE TABLE events (id int PRIMARY KEY, account int NOT NULL, body text NOT NULL);
INSERT INTO events SELECT i, i % 40000, repeat('x', 60) || i FROM generate_series(1, 300000) i;
ANALYZE events; CREATE ROLE owner LOGIN SUPERUSER; CREATE ROLE guest LOGIN; SELECT pg_stat_statements_reset()";

const SLOW: &str = "SELECT id, body FROM events WHERE account = 4242";

struct Shop {
    address: String,
    bot: Bot,
    _server: Postgres,
    _secrets: tempfile::TempDir,
}

impl Shop {
    /// `applies`: the role that makes indexes.
    async fn open(applies: &str) -> Self {
        let server = Postgres::start_watched();
        let address = server.fresh_database();
        Postgres::run(&address, SCHEMA);
        let secrets = tempfile::tempdir().expect("a folder");
        let secret = |name: &str, url: &str| -> Value {
            let file = secrets.path().join(name);
            std::fs::write(&file, url).expect("writes");
            json!({"file": file})
        };
        let settings = json!({
            "slack": {"roles": {"operator": {"emails": ["bob@example.com"]}, "responder": {"emails": ["carol@example.com"]}}},
            "database": {"slow_query_threshold_ms": 60000, "check_interval_secs": 60},
            "sources": {"postgres": [{
                "name": "shop-db", "environment": "prod",
                "url": secret("watch", &address),
                "apply_url": secret("apply", &address.replace("postgres@", &format!("{applies}@"))),
            }]},
        });
        let bot = Bot::start_with(settings, START).await;
        Self { address, bot, _server: server, _secrets: secrets }
    }

    /// The statement runs, and quad looks.
    async fn used(&self, times: usize) {
        for _ in 0..times {
            Postgres::run(&self.address, SLOW);
        }
        self.bot.advance(minutes(2)).await;
    }

    /// Asks which queries are slow, and for the index of the first.
    async fn proposed(&self, by: &str) -> Posted<'_> {
        let asked = self.bot.slack().mention("ops", by, "show me the slowest queries");
        let answer = asked.expect_reply("select id, body from events where account = ?").await;
        assert!(answer.text().contains("by the planner's own estimate"), "{}", answer.text());
        self.bot.slack().click(&answer, "Apply index", by);
        asked.expect_reply("Change").await
    }

    fn indexes(&self) -> String {
        Postgres::run(&self.address, "SELECT count(*) FROM pg_indexes WHERE indexname = 'idx_events_account'")
    }

    /// What was said in the thread of the question, waiting for `words`.
    async fn told(&self, words: &str) {
        eventually(words, async || {
            // What is said waits its turn, a message a second.
            self.bot.sleep(chrono::TimeDelta::seconds(1));
            self.bot.slack().read_everything().iter().any(|said| said.text.contains(words)).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_is_made_after_a_click_and_looked_at_afterwards() {
    let shop = Shop::open("owner").await;
    shop.used(6).await;
    let shown = shop.proposed("carol").await;
    let text = shown.read();
    assert!(
        text.contains(
            "on shop-db (prod) run CREATE INDEX CONCURRENTLY idx_events_account ON events (account)?"
        ),
        "{text}"
    );
    assert!(text.contains("needs the role operator"), "{text}");
    shop.bot.slack().click(&shown, "Approve", "carol");
    shown.expect_private("carol", "needs the role operator").await;
    assert_eq!(shop.indexes(), "0", "nothing has happened yet");

    shop.bot.slack().click(&shown, "Approve", "bob");
    shown.expect_edit("is approved by").await;
    eventually("the index is there", async || {
        shop.bot.sleep(chrono::TimeDelta::seconds(3));
        (shop.indexes() == "1").then_some(())
    })
    .await;
    shop.told("The index is made").await;

    shop.bot.advance(minutes(2)).await;
    shop.used(8).await;
    shop.bot.advance(minutes(60)).await;
    shop.told("An hour after the index").await;
    shop.told("times faster").await;
    shop.bot.sleep(minutes(23 * 60));
    shop.bot.sleep(chrono::TimeDelta::seconds(5));
    shop.told("A day after the index").await;
    let audit = shop.bot.audit().await;
    assert!(audit.contains("approved change 1") && audit.contains("CREATE INDEX CONCURRENTLY"), "{audit}");

    // Taken back, it is gone.
    shop.bot.slack().mention("ops", "bob", "undo change 1");
    shown.expect_edit("taken back").await;
    eventually("the index is gone", async || {
        shop.bot.sleep(chrono::TimeDelta::seconds(3));
        (shop.indexes() == "0").then_some(())
    })
    .await;
    shop.told("The index is removed").await;
    shop.bot.settled_in_time().await;
    shop.bot.slack().read_everything();
    shop.bot.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_made_says_why_and_leaves_nothing_behind() {
    let shop = Shop::open("guest").await;
    shop.used(3).await;
    let shown = shop.proposed("bob").await;
    shop.bot.slack().click(&shown, "Approve", "bob");
    shop.told("may not do that; it must own the table").await;
    assert_eq!(shop.indexes(), "0");
    shop.bot.settled_in_time().await;
    shop.bot.slack().read_everything();
    shop.bot.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_index_of_an_earlier_try_is_replaced() {
    let shop = Shop::open("owner").await;
    shop.used(3).await;
    Postgres::run(
        &shop.address,
        "CREATE INDEX idx_events_account ON events (account); \
        UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_events_account'::regclass",
    );
    let shown = shop.proposed("bob").await;
    shop.bot.slack().click(&shown, "Approve", "bob");
    let valid = "SELECT indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname = 'idx_events_account'";
    eventually("it is valid", async || {
        shop.bot.sleep(chrono::TimeDelta::seconds(3));
        let there = shop.indexes() == "1";
        (there && Postgres::run(&shop.address, valid) == "t").then_some(())
    })
    .await;
    shop.told("The index is made").await;
    shop.bot.settled_in_time().await;
    shop.bot.slack().read_everything();
    shop.bot.finish().await;
}
