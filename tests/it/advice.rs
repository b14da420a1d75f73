//! `quad advise` on a real PostgreSQL with HypoPG: what the planner makes of indexes that are not there.

use std::process::Command;

use serde_json::Value;

use crate::support::postgres::Postgres;
use crate::support::processes::eventually;
use crate::support::program::Program;

const SCHEMA: &str = r#"
CREATE EXTENSION hypopg;
CREATE TABLE customers (id int PRIMARY KEY, email text NOT NULL, region text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers (id), state text NOT NULL,
                     created_at timestamp NOT NULL, done boolean NOT NULL, detail jsonb NOT NULL);
CREATE TABLE states (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO states SELECT i, 'state ' || i FROM generate_series(1, 10) i;
INSERT INTO customers SELECT i, 'P' || i || '@example.com', 'r' || i % 5 FROM generate_series(1, 30000) i;
INSERT INTO orders SELECT i, 1 + i % 30000, CASE WHEN i % 4 = 0 THEN 'open' ELSE 'paid' END,
  timestamp '2026-01-01' + i * interval '1 minute', i % 300 <> 0, jsonb_build_object('code', 'c' || i % 9000)
  FROM generate_series(1, 120000) i;
CREATE SCHEMA sales;
CREATE TABLE sales."Invoices" ("Id" int PRIMARY KEY, "customerId" int NOT NULL, "user" text NOT NULL, note text NOT NULL);
INSERT INTO sales."Invoices" SELECT i, i % 9000, 'u' || i, 'note ' || md5(i::text) FROM generate_series(1, 60000) i;
CREATE INDEX invoices_note ON sales."Invoices" (note);
CREATE INDEX invoices_note_pattern ON sales."Invoices" (note text_pattern_ops);
CREATE INDEX orders_state ON orders (state);
CREATE INDEX orders_state_again ON orders (state, id);
ANALYZE;
"#;

const QUERIES: &str = r#"
-- name: equal
SELECT id FROM customers WHERE email = 'P77@example.com';
-- name: folded
SELECT id FROM customers WHERE lower(email) = 'p77@example.com';
-- name: newest
SELECT id, created_at FROM orders WHERE customer_id = 42 ORDER BY created_at DESC LIMIT 5;
-- name: few
SELECT id FROM orders WHERE NOT done ORDER BY created_at LIMIT 5;
-- name: inside
SELECT id FROM orders WHERE detail @> '{"code": "c77"}';
-- name: parent
DELETE FROM customers WHERE id = 77;
-- name: quoted
SELECT "Id" FROM sales."Invoices" AS "I" WHERE "I"."customerId" = 42;
-- name: keyword
SELECT "Id" FROM sales."Invoices" WHERE "user" = 'u42';
-- name: parts
SELECT "Id" FROM sales."Invoices" WHERE note LIKE '%abc12%';
-- name: both
DELETE FROM customers WHERE region = 'r1' AND email = 'P9@example.com';
-- name: everything
SELECT state, count(*) FROM orders GROUP BY state;
-- name: tiny
SELECT id FROM states WHERE name = 'state 5';
-- name: by_key
SELECT state FROM orders WHERE id = 5;
-- name: broken
SELECT secret FROM nowhere WHERE a = 'secret';
"#;

fn database(server: &Postgres) -> String {
    filled(server, SCHEMA)
}

fn filled(server: &Postgres, schema: &str) -> String {
    let address = server.fresh_database();
    let made = Command::new("psql")
        .args([&address, "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", schema])
        .output()
        .expect("psql");
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{said}\nHypoPG is a package: apt-get install postgresql-15-hypopg");
    address
}

fn indexes<'a>(advice: &'a Value, id: &str) -> Vec<&'a str> {
    let queries = advice["queries"].as_array().expect("queries");
    let one = queries.iter().find(|one| one["id"] == id).unwrap_or_else(|| panic!("no {id}"));
    one["indexes"].as_array().expect("indexes").iter().map(|index| index.as_str().expect("text")).collect()
}

