//! `quad slowlog`: logs in, what they cost out.

use std::collections::BTreeMap;
use std::io::Write as _;

use serde_json::Value;

use crate::support::processes::{Process, eventually};
use crate::support::program::Program;
use crate::support::workload::{Call, Workload, csv_log, slow_log, stderr_log};

const SHOP: &str = "\
# Time: 2026-01-08T14:00:00.000000Z
# User@Host: app[app] @ web-1 [10.0.0.7]  Id:    12
# Query_time: 0.004000  Lock_time: 0.000004 Rows_sent: 20  Rows_examined: 20
use shop;
SET timestamp=1767880800;
SELECT id FROM orders WHERE owner = 'jane@example.com' LIMIT 20;
";

fn item(id: u32) -> String {
    format!(
        "# User@Host: app[app] @ web-1 [10.0.0.7]  Id:    12\n# Query_time: 0.250000  Lock_time: 0.000001 Rows_sent: 2  \
         Rows_examined: 90000\nSET timestamp=17678808{id:02};\nSELECT * FROM items WHERE order_id = {id} AND code = 'secret-{id}';\n"
    )
}

fn shop() -> String {
    SHOP.to_owned() + &(0..20).map(item).collect::<String>()
}

/// A log of `calls` calls, and what it must come to.
fn workload(calls: usize, write: fn(&Call, i64, &mut String)) -> (String, Workload) {
    let mut workload = Workload::new(7);
    let mut log = String::new();
    let mut last = 0;
    for _ in 0..calls {
        let call = workload.call();
        write(&call, last, &mut log);
        last = call.at_s;
    }
    (log, workload)
}

/// Compares a digest with the truth: classes by how often they ran and how long.
#[track_caller]
fn expect_truth(digest: &Value, workload: &Workload, rows: bool) {
    let classes = digest["classes"].as_array().expect("classes");
    let by_sum: BTreeMap<(u64, u64), &Value> = classes
        .iter()
        .map(|class| {
            let sum = class["query_time"]["sum"].as_f64().expect("a sum");
            ((class["count"].as_u64().expect("a count"), (sum * 1e6).round() as u64), class)
        })
        .collect();
    assert_eq!(classes.len(), workload.truth.len(), "classes");
    for (number, truth) in &workload.truth {
        let class = by_sum.get(&(truth.times_us.len() as u64, truth.sum_us())).unwrap_or_else(|| {
            panic!("class {number}: {} calls, {} us", truth.times_us.len(), truth.sum_us())
        });
        for (what, percent) in [("median", 50), ("p95", 95)] {
            let (said, exact) =
                (class["query_time"][what].as_f64().expect("a time") * 1e6, truth.quantile(percent) as f64);
            assert!((said - exact).abs() <= exact * 0.01, "class {number}: {what} {said} and not {exact}");
        }
        if rows {
            assert_eq!(class["rows_examined"]["sum"].as_u64(), Some(truth.rows_examined), "class {number}");
        }
    }
}

#[test]
fn a_slow_log_of_known_truth_gives_its_classes_sums_and_quantiles() {
    let (log, workload) = workload(6_000, slow_log);
    let program = Program::new();
    program.write("slow.log", &log);
    let digest = program.run(&["slowlog", "slow.log", "--json"]).good().json();
    assert_eq!(digest["entries"], 6_000);
    expect_truth(&digest, &workload, true);
}

#[test]
fn logs_of_postgresql_give_the_same_in_every_form() {
    for write in [stderr_log, csv_log] {
        let (log, workload) = workload(6_000, write);
        let program = Program::new();
        program.write("postgresql.log", &log);
        let digest = program.run(&["slowlog", "postgresql.log", "--json"]).good().json();
        assert_eq!(digest["entries"], 6_000, "{}", digest["type"]);
        expect_truth(&digest, &workload, false);
    }
}

