//! A MariaDB under watch: what its statements cost, what runs, what its plans say, and that nothing is ever carried out
//! that could write.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use quad::model::statement::Snapshot;
use quad::ports::database::Database as _;
use quad::sql::window::window;
use quad::vendors::mysql;
use secrecy::SecretString;

use crate::support::mariadb::MariaDb;
use crate::support::processes::eventually;
use crate::support::program::Program;
use crate::support::quad::Quad;

const SHOP: &str = "CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL, state varchar(20) NOT NULL); \
                    INSERT INTO orders SELECT seq, seq % 900, 'paid' FROM seq_1_to_20000; ANALYZE TABLE orders";
/// What is enough to watch and to explain.
const GRANTS: [&str; 3] = ["PROCESS ON *.*", "SELECT ON performance_schema.*", "SELECT ON *.*"];

fn watched(address: &str) -> mysql::MySql {
    mysql::MySql::at(SecretString::from(address.to_owned()), true)
}

async fn look(database: &mysql::MySql, at: DateTime<Utc>) -> Snapshot {
    database.look(at, &BTreeSet::new()).await.expect("can be looked at")
}

#[tokio::test]
async fn the_slowest_statements_come_with_cause_and_fix_and_without_values() {
    let server = MariaDb::start_watched();
    let name = server.fresh_database();
    server.run(&name, SHOP);
    for customer in 1..20 {
        server.run(
            &name,
            &format!("SELECT id FROM orders WHERE customer_id = {customer} AND state <> 'hidden{customer}' /*controller='orders',action='list'*/"),
        );
    }
    let program = Program::new();
    let address = server.address(&name, "quad", &GRANTS);
    let told = program.run(&["slow-queries", "--database", &address, "--top", "10", "--json"]).good().json();
    let all = told["slowest"].as_array().expect("a list");
    let of = |text: &str| {
        all.iter().find(|one| one["fingerprint"] == text).unwrap_or_else(|| panic!("{text}: {told}")).clone()
    };
    let one = of("select id from orders where customer_id = ? and state != ?");
    assert_eq!((&one["used"]["calls"], &one["owner"]), (&19.0.into(), &"orders#list".into()));
    let issue = one["issue"]["sentence"].as_str().expect("a sentence");
    assert!(issue.contains("would be read from end to end"), "{issue}");
    assert!(
        one["fix"]["sentence"]
            .as_str()
            .expect("a fix")
            .contains("CREATE INDEX idx_orders_customer_id ON orders (customer_id)"),
        "{one}"
    );
    let shown = program.run(&["slow-queries", "--database", &address]).good().out;
    assert!(!told.to_string().contains("hidden") && !shown.contains("hidden"), "no value is shown: {shown}");
    assert!(!shown.contains("performance_schema"), "nothing of quad itself: {shown}");

    program.write("one.sql", "SELECT id FROM orders WHERE customer_id = 4242;");
    let plan = program.run(&["explain", "--database", &address, "--measure", "one.sql"]).good();
    assert!(plan.out.contains("orders is read from end to end, 20,000 rows"), "{plan:?}");
    assert!(!plan.out.contains("4242"), "{plan:?}");
}

#[tokio::test]
async fn windows_are_exact_and_told_when_counting_began_anew() {
    let server = MariaDb::start_watched();
    let name = server.fresh_database();
    server.run(&name, SHOP);
    let database = watched(&server.address(&name, "quad", &GRANTS));
    let start = Utc::now();
    let before = look(&database, start).await;
    server.run(&name, &"SELECT count(*) FROM orders WHERE customer_id = 5;".repeat(7));
    let after = look(&database, start + TimeDelta::minutes(5)).await;
    let used = window(&before, &after);
    let calls: Vec<f64> = used.used.values().map(|one| one.calls).collect();
    assert_eq!((calls, used.notes.len()), (vec![7.0], 0), "only the application's statements: {used:?}");

    // Somebody empties the statistics: what came before is not made up.
    eventually("a second passes for the server's clock", async || {
        (server.run(&name, "SELECT UNIX_TIMESTAMP() > 1 + (SELECT UNIX_TIMESTAMP(MIN(FIRST_SEEN)) FROM performance_schema.events_statements_summary_by_digest)")
            == "1")
            .then_some(())
    })
    .await;
    server.run(&name, "TRUNCATE performance_schema.events_statements_summary_by_digest");
    server.run(&name, &"SELECT count(*) FROM orders WHERE customer_id = 5;".repeat(3));
    let anew = window(&after, &look(&database, start + TimeDelta::minutes(10)).await);
    assert!(anew.notes.iter().any(|note| note.contains("began anew")), "{anew:?}");
    assert_eq!(anew.used.values().map(|one| one.calls).sum::<f64>(), 3.0, "{anew:?}");
}

