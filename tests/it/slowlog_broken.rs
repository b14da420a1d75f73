//! `quad slowlog` on what disks, clocks and crashes make of logs: every entry that is there counts, and what is
//! missing is said.

use std::fmt::Write as _;

use serde_json::Value;

use quad::sql::digest::{Digest, Sift};
use quad::sql::log::{Entry, Format, LogKind};
use quad::vendors::dblog::{self, Listener};

use crate::support::program::Program;
use crate::support::workload::{Call, Workload, csv_log, slow_log, stderr_log};

type Write = fn(&Call, i64, &mut String);

/// MySQL's slow log, and PostgreSQL's on standard error, as csvlog and as jsonlog.
const FORMATS: [Write; 4] = [slow_log, stderr_log, csv_log, json_log];

/// As PostgreSQL's jsonlog.
fn json_log(call: &Call, _: i64, out: &mut String) {
    let at = chrono::DateTime::from_timestamp(call.at_s, 0).expect("a moment").format("%Y-%m-%d %H:%M:%S");
    let message = format!("duration: {}.000 ms  statement: {}", call.time_us / 1_000, call.sql);
    let line = serde_json::json!({
        "timestamp": format!("{at}.000 UTC"), "user": "app", "dbname": "shop", "pid": call.session,
        "error_severity": "LOG", "message": message, "backend_type": "client backend",
    });
    writeln!(out, "{line}").expect("memory");
}

/// This many calls, each with where it ends.
fn log(calls: usize, write: Write) -> (String, Vec<usize>) {
    let mut workload = Workload::new(23);
    let (mut text, mut last, mut ends) = (String::new(), 0, Vec::new());
    for _ in 0..calls {
        let call = workload.call();
        write(&call, last, &mut text);
        last = call.at_s;
        ends.push(text.len());
    }
    (text, ends)
}

/// A log read without a process around it.
struct Reads(Option<Digest>);

impl Listener for Reads {
    fn begins(&mut self, head: &[u8]) -> Option<Box<dyn Format + Send>> {
        let kind = LogKind::detect(head)?;
        self.0 = Some(Digest::new(kind.dialect(), Sift::default()));
        Some(kind.format(None))
    }

    fn entry(&mut self, entry: &Entry<'_>) {
        if let Some(digest) = &mut self.0 {
            digest.add(entry);
        }
    }
}

fn digest(log: &[u8]) -> Option<Digest> {
    let mut reads = Reads(None);
    dblog::read(&mut { log }, &mut reads).expect("memory");
    reads.0
}

fn run(log: &[u8]) -> Value {
    let program = Program::new();
    std::fs::write(program.path("a.log"), log).expect("writes");
    program.run(&["slowlog", "a.log", "--json"]).good().json()
}

#[test]
fn a_log_that_ends_anywhere_counts_what_came_before() {
    for write in FORMATS {
        let (text, ends) = log(12, write);
        for cut in ends[3]..=text.len() {
            let whole = ends.iter().filter(|end| **end <= cut).count() as u64;
            let read = digest(&text.as_bytes()[..cut]).expect("it is known by its first entries").entries;
            assert!(
                (whole..=whole + 1).contains(&read),
                "{read} of {whole}, cut at {cut}: {}",
                &text[..ends[0]]
            );
        }
    }
}

#[test]
fn a_log_that_begins_anywhere_counts_what_comes_after() {
    for write in FORMATS {
        let (text, ends) = log(12, write);
        for cut in 0..ends[2] {
            let whole = ends.iter().filter(|end| **end > cut).count() as u64;
            let read = digest(&text.as_bytes()[cut..]).map_or(0, |digest| digest.entries);
            assert!(
                read + 1 >= whole && read <= whole,
                "{read} of {whole}, from {cut}: {}",
                &text[..ends[0]]
            );
        }
    }
}

#[test]
fn garbage_in_the_middle_costs_no_more_than_its_neighbour() {
    let mut noise = 1_u64;
    // Bytes of every sort, a hole that a crash left (zeros), and lines that look like nothing.
    let random: Vec<u8> = std::iter::repeat_with(|| {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (noise >> 56) as u8
    })
    .filter(|byte| *byte != b'"')
    .take(300_000)
    .collect();
    for write in FORMATS {
        let (text, ends) = log(40, write);
        for garbage in [&random[..], &[0; 70_000], b"\n\xff\xfe\n\n\x1b[31m\r\n"] {
            let (before, after) = text.as_bytes().split_at(ends[19]);
            let read = run(&[before, garbage, b"\n", after].concat());
            let entries = read["entries"].as_u64().expect("a number");
            assert!((39..=40).contains(&entries), "{entries} entries: {}", &text[..ends[0]]);
        }
    }
}

