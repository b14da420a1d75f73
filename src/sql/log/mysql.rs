//! The slow log of MySQL, Percona Server and MariaDB. An entry is a block of `#` lines, perhaps
//! `use` and `SET timestamp`, and a statement that reaches to the next block. Nothing marks its end:
//! a block is told from a comment in a statement by what is in it, and by the `;` before it.
//!
//! <https://dev.mysql.com/doc/refman/8.4/en/slow-query-log.html>,
//! <https://mariadb.com/docs/server/server-management/server-monitoring-logs/slow-query-log>

mod body;
mod header;
mod time;

#[cfg(test)]
mod tests;

use memchr::{memchr, memchr_iter, memmem};

use super::{Entry, Format, Kind};
use body::Body;
use header::Header;
pub(super) use time::mysql_time;

/// The slow log's format, and what it has to remember: the second of the last `# Time:`, since it is
/// written only when the second changes.
#[derive(Debug, Default)]
pub struct SlowLog {
    at_us: Option<i64>,
}

impl Format for SlowLog {
    fn read(&mut self, bytes: &[u8], last: bool, each: &mut dyn FnMut(&Entry<'_>)) -> usize {
        let mut at = 0;
        loop {
            // What stands before a block is a banner of the server, or the rest of a cut entry.
            let Some(start) = next_block(bytes, at) else {
                return if last { bytes.len() } else { last_line(bytes, at) };
            };
            match self.entry(bytes, start, last, each) {
                Some(end) => at = end,
                None => return start,
            }
            if at >= bytes.len() {
                return bytes.len();
            }
        }
    }
}

impl SlowLog {
    /// Reads the entry whose block starts at `start`; gives where the next one may start, or nothing
    /// where it isn't whole yet.
    fn entry(
        &mut self,
        bytes: &[u8],
        start: usize,
        last: bool,
        each: &mut dyn FnMut(&Entry<'_>),
    ) -> Option<usize> {
        let mut header = Header::default();
        let mut at = start;
        while bytes.get(at) == Some(&b'#') {
            let line = line_at(bytes, at, last)?;
            let next = at + line.len() + 1;
            if let Some(command) = header::command(line) {
                self.give(&mut header.entry, Kind::Command(command), None, each);
                return Some(next.min(bytes.len()));
            }
            header.line(line);
            at = next.min(bytes.len());
        }
        if at >= bytes.len() && !last {
            return None;
        }
        let mut body = Body::default();
        at += body.timestamp(&bytes[at..]);
        while let Some(line) = line_at(bytes, at, last) {
            if !body.prelude(line) {
                break;
            }
            at = (at + line.len() + 1).min(bytes.len());
            if at >= bytes.len() {
                break;
            }
        }
        // `use shop;` may stand before a command of the protocol.
        if bytes[at..].starts_with(b"# administrator command: ") {
            let line = line_at(bytes, at, last)?;
            let command = header::command(line).unwrap_or_default();
            header.entry.database = body.database.unwrap_or(header.entry.database);
            self.give(&mut header.entry, Kind::Command(command), body.at_us, each);
            return Some((at + line.len() + 1).min(bytes.len()));
        }
        let (end, cut) = match end_of_statement(bytes, at) {
            Some(end) => (end, false),
            None if last => (bytes.len(), !bytes.trim_ascii_end().ends_with(b";")),
            None => return None,
        };
        header.entry.database = body.database.unwrap_or(header.entry.database);
        header.entry.cut = cut;
        let statement = without_banner(&bytes[at..end]);
        let statement = statement.strip_suffix(b";").unwrap_or(statement).trim_ascii();
        let statement = if statement.is_empty() { body.last } else { statement };
        if !statement.is_empty() && header.says_anything() {
            self.give(&mut header.entry, Kind::Statement(statement), body.at_us, each);
        }
        Some(end)
    }

    /// Gives an entry with the time that its statement began, or that was written last.
    fn give<'a>(
        &mut self,
        entry: &mut Entry<'a>,
        kind: Kind<'a>,
        began_us: Option<i64>,
        each: &mut dyn FnMut(&Entry<'_>),
    ) {
        self.at_us = entry.at_us.or(self.at_us);
        entry.at_us = began_us.or(self.at_us);
        entry.kind = kind;
        each(entry);
    }
}

/// The line at `at` without its end; nothing where it isn't whole yet.
fn line_at(bytes: &[u8], at: usize, last: bool) -> Option<&[u8]> {
    let rest = bytes.get(at..)?;
    match memchr(b'\n', rest) {
        Some(end) => Some(&rest[..end]),
        None if last && !rest.is_empty() => Some(rest),
        None => None,
    }
}

/// Where the next block of `#` lines starts, `at` or behind it.
fn next_block(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at;
    loop {
        let rest = bytes.get(at..)?;
        if header::starts(rest) {
            return Some(at);
        }
        at += next_hash_line(rest)?;
    }
}

/// Where the last line starts: a block may begin in it once it is whole.
fn last_line(bytes: &[u8], at: usize) -> usize {
    memchr::memrchr(b'\n', &bytes[at..]).map_or(at, |found| at + found + 1)
}

/// Where the statement at `at` ends and the next block starts.
fn end_of_statement(bytes: &[u8], at: usize) -> Option<usize> {
    let mut from = at;
    loop {
        let rest = bytes.get(from..)?;
        let found = if from == at && rest.first() == Some(&b'#') { 0 } else { next_hash_line(rest)? };
        let line = from + found;
        let next = &bytes[line..];
        // A block that is not whole yet can't be told from a comment.
        if next.len() < header::LONGEST_START && memchr(b'\n', next).is_none() {
            return None;
        }
        let closed = || bytes[at..line].trim_ascii_end().last().is_none_or(|byte| *byte == b';');
        if header::starts(next) && (closed() || header::starts_surely(next)) {
            return Some(line);
        }
        from = line + 1;
    }
}

/// Where the next line starts that begins with `#`; statements have few, so that is what is looked for.
fn next_hash_line(rest: &[u8]) -> Option<usize> {
    memchr_iter(b'#', rest).find(|at| *at > 0 && rest[at - 1] == b'\n')
}

/// A server that starts writes three lines of its own; they belong to no statement.
fn without_banner(statement: &[u8]) -> &[u8] {
    let statement = statement.trim_ascii();
    if !statement.ends_with(b"Argument") {
        return statement;
    }
    let Some(found) = memmem::find(statement, b". started with:\n") else { return statement };
    if !statement[found..].starts_with(b". started with:\nTcp port: ") {
        return statement;
    }
    statement[..memchr::memrchr(b'\n', &statement[..found]).map_or(0, |at| at + 1)].trim_ascii_end()
}
