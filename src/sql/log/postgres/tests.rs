//! The same records, whatever way they came.

use super::{PostgresLog, Wrapping};
use crate::sql::log::{Entry, Format, Kind};

fn told(entry: &Entry<'_>) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).split_whitespace().collect::<Vec<_>>().join(" ");
    let what = match entry.kind {
        Kind::Statement(statement) => text(statement),
        Kind::Event(event, _) => format!("({})", event.name()),
        Kind::Plan(..) => "(plan)".to_owned(),
        Kind::Command(command) => text(command),
    };
    let time = entry.query_time_ns.map_or("-".to_owned(), |time| format!("{}us", time / 1_000));
    let cut = if entry.cut { " cut" } else { "" };
    format!(
        "{} {time} {}@{} #{} {what}{cut}",
        entry.at_us.unwrap_or(0) / 1_000,
        text(entry.user),
        text(entry.database),
        text(entry.session)
    )
}

#[track_caller]
fn read(log: &str) -> Vec<String> {
    let wrapping = Wrapping::detect(log.as_bytes()).expect("a log of PostgreSQL");
    let mut all = Vec::new();
    let done = PostgresLog::new(wrapping).read(log.as_bytes(), true, &mut |entry| all.push(told(entry)));
    assert_eq!(done, log.len());
    all
}

const EXPECTED: &str = "1767880800123 2150250us app@shop #71 select * from orders where id = $1";

#[test]
fn any_prefix_is_read_by_its_form() {
    for prefix in [
        "2026-01-08 14:00:00.123 UTC [71] app@shop ",
        "2026-01-08 14:00:00.123 UTC [71-1] app@shop ",
        "2026-01-08 15:00:00.123 +01 [71]: [3-1] user=app,db=shop,app=psql,client=10.0.0.7 ",
        "2026-01-08 14:00:00.123 GMT:10.0.0.7(5432):app@shop:[71]:",
        "2026-01-08 14:00:00.123 UTC 71 app@shop ",
        "[2026-01-08 14:00:00.123 UTC] [71] user=app db=shop ",
    ] {
        let log = format!(
            "{prefix}LOG:  duration: 2150.250 ms  execute <unnamed>: select *\n\tfrom orders\n\twhere id = $1\n\
             {prefix}DETAIL:  parameters: $1 = 'secret'\n"
        );
        assert_eq!(read(&log), [EXPECTED], "{prefix}");
    }
}

#[test]
fn csv_and_json_say_the_same() {
    let csv = "2026-01-08 14:00:00.123 UTC,\"app\",\"shop\",71,\"10.0.0.7:5432\",695fb6a0.47,3,\"SELECT\",2026-01-08 13:00:00 UTC,3/9,0,LOG,00000,\
        \"duration: 2150.250 ms  execute <unnamed>: select *\nfrom orders where id = $1\",\"parameters: $1 = 'secret'\",,,,,,,,\"web\",\"client backend\",,0\n";
    assert_eq!(read(csv), [EXPECTED]);
    let json = r#"{"timestamp":"2026-01-08 14:00:00.123 UTC","user":"app","dbname":"shop","pid":71,"error_severity":"LOG","message":"duration: 2150.250 ms  execute <unnamed>: select *\nfrom orders where id = $1","detail":"parameters: $1 = 'secret'"}"#;
    assert_eq!(read(json), [EXPECTED]);
    let wrapped = r#"{"level":"info","logger":"postgres","record":{"log_time":"2026-01-08 14:00:00.123 UTC","user_name":"app","database_name":"shop","process_id":"71","error_severity":"LOG","message":"duration: 2150.250 ms  statement: select * from orders where id = $1"}}"#;
    assert_eq!(read(wrapped), [EXPECTED]);
}

#[test]
fn quotes_in_csv_are_what_they_were() {
    let csv = "2026-01-08 14:00:00.123 UTC,\"app\",\"shop\",71,,x,3,\"\",2026-01-08 13:00:00 UTC,3/9,0,LOG,00000,\"duration: 1.000 ms  statement: select \"\"Id\"\", '\"\"' from \"\"T\"\"\",,,,,,,,,\"\"\n";
    assert_eq!(read(csv), ["1767880800123 1000us app@shop #71 select \"Id\", '\"' from \"T\""]);
}

#[test]
fn a_statement_and_its_duration_are_joined_by_their_process() {
    let line = |pid: u32, text: &str| format!("2026-01-08 14:00:00.000 UTC [{pid}] app@shop LOG:  {text}\n");
    let log = [
        line(1, "statement: select 1"),
        line(2, "statement: select 2"),
        line(2, "duration: 5.000 ms"),
        line(1, "duration: 7.000 ms"),
        line(1, "statement: select 3"),
        line(1, "statement: select 4"),
        line(3, "duration: 9.000 ms"),
    ]
    .concat();
    let at = "1767880800000";
    assert_eq!(
        read(&log),
        [
            format!("{at} 5000us app@shop #2 select 2"),
            format!("{at} 7000us app@shop #1 select 1"),
            format!("{at} - app@shop #1 select 3"),
            format!("{at} - app@shop #1 select 4"),
        ]
    );
}

