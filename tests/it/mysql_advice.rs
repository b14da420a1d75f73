//! Index advice on a MariaDB: what is proposed is really made, and the server counts how many rows it reads before and
//! after. And "Apply index", from the question to the look after a day.

use serde_json::{Value, json};

use crate::support::bot::{Bot, START, minutes};
use crate::support::mariadb::MariaDb;
use crate::support::processes::eventually;
use crate::support::program::Program;

const SHOP: &str = "
CREATE TABLE customers (id INT PRIMARY KEY AUTO_INCREMENT, email VARCHAR(200) NOT NULL, country CHAR(2) NOT NULL);
INSERT INTO customers (email, country) SELECT CONCAT('user', seq, '@example.com'), ELT(1 + seq % 4, 'DE', 'FR', 'US', 'GB') FROM seq_1_to_20000;
CREATE TABLE orders (id BIGINT PRIMARY KEY AUTO_INCREMENT, customer_id INT NOT NULL, state VARCHAR(20) NOT NULL, total DECIMAL(10,2) NOT NULL, note TEXT, placed_at DATETIME NOT NULL);
INSERT INTO orders (customer_id, state, total, note, placed_at) SELECT 1 + seq * 7919 % 20000, IF(seq % 50 = 0, 'open', 'sent'), seq * 31 % 1000, CONCAT('note ', seq), '2025-01-01' + INTERVAL seq MINUTE FROM seq_1_to_100000;
CREATE TABLE `order items` (id BIGINT PRIMARY KEY AUTO_INCREMENT, `order` BIGINT NOT NULL, quantity INT NOT NULL, KEY quantity (quantity));
INSERT INTO `order items` (`order`, quantity) SELECT 1 + seq * 7 % 100000, 1 + seq % 5 FROM seq_1_to_100000;
ANALYZE TABLE customers, orders, `order items`";

/// Statements that an index helps, and what it must be.
const HELPED: [(&str, &str, &[&str]); 14] = [
    (
        "latest",
        "SELECT MAX(placed_at) FROM orders WHERE state = 'open'",
        &["CREATE INDEX idx_orders_state_placed_at ON orders (state, placed_at)"],
    ),
    (
        "either",
        "SELECT SUM(LENGTH(note)) FROM orders WHERE customer_id = 77 OR customer_id = 78",
        &["CREATE INDEX idx_orders_customer_id ON orders (customer_id)"],
    ),
    (
        "without_items",
        "SELECT o.id FROM orders o LEFT JOIN `order items` i ON i.`order` = o.id WHERE o.id < 300 AND i.id IS NULL",
        &["CREATE INDEX idx_order_items_order ON `order items` (`order`)"],
    ),
    (
        "by_customer",
        "SELECT id, total FROM orders WHERE customer_id = 77 AND state = 'sent' ORDER BY placed_at DESC LIMIT 10",
        &["CREATE INDEX idx_orders_customer_id ON orders (customer_id)"],
    ),
    (
        "chain",
        "SELECT c.country, SUM(i.quantity) FROM customers c JOIN orders o ON o.customer_id = c.id JOIN `order items` i ON i.`order` = o.id WHERE c.email = 'user9@example.com' GROUP BY c.country",
        &[
            "CREATE INDEX idx_customers_email ON customers (email)",
            "CREATE INDEX idx_order_items_order ON `order items` (`order`)",
            "CREATE INDEX idx_orders_customer_id ON orders (customer_id)",
        ],
    ),
    (
        "newest",
        "SELECT id, total FROM orders ORDER BY placed_at DESC LIMIT 20",
        &["CREATE INDEX idx_orders_placed_at ON orders (placed_at)"],
    ),
    (
        "a_day",
        "SELECT SUM(LENGTH(note)) FROM orders WHERE placed_at >= '2025-02-01' AND placed_at < '2025-02-02'",
        &["CREATE INDEX idx_orders_placed_at ON orders (placed_at)"],
    ),
    (
        "newest_open",
        "SELECT id, total FROM orders WHERE state = 'open' ORDER BY placed_at LIMIT 5",
        &["CREATE INDEX idx_orders_state_placed_at ON orders (state, placed_at)"],
    ),
    (
        "prefix",
        "SELECT id FROM customers WHERE email LIKE 'user1999%'",
        &["CREATE INDEX idx_customers_email ON customers (email)"],
    ),
    (
        "text",
        "SELECT id FROM orders WHERE note = 'note 4711'",
        &["CREATE INDEX idx_orders_note_100 ON orders (note(100))"],
    ),
    (
        "left",
        "SELECT o.id, i.quantity FROM orders o LEFT JOIN `order items` i ON i.`order` = o.id WHERE o.id BETWEEN 500 AND 505",
        &["CREATE INDEX idx_order_items_order ON `order items` (`order`)"],
    ),
    (
        "without_orders",
        "SELECT id FROM customers c WHERE c.id < 50 AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)",
        &["CREATE INDEX idx_orders_customer_id ON orders (customer_id)"],
    ),
    (
        "delete",
        "DELETE FROM `order items` WHERE `order` = 4712",
        &["CREATE INDEX idx_order_items_order ON `order items` (`order`)"],
    ),
    (
        "update",
        "UPDATE orders SET state = 'paid' WHERE customer_id = 12 AND state = 'open'",
        &["CREATE INDEX idx_orders_customer_id ON orders (customer_id)"],
    ),
];