#[test]
fn two_servers_that_write_into_one_file_lose_no_entry() {
    // The second server's entry stands in the middle of the first one's statement.
    let entry = |time: &str, sql: &str| {
        format!(
            "# User@Host: app[app] @ web-1 [10.0.0.7]  Id: 12\n# Query_time: {time}  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 1\n{sql}"
        )
    };
    let mixed = [
        entry("1.5", "SELECT a\n  FROM t\n"),
        entry("0.25", "SELECT b FROM u;\n"),
        " WHERE c = 'secret';\n".to_owned(),
        entry("0.125", "SELECT d FROM v;\n"),
    ];
    let read = run(mixed.concat().as_bytes());
    assert_eq!((&read["entries"], &read["query_time_sum"]), (&3.into(), &1.875.into()));
    assert!(!read.to_string().contains("secret"), "{read}");

    // Lines of two processes, each with its statement first and its duration later.
    let mut lines = String::new();
    for call in 0..50 {
        for process in [10, 11] {
            writeln!(lines, "2026-01-08 14:00:00.000 UTC [{process}] LOG:  statement: SELECT a{process} FROM t WHERE b = {call}").expect("memory");
        }
        for process in [11, 10] {
            writeln!(lines, "2026-01-08 14:00:00.100 UTC [{process}] LOG:  duration: {process}.000 ms")
                .expect("memory");
        }
    }
    let read = run(lines.as_bytes());
    let classes: Vec<_> = read["classes"]
        .as_array()
        .expect("classes")
        .iter()
        .map(|class| (class["count"].clone(), class["query_time"]["sum"].clone()))
        .collect();
    assert_eq!(classes, [(50.into(), 0.55.into()), (50.into(), 0.5.into())]);
}

#[test]
fn a_line_of_fifty_megabytes_is_cut_in_every_format_and_its_neighbours_are_not() {
    let long = "x".repeat(50 << 20);
    for write in FORMATS {
        let (before, _) = log(20, write);
        let (after, _) = log(10, write);
        let mut call = Workload::new(5).call();
        call.sql = format!("SELECT '{long}' FROM t");
        let mut line = String::new();
        write(&call, 0, &mut line);
        let read = run((before + &line + &after).as_bytes());
        assert!(
            [30, 31].contains(&read["entries"].as_u64().expect("a number")),
            "{}: {}",
            read["type"],
            read["entries"]
        );
        assert!(read["not_shown"]["cut"].as_u64() <= Some(1), "{}", read["not_shown"]);
    }
}

#[test]
fn a_log_in_latin_1_is_read_and_shown_as_text() {
    let log = b"# Time: 2026-01-08T14:00:00Z\n# User@Host: j\xfcrgen[j\xfcrgen] @ web-1 [10.0.0.7]  Id: 12\n\
        # Query_time: 0.5  Lock_time: 0 Rows_sent: 1  Rows_examined: 1\nSELECT gr\xf6\xdfe FROM stra\xdfen WHERE name = 'M\xfcller';\n";
    let read = run(&log.repeat(3));
    assert_eq!(read["entries"], 3);
    let class = &read["classes"][0];
    assert_eq!(class["fingerprint"], "select gr\u{fffd}\u{fffd}e from stra\u{fffd}en where name = ?");
    assert_eq!(class["users"], serde_json::json!(["j\u{fffd}rgen"]));
}

#[test]
fn a_clock_that_jumps_is_noticed_and_changes_no_sum() {
    let entry = |time: &str| {
        format!(
            "# Time: {time}\n# Query_time: 0.5  Lock_time: 0 Rows_sent: 1  Rows_examined: 1\nSELECT a FROM t;\n"
        )
    };
    let times = [
        "2026-01-08T14:00:00Z",
        "2026-01-08T14:00:01Z",
        "1970-01-01T00:00:00Z",
        "2026-01-08T14:00:02Z",
        "9999-12-31T23:59:59Z",
        "2026-01-08T13:00:00Z",
        "2026-13-45T99:00:00Z",
    ];
    let program = Program::new();
    program.write("a.log", &times.map(entry).concat());
    let read = program.run(&["slowlog", "a.log", "--json"]).good().json();
    assert_eq!((&read["entries"], &read["query_time_sum"]), (&7.into(), &3.5.into()));
    assert_eq!(read["not_shown"]["back_in_time"], 2);
    let said = program.run(&["slowlog", "a.log"]).good().out;
    assert!(said.contains("2 times the log goes back in time"), "{said}");
    program.run(&["slowlog", "a.log", "--format", "html"]).good();
}

#[test]
fn more_fingerprints_than_there_is_room_for_are_counted_together_and_that_is_said() {
    let program = Program::new();
    let mut log = String::new();
    // Letters, since numbers in names are one class.
    for number in 0..60_000 {
        let name: String =
            format!("{number:05}").bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
        writeln!(
            log,
            "# Query_time: 0.001  Lock_time: 0 Rows_sent: 1  Rows_examined: 1\nSELECT a FROM {name};"
        )
        .expect("memory");
    }
    writeln!(log, "# Query_time: 7  Lock_time: 0 Rows_sent: 1  Rows_examined: 1\nSELECT dear FROM t;")
        .expect("memory");
    program.write("a.log", &log);
    let read = program.run(&["slowlog", "a.log", "--json"]).good().json();
    let classes = read["classes"].as_array().expect("classes");
    let kept: u64 = classes.iter().filter_map(|class| class["count"].as_u64()).sum();
    let others = &read["not_shown"];
    assert_eq!(read["entries"], 60_001);
    assert_eq!(kept + others["other_entries"].as_u64().expect("a number"), 60_001, "nothing is lost");
    assert!(classes.len() <= 20_000 && others["other_classes"].as_u64() > Some(0), "{others}");
    assert_eq!(classes[0]["fingerprint"], "select dear from t");
    let said = program.run(&["slowlog", "a.log"]).good().out;
    assert!(said.contains("The log has more classes than are kept apart"), "{said}");
}
