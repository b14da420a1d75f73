//! How long a sentence takes to be understood: `quad parse`, one line in, one line out.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::Settings;
use crate::row::{Row, percentile_ms, spread};

/// Sentences of the project's own.
const UTTERANCES: &str = include_str!("../../tests/data/utterances.jsonl");

pub(crate) fn measure(settings: &Settings) -> Row {
    let folder = tempfile::tempdir().expect("a folder");
    let names = |prefix: &str, count: usize| -> Vec<String> {
        (1..=count).map(|number| format!("{prefix}-{number}")).collect()
    };
    let services = [names("orders", 40), names("payments", 40), names("users", 40)].concat();
    let inventory = serde_json::json!({
        "timezone": "Europe/Berlin", "now": "2026-01-08T14:00:00Z", "environments": ["prod", "qa", "dev"],
        "services": services,
        "containers": names("web", 100), "hosts": names("node", 100), "databases": names("db", 20),
        "regions": ["eu-west-1", "us-east-1"],
    });
    let file = folder.path().join("inventory.json");
    std::fs::write(&file, inventory.to_string()).expect("writes");
    let mut child = Command::new(&settings.quad)
        .arg("parse")
        .arg("--inventory")
        .arg(&file)
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("quad parse starts");
    let mut input = child.stdin.take().expect("a pipe");
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut took = Vec::new();
    // The first sentence builds tables that stay.
    for line in UTTERANCES.lines().take(1).chain(UTTERANCES.lines()).filter(|line| !line.trim().is_empty()) {
        let began = Instant::now();
        input.write_all(format!("{line}\n").as_bytes()).expect("it reads");
        let mut answer = String::new();
        output.read_line(&mut answer).expect("it answers");
        took.push(began.elapsed());
        assert!(answer.contains("\"intent\""), "{answer}");
    }
    drop(input);
    child.wait().expect("it ends");
    let first = took.remove(0);
    println!("  the first sentence {:.1} ms; then {}", first.as_secs_f64() * 1_000.0, spread(&took));
    Row {
        what: "one sentence understood, 340 known names, p99",
        measured: percentile_ms(&took, 99.0),
        must: 2.0,
        aim: 2.0,
        unit: "ms",
        command: "parse",
        holds: Ok(String::new()),
    }
}
