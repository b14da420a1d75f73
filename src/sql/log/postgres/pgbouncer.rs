//! PgBouncer's log: who came and went between the program and the database, and what failed.
//! It has no statements.

use memchr::memchr;

use super::time::Clock;
use crate::sql::log::bytes::{chomp, number, split, without_port};
use crate::sql::log::{Entry, Event, Kind};

/// A line taken apart: when, how grave, of which connection (`C-0x55:`), of whom, and the rest.
struct Line<'a> {
    at_us: i64,
    level: &'a [u8],
    connection: &'a [u8],
    /// `database/user@host:port`.
    whom: &'a [u8],
    text: &'a [u8],
}

/// As [`Format::read`](crate::sql::log::Format::read); each line is an entry of its own.
pub(super) fn read(clock: &mut Clock, bytes: &[u8], last: bool, each: &mut dyn FnMut(&Entry<'_>)) -> usize {
    let mut at = 0;
    while at < bytes.len() {
        let (end, cut) = match memchr(b'\n', &bytes[at..]) {
            Some(length) => (at + length, false),
            None if last => (bytes.len(), true),
            None => return at,
        };
        if let Some(entry) = line(chomp(&bytes[at..end]), clock).and_then(|line| entry(&line)) {
            each(&Entry { cut, ..entry });
        }
        at = end + 1;
    }
    bytes.len().min(at)
}

/// Whether PgBouncer wrote this line.
pub(super) fn wrote(text: &[u8]) -> bool {
    line(chomp(text), &mut Clock::default()).is_some()
}

fn line<'a>(line: &'a [u8], clock: &mut Clock) -> Option<Line<'a>> {
    let (at_us, used) = clock.stamp(line)?;
    let rest = line[used..].strip_prefix(b" ")?;
    // Since version 1.12 the process stands in brackets.
    let (bracket, rest) = match rest.strip_prefix(b"[") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let (_, used) = number(rest)?;
    let rest = rest[used..].strip_prefix(if bracket { &b"] "[..] } else { b" " })?;
    let (level, text) = split(rest, b" ")?;
    if !matches!(level, b"LOG" | b"WARNING" | b"ERROR" | b"FATAL" | b"DEBUG" | b"NOISE") {
        return None;
    }
    let (mut connection, mut whom, mut text) = (&b""[..], &b""[..], text);
    if matches!(text, [b'C' | b'S', b'-', b'0', b'x', ..])
        && let Some((id, rest)) = split(text, b": ")
        && let Some((who, rest)) = split(rest, b" ")
    {
        (connection, whom, text) = (id, who, rest);
    }
    Some(Line { at_us, level, connection, whom, text })
}

fn entry<'a>(line: &Line<'a>) -> Option<Entry<'a>> {
    let client = line.connection.starts_with(b"C-");
    let event = if client && line.text.starts_with(b"login attempt:") {
        Event::Connection
    } else if client && line.text.starts_with(b"closing because:") {
        Event::Disconnection
    } else if line.level == b"FATAL" {
        Event::Fatal
    } else if line.level == b"ERROR" || line.text.starts_with(b"pooler error:") {
        Event::Error
    } else if line.level == b"WARNING" {
        Event::Warning
    } else {
        return None;
    };
    let age = memchr::memmem::rfind(line.text, b"(age=").and_then(|at| number(&line.text[at + 5..]));
    let (database, who) = split(line.whom, b"/").unwrap_or((b"", b""));
    let (user, host) = split(who, b"@").unwrap_or((b"", b""));
    Some(Entry {
        kind: Kind::Event(event, line.text),
        at_us: Some(line.at_us),
        query_time_ns: age
            .filter(|_| event == Event::Disconnection)
            .and_then(|(seconds, _)| seconds.checked_mul(1_000_000_000)),
        user,
        host: without_port(host),
        database,
        session: line.connection,
        ..Entry::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_coming_and_going_are_told_from_servers() {
        let log = b"2018-09-12 16:09:05.313 3394 LOG C-0x5a: shop/ann@127.0.0.1:43866 login attempt: db=shop user=ann\n\
            2018-09-12 16:09:05.313 3394 LOG S-0x5b: shop/ann@127.0.0.1:5432 new connection to server\n\
            2023-01-02 16:09:05.350 UTC [3394] LOG C-0x5a: shop/ann@127.0.0.1:43866 closing because: client close request (age=7s)\n\
            2023-01-02 16:09:05.350 UTC [3394] WARNING C-0x5a: shop/ann@127.0.0.1:43866 pooler error: no more connections\n";
        let mut seen = Vec::new();
        read(&mut Clock::default(), log, true, &mut |entry| {
            assert_eq!(
                (entry.user, entry.database, entry.host),
                (&b"ann"[..], &b"shop"[..], &b"127.0.0.1"[..])
            );
            let Kind::Event(event, _) = entry.kind else { panic!("only events") };
            seen.push((event, entry.query_time_ns));
        });
        let closed = (Event::Disconnection, Some(7_000_000_000));
        assert_eq!(seen, [(Event::Connection, None), closed, (Event::Error, None)]);
    }
}
