//! How fast `quad slowlog` digests a log, in time of the processor, and how much memory it takes; beside
//! it the program that people use today, on the first megabytes of the same log.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::Settings;
use crate::row::Row;
use crate::support::workload::{CLASSES, Call, Workload, csv_log, slow_log, stderr_log};

/// The other programs are a hundred times slower, so they get this much.
const FOR_OTHERS: u64 = 4_000_000;
/// Clock ticks a second, as Linux counts the time of processes.
const TICKS: f64 = 100.0;

type Write = fn(&Call, i64, &mut String);

pub(crate) fn mysql(settings: &Settings) -> Row {
    let other = ["pt-query-digest", "--no-version-check", "--limit", "100%", "--output", "json"];
    speed(
        settings,
        "digest of a MySQL slow log",
        slow_log,
        "slowlog",
        &other,
        1_000.0 / 150.0,
        1_000.0 / 400.0,
    )
}

pub(crate) fn stderr(settings: &Settings) -> Row {
    let other = ["pgbadger", "-q", "-f", "stderr", "-p", "%m [%p] %q%u@%d ", "-x", "json", "-o", "-"];
    speed(settings, "digest of a PostgreSQL log (stderr)", stderr_log, "pglog", &other, 10.0, 4.0)
}

pub(crate) fn csv(settings: &Settings) -> Row {
    let other = ["pgbadger", "-q", "-f", "csv", "-x", "json", "-o", "-"];
    speed(settings, "digest of a PostgreSQL csvlog", csv_log, "csvlog", &other, 10.0, 4.0)
}

/// Resident memory over a log of 50 MB and one of 5 GB.
pub(crate) fn memory(settings: &Settings) -> Row {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    write(&log, slow_log, 50_000_000);
    let small = run(&settings.quad, &["slowlog", "--json"], &[&log]);
    let times = if settings.quick { 10 } else { 100 };
    let large = run(&settings.quad, &["slowlog", "--json"], &vec![&log as &Path; times]);
    Row {
        what: "peak memory of `quad slowlog`, 50 MB and 5 GB alike",
        measured: small.peak_mb.max(large.peak_mb),
        must: 60.0,
        aim: 30.0,
        unit: "MB",
        command: "digest-memory",
        holds: Ok(format!(
            "{:.1} MB for 50 MB, {:.1} MB for {} times that",
            small.peak_mb, large.peak_mb, times
        )),
    }
}

fn speed(
    settings: &Settings,
    what: &'static str,
    format: Write,
    command: &'static str,
    other: &[&str],
    must: f64,
    aim: f64,
) -> Row {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let bytes = write(&log, format, if settings.quick { 60_000_000 } else { 300_000_000 });
    // The first run finds the log on the disk, the others in memory.
    let runs: Vec<_> = (0..4).map(|_| run(&settings.quad, &["slowlog", "--json"], &[&log])).collect();
    let best = runs.iter().map(|run| run.cpu).min().expect("runs");
    let digest: serde_json::Value = serde_json::from_str(&runs[0].out).expect("JSON");
    let classes = digest["classes"].as_array().map_or(0, Vec::len);
    let per_mb = best.as_secs_f64() * 1_000.0 / (bytes as f64 / 1e6);
    let peer = peer(other, format, folder.path());
    let mut holds =
        format!("{:.0} MB a second of one core; {classes} of {CLASSES} classes; {peer}", 1_000.0 / per_mb);
    if classes != CLASSES {
        holds = format!("wrong classes: {holds}");
    }
    Row {
        what,
        measured: per_mb,
        must,
        aim,
        unit: "ms/MB",
        command,
        holds: if classes == CLASSES { Ok(holds) } else { Err(holds) },
    }
}

/// What the other program needs for the same, where it is installed.
fn peer(command: &[&str], format: Write, folder: &Path) -> String {
    let [program, args @ ..] = command else { return String::new() };
    let log = folder.join("other.log");
    let bytes = write(&log, format, FOR_OTHERS);
    if Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        return format!("{program} is not installed");
    }
    let ran = run(Path::new(program), args, &[&log]);
    format!("{program} {:.1} MB a second", bytes as f64 / 1e6 / ran.cpu.as_secs_f64())
}

/// Writes a log of at least this length; gives how long it is.
fn write(path: &Path, format: Write, bytes: u64) -> u64 {
    let mut file = BufWriter::new(File::create(path).expect("writes"));
    let mut workload = Workload::new(11);
    let (mut text, mut last, mut written) = (String::new(), 0, 0);
    while written < bytes {
        let call = workload.call();
        text.clear();
        format(&call, last, &mut text);
        last = call.at_s;
        file.write_all(text.as_bytes()).expect("writes");
        written += text.len() as u64;
    }
    file.flush().expect("writes");
    written
}

struct Ran {
    cpu: Duration,
    peak_mb: f64,
    out: String,
}

/// Runs a program, and watches what it takes until it ends.
fn run(program: &Path, args: &[&str], files: &[&Path]) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let mut child = Command::new(program)
        .args(args)
        .args(files)
        .env("TZ", "UTC")
        .stdin(Stdio::null())
        .stdout(File::create(&out).expect("writes"))
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let (mut cpu, mut peak_mb) = (Duration::ZERO, 0.0_f64);
    while child.try_wait().expect("is ours").is_none() {
        if let Some((now, peak)) = taken(child.id()) {
            (cpu, peak_mb) = (cpu.max(now), peak_mb.max(peak));
        }
        std::thread::sleep(Duration::from_millis(3));
    }
    Ran { cpu, peak_mb, out: std::fs::read_to_string(out).expect("text") }
}

/// Time of the processor (own and of ended children), and peak resident memory in MB.
fn taken(process: u32) -> Option<(Duration, f64)> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks: f64 = fields.get(11..15)?.iter().filter_map(|field| field.parse::<f64>().ok()).sum();
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kb: f64 = peak.trim().trim_end_matches(" kB").parse().ok()?;
    Some((Duration::from_secs_f64(ticks / TICKS), kb / 1_000.0))
}