#[test]
fn the_planner_is_asked_which_indexes_help() {
    let server = Postgres::start();
    let address = database(&server);
    let program = Program::new();
    program.write("queries.sql", QUERIES);
    let advice =
        program.run(&["advise", "--database", &address, "--queries", "queries.sql", "--json"]).good().json();
    assert_eq!(indexes(&advice, "equal"), ["CREATE INDEX ON customers (email)"]);
    assert_eq!(indexes(&advice, "folded"), ["CREATE INDEX ON customers (lower(email))"]);
    assert!(indexes(&advice, "newest")[0].starts_with("CREATE INDEX ON orders (customer_id"), "{advice}");
    assert_eq!(indexes(&advice, "few"), ["CREATE INDEX ON orders (created_at) WHERE NOT done"]);
    assert_eq!(indexes(&advice, "inside"), ["CREATE INDEX ON orders USING gin (detail jsonb_path_ops)"]);
    assert_eq!(indexes(&advice, "parent"), ["CREATE INDEX ON orders (customer_id)"]);
    assert_eq!(indexes(&advice, "quoted"), [r#"CREATE INDEX ON sales."Invoices" ("customerId")"#]);
    assert_eq!(indexes(&advice, "keyword"), [r#"CREATE INDEX ON sales."Invoices" ("user")"#]);
    assert_eq!(
        indexes(&advice, "parts"),
        [r#"CREATE INDEX ON sales."Invoices" USING gin (note gin_trgm_ops)"#]
    );
    assert!(advice.to_string().contains("needs CREATE EXTENSION pg_trgm"), "{advice}");
    let both = indexes(&advice, "both");
    assert!(both.contains(&"CREATE INDEX ON orders (customer_id)") && both.len() == 2, "{both:?}");
    for none in ["everything", "tiny", "by_key", "broken"] {
        assert!(indexes(&advice, none).is_empty(), "{none}: {advice}");
    }
    let redundant: Vec<_> =
        advice["redundant"].as_array().expect("a list").iter().map(|one| &one["index"]).collect();
    assert_eq!(redundant, ["orders_state"]);
    assert!(!advice.to_string().contains("secret"), "{advice}");
    assert!(advice.to_string().contains("a table in it isn't there"), "{advice}");

    // What is said can be run as it is, and is not advised again.
    let sql =
        program.run(&["advise", "--database", &address, "--queries", "queries.sql", "--sql"]).good().out;
    let statements = sql.lines().filter(|line| line.starts_with("CREATE"));
    for statement in ["CREATE EXTENSION pg_trgm"].into_iter().chain(statements) {
        let ran = Command::new("psql")
            .args([&address, "-Xq", "-v", "ON_ERROR_STOP=1", "-c", statement])
            .output()
            .expect("psql");
        assert!(ran.status.success(), "{statement}: {}", String::from_utf8_lossy(&ran.stderr));
    }
    let again =
        program.run(&["advise", "--database", &address, "--queries", "queries.sql", "--json"]).good().json();
    for done in ["equal", "folded", "few", "parent", "quoted", "keyword", "both"] {
        assert!(indexes(&again, done).is_empty(), "{done}: {again}");
    }
}

#[test]
fn without_hypopg_only_what_is_clear_is_proposed_and_said_to_be_our_own_reckoning() {
    let server = Postgres::start();
    let address = filled(&server, &SCHEMA.replace("CREATE EXTENSION hypopg;", ""));
    let program = Program::new();
    let more = "-- name: range
SELECT sum(id) FROM orders WHERE created_at >= '2026-02-01' AND created_at < '2026-02-02';
-- name: half
SELECT sum(id) FROM orders WHERE created_at >= '2026-02-01';
-- name: joined
SELECT o.state FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.email = 'P9@example.com';
-- name: left
SELECT o.state FROM orders o LEFT JOIN customers c ON o.customer_id = c.id AND c.region = 'r1';";
    program.write("queries.sql", &format!("{QUERIES}{more}"));
    let command = ["advise", "--database", &address, "--queries", "queries.sql"];
    let advice = program.run(&[&command[..], &["--json"]].concat()).good().json();
    assert_eq!(indexes(&advice, "equal"), ["CREATE INDEX ON customers (email)"]);
    assert_eq!(indexes(&advice, "folded"), ["CREATE INDEX ON customers (lower(email))"]);
    assert_eq!(indexes(&advice, "newest"), ["CREATE INDEX ON orders (customer_id)"]);
    assert_eq!(indexes(&advice, "few"), ["CREATE INDEX ON orders (created_at) WHERE NOT done"]);
    assert_eq!(indexes(&advice, "inside"), ["CREATE INDEX ON orders USING gin (detail jsonb_path_ops)"]);
    assert_eq!(indexes(&advice, "parent"), ["CREATE INDEX ON orders (customer_id)"]);
    assert_eq!(indexes(&advice, "quoted"), [r#"CREATE INDEX ON sales."Invoices" ("customerId")"#]);
    assert_eq!(indexes(&advice, "keyword"), [r#"CREATE INDEX ON sales."Invoices" ("user")"#]);
    assert_eq!(indexes(&advice, "range"), ["CREATE INDEX ON orders (created_at)"]);
    assert_eq!(
        indexes(&advice, "joined"),
        ["CREATE INDEX ON orders (customer_id)", "CREATE INDEX ON customers (email)"]
    );
    for none in ["everything", "tiny", "by_key", "half", "left"] {
        assert!(indexes(&advice, none).is_empty(), "{none}: {advice}");
    }
    let queries = advice["queries"].as_array().expect("queries");
    assert!(queries.iter().all(|one| one["verified_by_planner"] == false), "{advice}");
    assert!(advice["hypopg"] == false && advice["workload"][0]["size_bytes"].is_number(), "{advice}");
    let said = program.run(&command).good().out;
    assert!(said.contains("CREATE EXTENSION hypopg") && said.contains("quad's own estimate"), "{said}");
}

#[test]
fn what_could_not_be_looked_at_is_not_said_to_need_nothing() {
    let server = Postgres::start();
    let address = database(&server);
    let program = Program::new();
    program.write(
        "queries.sql",
        "SELECT id FROM orders WHERE customer_id + $1 = $1 || $2;\nSELECT 1 FROM nowhere;",
    );
    let said = program.run(&["advise", "--database", &address, "--queries", "queries.sql"]).good().out;
    assert!(said.starts_with("Nothing is known of these statements; 2 could not be looked at."), "{said}");
    assert!(said.contains("a table in it isn't there") && !said.contains("No index helps"), "{said}");
}

#[test]
fn a_promise_that_rests_on_few_rows_is_held_against_a_sample() {
    let server = Postgres::start();
    // Four conditions that say the same: the planner takes them to be independent, and expects 2 rows where there are 2,000.
    let address = filled(
        &server,
        "CREATE EXTENSION hypopg;
         CREATE TABLE parts (id int PRIMARY KEY, a int, b int, c int, d int);
         INSERT INTO parts SELECT i, i % 10, i % 10, i % 10, i % 10 FROM generate_series(1, 20000) i;
         CREATE TABLE items (id int PRIMARY KEY, part_id int NOT NULL, price int NOT NULL);
         INSERT INTO items SELECT i, 1 + i % 20000, i FROM generate_series(1, 200000) i;
         ANALYZE",
    );
    let program = Program::new();
    program.write(
        "queries.sql",
        "-- name: alike\nSELECT sum(price) FROM parts p JOIN items i ON i.part_id = p.id WHERE a = 3 AND b = 3 AND c = 3 AND d = 3;\n\
         -- name: few\nSELECT sum(price) FROM parts p JOIN items i ON i.part_id = p.id WHERE a = 3 AND p.id < 20;",
    );
    let advice =
        program.run(&["advise", "--database", &address, "--queries", "queries.sql", "--json"]).good().json();
    assert_eq!(indexes(&advice, "alike"), [""; 0], "{advice}");
    let because = advice["queries"][0]["because"].as_str().expect("a reason");
    assert!(because.contains("it expects 2 rows of parts where a sample says 2,000 rows"), "{because}");
    assert_eq!(indexes(&advice, "few"), ["CREATE INDEX ON items (part_id)"], "{advice}");
}

#[test]
fn a_partitioned_table_gets_its_index_part_by_part() {
    let server = Postgres::start();
    let address = filled(
        &server,
        "CREATE EXTENSION hypopg;
         CREATE SCHEMA logs;
         CREATE TABLE visits (id int, day int NOT NULL, city text NOT NULL) PARTITION BY RANGE (day);
         CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (0) TO (10);
         CREATE TABLE logs.\"Visits 2\" PARTITION OF visits FOR VALUES FROM (10) TO (20);
         INSERT INTO visits SELECT i, i % 20, 'city ' || i % 5000 FROM generate_series(1, 60000) i;
         ANALYZE visits_1; ANALYZE logs.\"Visits 2\"",
    );
    let program = Program::new();
    program.write("queries.sql", "SELECT id FROM visits WHERE city = 'city 7';");
    let told =
        |how: &str| program.run(&["advise", "--database", &address, "--queries", "queries.sql", how]).good();
    assert_eq!(indexes(&told("--json").json(), "1"), ["CREATE INDEX ON visits (city)"]);
    let run = |sql: &str| {
        let ran = Command::new("psql")
            .args([&address, "-XqAt", "-v", "ON_ERROR_STOP=1"])
            .arg("-c")
            .arg(sql)
            .output();
        let ran = ran.expect("psql");
        assert!(ran.status.success(), "{sql}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8_lossy(&ran.stdout).trim().to_owned()
    };
    let sql = told("--sql").out;
    for step in sql.split(";\n").filter(|step| !step.trim().is_empty()) {
        run(step);
    }
    let valid = "SELECT string_agg(indisvalid::text, ' ') FROM pg_index WHERE indexrelid::regclass::text LIKE '%city%'";
    assert_eq!(run(valid), "true true true", "{sql}");
}

#[test]
fn nothing_is_carried_out_and_nothing_hides_behind_a_statement() {
    let server = Postgres::start();
    let address = database(&server);
    let program = Program::new();
    program.write(
        "queries.sql",
        "DELETE FROM orders;\n-- name: two\nSELECT 1 FROM orders WHERE state = 'x' $$;$$;\nINSERT INTO states VALUES (99, 'new');\n\
         WITH gone AS (DELETE FROM states RETURNING id) SELECT * FROM gone;\nDROP TABLE states;\nSELECT nextval('no');",
    );
    let ran = program.run(&["advise", "--database", &address, "--queries", "queries.sql"]).good();
    assert!(!ran.out.is_empty());
    let count = "SELECT (SELECT count(*) FROM orders) || ' ' || (SELECT count(*) FROM states)";
    let counted = Command::new("psql").args([&address, "-XqAt", "-c", count]).output().expect("psql");
    assert_eq!(String::from_utf8_lossy(&counted.stdout).trim(), "120000 10");
}

#[test]
fn what_is_missing_is_said_with_what_to_do() {
    let server = Postgres::start();
    let address = server.fresh_database();
    let program = Program::new();
    program.write("queries.sql", "SELECT 1;");
    let said = |url: &str, file: &str| {
        let ran = program.run(&["advise", "--database", url, "--queries", file]);
        assert_eq!(ran.status, Some(1), "{ran:?}");
        ran.err
    };
    assert!(said(&address, "none.sql").contains("none.sql can't be read"));
    let elsewhere = address.replace("/quad0", "/missing");
    assert!(said(&elsewhere, "queries.sql").contains("has no such database"));
    let refused = said("postgres://app:hunter2@127.0.0.1:1/shop", "queries.sql");
    assert!(refused.contains("can't be reached") && !refused.contains("hunter2"), "{refused}");
}

const LARGE: &str = "
CREATE TABLE readings (id int PRIMARY KEY, taken_at timestamp NOT NULL, value int NOT NULL, filler text NOT NULL);
ALTER TABLE readings ALTER filler SET STORAGE PLAIN;
INSERT INTO readings SELECT i, timestamp '2026-01-01' + i * interval '1 minute', i % 7, repeat('x', 3500) FROM generate_series(1, 22000) i;
ANALYZE readings;";

#[test]
fn a_wide_range_of_a_large_table_in_that_order_is_read_in_stretches() {
    let server = Postgres::start();
    let address = filled(&server, LARGE);
    let program = Program::new();
    program.write(
        "queries.sql",
        "-- name: wide
SELECT sum(value) FROM readings WHERE taken_at >= '2026-01-05' AND taken_at < '2026-01-07';
-- name: narrow
SELECT sum(value) FROM readings WHERE taken_at >= '2026-01-05' AND taken_at < '2026-01-05 00:30';",
    );
    let command = ["advise", "--database", &address, "--queries", "queries.sql", "--json"];
    let by_stretches = ["CREATE INDEX ON readings USING brin (taken_at)"];
    for hypopg in [false, true] {
        if hypopg {
            Postgres::run(&address, "CREATE EXTENSION hypopg");
        }
        let advice = program.run(&command).good().json();
        assert_eq!(indexes(&advice, "wide"), by_stretches, "{advice}");
        let size =
            advice["workload"].as_array().expect("a list").iter().find(|one| one["index"] == by_stretches[0]);
        assert!(size.expect("it")["size_bytes"].as_f64().expect("a number") < 200_000.0, "{advice}");
    }
    let narrow = program.run(&command).good().json();
    assert_eq!(indexes(&narrow, "narrow"), ["CREATE INDEX ON readings (taken_at)"], "{narrow}");
}

#[tokio::test]
async fn without_a_file_what_took_most_time_is_advised_on_and_weighed_against_writes() {
    let server = Postgres::start_watched();
    let address = filled(&server, SCHEMA);
    Postgres::run(
        &address,
        "CREATE EXTENSION pg_stat_statements; CREATE TABLE log (id int, at int, line text);
         INSERT INTO log SELECT i, i, 'line ' || i FROM generate_series(1, 20000) i; ANALYZE log",
    );
    Postgres::run(&address, "SELECT pg_stat_reset(), pg_stat_statements_reset()");
    for sql in [
        "SELECT id FROM customers WHERE email = 'P77@example.com'",
        "SELECT id FROM customers WHERE email = 'P9@example.com'",
        "SELECT id, state FROM orders WHERE customer_id = 42",
        "SELECT line FROM log WHERE at = 77",
        "INSERT INTO log SELECT i, i, 'more' FROM generate_series(1, 300000) i",
        "BEGIN",
    ] {
        Postgres::run(&address, sql);
    }
    // The server tells of writes when the session that made them has ended, or a little later.
    let written =
        || Postgres::run(&address, "SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'log'");
    // What was written before may be counted after the statistics were set back.
    let all = || written().parse::<u64>().is_ok_and(|rows| rows >= 300_000);
    eventually("the writes are counted", async || all().then_some(())).await;
    let program = Program::new();
    let advice = program.run(&["advise", "--database", &address, "--json"]).good().json();
    let of = |start: &str| {
        let queries = advice["queries"].as_array().expect("queries");
        let found =
            queries.iter().find(|one| one["statement"].as_str().is_some_and(|text| text.starts_with(start)));
        found.unwrap_or_else(|| panic!("no {start} in {advice}")).clone()
    };
    let email = of("select id from customers");
    assert_eq!(email["indexes"][0], "CREATE INDEX ON customers (email)", "{advice}");
    assert!(email["calls"] == 2.0 && email["total_ms"].as_f64().expect("a time") > 0.0, "{email}");
    let log = of("select line from log");
    assert!(log["indexes"].as_array().expect("a list").is_empty(), "{log}");
    assert!(log["because"].as_str().expect("why").contains("ms a second to keep up"), "{log}");
    let workload = advice["workload"].as_array().expect("a list");
    assert!(
        workload.iter().all(|one| one["share_of_time_saved"].as_f64().expect("a share") > 0.0),
        "{advice}"
    );
    assert!(!advice.to_string().contains("P77"), "no literal: {advice}");
    let said = program.run(&["advise", "--database", &address]).good().out;
    assert!(said.contains("of the time") && said.contains("(2 calls, "), "{said}");

    let uncounted = Postgres::start();
    let address = uncounted.fresh_database();
    let refused = program.run(&["advise", "--database", &address]);
    assert_eq!(refused.status, Some(1));
    assert!(
        refused.err.contains("pg_stat_statements") && refused.err.contains("--queries"),
        "{}",
        refused.err
    );
}

#[test]
fn advice_is_tried_on_a_copy_and_never_on_the_database_itself() {
    let server = Postgres::start();
    let (address, copy) = (database(&server), database(&server));
    let program = Program::new();
    program.write(
        "queries.sql",
        &format!("{QUERIES}\n-- name: any\nSELECT id FROM customers WHERE email = $1;"),
    );
    let verify = |scratch: &str| {
        program.run(&[
            "advise",
            "--database",
            &address,
            "--queries",
            "queries.sql",
            "--json",
            "--verify",
            "--scratch",
            scratch,
        ])
    };
    let refused = verify(&format!("{address}?application_name=other")).err;
    assert!(refused.contains("--scratch is the database that is advised on"), "{refused}");

    let told = verify(&copy).good().json();
    let of = |id: &str| {
        let found = told["queries"].as_array().expect("queries").iter().find(|one| one["id"] == id);
        found.unwrap_or_else(|| panic!("no {id}"))["measured"].clone()
    };
    for id in ["equal", "folded", "newest", "few", "inside", "quoted", "keyword"] {
        let measured = of(id);
        assert_eq!(measured["used"], true, "{id}: {measured}");
        assert!(measured["before_ms"].as_f64() > Some(0.0), "{id}: {measured}");
    }
    assert!(of("parent")["not_measured"].as_str().expect("why").contains("DELETE"), "{told}");
    assert!(of("any")["not_measured"].as_str().expect("why").contains("values"), "{told}");
    assert!(of("parts")["not_measured"].as_str().expect("why").contains("CREATE EXTENSION there"), "{told}");
    assert_eq!(of("tiny"), Value::Null);
    for place in [&address, &copy] {
        let left = Postgres::run(
            place,
            "SELECT count(*) FROM pg_class WHERE relname LIKE 'quad%' AND relkind = 'i'",
        );
        assert_eq!(left, "0", "nothing stays behind");
    }
    assert_eq!(Postgres::run(&address, "SELECT count(*) FROM pg_indexes WHERE tablename = 'customers'"), "1");
}