#[test]
fn the_digest_says_where_the_time_goes_and_finds_the_query_for_each_row() {
    let program = Program::new();
    program.write("shop.log", &shop());
    let ran = program.run(&["slowlog", "shop.log"]).good();
    insta::assert_snapshot!(ran.out, @r#"
    shop.log: 21 entries in 2 classes took 5 s, 100 % of it in the costliest.
      #  of the time  total  mean    p95     calls  rows read  statement
      1  100 %        5 s    250 ms  250 ms  20     90,000     select * from items where order_id = ? and code = ?
      2  < 1 %        4 ms   4 ms    4 ms    1      20         select id from orders where owner = ? limit ?

    1. 100 % of the time: 20 calls, 250 ms each
        select * from items where order_id = ? and code = ?
      - It reads 90,000 rows a call for 2 that it gives or changes: no index that fits its search is
        used.
      - Time: 250 ms; rows read 90,000, sent 2.
      - User app; host web-1; 2026-01-08 14:00:00 to 2026-01-08 14:00:19.

    2. < 1 % of the time: 1 call, 4 ms each
        select id from orders where owner = ? limit ?
      - Time: 4 ms; rows read 20, sent 20.
      - Database shop; user app; host web-1; 2026-01-08 14:00:00.

    A query for each row (N+1)
      - select * from items where order_id = ? and code = ? ran up to 20 times in a row right after
        select id from orders where owner = ? limit ?: 20 calls in one loop, 5 s in all. One query for
        all of them (in (...), or a join) does the same.

    From 2026-01-08 14:00:00 to 2026-01-08 14:00:19, by the log's clock.
    Read as: MySQL slow log.
    "#);
}

#[test]
fn no_literal_is_ever_shown() {
    let program = Program::new();
    program.write("shop.log", &shop());
    for format in ["text", "markdown", "html", "json"] {
        let ran = program.run(&["slowlog", "shop.log", "--format", format]).good();
        for literal in ["secret", "jane", "example.com"] {
            assert!(!ran.out.contains(literal), "{format} shows {literal}: {}", ran.out);
        }
        assert!(ran.out.contains("items where order_id"), "{format}: {}", ran.out);
    }
}

#[test]
fn only_what_is_asked_for_counts() {
    let program = Program::new();
    program.write("shop.log", &shop());
    let entries = |args: &[&str]| {
        let mut all = vec!["slowlog", "shop.log", "--json"];
        all.extend(args);
        program.run(&all).good().json()["entries"].as_u64().expect("a number")
    };
    assert_eq!(entries(&["--since", "2026-01-08 14:00:05", "--until", "2026-01-08T14:00:10Z"]), 5);
    assert_eq!(entries(&["--user", "app", "--host", "web-1"]), 21);
    assert_eq!(entries(&["--user", "other"]), 0);
    let ran = program.run(&["slowlog", "shop.log", "--since", "yesterday"]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("2026-01-08"), "{}", ran.err);
}

#[test]
fn logs_come_packed_in_folders_and_on_standard_input() {
    let program = Program::new();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(shop().as_bytes()).expect("memory");
    std::fs::create_dir(program.path("logs")).expect("a folder");
    std::fs::write(program.path("logs/slow.log.1.gz"), packer.finish().expect("memory")).expect("writes");
    program.write("logs/slow.log", &shop());
    program.write("logs/empty.log", "");
    let together = program.run(&["slowlog", "logs", "--json"]).good().json();
    assert_eq!(together["entries"], 42);
    let piped = program.run_on(&["slowlog", "-", "--json"], &shop()).good().json();
    assert_eq!(piped["entries"], 21);
}

#[test]
fn what_is_broken_is_read_as_far_as_it_goes() {
    let program = Program::new();
    let whole = shop();
    let mut broken = whole.clone().into_bytes();
    // Garbage between entries, Latin-1 in a statement, an entry that ends in the middle.
    broken.extend(b"\x00\xff\xfe garbage\n\x01\x02\n");
    broken.extend(b"# Time: 2026-01-08T13:00:00Z\n# Query_time: 0.5  Lock_time: 0 Rows_sent: 1  Rows_examined: 1\nSELECT M\xfcller FROM t WHERE a = '\xe4';\n");
    broken.extend(b"# Time: 2026-01-08T15:00:00Z\n# Query_time: 0.5  Lock_time: 0 Rows_sent: 1  Rows_examined: 1\nSELECT x FROM t WHERE b = 'it ends he");
    std::fs::write(program.path("broken.log"), broken).expect("writes");
    let digest = program.run(&["slowlog", "broken.log", "--json"]).good().json();
    assert_eq!(digest["entries"], 23);
    assert_eq!(digest["not_shown"]["cut"], 1);
    assert_eq!(digest["not_shown"]["back_in_time"], 1);
    let said = program.run(&["slowlog", "broken.log"]).good().out;
    assert!(said.contains("1 entries are cut") || said.contains("1 entry is cut"), "{said}");
}

#[test]
fn a_statement_of_many_megabytes_is_cut_and_its_neighbours_are_not() {
    let program = Program::new();
    let long = format!(
        "# Time: 2026-01-08T14:30:00Z\n# Query_time: 0.5  Lock_time: 0 Rows_sent: 1  Rows_examined: 1\nSELECT '{}';\n",
        "x".repeat(20 << 20)
    );
    program.write("long.log", &(shop() + &long + &shop()));
    let digest = program.run(&["slowlog", "long.log", "--json"]).good().json();
    assert_eq!(digest["entries"], 43);
    assert_eq!(digest["not_shown"]["cut"], 1);
}

#[test]
fn what_is_no_log_is_refused_with_a_way_out() {
    let program = Program::new();
    program.write("notes.txt", "remember the milk\n");
    program.write("shop.log", &shop());
    let ran = program.run(&["slowlog", "notes.txt"]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.err.contains("notes.txt looks like no log"), "{}", ran.err);
    let ran = program.run(&["slowlog", "missing.log"]);
    assert!(ran.err.contains("missing.log can't be read"), "{}", ran.err);
    // What can be read is digested all the same, and the rest is named.
    let ran = program.run(&["slowlog", "shop.log", "notes.txt"]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.out.contains("Not in these numbers"), "{}", ran.out);
}

#[tokio::test]
async fn a_log_that_grows_is_followed_across_its_rotation() {
    let program = Program::new();
    let (log, out) = (program.path("slow.log"), program.path("out"));
    let append = |text: &str| {
        let mut file = std::fs::File::options().append(true).create(true).open(&log).expect("opens");
        file.write_all(text.as_bytes()).expect("writes");
    };
    // Nothing tells yet how it is written.
    append("/usr/sbin/mariadbd, Version: 10.11.6-MariaDB-log. started with:\n");
    let command = program.command(&["slowlog", "--follow", "slow.log", "--every", "1", "--json"]);
    let mut quad = Process::start(&command, &out);
    let counted = || {
        let said = std::fs::read_to_string(&out).expect("its output");
        let digests = serde_json::Deserializer::from_str(&said).into_iter::<Value>();
        let digests: Vec<Value> = digests.map_while(Result::ok).collect();
        (digests.iter().map(|one| one["entries"].as_u64().expect("a number")).sum::<u64>(), digests.len())
    };
    append(SHOP);
    append(&item(1));
    // The last entry of a log may go on, so it waits for the next one.
    eventually("the first entry is told", async || (counted().0 == 1).then_some(())).await;
    std::fs::rename(&log, program.path("slow.log.1")).expect("renames");
    append(&item(2));
    append(&item(3));
    eventually("entries of both files are told", async || (counted().0 == 3).then_some(())).await;
    append(&item(4));
    assert!(quad.terminate().await.success());
    let (entries, digests) = counted();
    assert_eq!(entries, 5, "nothing is lost at the end");
    assert!(digests >= 3, "each with what came since the last: {digests}");
    assert!(!std::fs::read_to_string(&out).expect("its output").contains("secret"));

    let refused = |args: &[&str]| program.run(&[&["slowlog", "--follow"], args].concat()).err;
    assert!(refused(&["slow.log", "slow.log.1"]).contains("--follow takes one log"));
    assert!(refused(&["-"]).contains("takes the path of a log"));
    assert!(refused(&["none.log"]).contains("none.log can't be read"));
}
