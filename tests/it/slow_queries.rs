//! The slowest statements of a real PostgreSQL, from what it counted: what they cost, why, and what helps.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use quad::model::statement::{Snapshot, StatementId};
use quad::model::surroundings::SeenTables;
use quad::ports::database::Database as _;
use quad::sql::changed::{self, Changed};
use quad::sql::window::window;
use quad::vendors::postgres;
use secrecy::SecretString;

use crate::support::postgres::Postgres;
use crate::support::program::Program;

pub(super) const SHOP: &str = r#"
CREATE EXTENSION pg_stat_statements;
CREATE EXTENSION hypopg;
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL, state text NOT NULL, total numeric NOT NULL);
INSERT INTO orders SELECT i, i % 9000, 'paid', i FROM generate_series(1, 60000) i;
ANALYZE;
SELECT pg_stat_statements_reset();
"#;

fn watched(address: &str) -> postgres::Postgres {
    postgres::Postgres::at(SecretString::from(address.to_owned()), true)
}

async fn look(database: &postgres::Postgres, at: DateTime<Utc>) -> Snapshot {
    database.look(at, &BTreeSet::new()).await.expect("can be looked at")
}

#[test]
fn the_slowest_statements_come_with_cause_and_fix() {
    let server = Postgres::start_watched();
    let address = server.fresh_database();
    Postgres::run(&address, SHOP);
    for customer in 1..40 {
        Postgres::run(
            &address,
            &format!(
                "SELECT id, total FROM orders WHERE customer_id = {customer} /*controller='orders',action='index'*/"
            ),
        );
    }
    Postgres::run(&address, "SELECT id FROM orders WHERE id = 77");
    Postgres::run(&address, "SELECT state, sum(total) FROM orders GROUP BY state");
    let program = Program::new();
    let told = program.run(&["slow-queries", "--database", &address, "--json"]).good().json();
    let all = told["slowest"].as_array().expect("a list");
    let first = all
        .iter()
        .find(|one| one["fingerprint"].as_str().is_some_and(|text| text.contains("customer_id = ?")))
        .unwrap_or_else(|| panic!("{told}"));
    assert_eq!(first["fingerprint"], "select id, total from orders where customer_id = ?");
    assert_eq!((first["used"]["calls"].as_f64(), &first["owner"]), (Some(39.0), &"orders#index".into()));
    assert_eq!(
        first["fix"]["run"][0],
        "CREATE INDEX CONCURRENTLY idx_orders_customer_id ON orders (customer_id)"
    );
    assert_eq!(first["fix"]["verified_by_planner"], true);
    assert!(first["fix"]["estimated_speedup"].as_f64().is_some_and(|gain| gain > 10.0), "{first}");
    assert!(first["issue"]["sentence"].as_str().is_some_and(|said| said.contains("orders")), "{first}");
    let grouped = all
        .iter()
        .find(|one| one["fingerprint"].as_str().is_some_and(|text| text.contains("group by")))
        .unwrap_or_else(|| panic!("{told}"));
    assert!(grouped["fix"]["run"].as_array().is_some_and(Vec::is_empty), "{grouped}");
    // quad's own questions are not among them.
    assert!(
        !told.to_string().contains("pg_stat_activity") && !told.to_string().contains("explain"),
        "{told}"
    );

    let text = program.run(&["slow-queries", "--database", &address]).good().out;
    assert!(
        text.contains("CREATE INDEX CONCURRENTLY idx_orders_customer_id ON orders (customer_id)")
            && text.contains("by the planner's own estimate"),
        "{text}"
    );
}

#[tokio::test]
async fn windows_are_exact_over_resets_and_restarts_of_counting() {
    let server = Postgres::start_watched();
    let address = server.fresh_database();
    Postgres::run(&address, SHOP);
    let database = watched(&address);
    let start = Utc::now();
    let calls = |snapshot: &Snapshot, window: &quad::model::statement::Window, part: &str| -> f64 {
        let ids: Vec<&StatementId> = snapshot
            .texts
            .iter()
            .filter(|(_, text)| text.fingerprint.contains(part))
            .map(|(id, _)| id)
            .collect();
        ids.iter().filter_map(|id| window.used.get(*id)).map(|used| used.calls).sum()
    };
    Postgres::run(&address, "SELECT count(*) FROM orders WHERE id < 50");
    let first = look(&database, start).await;
    for _ in 0..3 {
        Postgres::run(&address, "SELECT count(*) FROM orders WHERE id < 70");
    }
    let second = look(&database, Utc::now()).await;
    let told = window(&first, &second);
    assert_eq!(calls(&second, &told, "count(*)"), 3.0);
    assert_eq!(calls(&second, &told, "insert"), 0.0);

    Postgres::run(&address, "SELECT pg_stat_statements_reset()");
    for _ in 0..5 {
        Postgres::run(&address, "SELECT count(*) FROM orders WHERE id < 90");
    }
    let third = look(&database, Utc::now() + TimeDelta::seconds(1)).await;
    let told = window(&second, &third);
    assert_eq!(calls(&third, &told, "count(*)"), 5.0, "{told:?}");
    assert!(told.notes[0].contains("began anew"), "{:?}", told.notes);
    assert!(third.texts.values().all(|text| !text.fingerprint.contains("90")));
}

