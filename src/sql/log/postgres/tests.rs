//! How the ways of writing a log behave together: the same things are told of the same log, however
//! it is written and wherever it is cut.

use proptest::prelude::*;

use super::{Postgres, PostgresFormat, Prefix, detect};
use crate::sql::log::{Entry, Format as _, Kind};

/// What an entry says, in a line.
fn told(entry: &Entry<'_>) -> String {
    let name = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut line = match entry.kind {
        Kind::Statement(text) => name(text),
        Kind::Command(text) => format!("<{}>", name(text)),
        Kind::Plan(statement, plan) => format!("plan of {} = {}", name(statement), name(plan)),
        Kind::Event(event, text) => format!("{event:?}: {}", name(text)),
    };
    if !entry.statement.is_empty() {
        line += &format!(" | in {}", name(entry.statement));
    }
    for (what, value) in
        [("ns", entry.query_time_ns), ("lock", entry.lock_time_ns), ("bytes", entry.bytes_sent)]
    {
        if let Some(value) = value {
            line += &format!(" | {what}={value}");
        }
    }
    if entry.cut {
        line += " | cut";
    }
    line
}

fn who(entry: &Entry<'_>) -> String {
    [entry.user, entry.database, entry.host, entry.application, entry.session]
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .join("/")
}

