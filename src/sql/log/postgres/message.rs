//! One message of PostgreSQL's log, the same for all formats, and what it means. The words are the
//! server's own (English), of versions 9.0 to 17.

use super::severity::Severity;
use crate::sql::log::bytes::{decimal, known, number, split, without_port};
use crate::sql::log::{Entry, Event, Kind};

/// Who wrote a message, and when.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Head<'a> {
    pub(super) at_us: Option<i64>,
    pub(super) pid: &'a [u8],
    pub(super) session: &'a [u8],
    pub(super) user: &'a [u8],
    pub(super) database: &'a [u8],
    /// With or without its port.
    pub(super) host: &'a [u8],
    pub(super) application: &'a [u8],
}

impl<'a> Head<'a> {
    /// Tells the process among those of this log; 0 where the log doesn't.
    pub(super) fn process(&self) -> u64 {
        match number(self.pid) {
            Some((pid, _)) => pid,
            // FNV-1a: sessions are a few bytes, written by the server.
            None => self.session.iter().fold(0, |hash: u64, byte| {
                (if hash == 0 { 0xcbf2_9ce4_8422_2325 } else { hash } ^ u64::from(*byte))
                    .wrapping_mul(0x0100_0000_01b3)
            }),
        }
    }

    fn entry(&self) -> Entry<'a> {
        Entry {
            at_us: self.at_us,
            user: known(self.user),
            host: without_port(known(self.host)),
            database: known(self.database),
            session: if self.session.is_empty() { self.pid } else { self.session },
            application: known(self.application),
            ..Entry::default()
        }
    }
}

/// One message. Formats of lines give its details and its statement as messages of their own;
/// those of columns give the statement at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a> {
    pub(super) head: Head<'a>,
    pub(super) severity: Severity,
    pub(super) text: &'a [u8],
    /// The statement it arose in; `None` if it may follow.
    pub(super) statement: Option<&'a [u8]>,
    pub(super) cut: bool,
}

