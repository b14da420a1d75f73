//! csvlog: 23 columns in version 12, 26 since 14; the ones that count have kept their places.

use memchr::{memchr, memchr_iter, memchr2};

use super::Record;
use super::time::Times;

/// Columns up to `application_name`.
const COLUMNS: usize = 23;

pub(super) fn read(
    bytes: &[u8],
    last: bool,
    times: &mut Times,
    scratch: &mut Vec<u8>,
    told: &mut dyn FnMut(&Record<'_>),
) -> usize {
    let mut at = 0;
    while at < bytes.len() {
        let mut fields = [&b""[..]; COLUMNS];
        let (end, cut) = match columns(&bytes[at..], &mut fields) {
            Some(end) => (at + end, false),
            None if last => (bytes.len(), true),
            None => return at,
        };
        if let Some(mut record) = record(&fields, times, scratch) {
            record.cut = cut;
            told(&record);
        }
        at = end;
    }
    bytes.len()
}

/// Cuts a record into its fields, with quotes taken off and doubled ones left in; gives where the next
/// record starts, or nothing where this one isn't whole.
fn columns<'a>(text: &'a [u8], fields: &mut [&'a [u8]; COLUMNS]) -> Option<usize> {
    let (mut at, mut column) = (0, 0);
    loop {
        let (field, end) = if text.get(at) == Some(&b'"') {
            let mut from = at + 1;
            let end = loop {
                let Some(found) = memchr(b'"', &text[from..]) else {
                    keep(fields, column, &text[at + 1..]);
                    return None;
                };
                from += found + 1;
                if text.get(from) != Some(&b'"') {
                    break from;
                }
                from += 1;
            };
            (&text[at + 1..end - 1], end)
        } else {
            let Some(found) = memchr2(b',', b'\n', &text[at..]) else {
                keep(fields, column, &text[at..]);
                return None;
            };
            (&text[at..at + found], at + found)
        };
        keep(fields, column, field);
        match text.get(end) {
            Some(b',') => {
                at = end + 1;
                column += 1;
            }
            Some(b'\n') => return Some(end + 1),
            // A quote in the middle of a field: garbage. The next line is tried.
            Some(_) => return Some(memchr(b'\n', &text[end..]).map_or(text.len(), |found| end + found + 1)),
            None => return None,
        }
    }
}

fn keep<'a>(fields: &mut [&'a [u8]; COLUMNS], column: usize, field: &'a [u8]) {
    if let Some(place) = fields.get_mut(column) {
        *place = field;
    }
}

fn record<'a>(
    fields: &[&'a [u8]; COLUMNS],
    times: &mut Times,
    scratch: &'a mut Vec<u8>,
) -> Option<Record<'a>> {
    let (at_us, _) = times.read(fields[0])?;
    let message = unescaped(fields[13], scratch);
    Some(Record {
        at_us: Some(at_us),
        user: fields[1],
        database: fields[2],
        host: host(fields[4]),
        application: fields[22],
        session: fields[3],
        severity: fields[11],
        message: message.trim_ascii_end(),
        cut: false,
    })
}

/// Doubled quotes are one; most messages have none and are not copied.
fn unescaped<'a>(field: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
    let mut quotes = memchr_iter(b'"', field);
    let Some(first) = quotes.next() else { return field };
    scratch.clear();
    let mut from = 0;
    let mut at = first;
    loop {
        scratch.extend_from_slice(&field[from..=at]);
        from = at + 1 + usize::from(field.get(at + 1) == Some(&b'"'));
        match memchr(b'"', &field[from..]) {
            Some(found) => at = from + found,
            None => break,
        }
    }
    scratch.extend_from_slice(&field[from..]);
    scratch
}

/// `10.0.0.7:5432`, `[local]`
fn host(from: &[u8]) -> &[u8] {
    &from[..from.iter().rposition(|byte| *byte == b':').unwrap_or(from.len())]
}

pub(super) fn is_record(line: &[u8]) -> bool {
    let mut fields = [&b""[..]; COLUMNS];
    let _ = columns(line, &mut fields);
    Times::default().read(fields[0]).is_some()
        && matches!(fields[11], b"LOG" | b"ERROR" | b"FATAL" | b"PANIC" | b"WARNING" | b"NOTICE" | b"INFO")
        && fields[12].len() == 5
}
