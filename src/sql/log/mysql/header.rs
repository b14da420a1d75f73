//! The block of `#` lines before a statement: who, when, how long, how many rows.

use crate::sql::eight;
use crate::sql::log::bytes::{self, position};
use crate::sql::log::{Entry, Flags};

use super::time::{credible, log_time, nanoseconds, number};

/// Longer than any word that tells a block from a comment.
pub(super) const LONGEST_START: usize = 32;

/// What the lines said so far; later lines win.
#[derive(Debug, Default)]
pub(super) struct Header<'a> {
    /// The entry, as far as the block tells.
    pub entry: Entry<'a>,
    measured: bool,
}

/// Whether a block may start here: the line begins like one of them.
pub(super) fn starts(rest: &[u8]) -> bool {
    let Some(text) = rest.strip_prefix(b"# ") else { return false };
    match text.first() {
        Some(b'T') => text.starts_with(b"Time: ") || text.starts_with(b"Thread_id: "),
        Some(b'U') => text.starts_with(b"User@Host: ") || text.starts_with(b"User: "),
        Some(b'Q') => text.starts_with(b"Query_time:"),
        Some(b'S') => text.starts_with(b"Schema: "),
        Some(b'C') => text.starts_with(b"Client: "),
        Some(b'a') => text.starts_with(b"administrator command: "),
        _ => false,
    }
}

/// Whether a block starts here even if the statement before it never ended: nobody writes such a
/// comment.
pub(super) fn starts_surely(rest: &[u8]) -> bool {
    if let Some(time) = rest.strip_prefix(b"# Time: ") {
        return time.first().is_some_and(u8::is_ascii_digit);
    }
    let Some(user) = rest.strip_prefix(b"# User@Host: ") else { return false };
    let line = &user[..position(user, b'\n').unwrap_or(user.len())];
    position(line, b'[').is_some() && position(line, b'@').is_some()
}

/// The command of the protocol that a line names.
pub(super) fn command(line: &[u8]) -> Option<&[u8]> {
    let command = line.strip_prefix(b"# administrator command: ")?.trim_ascii();
    Some(command.strip_suffix(b";").unwrap_or(command))
}

/// A number at the start and what follows the blanks behind it; nothing where it does not end there.
#[inline(always)]
fn number_at(text: &[u8]) -> Option<(u64, &[u8])> {
    let (value, used) = bytes::number(text)?;
    Some((value, next(text, used)?))
}

/// The same of seconds, in nanoseconds.
#[inline(always)]
fn seconds_at(text: &[u8]) -> Option<(Option<u64>, &[u8])> {
    let (value, used) = bytes::decimal(text, 9)?;
    Some((credible(value), next(text, used)?))
}

#[inline(always)]
fn next(text: &[u8], used: usize) -> Option<&[u8]> {
    match &text[used..] {
        [b' ', b' ', rest @ ..] | [b' ', rest @ ..] => Some(rest),
        [] => Some(b""),
        _ => None,
    }
}

impl<'a> Header<'a> {
    /// Whether this was a block of the log, and not a comment that looked like one.
    pub(super) fn says_anything(&self) -> bool {
        self.measured
    }

    /// Reads one line.
    pub(super) fn line(&mut self, line: &'a [u8]) {
        let Some(text) = line.strip_prefix(b"# ") else { return };
        match text.first() {
            Some(b'T') => {
                if let Some(time) = text.strip_prefix(b"Time: ") {
                    return self.time(time);
                }
            }
            Some(b'U') => {
                if let Some(user) = text.strip_prefix(b"User@Host: ").or_else(|| text.strip_prefix(b"User: "))
                {
                    return self.user(user);
                }
            }
            Some(b'e') if text.starts_with(b"explain: ") => return,
            _ => {}
        }
        let rest = self.measures(text);
        self.pairs(rest);
    }