#[test]
fn syslog_puts_messages_together_by_their_process() {
    let log = "\
Jan  8 14:00:00 db postgres[71]: [4-1] app@shop LOG:  duration: 3.000 ms  statement: select *
Jan  8 14:00:00 db postgres[72]: [9-1] app@shop LOG:  duration: 1.000 ms  statement: select 1
Jan  8 14:00:00 db postgres[71]: [4-2] #011from orders
";
    assert_eq!(read(log), ["0 3000us app@shop #71 select * from orders", "0 1000us app@shop #72 select 1"]);
}

#[test]
fn what_is_not_a_statement_is_counted() {
    let line = |text: &str| format!("2026-01-08 14:00:00.000 UTC [1] app@shop {text}\n");
    let log = [
        line("ERROR:  relation \"x\" does not exist at character 15"),
        line("STATEMENT:  select * from x where a = 'secret'"),
        line("ERROR:  canceling statement due to statement timeout"),
        line("FATAL:  password authentication failed for user \"app\""),
        line("LOG:  temporary file: path \"base/pgsql_tmp/pgsql_tmp1.0\", size 12517376"),
        line("LOG:  process 5 still waiting for ShareLock on transaction 7 after 1000.1 ms"),
        line("LOG:  checkpoint complete: wrote 5 buffers"),
        line("LOG:  duration: 1.000 ms  parse <unnamed>: select 1"),
        line("LOG:  duration: 12.000 ms  plan:\n\tQuery Text: select 1\n\tResult  (cost=0.00..0.01 rows=1 width=4)"),
    ]
    .concat();
    let events: Vec<_> = read(&log)
        .iter()
        .filter_map(|line| line.split_once(" (").map(|(_, event)| event.to_owned()))
        .collect();
    assert_eq!(
        events,
        [
            "error)",
            "cancelled)",
            "fatal)",
            "temporary_file)",
            "lock_wait)",
            "checkpoint)",
            "preparation)",
            "plan)"
        ]
    );
}

#[test]
fn other_logs_are_none_of_postgresqls() {
    for log in [
        "# Time: 2026-01-08T14:00:00Z\n# Query_time: 1\nselect 1;\n",
        "2026-01-08 14:00:00 web-1 GET /orders 200 12 ms\n",
        "{\"level\":\"info\",\"message\":\"started\"}\n",
        "remember the milk\n",
        "",
    ] {
        assert_eq!(Wrapping::detect(log.as_bytes()), None, "{log}");
    }
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    fn in_stretches(wrapping: Wrapping, log: &[u8], step: usize) -> Vec<String> {
        let mut format = PostgresLog::new(wrapping);
        let mut all = Vec::new();
        let (mut start, mut end) = (0, 0);
        while start < log.len() {
            end = (end + step).min(log.len());
            start += format.read(&log[start..end], end == log.len(), &mut |entry| all.push(told(entry)));
        }
        all
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>, last: bool) {
            for wrapping in [Wrapping::Stderr, Wrapping::Csv, Wrapping::Json, Wrapping::Syslog] {
                let done = PostgresLog::new(wrapping).read(&bytes, last, &mut |_| {});
                prop_assert!(done <= bytes.len());
            }
            let _ = Wrapping::detect(&bytes);
        }

        #[test]
        fn where_a_stretch_ends_changes_nothing(
            lines in proptest::collection::vec(
                prop_oneof![
                    Just("2026-01-08 14:00:00.000 UTC [1] a@b LOG:  duration: 1.5 ms  statement: select 1"),
                    Just("2026-01-08 14:00:00.000 UTC [1] a@b LOG:  statement: select 2"),
                    Just("2026-01-08 14:00:00.000 UTC [1] a@b LOG:  duration: 3 ms"),
                    Just("\tfrom t"), Just("\t"), Just(""), Just("pg_ctl: no"),
                    Just("2026-01-08 14:00:00.000 UTC,\"a\",\"b\",1,,x,3,\"\",x,3/9,0,LOG,00000,\"duration: 1 ms  statement: select \"\"a\"\"\",,,,,,,,,\"\""),
                    Just("\"x,\""),
                    Just("Jan  8 14:00:00 db postgres[71]: [4-1] a@b LOG:  duration: 3.000 ms  statement: select *"),
                    Just("Jan  8 14:00:00 db postgres[71]: [4-2] #011from t"),
                ],
                0..20,
            ),
            step in 1_usize..80,
        ) {
            let log = lines.join("\n");
            for wrapping in [Wrapping::Stderr, Wrapping::Csv, Wrapping::Syslog] {
                let whole = in_stretches(wrapping, log.as_bytes(), log.len().max(1));
                prop_assert_eq!(in_stretches(wrapping, log.as_bytes(), step), whole, "{:?}", wrapping);
            }
        }
    }
}
