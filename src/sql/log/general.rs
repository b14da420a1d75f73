//! The general log of MySQL and MariaDB: who connected and what they ran, without how long it took.

use memchr::memchr;

use super::mysql::mysql_time;
use super::{Entry, Format, Kind};

/// Commands of the protocol, as the server names them.
const COMMANDS: [&[u8]; 26] = [
    b"Query",
    b"Execute",
    b"Prepare",
    b"Connect",
    b"Quit",
    b"Init DB",
    b"Close stmt",
    b"Statistics",
    b"Field List",
    b"Ping",
    b"Refresh",
    b"Binlog Dump GTID",
    b"Binlog Dump",
    b"Change user",
    b"Reset stmt",
    b"Fetch",
    b"Long Data",
    b"Set option",
    b"Create DB",
    b"Drop DB",
    b"Shutdown",
    b"Processlist",
    b"Kill",
    b"Debug",
    b"Delayed insert",
    b"Daemon",
];

/// The general log's format, and what it has to remember: the time of the last line that had one.
#[derive(Debug, Default)]
pub struct GeneralLog {
    at_us: Option<i64>,
}

/// The first line of an entry.
struct Line<'a> {
    at_us: Option<i64>,
    session: &'a [u8],
    command: &'static [u8],
    argument: &'a [u8],
}

impl Format for GeneralLog {
    fn read(&mut self, bytes: &[u8], last: bool, each: &mut dyn FnMut(&Entry<'_>)) -> usize {
        let mut at = 0;
        // The entry that further lines may belong to: its first line, and where its text starts.
        let mut open: Option<(Line<'_>, usize, usize)> = None;
        while at < bytes.len() {
            let rest = &bytes[at..];
            let end = match memchr(b'\n', rest) {
                Some(end) => end,
                None if last => rest.len(),
                None => break,
            };
            if let Some(line) = read_line(&rest[..end]) {
                if let Some((first, _, text)) = open.take() {
                    self.give(&first, &bytes[text..at], each);
                }
                let text = at + end - line.argument.len();
                open = Some((line, at, text));
            } else if is_banner(&rest[..end])
                && let Some((first, _, text)) = open.take()
            {
                self.give(&first, &bytes[text..at], each);
            }
            at = (at + end + 1).min(bytes.len());
        }
        match open {
            Some((first, _, text)) if last => {
                self.give(&first, &bytes[text..], each);
                bytes.len()
            }
            Some((_, start, _)) => start,
            None => at,
        }
    }
}

impl GeneralLog {
    fn give(&mut self, line: &Line<'_>, text: &[u8], each: &mut dyn FnMut(&Entry<'_>)) {
        self.at_us = line.at_us.or(self.at_us);
        let mut entry = Entry { at_us: self.at_us, session: line.session, ..Entry::default() };
        let text = text.trim_ascii();
        entry.kind = match line.command {
            b"Query" => Kind::Statement(text),
            // `Execute [3] select ...` on newer servers.
            b"Execute" => Kind::Statement(match memchr(b']', text) {
                Some(close) if text.starts_with(b"[") => text[close + 1..].trim_ascii(),
                _ => text,
            }),
            b"Connect" if text.starts_with(b"Access denied") => Kind::Command(b"Access denied"),
            command => Kind::Command(command),
        };
        match line.command {
            b"Init DB" => entry.database = text,
            b"Connect" => connected(text, &mut entry),
            _ => {}
        }
        each(&entry);
    }
}

/// `root@localhost on db1`
fn connected<'a>(text: &'a [u8], entry: &mut Entry<'a>) {
    let Some(at) = memchr(b'@', text) else { return };
    entry.user = &text[..at];
    let rest = &text[at + 1..];
    let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
    entry.host = &rest[..end];
    if let Some(on) = memchr::memmem::find(rest, b" on ") {
        let name = rest[on + 4..].trim_ascii();
        entry.database = &name[..name.iter().position(u8::is_ascii_whitespace).unwrap_or(name.len())];
    }
}

fn is_banner(line: &[u8]) -> bool {
    line.trim_ascii_end().ends_with(b"started with:")
        || (line.starts_with(b"Time ") && line.trim_ascii_end().ends_with(b"Argument"))
}

/// Reads a line that starts an entry: perhaps a time, a number, a command.
fn read_line(line: &[u8]) -> Option<Line<'_>> {
    let (at_us, rest) = match mysql_time(line) {
        Some((at_us, used)) => (Some(at_us), &line[used.min(line.len())..]),
        None => (None, line),
    };
    // Further lines of a statement may start with blanks and a number as well; a command follows
    // only here.
    if !rest.first()?.is_ascii_whitespace() {
        return None;
    }
    let rest = rest.trim_ascii_start();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (session, rest) = rest.split_at(digits);
    if digits == 0 || rest.first() != Some(&b' ') {
        return None;
    }
    let rest = &rest[1..];
    let command = COMMANDS.into_iter().find(|command| {
        rest.starts_with(command) && rest.get(command.len()).is_none_or(u8::is_ascii_whitespace)
    })?;
    Some(Line { at_us, session, command, argument: rest[command.len()..].trim_ascii_start() })
}

/// Whether a line is one of the general log's.
pub(super) fn is_entry(line: &[u8]) -> bool {
    read_line(line).is_some()
}