/// What a message means.
#[derive(Debug)]
pub(super) enum Meaning<'a> {
    /// An entry, whole.
    Entry(Entry<'a>),
    /// An event whose statement may follow.
    Event(Entry<'a>),
    /// A statement whose duration may follow: the server logs it before it runs.
    Begun(Entry<'a>),
    /// How long what was logged before it took.
    Took(Entry<'a>),
    /// It ended what its process had begun, though it is nothing to count itself.
    Nothing,
}

impl<'a> Message<'a> {
    /// Reads the message.
    pub(super) fn meaning(&self) -> Meaning<'a> {
        let mut entry = self.head.entry();
        entry.cut = self.cut;
        let text = self.text;
        let event = match self.severity {
            Severity::Log => return logged(text, entry),
            Severity::Error if text.starts_with(b"deadlock detected") => Event::Deadlock,
            Severity::Error if text.starts_with(b"canceling ") => Event::Cancelled,
            Severity::Error => Event::Error,
            Severity::Fatal => Event::Fatal,
            Severity::Panic => Event::Panic,
            Severity::Warning => Event::Warning,
            Severity::Chatter | Severity::Statement | Severity::Detail => return Meaning::Nothing,
        };
        entry.kind = Kind::Event(event, without_place(text));
        Meaning::Event(entry)
    }
}

/// What the server says without being asked: mostly a statement and its duration.
fn logged<'a>(text: &'a [u8], mut entry: Entry<'a>) -> Meaning<'a> {
    if let Some((ns, kind)) = ran(text) {
        entry.query_time_ns = Some(ns);
        return match kind {
            Some(kind) => {
                entry.kind = kind;
                Meaning::Entry(entry)
            }
            None => Meaning::Took(entry),
        };
    }
    if let Some(statement) = statement(text) {
        entry.kind = Kind::Statement(statement);
        return Meaning::Begun(entry);
    }
    happened(text, &entry).unwrap_or(Meaning::Nothing)
}

/// Without ` at character 15`, which lines add and columns don't.
fn without_place(text: &[u8]) -> &[u8] {
    let digits = text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return text;
    }
    text[..text.len() - digits].strip_suffix(b" at character ").unwrap_or(text)
}

/// `duration: 1.234 ms`, in nanoseconds, alone or with what took it.
fn ran(text: &[u8]) -> Option<(u64, Option<Kind<'_>>)> {
    let text = text.strip_prefix(b"duration: ")?;
    let (ns, used) = decimal(text, 6)?;
    let what = text[used..].strip_prefix(b" ms")?;
    let words = what.trim_ascii_start();
    // Whatever stands on further lines got there by accident.
    if words.is_empty() || what[..what.len() - words.len()].contains(&b'\n') {
        return Some((ns, None));
    }
    let kind = if let Some(plan) = words.strip_prefix(b"plan:") {
        let (statement, plan) = planned(plan);
        Kind::Plan(statement, plan)
    } else if let Some(statement) = statement(words) {
        Kind::Statement(statement)
    } else if words.starts_with(b"parse ") || words.starts_with(b"bind ") {
        // Its text is the statement's, and stands again where that is executed.
        Kind::Event(Event::Preparation, b"")
    } else if words.starts_with(b"fastpath ") {
        Kind::Command(b"Fastpath")
    } else {
        return None;
    };
    Some((ns, Some(kind)))
}

/// The statement behind `statement: ` or `execute name: `, which is also logged alone, before it runs.
fn statement(text: &[u8]) -> Option<&[u8]> {
    let statement = match text.strip_prefix(b"statement: ") {
        Some(statement) => statement,
        // The name is the client's; the text begins after its colon.
        None => split(text.strip_prefix(b"execute ")?, b": ")?.1,
    };
    Some(statement.trim_ascii())
}

/// A plan of `auto_explain` as the statement and the plan, whichever way it is formatted. The
/// parameters that version 16 adds are in neither.
fn planned(text: &[u8]) -> (&[u8], &[u8]) {
    let text = text.trim_ascii();
    // The plan of a text begins at the line that tells the cost of its top node.
    if let Some(rest) = text.strip_prefix(b"Query Text: ") {
        let Some(cost) = memchr::memmem::find(rest, b"  (cost=") else { return (rest, b"") };
        let start = memchr::memrchr(b'\n', &rest[..cost]).map_or(0, |at| at + 1);
        let statement = rest[..start].trim_ascii_end();
        let statement = match memchr::memmem::rfind(statement, b"\nQuery Parameters: ") {
            Some(at) => &statement[..at],
            None => statement,
        };
        return (statement.trim_ascii_end(), &rest[start..]);
    }
    let quoted: [(&[u8], &[u8]); 3] =
        [(b"\"Query Text\": \"", b"\""), (b"Query Text: \"", b"\""), (b"<Query-Text>", b"<")];
    for (open, close) in quoted {
        if let Some((_, rest)) = split(text, open) {
            return (until_unescaped(rest, close[0]), text);
        }
    }
    (b"", text)
}

/// Up to the first `mark` that no backslash stands before.
fn until_unescaped(text: &[u8], mark: u8) -> &[u8] {
    let mut escaped = false;
    let end = text.iter().position(|byte| {
        let here = *byte == mark && !escaped;
        escaped = *byte == b'\\' && !escaped;
        here
    });
    &text[..end.unwrap_or(text.len())]
}

/// What the server did by itself or tells about a session.
fn happened<'a>(text: &'a [u8], entry: &Entry<'a>) -> Option<Meaning<'a>> {
    let starts = |words: &[u8]| text.starts_with(words);
    let entry = |event| Entry { kind: Kind::Event(event, without_place(text)), ..entry.clone() };
    let meaning = if starts(b"connection authorized:") || starts(b"replication connection authorized:") {
        Meaning::Entry(entry(Event::Connection))
    } else if let Some(rest) = text.strip_prefix(b"disconnection: session time: ") {
        Meaning::Entry(Entry { query_time_ns: hours_ns(rest), ..entry(Event::Disconnection) })
    } else if starts(b"temporary file: ") {
        let size = memchr::memmem::rfind(text, b"size ").and_then(|at| number(&text[at + 5..]));
        Meaning::Event(Entry { bytes_sent: size.map(|(size, _)| size), ..entry(Event::TemporaryFile) })
    } else if starts(b"process ") {
        let waits = memchr::memmem::find(text, b" still waiting for ").is_some();
        if !waits && memchr::memmem::find(text, b" acquired ").is_none() {
            return None;
        }
        let waited = memchr::memmem::rfind(text, b" after ").and_then(|at| decimal(&text[at + 7..], 6));
        let event = if waits { Event::LockWait } else { Event::LockAcquired };
        Meaning::Event(Entry { lock_time_ns: waited.map(|(ns, _)| ns), ..entry(event) })
    } else if starts(b"checkpoint complete:") || starts(b"restartpoint complete:") {
        Meaning::Entry(Entry { query_time_ns: seconds_ns(text, b"total="), ..entry(Event::Checkpoint) })
    } else if starts(b"checkpoints are occurring too frequently") {
        Meaning::Entry(entry(Event::Warning))
    } else if starts(b"automatic ") {
        Meaning::Entry(Entry { query_time_ns: elapsed_ns(text), ..entry(Event::Autovacuum) })
    } else {
        return None;
    };
    Some(meaning)
}

/// `elapsed: 0.02 s` of today, `elapsed 0.08 sec` before version 10.
fn elapsed_ns(text: &[u8]) -> Option<u64> {
    seconds_ns(text, b"elapsed: ").or_else(|| seconds_ns(text, b"elapsed "))
}

/// The seconds behind the last `mark`, in nanoseconds.
fn seconds_ns(text: &[u8], mark: &[u8]) -> Option<u64> {
    let at = memchr::memmem::rfind(text, mark)? + mark.len();
    decimal(&text[at..], 9).map(|(ns, _)| ns)
}

/// `0:00:00.026`, in nanoseconds.
fn hours_ns(text: &[u8]) -> Option<u64> {
    let (hours, used) = number(text)?;
    let rest = text[used..].strip_prefix(b":")?;
    let (minutes, used) = number(rest)?;
    let (seconds, _) = decimal(rest[used..].strip_prefix(b":")?, 9)?;
    let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
    minutes.checked_mul(60_000_000_000)?.checked_add(seconds)
}
