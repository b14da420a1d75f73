//! The log on standard error: a prefix, a severity, a message. Further lines of a message start with a
//! tab, which the server puts there.

use memchr::{memchr, memmem};

use super::Record;
use super::prefix::Prefix;
use super::time::Times;

/// A severity stands within so many bytes of the line's start.
const LONGEST_PREFIX: usize = 512;

pub(super) fn read(bytes: &[u8], last: bool, times: &mut Times, told: &mut dyn FnMut(&Record<'_>)) -> usize {
    let mut at = 0;
    while at < bytes.len() {
        let Some((end, cut)) = end_of_record(bytes, at, last) else { return at };
        if let Some(mut record) = record(&bytes[at..end], times) {
            record.cut = cut && matches!(record.severity, b"LOG");
            told(&record);
        }
        at = end;
    }
    bytes.len()
}

/// Where the record that starts at `at` ends, and whether its end is missing.
fn end_of_record(bytes: &[u8], at: usize, last: bool) -> Option<(usize, bool)> {
    let mut from = at;
    loop {
        let Some(found) = memchr(b'\n', &bytes[from..]) else {
            return last.then_some((bytes.len(), true));
        };
        from += found + 1;
        match bytes.get(from) {
            Some(b'\t') => {}
            Some(_) => return Some((from, false)),
            // Whether a further line follows isn't known yet.
            None => return last.then_some((bytes.len(), false)),
        }
    }
}

/// Reads one record; nothing where it is none, e.g. what a tool wrote between them.
pub(super) fn record<'a>(text: &'a [u8], times: &mut Times) -> Option<Record<'a>> {
    let (prefix, severity, message) = parts(text)?;
    let Prefix { at_us, user, database, host, application, session } =
        if severity == b"LOG" || !is_addition(severity) {
            Prefix::read(prefix, times)
        } else {
            Prefix::default()
        };
    Some(Record {
        at_us,
        user,
        database,
        host,
        application,
        session,
        severity,
        message: message.trim_ascii_end(),
        cut: false,
    })
}

/// Prefix, severity and message.
fn parts(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let head = &text[..text.len().min(LONGEST_PREFIX)];
    let mut from = 0;
    while let Some(found) = memmem::find(&head[from..], b":  ") {
        let colon = from + found;
        let start =
            head[..colon].iter().rposition(|byte| !byte.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
        let severity = &head[start..colon];
        if is_severity(severity) {
            return Some((&text[..start], severity, &text[colon + 3..]));
        }
        from = colon + 3;
    }
    None
}

fn is_severity(word: &[u8]) -> bool {
    is_addition(word)
        || matches!(word, b"LOG" | b"ERROR" | b"FATAL" | b"PANIC" | b"WARNING" | b"NOTICE" | b"INFO")
        || (word.starts_with(b"DEBUG") && word.len() == 6)
}

/// What belongs to the record before.
fn is_addition(word: &[u8]) -> bool {
    matches!(word, b"STATEMENT" | b"DETAIL" | b"HINT" | b"CONTEXT" | b"QUERY" | b"LOCATION")
}

/// Whether a line is a record of a database, and not of some other program.
pub(super) fn is_record(line: &[u8]) -> bool {
    let Some((prefix, severity, _)) = parts(line) else { return false };
    matches!(severity, b"LOG" | b"ERROR" | b"FATAL" | b"PANIC" | b"STATEMENT" | b"WARNING")
        && (prefix.is_empty() || prefix.iter().any(u8::is_ascii_digit) || prefix.ends_with(b" "))
}
