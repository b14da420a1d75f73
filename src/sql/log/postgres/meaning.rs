//! What a record means: a statement and how long it took, or something else that counts.
//!
//! With `log_statement` a statement is logged when it begins, and its duration later, without it: the
//! two are joined by their process.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use memchr::memmem;

use super::Record;
use crate::sql::log::{Entry, Event, Kind};

/// Processes whose statement waits for its duration at the same time.
const MOST_WAITING: usize = 1_024;
/// A statement that waits is kept up to this length; what is behind it rarely makes another class.
const LONGEST_WAITING: usize = 16_384;

/// Statements that began.
#[derive(Debug, Default)]
pub(super) struct Meaning {
    waiting: HashMap<Box<[u8]>, Waiting, FixedState>,
}

#[derive(Debug, Default)]
struct Waiting {
    statement: Vec<u8>,
    at_us: Option<i64>,
    user: Vec<u8>,
    database: Vec<u8>,
    cut: bool,
}

impl Meaning {
    /// Tells what a record means.
    pub(super) fn of(&mut self, record: &Record<'_>, each: &mut dyn FnMut(&Entry<'_>)) {
        match record.severity {
            b"LOG" => self.log(record, each),
            b"ERROR" => {
                let event = if record.message.starts_with(b"canceling statement due to") {
                    Event::Cancelled
                } else if record.message.starts_with(b"deadlock detected") {
                    Event::Deadlock
                } else {
                    Event::Error
                };
                self.event(record, event, each);
            }
            b"FATAL" => self.event(record, Event::Fatal, each),
            b"PANIC" => self.event(record, Event::Panic, each),
            b"WARNING" => self.event(record, Event::Warning, each),
            // DETAIL, HINT, STATEMENT, CONTEXT: they belong to a record before, and may hold values.
            _ => {}
        }
    }

    fn log(&mut self, record: &Record<'_>, each: &mut dyn FnMut(&Entry<'_>)) {
        let message = record.message;
        if let Some(rest) = message.strip_prefix(b"duration: ") {
            return self.duration(record, rest, each);
        }
        if let Some(statement) = message.strip_prefix(b"statement: ") {
            return self.began(record, statement, each);
        }
        // `execute name: ...` of log_statement, for the extended protocol.
        if message.starts_with(b"execute ")
            && let Some((_, statement)) = step(message)
        {
            return self.began(record, statement, each);
        }
        let event = match message {
            [b't', b'e', b'm', b'p', ..] if message.starts_with(b"temporary file: ") => Event::TemporaryFile,
            [b'p', b'r', b'o', b'c', ..] if memmem::find(message, b" still waiting for ").is_some() => {
                Event::LockWait
            }
            [b'c', b'h', b'e', ..] if message.starts_with(b"checkpoint complete") => Event::Checkpoint,
            [b'a', b'u', b't', ..] if message.starts_with(b"automatic ") => Event::Autovacuum,
            [b'c', b'o', b'n', ..] if message.starts_with(b"connection received") => Event::Connection,
            [b'd', b'i', b's', ..] if message.starts_with(b"disconnection: ") => Event::Disconnection,
            _ => return,
        };
        self.event(record, event, each);
    }

    fn event(&mut self, record: &Record<'_>, event: Event, each: &mut dyn FnMut(&Entry<'_>)) {
        let size = (event == Event::TemporaryFile)
            .then(|| memmem::rfind(record.message, b", size "))
            .flatten()
            .and_then(|at| number(&record.message[at + 7..]));
        each(&Entry { kind: Kind::Event(event, record.message), bytes_sent: size, ..entry(record) });
    }

    /// `1.234 ms  statement: select ...`
    fn duration(&mut self, record: &Record<'_>, text: &[u8], each: &mut dyn FnMut(&Entry<'_>)) {
        let Some(ms) = memmem::find(text, b" ms") else { return };
        let Some(time) = nanoseconds(&text[..ms]) else { return };
        let rest = text[ms + 3..].trim_ascii_start();
        let timed = Entry { query_time_ns: Some(time), ..entry(record) };
        if rest.is_empty() {
            if let Some(waiting) = self.waiting.remove(record.session) {
                waiting.give(record, Some(time), each);
            }
            return;
        }
        if let Some(statement) = rest.strip_prefix(b"statement: ") {
            return each(&Entry { kind: Kind::Statement(statement.trim_ascii()), ..timed });
        }
        if let Some(plan) = rest.strip_prefix(b"plan:") {
            return each(&Entry { kind: Kind::Plan(b"", plan.trim_ascii()), ..timed });
        }
        match step(rest) {
            Some((b"execute", statement)) => {
                each(&Entry { kind: Kind::Statement(statement.trim_ascii()), ..timed })
            }
            // What comes before the execution is no call of its own.
            Some(_) => each(&Entry { kind: Kind::Event(Event::Preparation, b""), ..timed }),
            None => {}
        }
    }

    fn began(&mut self, record: &Record<'_>, statement: &[u8], each: &mut dyn FnMut(&Entry<'_>)) {
        // One that never got its duration ran all the same.
        if let Some(earlier) = self.waiting.remove(record.session) {
            earlier.give(record, None, each);
        }
        if self.waiting.len() >= MOST_WAITING {
            self.end(each);
        }
        let kept = &statement[..statement.len().min(LONGEST_WAITING)];
        self.waiting.insert(
            record.session.into(),
            Waiting {
                statement: kept.to_vec(),
                at_us: record.at_us,
                user: record.user.to_vec(),
                database: record.database.to_vec(),
                cut: record.cut,
            },
        );
    }

    /// Gives the statements that still wait: the log ended before their duration, or never says it.
    pub(super) fn end(&mut self, each: &mut dyn FnMut(&Entry<'_>)) {
        let mut waiting: Vec<_> = self.waiting.drain().collect();
        waiting
            .sort_by(|(one, left), (other, right)| left.at_us.cmp(&right.at_us).then_with(|| one.cmp(other)));
        for (session, waiting) in waiting {
            let record = Record { session: &session, ..Record::default() };
            waiting.give(&record, None, each);
        }
    }
}

