//! A statement that could write is never carried out, whatever it looks like. Judged by the server: its log
//! of statements, and what is in its tables afterwards.

use quad::vendors::postgres;

use crate::support::postgres::Postgres;

const SCHEMA: &str = r#"
CREATE EXTENSION dblink;
CREATE EXTENSION pg_stat_statements;
CREATE TABLE t (a int PRIMARY KEY, b text NOT NULL);
CREATE TABLE other (a int);
CREATE TABLE witness (said text);
INSERT INTO t SELECT i, 'row ' || i FROM generate_series(1, 500) i;
CREATE SEQUENCE s;
CREATE FUNCTION reach(what text) RETURNS int LANGUAGE plpgsql VOLATILE AS
  $$ BEGIN PERFORM dblink_exec('host=127.0.0.1 user=postgres port=' || current_setting('port') || ' dbname=' || current_database(),
     'INSERT INTO witness VALUES (' || quote_literal(what) || ')'); RETURN 1; END $$;
CREATE FUNCTION calm(what text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN reach(what); END $$;
CREATE FUNCTION steady() RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN reach('steady'); END $$;
CREATE FUNCTION writes() RETURNS int LANGUAGE plpgsql VOLATILE AS $$ BEGIN INSERT INTO witness VALUES ('writes'); RETURN 1; END $$;
CREATE FUNCTION boom(t) RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN reach('boom'); END $$;
CREATE FUNCTION meets(int, int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM reach('meets'); RETURN true; END $$;
CREATE OPERATOR <<>> (FUNCTION = meets, LEFTARG = int, RIGHTARG = int);
CREATE FUNCTION lower(int) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM reach('lower'); RETURN ''; END $$;
CREATE VIEW harmless AS SELECT a, b FROM t WHERE a > 10;
CREATE VIEW trap AS SELECT a, steady() AS n FROM t;
CREATE VIEW counting AS SELECT a, nextval('s') AS n FROM t;
CREATE VIEW deeper AS SELECT * FROM trap WHERE n > 0;
CREATE TYPE mood AS (name text);
CREATE FUNCTION to_mood(int) RETURNS mood LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM reach('cast'); RETURN NULL; END $$;
CREATE CAST (int AS mood) WITH FUNCTION to_mood(int);
CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN PERFORM reach('procedure'); END $$;
CREATE TABLE guarded (a int);
CREATE POLICY guard ON guarded USING (steady() = 1);
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
ANALYZE;
"#;

/// Sixty and more statements that would change something, were they carried out.
const TRY: [&str; 66] = [
    "INSERT INTO t VALUES (9001, 'x')",
    "UPDATE t SET b = 'x'",
    "DELETE FROM t",
    "TRUNCATE t",
    "DROP TABLE t",
    "MERGE INTO t USING other o ON t.a = o.a WHEN NOT MATCHED THEN INSERT VALUES (9002, 'x') WHEN MATCHED THEN DELETE",
    "WITH gone AS (DELETE FROM t RETURNING *) SELECT count(*) FROM gone",
    "WITH new AS (INSERT INTO t VALUES (9003, 'x') RETURNING *) SELECT * FROM new",
    "WITH x AS (UPDATE t SET b = 'x' RETURNING a) SELECT * FROM x",
    "WITH RECURSIVE r AS (SELECT 1), d AS (DELETE FROM t) SELECT * FROM r",
    "SELECT * INTO copied FROM t",
    "SELECT a INTO TEMP copied FROM t",
    "CREATE TABLE copied AS SELECT * FROM t",
    "SELECT * FROM t FOR UPDATE",
    "SELECT * FROM t FOR NO KEY UPDATE",
    "SELECT * FROM t FOR SHARE",
    "SELECT * FROM t FOR KEY SHARE SKIP LOCKED",
    "SELECT * FROM (SELECT * FROM t FOR UPDATE) x",
    "SELECT nextval('s')",
    "SELECT setval('s', 900)",
    "SELECT a, nextval('s') FROM t",
    "SELECT * FROM counting",
    "SELECT writes()",
    "SELECT * FROM writes()",
    "SELECT a FROM t WHERE writes() = 1",
    "SELECT a FROM t ORDER BY writes()",
    "SELECT (SELECT writes()) FROM t",
    "SELECT CASE WHEN true THEN writes() END",
    "SELECT reach('direct')",
    "SELECT calm('folded')",
    "SELECT a FROM t WHERE a = calm('in where')",
    "SELECT a FROM t WHERE a > steady()",
    "SELECT public.calm('qualified')",
    "SELECT \"calm\"('quoted')",
    "SELECT pg_catalog.lower(b), lower(5) FROM t",
    "SELECT t.boom FROM t",
    "SELECT boom(t) FROM t",
    "SELECT (t).boom FROM t",
    "SELECT a FROM t WHERE 1 <<>> 2",
    "SELECT a FROM t WHERE a OPERATOR(public.<<>>) 2",
    "SELECT 5::mood",
    "SELECT CAST(5 AS mood)",
    "SELECT * FROM trap",
    "SELECT * FROM deeper",
    "SELECT * FROM guarded",
    "SELECT table_to_xml('trap', true, true, '')",
    "SELECT query_to_xml('SELECT writes()', true, true, '')",
    "SELECT dblink_exec('dbname=' || current_database() || ' port=' || current_setting('port') || ' host=127.0.0.1 user=postgres', 'DELETE FROM t')",
    "SELECT * FROM dblink('dbname=' || current_database() || ' port=' || current_setting('port') || ' host=127.0.0.1 user=postgres', 'DELETE FROM t RETURNING a') x(a int)",
    "SELECT 1; DELETE FROM t",
    "SELECT 1;; DROP TABLE t; --",
    "/* SELECT */ DELETE FROM t",
    "-- SELECT\nDELETE FROM t",
    "DO $$ BEGIN DELETE FROM t; END $$",
    "CALL p()",
    "COPY t TO PROGRAM 'touch /tmp/quad-was-here'",
    "COPY t FROM '/dev/null'",
    "EXPLAIN ANALYZE DELETE FROM t",
    "ANALYZE) DELETE FROM t; EXPLAIN (VERBOSE",
    "(ANALYZE) DELETE FROM t",
    "PREPARE x AS DELETE FROM t",
    "EXECUTE x",
    "DECLARE c CURSOR FOR DELETE FROM t RETURNING *",
    "SELECT lo_create(0)",
    "SELECT pg_notify('a', 'b'), pg_advisory_lock(5)",
    "SELECT set_config('quad.x', 'y', false), pg_terminate_backend(0), pg_reload_conf()",
];

/// What is carried out: statements of these beginnings do nothing, or only read.
const HARMLESS: [&str; 10] = [
    "BEGIN READ ONLY",
    "SHOW server_version_num",
    "SAVEPOINT ",
    "RELEASE SAVEPOINT ",
    "ROLLBACK",
    "SET LOCAL plan_cache_mode",
    "PREPARE quad_explains AS ",
    "DEALLOCATE quad_explains",
    "EXPLAIN (VERBOSE, FORMAT JSON) ",
    "WITH /* quad */ RECURSIVE ",
];

#[tokio::test]
async fn what_could_write_is_never_carried_out() {
    let server = Postgres::start_watched();
    let address = server.fresh_database();
    Postgres::run(&address, SCHEMA);
    let state = "SELECT md5(string_agg(t::text, '' ORDER BY a)), (SELECT count(*) FROM witness), (SELECT last_value || is_called::text FROM s), \
                 (SELECT count(*) FROM pg_class WHERE relname = 'copied'), (SELECT count(*) FROM pg_largeobject_metadata) FROM t";
    let before = Postgres::run(&address, state);
    let logged = server.log().len();
    for sql in TRY {
        let mut quad = postgres::connect(&address).await.expect("connects");
        if let Ok(explained) = quad.plan(sql, true).await {
            assert!(explained.not_measured.is_some(), "carried out: {sql}");
        }
    }
    let log = server.log();
    let log = &log[logged..];
    for line in
        log.lines().filter_map(|line| line.split_once("statement: ").or_else(|| line.split_once("execute ")))
    {
        let sent = line.1.split_once(": ").filter(|_| line.1.starts_with('<')).map_or(line.1, |(_, sql)| sql);
        assert!(HARMLESS.iter().any(|begin| sent.starts_with(begin)), "sent to the server: {sent}");
    }
    assert!(log.contains("BEGIN READ ONLY"), "the log shows what was sent: {log}");
    assert_eq!(Postgres::run(&address, state), before, "nothing has changed");
}

#[tokio::test]
async fn what_only_reads_is_measured_and_what_has_parameters_is_planned() {
    let server = Postgres::start_watched();
    let address = server.fresh_database();
    Postgres::run(&address, SCHEMA);
    for sql in [
        "SELECT * FROM t WHERE b = 'row 5' ORDER BY a LIMIT 3;",
        "WITH x AS (SELECT a FROM t) SELECT count(*), max(a) FROM x",
        "SELECT upper(b), length(b), now() - interval '1 day' FROM harmless WHERE a IN (1, 2, 30)",
        "SELECT t.a FROM t JOIN harmless h USING (a) WHERE EXISTS (SELECT 1 FROM other o WHERE o.a = t.a)",
    ] {
        let mut quad = postgres::connect(&address).await.expect("connects");
        let explained = quad.plan(sql, true).await.unwrap_or_else(|error| panic!("{sql}: {error:#}"));
        assert_eq!(explained.not_measured, None, "{sql}");
        assert!(explained.json.contains("Actual Rows"), "{sql}");
    }
    let mut quad = postgres::connect(&address).await.expect("connects");
    for sql in [
        "SELECT * FROM t WHERE a = $1 AND b LIKE $2",
        "SELECT * FROM t WHERE a > $1 ORDER BY a LIMIT $2 OFFSET $3",
        "SELECT now() - interval $1 FROM t WHERE a IN ($2, $3)",
        "UPDATE t SET b = $1 WHERE a = $2",
        "INSERT INTO t VALUES ($1, $2)",
    ] {
        let explained = quad.plan(sql, true).await.unwrap_or_else(|error| panic!("{sql}: {error:#}"));
        assert!(explained.not_measured.is_some() && explained.json.contains("Total Cost"), "{sql}");
    }
    // Each says why, and no value of the statement is in it.
    for (sql, says) in [
        ("SELECT * FROM nowhere WHERE a = 'secret'", "a table in it isn't there (42P01)"),
        ("SELECT calm('secret')", "it calls calm, a function of your own that would run while it is planned"),
        ("SELECT 'secret", "its text can't be told apart, it may be cut off (track_activity_query_size)"),
        ("SELECT 1; SELECT 'secret'", "it is more than one statement"),
        ("COPY t FROM 'secret'", "the planner has no plan for COPY"),
    ] {
        let error = quad.plan(sql, true).await.expect_err(sql);
        assert_eq!(format!("{error:#}"), says, "{sql}");
    }
    // What it was refused does not spoil the connection.
    quad.plan("SELECT 1", true).await.expect("still works");
}

#[tokio::test]
async fn a_server_that_dies_in_the_middle_of_a_plan_is_named() {
    let server = Postgres::start_watched();
    let address = server.fresh_database();
    Postgres::run(&address, SCHEMA);
    let mut quad = postgres::connect(&address).await.expect("connects");
    drop(server);
    let error = format!("{:#}", quad.plan("SELECT * FROM t", true).await.expect_err("is gone"));
    assert!(error.contains("lost in the middle") || error.contains("57P0"), "{error}");
    let error = format!("{:#}", postgres::connect(&address).await.err().expect("is gone"));
    assert!(error.contains("can't be reached"), "{error}");
}