    /// The line that every entry has, as every server begins it: `Query_time: 0.5  Lock_time: 0.1 Rows_sent: 1
    /// Rows_examined: 2`. Gives the rest, which is all of it where it begins otherwise.
    fn measures(&mut self, text: &'a [u8]) -> &'a [u8] {
        let Some((query, rest)) = text.strip_prefix(b"Query_time: ").and_then(seconds_at) else {
            return text;
        };
        let Some((lock, rest)) = rest.strip_prefix(b"Lock_time: ").and_then(seconds_at) else { return text };
        let Some((sent, rest)) = rest.strip_prefix(b"Rows_sent: ").and_then(number_at) else { return text };
        let Some((examined, rest)) = rest.strip_prefix(b"Rows_examined: ").and_then(number_at) else {
            return text;
        };
        self.entry.query_time_ns = query;
        self.entry.lock_time_ns = lock;
        self.entry.rows_sent = Some(sent);
        self.entry.rows_examined = Some(examined);
        self.measured = true;
        rest
    }

    fn time(&mut self, time: &'a [u8]) {
        self.entry.at_us = log_time(time);
        // Old servers put both into one line.
        if let Some(at) = position(time, b'#')
            && let Some(user) = time[at..].strip_prefix(b"# User@Host: ")
        {
            self.user(user);
        }
    }

    /// `root[root] @ localhost [127.0.0.1]  Id: 12`
    fn user(&mut self, text: &'a [u8]) {
        let (who, rest) = match position(text, b'@') {
            Some(at) => (&text[..at], &text[at + 1..]),
            None => (text, &b""[..]),
        };
        let name = position(who, b'[').filter(|at| *at > 0).unwrap_or(who.len());
        self.entry.user = who[..name].trim_ascii();
        let (host, rest) = match position(rest, b'[') {
            Some(at) => (rest[..at].trim_ascii(), &rest[at + 1..]),
            None => (rest.trim_ascii(), &b""[..]),
        };
        let close = position(rest, b']').unwrap_or(rest.len());
        self.entry.host = if host.is_empty() { &rest[..close] } else { host };
        if let Some(id) =
            rest[close..].strip_prefix(b"]").and_then(|rest| rest.trim_ascii_start().strip_prefix(b"Id:"))
        {
            self.entry.session = id.trim_ascii();
        }
    }

    /// `Query_time: 0.5  Lock_time: 0.1 Rows_sent: 1`: names and values in turn.
    fn pairs(&mut self, text: &'a [u8]) {
        let mut rest = text.trim_ascii_start();
        while let Some(colon) = position(rest, b':') {
            let name = &rest[..colon];
            let after = &rest[colon + 1..];
            let blanks = after.iter().take_while(|byte| **byte == b' ').count();
            // `Schema:  Last_errno: 0`: nothing, and not the next name.
            let value = &after[blanks..];
            let end = eight::either(value, 0, b' ', b'\t').unwrap_or(value.len());
            let value = &value[..end];
            if value.ends_with(b":") {
                self.pair(name, b"");
                rest = after[blanks..].trim_ascii_start();
                continue;
            }
            self.pair(name, value.trim_ascii_end());
            rest = after[blanks + end..].trim_ascii_start();
        }
    }

    fn pair(&mut self, name: &[u8], value: &'a [u8]) {
        match (name.first(), name.len()) {
            (Some(b'Q'), 10) if name == b"Query_time" => {
                self.entry.query_time_ns = nanoseconds(value);
                self.measured = true;
            }
            (Some(b'L'), 9) if name == b"Lock_time" => self.entry.lock_time_ns = nanoseconds(value),
            (Some(b'R'), 9) if name == b"Rows_sent" => self.entry.rows_sent = number(value),
            (Some(b'R'), 13) if name == b"Rows_examined" => self.entry.rows_examined = number(value),
            (Some(b'R'), 13) if name == b"Rows_affected" => self.entry.rows_affected = number(value),
            (Some(b'B'), 10) if name == b"Bytes_sent" => self.entry.bytes_sent = number(value),
            (Some(b'T'), 9) if name == b"Thread_id" => self.entry.session = value,
            (Some(b'I'), 2) if name == b"Id" => self.entry.session = value,
            (Some(b'S'), 6) if name == b"Schema" => self.entry.database = value,
            _ if value == b"Yes" => self.flag(name),
            _ => {}
        }
    }

    fn flag(&mut self, name: &[u8]) {
        let flag = match name {
            b"Full_scan" => Flags::FULL_SCAN,
            b"Full_join" => Flags::FULL_JOIN,
            b"Tmp_table" => Flags::TMP_TABLE,
            b"Tmp_table_on_disk" => Flags::TMP_TABLE_ON_DISK,
            b"Filesort" => Flags::FILESORT,
            b"Filesort_on_disk" => Flags::FILESORT_ON_DISK,
            b"QC_Hit" | b"QC_hit" => Flags::QUERY_CACHE_HIT,
            _ => return,
        };
        self.entry.flags = self.entry.flags.with(flag);
    }
}