impl Waiting {
    fn give(&self, record: &Record<'_>, query_time_ns: Option<u64>, each: &mut dyn FnMut(&Entry<'_>)) {
        each(&Entry {
            kind: Kind::Statement(self.statement.trim_ascii()),
            at_us: self.at_us,
            query_time_ns,
            user: &self.user,
            database: &self.database,
            cut: self.cut,
            ..Entry { at_us: None, ..entry(record) }
        });
    }
}

fn entry<'a>(record: &Record<'a>) -> Entry<'a> {
    Entry {
        at_us: record.at_us,
        user: record.user,
        host: record.host,
        database: record.database,
        session: record.session,
        application: record.application,
        cut: record.cut,
        ..Entry::default()
    }
}

/// `execute name: select ...`: which step, and its statement. Names hold no colon and blank.
fn step(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let verb = text.iter().position(|byte| *byte == b' ')?;
    let name = memmem::find(&text[verb..], b": ")?;
    (name < 200).then(|| (&text[..verb], &text[verb + name + 2..]))
}

fn number(text: &[u8]) -> Option<u64> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&text[..digits]).ok()?.parse().ok()
}

/// Milliseconds with up to six decimals, in nanoseconds: exact.
fn nanoseconds(text: &[u8]) -> Option<u64> {
    let (mut value, mut decimals, mut dot) = (0_u64, 0_u32, false);
    for byte in text {
        match byte {
            b'0'..=b'9' if decimals < 6 => {
                value = value.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
                decimals += u32::from(dot);
            }
            b'0'..=b'9' => {}
            b'.' if !dot => dot = true,
            _ => return None,
        }
    }
    if text.is_empty() { None } else { value.checked_mul(10_u64.pow(6 - decimals)) }
}