#[tokio::test]
async fn what_runs_and_who_waits_for_whom_is_seen() {
    let server = MariaDb::start_watched();
    let name = server.fresh_database();
    server.run(&name, SHOP);
    let database = watched(&server.address(&name, "quad", &GRANTS));
    let mut holds =
        server.begin(&name, "BEGIN; UPDATE orders SET state = 'held' WHERE id = 1; SELECT sleep(60)");
    let mut waits = None;
    let seen = eventually("one waits for the other", async || {
        // InnoDB makes its list of transactions anew only where nobody has read it for 0.1 s.
        server.run(&name, "DO sleep(0.15)");
        let seen = look(&database, Utc::now()).await;
        let holder = seen.running.iter().find(|one| one.fingerprint.contains("sleep"))?.session;
        waits.get_or_insert_with(|| server.begin(&name, "UPDATE orders SET state = 'secret' WHERE id = 1"));
        let waiting = seen.running.iter().find(|one| one.blocked_by == [holder])?;
        Some((waiting.fingerprint.clone(), waiting.waits_for.clone()))
    })
    .await;
    assert_eq!(seen, ("update orders set state = ? where id = ?".to_owned(), Some("Lock".to_owned())));
    for child in [Some(&mut holds), waits.as_mut()].into_iter().flatten() {
        let _ = child.kill();
        let _ = child.wait();
    }
}

#[tokio::test]
async fn what_is_missing_is_named_with_what_mends_it() {
    let server = MariaDb::start_watched();
    let name = server.fresh_database();
    server.run(&name, SHOP);
    let says = async |address: &str| {
        let found = watched(address).doctor().await;
        found.into_iter().map(|(good, text)| format!("{good} {text}")).collect::<Vec<_>>().join("\n")
    };
    let poor = server.address(&name, "poor", &[&format!("SELECT ON {name}.*")]);
    let said = says(&poor).await;
    assert!(said.contains("GRANT SELECT ON performance_schema.* TO 'poor'@'127.0.0.1'"), "{said}");
    assert!(said.contains("GRANT PROCESS ON *.* TO 'poor'@'127.0.0.1'"), "{said}");
    let seen = look(&watched(&poor), Utc::now()).await;
    assert!(seen.counted.is_empty() && seen.gaps.len() == 2, "{seen:?}");
    let good = says(&server.address(&name, "quad", &GRANTS)).await;
    assert!(good.starts_with("true") && !good.contains("false") && good.contains("MariaDB 10.11"), "{good}");

    let error = async |address: String| {
        watched(&address).look(Utc::now(), &BTreeSet::new()).await.expect_err("no way in").to_string()
    };
    let wrong = error(poor.replace("hunter2", "guessed")).await;
    assert!(wrong.contains("refuses this user or password") && !wrong.contains("guessed"), "{wrong}");
    let elsewhere = error(server.address("nowhere", "quad", &[])).await;
    assert!(elsewhere.contains("has no such database"), "{elsewhere}");
    assert!(error("mysql://quad:hunter2@127.0.0.1:1/x".to_owned()).await.contains("can't be reached"));
    assert!(error("mysql://quad:hunter2@127.0.0.1:1".to_owned()).await.contains("names no database"));

    // As Debian installs it, nothing is counted.
    let server = MariaDb::start();
    let name = server.fresh_database();
    let address = server.address(&name, "quad", &GRANTS);
    let seen = look(&watched(&address), Utc::now()).await;
    assert!(seen.gaps.iter().any(|gap| gap.contains("performance_schema = ON")), "{seen:?}");
    assert!(
        says(&address).await.contains("false") && says(&address).await.contains("performance_schema = ON")
    );
}