#[tokio::test]
async fn what_runs_and_who_waits_for_whom_is_seen() {
    let server = Postgres::start_watched();
    let address = server.fresh_database();
    Postgres::run(&address, SHOP);
    let hold = tokio::task::spawn_blocking({
        let address = address.clone();
        move || {
            Postgres::run(
                &address,
                "BEGIN; UPDATE orders SET total = 1 WHERE id = 4242; SELECT pg_sleep(20); COMMIT",
            )
        }
    });
    let waiting = {
        let address = address.clone();
        move || Postgres::run(&address, "UPDATE orders SET total = 2 WHERE id = 4242")
    };
    let database = watched(&address);
    let mut wait = None;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(15);
    let blocked = loop {
        let seen = look(&database, Utc::now()).await;
        if let Some(one) = seen.running.iter().find(|one| !one.blocked_by.is_empty()) {
            let holder = seen.running.iter().find(|other| one.blocked_by.contains(&other.session));
            break (one.clone(), holder.cloned().expect("who holds it is seen too"));
        }
        // Once it is asleep, the first holds the row.
        if wait.is_none()
            && seen.running.iter().any(|one| one.waits_for.as_deref() == Some("Timeout PgSleep"))
        {
            wait = Some(tokio::task::spawn_blocking(waiting.clone()));
        }
        assert!(std::time::Instant::now() < deadline, "nobody waits: {:?}", seen.running);
        tokio::task::yield_now().await;
    };
    assert!(blocked.0.waits_for.as_deref().is_some_and(|what| what.starts_with("Lock")), "{blocked:?}");
    assert!(!format!("{blocked:?}").contains("4242"), "no literal: {blocked:?}");
    Postgres::run(&address, &format!("SELECT pg_terminate_backend({})", blocked.1.session));
    // The one was ended, the other goes on.
    assert!(hold.await.is_err());
    wait.expect("waited").await.expect("goes on");
}

#[tokio::test]
async fn what_is_missing_is_named_with_what_mends_it() {
    let server = Postgres::start_watched();
    let address = server.fresh_database();
    let database = watched(&address);
    let bare = look(&database, Utc::now()).await;
    assert!(bare.gaps[0].contains("CREATE EXTENSION pg_stat_statements"), "{:?}", bare.gaps);

    Postgres::run(&address, SHOP);
    Postgres::run(&address, "CREATE ROLE watcher LOGIN; SELECT count(*) FROM orders");
    let limited = address.replace("postgres@", "watcher@");
    let database = watched(&limited);
    let seen = look(&database, Utc::now()).await;
    assert!(seen.gaps.iter().any(|gap| gap.contains("GRANT pg_monitor TO")), "{:?}", seen.gaps);
    let says: Vec<String> =
        database.doctor().await.into_iter().filter(|(good, _)| !good).map(|(_, says)| says).collect();
    assert!(says.iter().any(|one| one.contains("GRANT pg_monitor TO watcher")), "{says:?}");
    assert!(says.iter().any(|one| one.contains("GRANT pg_read_all_data TO watcher")), "{says:?}");
    Postgres::run(&address, "GRANT pg_monitor, pg_read_all_data TO watcher");
    assert!(look(&database, Utc::now()).await.gaps.is_empty());
    assert!(database.doctor().await.iter().all(|(good, _)| *good));

    let wrong = watched(&address.replace("/quad", "/nowhere"));
    let error = wrong.look(Utc::now(), &BTreeSet::new()).await.expect_err("is not there").to_string();
    assert!(error.contains("has no such database"), "{error}");
}

#[tokio::test]
async fn ten_thousand_long_texts_do_not_stop_the_numbers() {
    let server = Postgres::start_watched();
    let address = server.fresh_database();
    Postgres::run(&address, SHOP);
    // Statements of 100 KB that differ in their shape.
    Postgres::run(
        &address,
        "SET pg_stat_statements.track = 'all'; \
         DO $$ BEGIN FOR i IN 1..150 LOOP EXECUTE 'SELECT ARRAY[' || repeat('1,', 30000 + i) || '1]'; END LOOP; END $$",
    );
    let database = watched(&address);
    let seen = look(&database, Utc::now()).await;
    assert!(seen.counted.len() > 150, "{}", seen.counted.len());
    assert!(seen.texts.values().all(|text| text.fingerprint.len() <= 110_000));
}

