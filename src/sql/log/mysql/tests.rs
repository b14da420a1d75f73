//! What is read from slow logs, in the words of those who write them.

use super::SlowLog;
use crate::sql::log::{Entry, Flags, Format, Kind};

/// What a test looks at.
fn told(entry: &Entry<'_>) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let what = match entry.kind {
        Kind::Statement(statement) => text(statement),
        Kind::Command(command) => format!("command {}", text(command)),
        _ => "?".to_owned(),
    };
    let time = entry.query_time_ns.map_or("-".to_owned(), |time| format!("{time}"));
    let place = format!("{}@{}/{}", text(entry.user), text(entry.host), text(entry.database));
    let cut = if entry.cut { " cut" } else { "" };
    format!(
        "{} {time} {place} #{} {what}{cut}",
        entry.at_us.map_or(0, |at| at / 1_000_000),
        text(entry.session)
    )
}

fn read(log: &str) -> Vec<String> {
    let mut all = Vec::new();
    let done = SlowLog::default().read(log.as_bytes(), true, &mut |entry| all.push(told(entry)));
    assert_eq!(done, log.len(), "all is done with at the end");
    all
}

const TWO: &str = "\
/usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:
Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock
Time                 Id Command    Argument
# Time: 2026-11-23T20:43:05.123456Z
# User@Host: app[app] @ web-1 [10.0.0.7]  Id:    12
# Query_time: 1.500000  Lock_time: 0.000004 Rows_sent: 3  Rows_examined: 20000
use shop;
SET timestamp=1795466585;
SELECT *
FROM orders
# a comment of the statement
WHERE id = 5;
# User@Host: app[app] @  [10.0.0.8]  Id:    13
# Query_time: 0.000002  Lock_time: 0.000000 Rows_sent: 0  Rows_examined: 0
# administrator command: Quit;
";

#[test]
fn an_entry_is_a_block_and_the_statement_behind_it() {
    assert_eq!(
        read(TWO),
        [
            "1795466585 1500000000 app@web-1/shop #12 SELECT *\nFROM orders\n# a comment of the statement\nWHERE id = 5",
            "1795466585 2000 app@10.0.0.8/ #13 command Quit",
        ]
    );
}

#[test]
fn what_the_server_says_of_the_plan_is_kept() {
    let log = "# Time: 261123  1:05:31\n# User@Host: r[r] @ localhost []\n# Thread_id: 9  Schema: shop  QC_hit: No\n\
        # Query_time: 0.5  Lock_time: 0.1  Rows_sent: 40  Rows_examined: 2376\n# Rows_affected: 0  Bytes_sent: 1795\n\
        # Full_scan: Yes  Full_join: No  Tmp_table: Yes  Tmp_table_on_disk: No\n# Filesort: Yes  Filesort_on_disk: No\n\
        #\n# explain: id\ttable\n#\nSELECT 1;\n";
    let mut seen = 0;
    SlowLog::default().read(log.as_bytes(), true, &mut |entry| {
        seen += 1;
        assert_eq!(entry.flags, Flags::FULL_SCAN.with(Flags::TMP_TABLE).with(Flags::FILESORT));
        assert_eq!(
            (entry.rows_sent, entry.rows_examined, entry.bytes_sent),
            (Some(40), Some(2376), Some(1795))
        );
        assert_eq!((entry.lock_time_ns, entry.database), (Some(100_000_000), &b"shop"[..]));
    });
    assert_eq!(seen, 1);
}

#[test]
fn a_time_that_a_counter_below_zero_left_is_not_one() {
    let log = "# Time: 081116 15:07:11 # User@Host: u[u] @ h [10.1.65.120]\n\
        # Query_time: 18446744073708.796870.000036  Lock_time: 0.000036  Rows_sent: 1  Rows_examined: 127\nSELECT 1;\n";
    assert_eq!(read(log), ["1226848031 - u@h/ # SELECT 1"]);
}

#[test]
fn a_log_that_was_cut_gives_what_is_whole_and_says_what_is_not() {
    let cut = &TWO[..TWO.find("WHERE").expect("it is there")];
    let read_cut = read(cut);
    assert_eq!(read_cut.len(), 1);
    assert!(read_cut[0].ends_with("statement cut"), "{read_cut:?}");
    let tail = &TWO[TWO.find("FROM").expect("it is there")..];
    assert_eq!(read(tail), ["0 2000 app@10.0.0.8/ #13 command Quit"]);
}

#[test]
fn a_statement_that_never_ended_does_not_swallow_the_next_entry() {
    let log = TWO.replace("WHERE id = 5;\n", "WHERE id = ");
    let broken = log.replace("WHERE id = # User", "WHERE id = \n# User");
    assert_eq!(read(&broken).len(), 2);
}

#[test]
fn a_restart_in_the_middle_belongs_to_no_statement() {
    let log = format!("{TWO}{TWO}");
    let all = read(&log);
    assert_eq!(all.len(), 4);
    assert_eq!(all[0], all[2]);
    let after = TWO.replace("# User@Host: app[app] @  [10.0.0.8]", "/sbin/mysqld, Version: 5. started with:\nTcp port: 1\nTime Id Command Argument\n# User@Host: b[b] @ c []");
    assert!(read(&after)[0].ends_with("WHERE id = 5"), "{:?}", read(&after));
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    /// Reads a log in stretches of `step` bytes, as a reader does that holds little of it.
    fn in_stretches(log: &[u8], step: usize) -> Vec<String> {
        let mut format = SlowLog::default();
        let mut all = Vec::new();
        let (mut start, mut end) = (0, 0);
        while start < log.len() {
            end = (end + step).min(log.len());
            let last = end == log.len();
            start += format.read(&log[start..end], last, &mut |entry| all.push(told(entry)));
        }
        all
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>, last: bool) {
            let done = SlowLog::default().read(&bytes, last, &mut |_| {});
            prop_assert!(done <= bytes.len());
        }

        #[test]
        fn where_a_stretch_ends_changes_nothing(
            lines in proptest::collection::vec(
                prop_oneof![
                    Just("# Time: 071218 11:48:27"), Just("# User@Host: a[a] @ b []"), Just("# Query_time: 0.5  Rows_sent: 1"),
                    Just("use shop;"), Just("SET timestamp=5;"), Just("select 1"), Just(";"), Just("select 2;"), Just("# comment"),
                    Just("# administrator command: Quit;"), Just(""), Just("#"),
                ],
                0..30,
            ),
            step in 1_usize..50,
        ) {
            let log = lines.join("\n");
            prop_assert_eq!(in_stretches(log.as_bytes(), step), read(&log));
        }
    }
}