#[tokio::test]
async fn a_server_that_counts_nothing_is_read_by_its_slow_log() {
    let server = MariaDb::start();
    let name = server.fresh_database();
    server.run(&name, SHOP);
    server.run(
        "mysql",
        "SET GLOBAL log_output = 'TABLE'; SET GLOBAL long_query_time = 0; SET GLOBAL slow_query_log = ON",
    );
    let database = watched(&server.address(&name, "quad", &GRANTS));
    let start = Utc::now();
    let before = look(&database, start).await;
    let slow = "SELECT id FROM orders WHERE customer_id = 77 AND state <> 'hidden' /*controller='orders',action='list'*/;";
    server.run(&name, &slow.repeat(3));
    server.run("mysql", "SELECT 1 FROM user LIMIT 1");
    let after = look(&database, start + TimeDelta::minutes(5)).await;
    let used = window(&before, &after).used;
    let (id, counters) = used.first_key_value().expect("one statement");
    assert_eq!((used.len(), counters.calls, counters.rows), (1, 3.0, 69.0), "{used:?}");
    assert!(counters.mean_ms() > 0.1, "{counters:?}");
    let text = &after.texts[id];
    assert_eq!(text.fingerprint, "select id from orders where customer_id = ? and state <> ?");
    assert_eq!(text.owner.as_deref(), Some("orders#list"));
    assert!(after.gaps.iter().any(|gap| gap.contains("long_query_time")), "{:?}", after.gaps);
    let plan = database.explain(id).await.expect("a plan of its example");
    assert!(plan.measured && plan.json.contains("orders"), "{plan:?}");
}

/// Statements that would change something, wait, or reach out, were they carried out.
const TRY: [&str; 33] = [
    "INSERT INTO t VALUES (9001, 'x')",
    "UPDATE t SET b = 'x'",
    "DELETE FROM t",
    "REPLACE INTO t VALUES (1, 'x')",
    "TRUNCATE t",
    "DROP TABLE t",
    "CREATE TABLE copied AS SELECT * FROM t",
    "INSERT INTO t SELECT a + 5000, b FROM t",
    "SELECT * FROM t FOR UPDATE",
    "SELECT * FROM t LOCK IN SHARE MODE",
    "SELECT * FROM (SELECT * FROM t FOR UPDATE) x",
    "SELECT b INTO OUTFILE '/tmp/quad-was-here' FROM t",
    "SELECT b INTO DUMPFILE '/tmp/quad-was-here' FROM t LIMIT 1",
    "SELECT b INTO @x FROM t LIMIT 1",
    "SELECT @x := a FROM t",
    "SELECT NEXT VALUE FOR s",
    "SELECT nextval(s)",
    "SELECT setval(s, 900)",
    "SELECT writes('direct')",
    "SELECT a FROM t WHERE writes('where') = 1",
    "SELECT a FROM t ORDER BY writes('order')",
    "SELECT (SELECT writes('inner')) FROM t",
    "SELECT `writes`('quoted')",
    "SELECT sleep(30)",
    "SELECT benchmark(1000000000, md5('x'))",
    "SELECT get_lock('quad', 30)",
    "SELECT load_file('/etc/passwd')",
    "SELECT 1; DELETE FROM t",
    "SELECT 1 /*! , writes('comment') */",
    "SELECT 1 /*M! , writes('comment') */",
    "CALL p()",
    "DO writes('do')",
    "WITH x AS (SELECT 1) DELETE FROM t",
];