#[test]
fn a_query_for_each_row_of_another_one_is_named_with_its_parent() {
    let server = Postgres::start_watched();
    let address = server.fresh_database();
    Postgres::run(
        &address,
        "CREATE EXTENSION pg_stat_statements; CREATE TABLE customers (id int PRIMARY KEY, name text); \
         CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL); \
         INSERT INTO customers SELECT i, 'secret' || i FROM generate_series(1, 500) i; \
         INSERT INTO orders SELECT i, i % 500 + 1 FROM generate_series(1, 500) i",
    );
    let hint = "/*controller='orders',action='index'*/";
    for page in 0..20 {
        let parent = format!(
            "SELECT id, customer_id FROM orders WHERE id > {} ORDER BY id LIMIT 12 {hint};",
            page * 12
        );
        let children = (0..12)
            .map(|row| format!("SELECT name FROM customers WHERE id = {} {hint};", page * 12 + row + 1));
        Postgres::run(&address, &format!("{parent}{}", children.collect::<String>()));
    }
    let program = Program::new();
    let told = program.run(&["slow-queries", "--database", &address]).good().out;
    assert!(told.contains("A query for each row (N+1)"), "{told}");
    assert!(told.contains("select name from customers where id = ?"), "{told}");
    assert!(told.contains("runs 12 times for each call of"), "{told}");
    assert!(told.contains("(orders#index): 240 calls") && !told.contains("secret"), "{told}");
}

#[tokio::test]
async fn a_look_at_five_thousand_statements_costs_the_server_little() {
    let server = Postgres::start_watched();
    let address = server.fresh_database();
    Postgres::run(
        &address,
        "CREATE EXTENSION pg_stat_statements; \
         DO $$ BEGIN EXECUTE (SELECT 'CREATE TABLE wide (' || string_agg('c' || i || ' int', ', ') || ')' FROM generate_series(1, 100) i); END $$; \
         SET pg_stat_statements.track = 'all'; \
         DO $$ BEGIN FOR i IN 1..70 LOOP FOR j IN 1..70 LOOP \
           EXECUTE 'SELECT c' || i || ' FROM wide WHERE c' || j || ' = 1 AND c99 < 7 ORDER BY c' || i; END LOOP; END LOOP; END $$",
    );
    let database = watched(&address);
    let spent = || -> f64 {
        let sum = "SELECT coalesce(sum(total_exec_time), 0) FROM pg_stat_statements WHERE query LIKE '%/* quad */%'";
        Postgres::run(&address, sum).parse().expect("a number")
    };
    let (mut looks, mut before) = (Vec::new(), spent());
    let mut known = BTreeSet::new();
    for _ in 0..6 {
        let seen = database.look(Utc::now(), &known).await.expect("can be looked at");
        assert!(seen.counted.len() >= 4_900, "{}", seen.counted.len());
        known.extend(seen.texts.into_keys());
        let now = spent();
        looks.push(now - before);
        before = now;
    }
    let first = looks.remove(0);
    looks.sort_by(f64::total_cmp);
    let each = "SELECT string_agg(round((total_exec_time / calls)::numeric, 1) || ' ms ' || left(query, 70), E'\n' ORDER BY total_exec_time DESC) \
                FROM pg_stat_statements WHERE query LIKE '%/* quad */%'";
    println!("{}", Postgres::run(&address, each));
    println!(
        "a look at 4,900 statements: {:.1} ms of server time, the first {first:.1} ms",
        looks[looks.len() / 2]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_index_is_known_again_after_a_rebuild_and_nobody_learns_its_condition() {
    let server = Postgres::start();
    let address = server.fresh_database();
    let seen = async |at: i64| {
        let at = DateTime::UNIX_EPOCH + TimeDelta::minutes(at);
        let tables = watched(&address).tables().await.expect("answers").expect("it tells");
        SeenTables { tables, first: at, last: at }
    };
    Postgres::run(&address, "CREATE TABLE events (id int, note text)");
    Postgres::run(&address, "CREATE INDEX a ON events (id) WHERE note = 'to Ms. Blue'");
    Postgres::run(&address, "CREATE INDEX b ON events (lower(note))");
    let before = seen(0).await;
    assert!(!format!("{before:?}").contains("Blue"), "{before:?}");
    Postgres::run(&address, "CREATE INDEX a2 ON events (id) WHERE note = 'to Ms. Blue'");
    Postgres::run(&address, "DROP INDEX a");
    Postgres::run(&address, "ALTER INDEX b RENAME TO \"B 2\"");
    let rebuilt = seen(5).await;
    let text = "select id from events";
    assert_eq!(changed::tables(text, &[before.clone(), rebuilt.clone()]), []);
    Postgres::run(&address, "DROP INDEX a2");
    Postgres::run(&address, "CREATE INDEX a3 ON events (id) WHERE note = 'to Ms. Green'");
    let gone = changed::tables(text, &[before, rebuilt, seen(10).await]);
    let of_it = |one: &Changed| matches!(one, Changed::IndexGone { index, .. } if index.starts_with('a'));
    assert!(!gone.is_empty() && gone.iter().all(of_it), "{gone:?}");
}
