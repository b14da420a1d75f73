//! PostgreSQL's log as comma-separated values (csvlog), of versions 9.0 to 17: 23 columns, since 13
//! with the kind of process, since 14 with the leader and the query's id.

use memchr::{memchr, memchr_iter};

use super::joining::Joining;
use super::message::{Head, Message};
use super::severity::Severity;
use super::time::Clock;
use crate::sql::log::Entry;

/// Columns of the oldest version, and more than any to come should have.
const COLUMNS: std::ops::RangeInclusive<usize> = 22..=40;

/// The longest text with quotes in it, in bytes: they are copied without their doubling.
const LONGEST: usize = 1 << 20;

/// Reads records.
#[derive(Debug, Default)]
pub(super) struct Csv {
    clock: Clock,
    message: Vec<u8>,
    query: Vec<u8>,
}

/// A record's columns that are of use, as logged.
#[derive(Debug, Clone, Copy, Default)]
struct Record<'a> {
    columns: [&'a [u8]; 23],
    count: usize,
    /// The bytes it took, with its line's end.
    used: usize,
}

/// What stands at the start of the bytes.
enum Reading<'a> {
    Record(Record<'a>),
    /// More bytes will tell; what there is of it.
    Unfinished(Record<'a>),
    Garbage,
}

impl Csv {
    /// As [`Format::read`](crate::sql::log::Format::read).
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        last: bool,
        joining: &mut Joining,
        each: &mut dyn FnMut(&Entry<'_>),
    ) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            match record(rest, last) {
                Reading::Record(record) => {
                    if self.give(&record, false, joining, each) {
                        at += record.used;
                    } else {
                        match next_line(rest) {
                            Some(next) => at += next,
                            None => break,
                        }
                    }
                }
                Reading::Garbage => match next_line(rest) {
                    Some(next) => at += next,
                    None => break,
                },
                Reading::Unfinished(_) if !last => return at,
                Reading::Unfinished(record) => {
                    self.give(&record, true, joining, each);
                    match next_record(rest) {
                        Some(next) => at += next,
                        None => break,
                    }
                }
            }
        }
        if last { bytes.len() } else { at }
    }

    /// Gives a record's message, or says that it is none.
    fn give(
        &mut self,
        record: &Record<'_>,
        cut: bool,
        joining: &mut Joining,
        each: &mut dyn FnMut(&Entry<'_>),
    ) -> bool {
        let column = &record.columns;
        let Some((at, _)) = self.clock.stamp(bare(column[0])) else { return false };
        let Some(severity) = Severity::of(bare(column[11])) else { return false };
        let (text, long) = plain(column[13], &mut self.message);
        let (query, long_query) = plain(column[19], &mut self.query);
        let head = Head {
            at_us: Some(at),
            pid: bare(column[3]),
            session: bare(column[5]),
            user: bare(column[1]),
            database: bare(column[2]),
            host: bare(column[4]),
            application: bare(column[22]),
        };
        let cut = cut || long || long_query;
        joining.take(&Message { head, severity, text, statement: Some(query), cut }, each);
        true
    }
}

/// Whether a record of PostgreSQL's log begins here.
pub(super) fn begins(bytes: &[u8]) -> bool {
    let record = match record(bytes, true) {
        Reading::Record(record) | Reading::Unfinished(record) => record,
        Reading::Garbage => return false,
    };
    Clock::default().stamp(bare(record.columns[0])).is_some()
        && Severity::of(bare(record.columns[11])).is_some()
}

/// Reads one record's columns.
fn record(bytes: &[u8], last: bool) -> Reading<'_> {
    let mut record = Record::default();
    let mut at = 0;
    loop {
        let start = at;
        let quoted = bytes.get(at) == Some(&b'"');
        if quoted {
            // A quote inside is doubled, so the first single one is the end.
            let mut from = at + 1;
            let close = loop {
                let Some(quote) = memchr(b'"', &bytes[from..]) else {
                    record.put(&bytes[start..]);
                    return Reading::Unfinished(record);
                };
                let quote = from + quote;
                match bytes.get(quote + 1) {
                    Some(b'"') => from = quote + 2,
                    None if !last => {
                        record.put(&bytes[start..]);
                        return Reading::Unfinished(record);
                    }
                    None | Some(b',' | b'\n' | b'\r') => break quote,
                    // A record was cut, and the quote is one of the next's.
                    Some(_) => return Reading::Garbage,
                }
            };
            at = close + 1;
        } else {
            at +=
                bytes[at..].iter().position(|byte| matches!(byte, b',' | b'\n')).unwrap_or(bytes.len() - at);
        }
        record.put(&bytes[start..at]);
        if record.count > *COLUMNS.end() {
            return Reading::Garbage;
        }
        match bytes.get(at) {
            Some(b',') => at += 1,
            None if !last || !COLUMNS.contains(&record.count) => return Reading::Unfinished(record),
            _ => {
                let Some(end) = next_line(&bytes[at..]).or(last.then_some(bytes.len() - at)) else {
                    return Reading::Unfinished(record);
                };
                record.used = at + end;
                let whole = COLUMNS.contains(&record.count);
                return if whole { Reading::Record(record) } else { Reading::Garbage };
            }
        }
    }
}

impl<'a> Record<'a> {
    fn put(&mut self, column: &'a [u8]) {
        if let Some(place) = self.columns.get_mut(self.count) {
            *place = column;
        }
        self.count += 1;
    }
}

fn next_line(bytes: &[u8]) -> Option<usize> {
    memchr(b'\n', bytes).map(|end| end + 1)
}

/// Where the next line begins that looks like a record.
fn next_record(bytes: &[u8]) -> Option<usize> {
    memchr_iter(b'\n', bytes).map(|end| end + 1).find(|at| begins(&bytes[*at..]))
}

/// A column without its quotes.
fn bare(column: &[u8]) -> &[u8] {
    match column {
        [b'"', inner @ .., b'"'] => inner,
        [b'"', inner @ ..] => inner,
        _ => column.trim_ascii_end(),
    }
}

/// A column without its quotes, and those inside no longer doubled; and whether it was too long.
fn plain<'a>(column: &'a [u8], copy: &'a mut Vec<u8>) -> (&'a [u8], bool) {
    let inner = bare(column);
    let Some(first) = memchr(b'"', inner) else { return (inner, false) };
    copy.clear();
    let long = inner.len() > LONGEST;
    let mut rest = &inner[..inner.len().min(LONGEST)];
    let mut next = Some(first);
    while let Some(at) = next {
        copy.extend_from_slice(&rest[..=at]);
        rest = rest.get(at + 2..).unwrap_or_default();
        next = memchr(b'"', rest);
    }
    copy.extend_from_slice(rest);
    (copy, long)
}