/// Statements that none helps.
const NOT_HELPED: [(&str, &str, &str); 12] = [
    ("or", "SELECT id, note FROM orders WHERE customer_id = 7 OR placed_at = '2025-01-02'", "index_merge"),
    (
        "left_alone",
        "SELECT id, note FROM orders WHERE total = 77",
        "ALTER TABLE orders ALTER INDEX left_alone NOT IGNORED",
    ),
    (
        "delete_in",
        "DELETE FROM orders WHERE customer_id IN (SELECT id FROM customers WHERE id = 77)",
        "join the tables, and an index on customer_id can serve",
    ),
    ("a_number", "SELECT id FROM customers WHERE email = 4711", "no search that an index could serve"),
    (
        "hinted",
        "SELECT id, note FROM orders FORCE INDEX (PRIMARY) WHERE customer_id = 4711",
        "says itself which index",
    ),
    ("by_key", "SELECT * FROM orders WHERE id = 7", "cheap already"),
    ("most_rows", "SELECT COUNT(*), SUM(total) FROM orders WHERE state = 'sent'", "no index"),
    (
        "all",
        "SELECT customer_id, SUM(total) FROM orders GROUP BY customer_id ORDER BY 2 DESC LIMIT 5",
        "no search that an index could serve",
    ),
    ("infix", "SELECT id FROM customers WHERE email LIKE '%99@%'", "no search that an index could serve"),
    (
        "function",
        "SELECT id FROM customers WHERE LOWER(email) = 'user7@example.com'",
        "lower(email) hides its column from every index",
    ),
    ("has_one", "SELECT id FROM `order items` WHERE quantity = 77", "cheap already"),
    ("writes", "SELECT id FROM orders WHERE customer_id = 7 FOR UPDATE", "not looked at"),
];

fn advised(server: &MariaDb, name: &str, program: &Program) -> Value {
    let statements: String = HELPED
        .iter()
        .map(|(id, sql, _)| (id, sql))
        .chain(NOT_HELPED.iter().map(|(id, sql, _)| (id, sql)))
        .map(|(id, sql)| format!("-- name: {id}\n{sql};\n"))
        .collect();
    program.write("statements.sql", &statements);
    let address = server.address(name, "reader", &["SELECT ON *.*"]);
    program.run(&["advise", "--database", &address, "--queries", "statements.sql", "--json"]).good().json()
}

/// Rows that the server reads for a statement, in a transaction that is rolled back.
fn rows_read(server: &MariaDb, name: &str, sql: &str) -> u64 {
    let told = server.run(
        name,
        &format!("FLUSH STATUS; BEGIN; {sql}; ROLLBACK; SHOW SESSION STATUS LIKE 'Handler_read%'"),
    );
    let reads = told.lines().filter_map(|line| line.strip_prefix("Handler_read")?.split_whitespace().nth(1));
    reads.map(|number| number.parse::<u64>().expect("a number")).sum()
}