#[tokio::test]
async fn whatever_tries_to_write_is_never_carried_out() {
    let server = MariaDb::start_watched();
    let name = server.fresh_database();
    server.run(
        &name,
        "CREATE TABLE t (a int PRIMARY KEY, b text NOT NULL); CREATE TABLE witness (said text); CREATE SEQUENCE s; \
         INSERT INTO t SELECT seq, concat('row ', seq) FROM seq_1_to_500; \
         CREATE FUNCTION writes(what text) RETURNS int DETERMINISTIC MODIFIES SQL DATA RETURN (SELECT 1); \
         CREATE VIEW trap AS SELECT a, b FROM t WHERE a > writes('view'); \
         CREATE VIEW deeper AS SELECT a FROM trap WHERE a < 100; \
         CREATE VIEW harmless AS SELECT a, b FROM t",
    );
    server.run(&name, "DROP FUNCTION writes");
    let body = "CREATE FUNCTION writes(what text) RETURNS int DETERMINISTIC MODIFIES SQL DATA BEGIN INSERT INTO witness VALUES (what); RETURN 1; END";
    let ran = std::process::Command::new("mariadb")
        .args(["--no-defaults", "--delimiter=//", "-e", body])
        .args(server.client_args(&name))
        .output()
        .expect("mariadb");
    assert!(ran.status.success(), "{ran:?}");
    let all = "ALL PRIVILEGES ON *.*";
    let address = server.address(&name, "mighty", &[all]);
    let state =
        || server.run(&name, "CHECKSUM TABLE t, witness; SELECT next_not_cached_value FROM s; SHOW TABLES");
    let before = state();
    let log_before = server.general_log().len();
    for sql in TRY.iter().chain(&[
        "SELECT a FROM trap",
        "SELECT a FROM deeper",
        "SELECT a FROM harmless WHERE a < 10",
        "SELECT a FROM t WHERE a < 10",
    ]) {
        let mut connected = mysql::connect(&address).await.expect("connects");
        let _ = connected.plan(sql, true).await;
    }
    assert_eq!(state(), before);
    assert!(!std::path::Path::new("/tmp/quad-was-here").exists());
    let log = server.general_log().split_off(log_before);
    for sql in TRY {
        let sent = log.lines().filter(|line| line.contains(sql)).count();
        assert_eq!(sent, 0, "{sql} was sent in some form");
    }
    // A plan of the first would call the function in it.
    assert!(!log.contains("SELECT a FROM trap") && !log.contains("SELECT a FROM deeper"), "{log}");
    assert!(log.contains("EXPLAIN FORMAT=JSON SELECT a FROM harmless WHERE a < 10"), "a view is planned");
    assert!(log.contains("ANALYZE FORMAT=JSON SELECT a FROM t WHERE a < 10"), "what only reads is measured");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_statement_becomes_an_alert_and_an_answer() {
    let server = MariaDb::start_watched();
    let name = server.fresh_database();
    server.run(&name, SHOP);
    let secret = tempfile::tempdir().expect("a folder");
    let file = secret.path().join("url");
    std::fs::write(&file, server.address(&name, "quad", &GRANTS)).expect("writes");
    let settings = format!(
        "monitoring: {{check_interval_secs: 1}}\n\
         detect: {{source_down_for_seconds: 3, keep_firing_seconds: 2}}\n\
         database: {{slow_query_threshold_ms: 1, check_interval_secs: 1}}\n\
         sources:\n  host: null\n  mysql:\n    - name: crm-db\n      environment: prod\n      url: {{file: {}}}\n",
        file.display()
    );
    let quad = Quad::start(&settings).await;
    let query = "SELECT id FROM orders WHERE customer_id = 42 AND state = 'hidden'";
    let alert = eventually("the slow statement is an alert", async || {
        server.run(&name, query);
        quad.open_alerts().await.into_iter().find(|alert| alert.subject.database.as_deref() == Some("crm-db"))
    })
    .await;
    assert!(
        format!("{alert:?}").contains("select id from orders where customer_id = ? and state = ?"),
        "{alert:?}"
    );
    let told = quad.ask("show me the slowest queries").await;
    assert!(told.contains("orders") && told.contains("read from end to end"), "{told}");
    assert!(!told.contains("hidden") && !format!("{alert:?}").contains("hidden"), "{told}");
    let plan = quad.ask("show the plan of query 1").await;
    assert!(plan.contains("Full table scan on orders"), "{plan}");
    quad.stop().await;
}
