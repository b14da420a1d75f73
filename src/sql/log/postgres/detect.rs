//! Tells how a log is written, from its beginning. Sure or silent: others ask this to tell
//! PostgreSQL's logs from those of other databases.

use super::guess::prefix_of_lines;
use super::prefix::Prefix;
use super::severity::Severity;
use super::{PostgresFormat, csv, json, pgbouncer, syslog};

/// How much of the beginning is looked at, in bytes and in lines.
const BYTES: usize = 1 << 20;
const LINES: usize = 400;

/// Tells the format of the log that begins with `bytes`: the more, the surer, up to a megabyte.
/// `None` if it is no log of PostgreSQL's, or doesn't show it yet.
#[must_use]
pub fn detect(bytes: &[u8]) -> Option<PostgresFormat> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let bytes = &bytes[..bytes.len().min(BYTES)];
    let lines: Vec<&[u8]> = bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty() && !is_binary(line))
        .take(LINES)
        .collect();

    as_json(&lines)
        .or_else(|| as_csv(&lines))
        .or_else(|| as_pgbouncer(&lines))
        .or_else(|| as_syslog(&lines))
        .or_else(|| {
            // What continues a message is no evidence against it.
            let starts: Vec<&[u8]> =
                lines.iter().filter(|line| !matches!(line[0], b'\t' | b' ')).copied().collect();
            as_lines(&starts).map(PostgresFormat::Lines)
        })
}

/// Whether it is what a crash or another program left: no log writes control signs, colours aside.
fn is_binary(line: &[u8]) -> bool {
    line.iter().any(|byte| *byte < b' ' && !matches!(byte, b'\t' | b'\r' | b'\x0c' | b'\x1b'))
}

fn as_json(lines: &[&[u8]]) -> Option<PostgresFormat> {
    let lines: Vec<&[u8]> =
        lines.iter().map(|line| line.trim_ascii()).filter(|line| str::from_utf8(line).is_ok()).collect();
    let objects: Vec<&[u8]> = lines.iter().copied().filter(|line| line[0] == b'{').collect();
    if objects.is_empty() || objects.len() * 2 < lines.len() {
        return None;
    }
    let own = objects.iter().filter(|object| json::is_message(object)).count();
    let carried: Vec<Vec<u8>> = objects.iter().filter_map(|object| json::carried(object)).collect();
    let carried: Vec<&[u8]> =
        carried.iter().map(Vec::as_slice).filter(|line| !line.starts_with(b"\t")).collect();
    let prefix = as_lines(&carried).filter(|prefix| prefix.tells_time() || prefix.tells_process());
    (own > 0 || prefix.is_some()).then(|| PostgresFormat::Json(prefix.unwrap_or_default()))
}

fn as_csv(lines: &[&[u8]]) -> Option<PostgresFormat> {
    // The first lines may be the end of a record; those of a record's text don't look like one.
    lines.iter().any(|line| csv::begins(line)).then_some(PostgresFormat::Csv)
}

fn as_pgbouncer(lines: &[&[u8]]) -> Option<PostgresFormat> {
    let own = lines.iter().filter(|line| pgbouncer::wrote(line)).count();
    (own * 2 > lines.len()).then_some(PostgresFormat::PgBouncer)
}

fn as_syslog(lines: &[&[u8]]) -> Option<PostgresFormat> {
    let texts: Vec<Vec<u8>> = lines.iter().filter_map(|line| syslog::text_of(line)).collect();
    if texts.len() * 2 < lines.len() {
        return None;
    }
    // Other programs write to the same log, so that few lines may be PostgreSQL's.
    let texts: Vec<&[u8]> = texts.iter().map(Vec::as_slice).filter(|text| speaks_so(text)).collect();
    let (prefix, fits, of) = prefix_of_lines(&texts)?;
    (fits * 2 > of).then_some(PostgresFormat::Syslog(prefix))
}

/// The prefix of these lines, if they are surely PostgreSQL's.
fn as_lines(lines: &[&[u8]]) -> Option<Prefix> {
    let spoken = lines.iter().filter(|line| speaks_so(line)).count();
    let (prefix, fits, of) = prefix_of_lines(lines)?;
    // What psql prints of a script looks alike, but the server didn't write it.
    if spoken * 2 < of || lines.iter().any(|line| line.starts_with(b"psql:")) {
        return None;
    }
    let sure = prefix.tells_time() || prefix.tells_process() || fits * 2 > lines.len();
    // Of statements that run over many lines most show no severity.
    (sure && fits * 2 > of && fits * 20 > lines.len()).then_some(prefix)
}

/// Whether a line has two blanks behind its severity: many programs write `ERROR: `, but only
/// PostgreSQL writes `ERROR:  `.
fn speaks_so(line: &[u8]) -> bool {
    Severity::find(line)
        .and_then(|at| Severity::at(&line[at..]).map(|(_, used)| at + used))
        .is_some_and(|text| line[..text].ends_with(b":  "))
}