#[test]
fn what_is_proposed_is_used_and_saves_what_was_said() {
    let server = MariaDb::start();
    let name = server.fresh_database();
    server.run(&name, SHOP);
    let program = Program::new();
    server.run(&name, "CREATE INDEX left_alone ON orders (total) IGNORED");
    let told = advised(&server, &name, &program);
    let of = |id: &str| {
        let found = told["queries"].as_array().expect("a list").iter().find(|one| one["id"] == id);
        found.unwrap_or_else(|| panic!("{id}: {told}")).clone()
    };
    for (id, sql, expected) in HELPED {
        let one = of(id);
        let mut indexes: Vec<&str> =
            one["indexes"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        indexes.sort_unstable();
        assert_eq!(indexes, expected, "{id}: {one}");
        assert_eq!(one["verified_by_planner"], false, "{one}");
        let before = rows_read(&server, &name, sql);
        for index in expected {
            server.run(&name, index);
        }
        let after = rows_read(&server, &name, sql);
        for index in expected {
            let (made, on) = index
                .strip_prefix("CREATE INDEX ")
                .and_then(|rest| rest.split_once(" ON "))
                .expect("an index");
            server.run(&name, &format!("DROP INDEX {made} ON {}", on.rsplit_once(" (").expect("keys").0));
        }
        assert!(after * 20 < before, "{id} reads {after} rows with it and {before} without");
    }
    for (id, _, why) in NOT_HELPED {
        let one = of(id);
        assert_eq!(one["indexes"], json!([]), "{one}");
        assert!(one["because"].as_str().expect("a reason").contains(why), "{one}");
    }
    // What every statement needs together is each index once, the way that blocks nobody.
    let runs: Vec<&str> =
        told["workload"].as_array().expect("a list").iter().filter_map(|one| one["run"].as_str()).collect();
    assert!(runs.iter().all(|run| run.ends_with(" ALGORITHM=INPLACE LOCK=NONE")), "{runs:?}");
    assert_eq!(runs.iter().filter(|run| run.contains("idx_orders_customer_id ON")).count(), 1, "{runs:?}");
    // What it gives can be run as it is.
    let address = server.address(&name, "reader2", &["SELECT ON *.*"]);
    let sql =
        program.run(&["advise", "--database", &address, "--queries", "statements.sql", "--sql"]).good().out;
    server.run(&name, &sql);
}

#[test]
fn nothing_is_carried_out_for_it_and_no_value_leaves() {
    let server = MariaDb::start();
    let name = server.fresh_database();
    server.run(&name, SHOP);
    let before = server.run(&name, "CHECKSUM TABLE customers, orders, `order items`");
    let from = server.general_log().len();
    let program = Program::new();
    let told = advised(&server, &name, &program).to_string();
    assert_eq!(server.run(&name, "CHECKSUM TABLE customers, orders, `order items`"), before);
    for value in ["user9@", "note 4711", "4712"] {
        assert!(!told.contains(value), "{told}");
    }
    let log = server.general_log().split_off(from);
    for line in log.lines().filter(|line| line.contains("Execute") || line.contains("Query")) {
        let sent = line
            .split_once("Execute\t")
            .or_else(|| line.split_once("Query\t"))
            .map_or(line, |(_, sql)| sql)
            .trim_start_matches('[');
        let harmless = [
            "SELECT",
            "EXPLAIN FORMAT=JSON SELECT",
            "SET",
            "START TRANSACTION READ ONLY",
            "CHECKSUM",
            "CREATE USER",
            "GRANT",
            "ROLLBACK",
        ];
        assert!(harmless.iter().any(|start| sent.starts_with(start)), "{line}");
        assert!(!sent.starts_with("SELECT") || !sent.contains("FOR UPDATE"), "{line}");
    }
}

#[test]
fn advice_is_tried_on_a_copy_and_never_on_the_database_itself() {
    let server = MariaDb::start();
    let (name, copy) = (server.fresh_database(), server.fresh_database());
    for one in [&name, &copy] {
        server.run(one, SHOP);
    }
    let program = Program::new();
    program.write(
        "statements.sql",
        &"-- name: one\nSELECT id FROM orders WHERE customer_id = 77;\n-- name: any\nSELECT id FROM orders WHERE customer_id = ?;\n\
         -- name: delete\nDELETE FROM `order items` WHERE `order` = 4712;\n-- name: there\nSELECT id FROM DATABASE.orders WHERE customer_id = 77;"
            .replace("DATABASE", &name),
    );
    let (reader, owner) = (
        server.address(&name, "reader", &["SELECT ON *.*"]),
        server.address(&copy, "owner", &["ALL ON *.*"]),
    );
    let verify = |scratch: &str| {
        program.run(&[
            "advise",
            "--database",
            &reader,
            "--queries",
            "statements.sql",
            "--json",
            "--verify",
            "--scratch",
            scratch,
        ])
    };
    let refused = verify(&server.address(&name, "owner", &[])).err;
    assert!(refused.contains("--scratch is the database that is advised on"), "{refused}");
    let told = verify(&owner).good().json();
    let measured = |at: usize| told["queries"][at]["measured"].clone();
    assert_eq!(measured(0)["used"], true, "{told}");
    assert_eq!(measured(1)["not_measured"], "its values are not known", "{told}");
    assert_eq!(measured(2)["not_measured"], "only a SELECT is looked at", "{told}");
    assert_eq!(
        measured(3)["not_measured"],
        "it names a database, and would be carried out in that",
        "{told}"
    );
    let indexes = "SELECT COUNT(*) FROM information_schema.STATISTICS WHERE TABLE_NAME = 'orders' AND INDEX_NAME <> 'PRIMARY'";
    assert_eq!(server.run(&name, indexes), "0", "nothing is made, and nothing stays behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_is_made_after_a_click_and_looked_at_afterwards() {
    let server = MariaDb::start_watched();
    let name = server.fresh_database();
    server.run(&name, SHOP);
    let secrets = tempfile::tempdir().expect("a folder");
    let secret = |file: &str, url: String| -> Value {
        let file = secrets.path().join(file);
        std::fs::write(&file, url).expect("writes");
        json!({"file": file})
    };
    let watch =
        server.address(&name, "quad", &["PROCESS ON *.*", "SELECT ON performance_schema.*", "SELECT ON *.*"]);
    let owner = server.address(&name, "owner", &["SELECT, INDEX ON *.*", "PROCESS ON *.*"]);
    let settings = json!({
        "slack": {"roles": {"operator": {"emails": ["bob@example.com"]}, "responder": {"emails": ["carol@example.com"]}}},
        "database": {"slow_query_threshold_ms": 60000, "check_interval_secs": 60},
        "sources": {"mysql": [{
            "name": "shop-db", "environment": "prod", "url": secret("watch", watch), "apply_url": secret("apply", owner),
        }]},
    });
    let bot = Bot::start_with(settings, START).await;
    let used = async |times: usize| {
        for _ in 0..times {
            server.run(&name, "SELECT id, note FROM orders WHERE customer_id = 4242");
        }
        bot.advance(minutes(2)).await;
    };
    let told = async |words: &str| {
        eventually(words, async || {
            bot.sleep(chrono::TimeDelta::seconds(1));
            bot.slack().read_everything().iter().any(|said| said.text.contains(words)).then_some(())
        })
        .await;
    };
    used(6).await;
    let asked = bot.slack().mention("ops", "bob", "show me the slowest queries");
    let answer = asked.expect_reply("from orders where customer_id = ?").await;
    assert!(
        answer.text().contains("CREATE INDEX idx_orders_customer_id ON orders (customer_id)"),
        "{}",
        answer.text()
    );
    bot.slack().click(&answer, "Apply index", "bob");
    let shown = asked.expect_reply("Change").await;
    assert!(shown.read().contains("not verified by the planner"), "{}", shown.read());
    bot.slack().click(&shown, "Approve", "bob");
    told("The index is made").await;
    let there = || {
        server.run(
            &name,
            "SELECT COUNT(*) FROM information_schema.STATISTICS WHERE INDEX_NAME = 'idx_orders_customer_id'",
        )
    };
    assert_eq!(there(), "1");

    bot.advance(minutes(2)).await;
    used(8).await;
    bot.advance(minutes(60)).await;
    told("An hour after the index").await;
    told("times faster").await;
    bot.slack().mention("ops", "bob", "undo change 1");
    shown.expect_edit("taken back").await;
    eventually("the index is gone", async || {
        bot.sleep(chrono::TimeDelta::seconds(3));
        (there() == "0").then_some(())
    })
    .await;
    told("The index is removed").await;
    bot.settled_in_time().await;
    bot.slack().read_everything();
    bot.finish().await;
}