/// Reads a log whole.
fn read(format: PostgresFormat, log: &[u8], say: fn(&Entry<'_>) -> String) -> Vec<String> {
    let mut entries = Vec::new();
    let used = Postgres::new(format, Some(2024)).read(log, true, &mut |entry| entries.push(say(entry)));
    assert_eq!(used, log.len(), "everything is done with at the end");
    entries
}

#[track_caller]
fn check(log: &str, entries: &[&str]) {
    let format = detect(log.as_bytes()).expect("a known format");
    assert_eq!(read(format, log.as_bytes(), told), entries);
}

#[test]
fn statements_are_read_with_their_durations_from_lines() {
    check(
        "2024-01-01 10:00:00.000 CET [7] ann@shop LOG:  duration: 1.234 ms  statement: select 1\n\
         2024-01-01 10:00:00.001 CET [7] ann@shop LOG:  duration: 20.5 ms  execute <unnamed>: select *\n\
         \tfrom t\n\
         \t\twhere id = $1\n\
         2024-01-01 10:00:00.001 CET [7] ann@shop DETAIL:  parameters: $1 = 'secret'\n\
         2024-01-01 10:00:00.002 CET [7] ann@shop LOG:  duration: 0.100 ms  bind S_1/C_2: select 2\n",
        &[
            "select 1 | ns=1234000",
            "select *\nfrom t\n\twhere id = $1 | ns=20500000",
            "Preparation:  | ns=100000",
        ],
    );
}

#[test]
fn users_are_found_behind_prefixes_of_all_looks() {
    for prefix in [
        "2026-01-08 14:00:00.123 UTC [71] app@shop ",
        "2026-01-08 14:00:00.123 UTC [71-1] app@shop ",
        "2026-01-08 15:00:00.123 +01 [71]: [3-1] user=app,db=shop,app=psql,client=10.0.0.7 ",
        "2026-01-08 14:00:00.123 GMT:10.0.0.7(5432):app@shop:[71]:",
        "2026-01-08 14:00:00.123 UTC 71 app@shop ",
        "[2026-01-08 14:00:00.123 UTC] [71] user=app db=shop ",
    ] {
        let log = format!("{prefix}LOG:  duration: 1.0 ms  statement: select 1\n");
        let format = detect(log.as_bytes()).expect(prefix);
        let said =
            |entry: &Entry<'_>| format!("{:?} {}", entry.at_us, who(entry).replace("10.0.0.7/psql", "/"));
        let said = read(format, log.as_bytes(), said);
        let [said] = said.as_slice() else { panic!("{prefix}: {said:?}") };
        assert!(said.starts_with("Some(1767880800123000) app/shop/"), "{prefix}: {said}");
        assert!(said.ends_with("/71"), "{prefix}: {said}");
    }
}

#[test]
fn a_duration_finds_its_statement_among_other_processes() {
    check(
        "2024-01-01 10:00:00 UTC [7] LOG:  statement: select slow()\n\
         2024-01-01 10:00:01 UTC [8] LOG:  execute S_1: select fast()\n\
         2024-01-01 10:00:01 UTC [8] LOG:  duration: 1.000 ms\n\
         2024-01-01 10:00:02 UTC [7] LOG:  temporary file: path \"base/1\", size 4096\n\
         2024-01-01 10:00:02 UTC [7] STATEMENT:  select slow()\n\
         2024-01-01 10:00:02 UTC [7] LOG:  duration: 2000.000 ms\n\
         2024-01-01 10:00:03 UTC [8] LOG:  statement: select failed()\n\
         2024-01-01 10:00:03 UTC [8] ERROR:  no such function at character 8\n\
         2024-01-01 10:00:03 UTC [9] LOG:  duration: 0.010 ms\n",
        &[
            "select fast() | ns=1000000",
            "TemporaryFile: temporary file: path \"base/1\", size 4096 | in select slow() | bytes=4096",
            "select slow() | ns=2000000000",
            "select failed()",
            "Error: no such function",
        ],
    );
}

#[test]
fn events_are_told_apart_and_know_their_statement() {
    check(
        "2024-01-01 10:00:00 UTC [7] LOG:  process 7 still waiting for ShareLock on transaction 5 after 1000.123 ms\n\
         2024-01-01 10:00:00 UTC [7] DETAIL:  Process holding the lock: 8. Wait queue: 7.\n\
         2024-01-01 10:00:00 UTC [8] ERROR:  deadlock detected\n\
         2024-01-01 10:00:00 UTC [7] STATEMENT:  update a\n\
         2024-01-01 10:00:00 UTC [8] STATEMENT:  update b\n\
         2024-01-01 10:00:02 UTC [7] LOG:  process 7 acquired ShareLock on transaction 5 after 2000.000 ms\n\
         2024-01-01 10:00:02 UTC [7] STATEMENT:  update a\n\
         2024-01-01 10:00:02 UTC [7] ERROR:  canceling statement due to user request\n\
         2024-01-01 10:00:02 UTC [7] STATEMENT:  update c\n\
         2024-01-01 10:00:02 UTC [1] LOG:  checkpoint complete: wrote 1 buffers; write=0.1 s, sync=0.0 s, total=0.250 s; x\n\
         2024-01-01 10:00:02 UTC [2] LOG:  automatic vacuum of table \"shop.public.t\": index scans: 0\n\
         \tsystem usage: CPU: user: 0.00 s, system: 0.00 s, elapsed: 0.02 s\n\
         2024-01-01 10:00:02 UTC [7] LOG:  disconnection: session time: 0:01:00.500 user=ann database=shop host=[local]\n\
         2024-01-01 10:00:03 UTC [7] LOG:  database system is ready to accept connections\n",
        &[
            "LockWait: process 7 still waiting for ShareLock on transaction 5 after 1000.123 ms | in update a | lock=1000123000",
            "Deadlock: deadlock detected | in update b",
            "LockAcquired: process 7 acquired ShareLock on transaction 5 after 2000.000 ms | in update a | lock=2000000000",
            "Cancelled: canceling statement due to user request | in update c",
            "Checkpoint: checkpoint complete: wrote 1 buffers; write=0.1 s, sync=0.0 s, total=0.250 s; x | ns=250000000",
            "Autovacuum: automatic vacuum of table \"shop.public.t\": index scans: 0\nsystem usage: CPU: user: 0.00 s, system: 0.00 s, elapsed: 0.02 s | ns=20000000",
            "Disconnection: disconnection: session time: 0:01:00.500 user=ann database=shop host=[local] | ns=60500000000",
        ],
    );
}

#[test]
fn plans_are_told_with_their_statement_and_without_its_parameters() {
    check(
        "2024-01-01 10:00:00 UTC [7] LOG:  duration: 5.0 ms  plan:\n\
         \tQuery Text: select *\n\
         \tfrom t where a = $1;\n\
         \tQuery Parameters: $1 = 'secret'\n\
         \tSeq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n\
         \t  Filter: (a = 1)\n\
         2024-01-01 10:00:00 UTC [7] LOG:  duration: 6.0 ms  plan:\n\
         \t{\n\
         \t  \"Query Text\": \"select \\\"a\\\" from t\",\n\
         \t  \"Plan\": {}\n\
         \t}\n",
        &[
            "plan of select *\nfrom t where a = $1; = Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n  Filter: (a = 1) | ns=5000000",
            "plan of select \\\"a\\\" from t = {\n  \"Query Text\": \"select \\\"a\\\" from t\",\n  \"Plan\": {}\n} | ns=6000000",
        ],
    );
}

#[test]
fn csvlog_is_read_with_quotes_and_further_lines() {
    let log = "2024-01-01 10:00:00.000 UTC,\"ann\",\"shop\",7,\"10.0.0.1:5432\",65e1a.7,1,\"SELECT\",2024-01-01 09:00:00 UTC,3/4,0,LOG,00000,\"duration: 1.5 ms  statement: select \"\"a\"\",\n'x,y'\",,,,,,,,,\"psql\",\"client backend\",,0\r\n\
         2024-01-01 10:00:01.000 UTC,\"ann\",\"shop\",7,\"[local]\",65e1a.7,2,\"SELECT\",2024-01-01 09:00:00 UTC,3/4,0,ERROR,42703,\"no \"\"column\"\"\",,,,,,\"select nope\",8,,\"psql\"\n";
    check(log, &["select \"a\",\n'x,y' | ns=1500000", "Error: no \"column\" | in select nope"]);
    let format = detect(log.as_bytes()).expect("csvlog");
    assert_eq!(
        read(format, log.as_bytes(), who),
        ["ann/shop/10.0.0.1/psql/65e1a.7", "ann/shop/[local]/psql/65e1a.7"]
    );
}

#[test]
fn a_record_that_was_cut_costs_itself_alone() {
    let record = |text: &str| {
        format!(
            "2024-01-01 10:00:00.000 UTC,\"ann\",\"shop\",7,\"[local]\",65e1a.7,1,\"SELECT\",2024-01-01 09:00:00 UTC,3/4,0,LOG,00000,\"duration: 1.0 ms  statement: {text}\",,,,,,,,,\"psql\"\n"
        )
    };
    let whole = record("select 1");
    let log = format!(
        "b = 2\",,,,,,,,,\"psql\"\n{whole}{}\n\0\u{1}\u{2}\n{whole}",
        &record("select 'lost'")[..150]
    );
    check(&log, &["select 1 | ns=1000000", "select 1 | ns=1000000"]);
    check(
        &format!("{whole}{}", &record("select 2")[..148]),
        &["select 1 | ns=1000000", "select | ns=1000000 | cut"],
    );
}

#[test]
fn json_is_read_from_postgres_from_cloudnativepg_and_from_carriers_of_lines() {
    check(
        r#"{"timestamp":"2024-01-01 10:00:00.000 UTC","user":"ann","dbname":"shop","pid":7,"remote_host":"10.0.0.1","session_id":"65e1a.7","error_severity":"LOG","message":"duration: 1.5 ms  statement: select\n\t\"é\u00e9\"","application_name":"psql","query_id":0}
{"timestamp":"2024-01-01 10:00:01.000 UTC","pid":7,"error_severity":"ERROR","message":"no","statement":"select nope"}
"#,
        &["select\n\t\"éé\" | ns=1500000", "Error: no | in select nope"],
    );
    check(
        r#"{"level":"info","ts":"2024-01-01T10:00:00Z","logger":"postgres","msg":"record","record":{"log_time":"2024-01-01 10:00:00.000 UTC","user_name":"ann","database_name":"shop","process_id":"7","error_severity":"FATAL","message":"no","query":"select 2"}}
"#,
        &["Fatal: no | in select 2"],
    );
    check(
        r#"{"insertId":"1","textPayload":"[7]: [1-1] db=shop,user=ann LOG:  duration: 1.0 ms  statement: select","timestamp":"2024-01-01T10:00:00.1Z"}
{"insertId":"2","textPayload":"\t1","timestamp":"2024-01-01T10:00:00.1Z"}
{"insertId":"3","textPayload":"[7]: [2-1] db=shop,user=ann LOG:  connection authorized: user=ann","timestamp":"2024-01-01T10:00:00.2Z"}
"#,
        &["select\n1 | ns=1000000", "Connection: connection authorized: user=ann"],
    );
}

#[test]
fn syslog_is_put_together_again() {
    check(
        "Jan  1 10:00:00 db postgres[7]: [4-1] db=shop,user=ann LOG:  duration: 1.0 ms  statement: select *\n\
         Jan  1 10:00:00 db postgres[8]: [9-1] db=shop,user=bob LOG:  duration: 2.0 ms  statement: select 2\n\
         Jan  1 10:00:00 db systemd[1]: Started a thing.\n\
         Jan  1 10:00:00 db postgres[7]: [4-2] #011from a\n\
         Jan  1 10:00:00 db postgres[7]: [4-3]  join b\n\
         Jan  1 10:00:00 db postgres[7]: [5-1] db=shop,user=ann ERROR:  no\n\
         Jan  1 10:00:00 db postgres[7]: [5-2] db=shop,user=ann STATEMENT:  select\n\
         Jan  1 10:00:00 db postgres[7]: [5-3] #0113\n",
        &["select *\nfrom a join b | ns=1000000", "select 2 | ns=2000000", "Error: no | in select\n3"],
    );
    check(
        "2024-01-01T10:00:00+00:00 app[postgres.28]: [DATABASE] [12-1]  sql_error_code = 28000 FATAL:  no entry for host\n",
        &["Fatal: no entry for host"],
    );
}

#[test]
fn another_prefix_in_the_middle_is_noticed() {
    check(
        "2024-01-01 10:00:00 UTC [7] LOG:  duration: 1.0 ms  statement: select 1\n\
         2024-01-01 10:00:00 UTC [7] LOG:  duration: 1.0 ms  statement: select 2\n\
         2024-01-01 10:00:00 UTC:10.0.0.1(5):ann@shop:[7]:LOG:  duration: 1.0 ms  statement: select 3\n\
         2024-01-01 10:00:00 UTC [7] LOG:  duration: 1.0 ms  statement: select 4\n",
        &["select 1 | ns=1000000", "select 2 | ns=1000000", "select 3 | ns=1000000", "select 4 | ns=1000000"],
    );
}

#[test]
fn windows_line_ends_blank_lines_garbage_and_a_missing_end_do_no_harm() {
    check(
        "rest of something\r\n\
         2024-01-01 10:00:00 UTC [7] LOG:  duration: 1.0 ms  statement: select 1\r\n\
         \r\n\
         2024-01-01 10:00:00 UTC [7] LOG:  statement: select 2\r\n\
         2024-01-01 10:00:00 UTC [7] LOG:  duration: 1.0 ms\r\n\
         \0\0\u{fffd}\n\
         2024-01-01 10:00:00 UTC [7] LOG:  duration: 1.0 ms  statement: select 'caf",
        &["select 1 | ns=1000000", "select 2 | ns=1000000", "select 'caf | ns=1000000 | cut"],
    );
}

#[test]
fn other_logs_are_no_logs_of_postgres() {
    for log in [
        "",
        "hello\nworld\n",
        "# Time: 2024-01-01T10:00:00.000000Z\n# User@Host: ann[ann] @ localhost []  Id: 7\n# Query_time: 1.0  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 1\nSELECT 'ERROR:  no', 'LOG:  x';\n",
        "2024-01-01T10:00:00.000000Z 7 Query\tSELECT 1\n2024-01-01T10:00:00.000000Z 7 Quit\t\n",
        "2024-01-01 10:00:00 0 [ERROR] InnoDB: no\n2024-01-01 10:00:00 0 [Note] mariadbd: ready for connections.\n",
        "{\"level\":\"error\",\"time\":\"2024-01-01T10:00:00Z\",\"message\":\"ERROR: no\"}\n",
        "2024-01-01 10:00:00,123 ERROR: no\n2024-01-01 10:00:00,123 INFO: yes\n",
        "psql:/tmp/a.sql:12: ERROR:  no\n",
        "WARNING: no\nERROR: no\n",
        "Jan  1 10:00:00 db app[7]: ERROR: no\n",
        "Jan  1 10:00:00 db sshd[7]: Accepted publickey for ann\n",
        "a,b,c\n1,2,3\n",
    ] {
        assert_eq!(detect(log.as_bytes()), None, "{log}");
    }
}

#[test]
fn memory_stays_bounded_however_many_processes_never_end() {
    let mut log = String::new();
    for pid in 1..20_000 {
        log += &format!("2024-01-01 10:00:00 UTC [{pid}] LOG:  statement: select '{}'\n", "x".repeat(2_000));
    }
    let mut given = 0;
    let mut postgres = Postgres::new(PostgresFormat::Lines(Prefix::parse("%t [%p] ")), None);
    let used = postgres.read(log.as_bytes(), false, &mut |_| given += 1);
    assert!(log.len() - used < 3_000);
    assert!(given > 20_000 - 1_100, "{given}");
}

/// Reads a log that arrives in pieces of these sizes, over and over.
fn read_in_pieces(format: PostgresFormat, log: &[u8], sizes: &[usize]) -> Vec<String> {
    let mut entries = Vec::new();
    let mut postgres = Postgres::new(format, Some(2024));
    let (mut done, mut arrived) = (0, 0);
    for size in sizes.iter().cycle() {
        arrived = log.len().min(arrived + size);
        let last = arrived == log.len();
        done +=
            postgres.read(&log[done..arrived], last, &mut |entry| entries.push(told(entry) + &who(entry)));
        if last {
            break;
        }
    }
    assert_eq!(done, log.len());
    entries
}

fn formats() -> Vec<PostgresFormat> {
    let prefix = Prefix::parse("%m [%p] %q%u@%d ");
    vec![
        PostgresFormat::Lines(prefix.clone()),
        PostgresFormat::Lines(Prefix::parse("")),
        PostgresFormat::Csv,
        PostgresFormat::Json(prefix.clone()),
        PostgresFormat::Syslog(prefix),
        PostgresFormat::PgBouncer,
    ]
}

/// Pieces of logs, broken and whole.
fn log() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "2024-01-01 10:00:00.000 UTC [7] ann@shop LOG:  duration: 1.5 ms  statement: select 1\n",
            "2024-01-01 10:00:00.000 UTC [7] ann@shop LOG:  statement: select 2\n",
            "2024-01-01 10:00:00.000 UTC [7] ann@shop LOG:  duration: 1.5 ms\n",
            "2024-01-01 10:00:00 UTC:10.0.0.1(5):ann@shop:[7]:ERROR:  no\n",
            "2024-01-01 10:00:00.000 UTC [8] ann@shop ERROR:  no\n",
            "2024-01-01 10:00:00.000 UTC [8] ann@shop STATEMENT:  select\n",
            "\tfrom t\n",
            "where x\r\n",
            "2024-01-01 10:00:00.000 UTC,\"ann\",\"shop\",7,\"h:1\",65e1a.7,1,\"S\",2024-01-01 09:00:00 UTC,3/4,0,LOG,00000,\"",
            "duration: 1.5 ms  statement: select \"\"a\"\"\n",
            "\",,,,,,,,,\"psql\"\n",
            "{\"timestamp\":\"2024-01-01 10:00:00.000 UTC\",\"pid\":7,\"error_severity\":\"LOG\",\"message\":\"duration: 1 ms  statement: a\\n\\u00e9",
            "\"}\n",
            "{\"log\":\"2024-01-01 10:00:00.000 UTC [7] ann@shop LOG:  duration: 1.5 ms  statement: b\\n\",\"time\":\"2024-01-01T10:00:00Z\"}\n",
            "{\"log\":\"\\tfrom t\\n\"}\n",
            "Jan  1 10:00:00 db postgres[7]: [4-1] 2024-01-01 10:00:00.000 UTC [7] ann@shop LOG:  duration: 1.0 ms  statement: c\n",
            "Jan  1 10:00:00 db postgres[7]: [4-2] #011from t\n",
            "Jan  1 10:00:00 db postgres[7]: [4-3]  rest\n",
            "2018-09-12 16:09:05.313 3394 LOG C-0x5a: shop/ann@127.0.0.1:43866 login attempt: db=shop\n",
            "LOG:  duration: 1.5 ms  plan:\n\tQuery Text: select 1\n\tResult  (cost=0.00..0.01 rows=1 width=4)\n",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..20),
        prop::collection::vec(prop::sample::select(b"\"\\\n\r\t,{}[]:#0 a%".to_vec()), 0..6),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_cut_anywhere_tell_the_same(log in log(), sizes in prop::collection::vec(1_usize..200, 1..8)) {
        for format in formats() {
            let whole = read_in_pieces(format.clone(), &log, &[log.len().max(1)]);
            let pieces = read_in_pieces(format.clone(), &log, &sizes);
            prop_assert_eq!(whole, pieces, "{:?}", format);
        }
    }

    #[test]
    fn giving_up_anywhere_and_detecting_never_panics(log in log(), at in 0_usize..2_000) {
        let _ = detect(&log);
        let at = at.min(log.len());
        for format in formats() {
            let mut postgres = Postgres::new(format, None);
            prop_assert_eq!(postgres.read(&log[..at], true, &mut |_| {}), at);
            prop_assert_eq!(postgres.read(&log[at..], true, &mut |_| {}), log.len() - at);
        }
    }

    #[test]
    fn any_prefix_can_be_compiled_and_walked(prefix in "[%mpudqlrhatnscexv0-9 @:\\-\\[\\]]{0,20}", line in ".{0,60}") {
        let log = format!("{line}LOG:  x\n{line}\n");
        let format = PostgresFormat::Lines(Prefix::parse(&prefix));
        read(format, log.as_bytes(), told);
    }
}
