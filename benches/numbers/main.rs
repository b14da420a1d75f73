//! Measures what quad promises in numbers, from outside: a quad of its own as a child, with a real
//! Prometheus, the sample shop and the Slack stand-in of the tests. `scripts/bench` builds the
//! release binary and calls this; each number is one row of a table.

mod agent;
mod digest;
mod doors;
mod faults;
mod flood;
mod mail;
mod memory;
mod mention;
mod parse;
mod row;
mod shop;
mod start;

#[allow(
    dead_code,
    unused_imports,
    reason = "shared with the tests, of whose stand-ins a measurement needs only some"
)]
#[path = "../../tests/support/mod.rs"]
mod support;

use std::path::PathBuf;

/// What is measured, and how thoroughly.
struct Settings {
    /// The binary that is measured.
    quad: PathBuf,
    /// Shorter, for looking while changing things.
    quick: bool,
}

fn main() {
    let mut settings = Settings { quad: env!("CARGO_BIN_EXE_quad").into(), quick: false };
    let mut wanted = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            // cargo says so to every bench.
            "--bench" => {}
            "--quick" => settings.quick = true,
            "--quad" => settings.quad = args.next().expect("--quad PATH").into(),
            name => wanted.push(name.to_owned()),
        }
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let rows_missed = runtime.block_on(async {
        let mut missed = 0;
        for name in &wanted {
            let row = match name.as_str() {
                "start" => start::measure(&settings).await,
                "memory" => memory::measure(&settings).await,
                "mention" => mention::measure(&settings).await,
                "flood" => flood::measure(&settings).await,
                "answers" => flood::answers(&settings).await,
                "mail" => mail::measure(&settings).await,
                "faults" => faults::measure(&settings).await,
                "doors" => doors::measure(&settings).await,
                "idle" => doors::idle(&settings).await,
                "parse" => parse::measure(&settings),
                "slowlog" => digest::mysql(&settings),
                "pglog" => digest::stderr(&settings),
                "csvlog" => digest::csv(&settings),
                "digest-memory" => digest::memory(&settings),
                _ => panic!(
                    "no number `{name}`: start, memory, mention, flood, answers, mail, doors, idle, faults, parse, slowlog, pglog, csvlog, digest-memory"
                ),
            };
            println!("{row}");
            missed += usize::from(!row.passed());
        }
        missed
    });
    // Children are killed when what holds them is dropped, which has happened by now.
    std::process::exit(i32::from(rows_missed > 0));
}
