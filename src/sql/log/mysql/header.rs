//! The block of `#` lines before a statement: who, when, how long, how many rows.

use crate::sql::log::{Entry, Flags};

use super::time::{log_time, nanoseconds, number};

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
    const WORDS: [&[u8]; 9] = [
        b"# Time: ",
        b"# User@Host: ",
        b"# User: ",
        b"# Thread_id: ",
        b"# Query_time: ",
        b"# Schema: ",
        b"# Client: ",
        b"# administrator command: ",
        b"# Query_time:",
    ];
    rest.starts_with(b"# ") && WORDS.iter().any(|word| rest.starts_with(word))
}

/// Whether a block starts here even if the statement before it never ended: nobody writes such a
/// comment.
pub(super) fn starts_surely(rest: &[u8]) -> bool {
    if let Some(time) = rest.strip_prefix(b"# Time: ") {
        return time.first().is_some_and(u8::is_ascii_digit);
    }
    let Some(user) = rest.strip_prefix(b"# User@Host: ") else { return false };
    let line = &user[..user.iter().position(|byte| *byte == b'\n').unwrap_or(user.len())];
    line.contains(&b'[') && line.contains(&b'@')
}

/// The command of the protocol that a line names.
pub(super) fn command(line: &[u8]) -> Option<&[u8]> {
    let command = line.strip_prefix(b"# administrator command: ")?.trim_ascii();
    Some(command.strip_suffix(b";").unwrap_or(command))
}

impl<'a> Header<'a> {
    /// Whether this was a block of the log, and not a comment that looked like one.
    pub(super) fn says_anything(&self) -> bool {
        self.measured
    }

    /// Reads one line.
    pub(super) fn line(&mut self, line: &'a [u8]) {
        let Some(text) = line.strip_prefix(b"# ") else { return };
        if let Some(time) = text.strip_prefix(b"Time: ") {
            self.entry.at_us = log_time(time);
            // Old servers put both into one line.
            if let Some(at) = memchr::memchr(b'#', time)
                && let Some(user) = time[at..].strip_prefix(b"# User@Host: ")
            {
                self.user(user);
            }
            return;
        }
        if let Some(user) = text.strip_prefix(b"User@Host: ").or_else(|| text.strip_prefix(b"User: ")) {
            return self.user(user);
        }
        if text.starts_with(b"explain: ") {
            return;
        }
        self.pairs(text);
    }

    /// `root[root] @ localhost [127.0.0.1]  Id: 12`
    fn user(&mut self, text: &'a [u8]) {
        let (who, rest) = match text.iter().position(|byte| *byte == b'@') {
            Some(at) => (&text[..at], &text[at + 1..]),
            None => (text, &b""[..]),
        };
        let name = who.iter().position(|byte| *byte == b'[').filter(|at| *at > 0).unwrap_or(who.len());
        self.entry.user = who[..name].trim_ascii();
        let (host, rest) = match rest.iter().position(|byte| *byte == b'[') {
            Some(at) => (rest[..at].trim_ascii(), &rest[at + 1..]),
            None => (rest.trim_ascii(), &b""[..]),
        };
        let close = rest.iter().position(|byte| *byte == b']').unwrap_or(rest.len());
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
        while let Some(colon) = rest.iter().position(|byte| *byte == b':') {
            let name = &rest[..colon];
            let after = &rest[colon + 1..];
            let blanks = after.iter().take_while(|byte| **byte == b' ').count();
            // `Schema:  Last_errno: 0`: nothing, and not the next name.
            let value = &after[blanks..];
            let end = value.iter().position(|byte| *byte == b' ' || *byte == b'\t').unwrap_or(value.len());
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
        match name {
            b"Query_time" => {
                self.entry.query_time_ns = nanoseconds(value);
                self.measured = true;
            }
            b"Lock_time" => self.entry.lock_time_ns = nanoseconds(value),
            b"Rows_sent" => self.entry.rows_sent = number(value),
            b"Rows_examined" => self.entry.rows_examined = number(value),
            b"Rows_affected" => self.entry.rows_affected = number(value),
            b"Bytes_sent" => self.entry.bytes_sent = number(value),
            b"Thread_id" | b"Id" => self.entry.session = value,
            b"Schema" => self.entry.database = value,
            b"Full_scan" => self.flag(Flags::FULL_SCAN, value),
            b"Full_join" => self.flag(Flags::FULL_JOIN, value),
            b"Tmp_table" => self.flag(Flags::TMP_TABLE, value),
            b"Tmp_table_on_disk" => self.flag(Flags::TMP_TABLE_ON_DISK, value),
            b"Filesort" => self.flag(Flags::FILESORT, value),
            b"Filesort_on_disk" => self.flag(Flags::FILESORT_ON_DISK, value),
            b"QC_Hit" | b"QC_hit" => self.flag(Flags::QUERY_CACHE_HIT, value),
            _ => {}
        }
    }

    fn flag(&mut self, flag: Flags, value: &[u8]) {
        if value == b"Yes" {
            self.entry.flags = self.entry.flags.with(flag);
        }
    }
}
