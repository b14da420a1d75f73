//! PostgreSQL's log by way of syslog: a header, the process, and `[4-1]`, the message's number and
//! the line's in it. Long lines are broken at a blank, and what controls a terminal is written
//! as `#011`.

use memchr::memchr;

use super::gathering::Gathering;
use super::joining::Joining;
use super::time::Clock;
use crate::sql::log::Entry;
use crate::sql::log::bytes::{chomp, find, lines, number};

/// Reads syslog's lines.
#[derive(Debug, Default)]
pub(super) struct Syslog {
    clock: Clock,
    /// The year of the next line, which many syslogs leave out.
    year: Option<i32>,
    /// Whether it is past the middle of the year, to know the next year's January.
    late: bool,
    line: Vec<u8>,
}

/// A line of PostgreSQL's in syslog.
struct Carried<'a> {
    at_us: Option<i64>,
    pid: &'a [u8],
    /// The line's number in its message, from 1, where it is told.
    part: Option<u64>,
    text: &'a [u8],
}

impl Syslog {
    pub(super) fn new(year: Option<i32>) -> Self {
        Self { year, ..Self::default() }
    }

    /// As [`Format::read`](crate::sql::log::Format::read).
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        last: bool,
        gathering: &mut Gathering,
        joining: &mut Joining,
        each: &mut dyn FnMut(&Entry<'_>),
    ) -> usize {
        lines(bytes, last, &mut |line| {
            let Some(carried) = self.carried(line) else { return };
            let writer = number(carried.pid).map_or(0, |(pid, _)| pid);
            let text = plain(chomp(carried.text), &mut self.line);
            match (text.strip_prefix(b"\t"), carried.part) {
                (Some(text), _) => gathering.more(writer, true, text),
                // The line was too long, and this is the rest of it; unless it is a detail or the
                // statement, which have lines of their own.
                (None, Some(part)) if part > 1 && !gathering.begins(text) => {
                    gathering.more(writer, false, text)
                }
                _ => gathering.line(writer, carried.at_us, carried.pid, text, joining, each),
            }
        })
    }

    /// Takes a line out of syslog's hands; `None` if another program wrote it.
    fn carried<'a>(&mut self, line: &'a [u8]) -> Option<Carried<'a>> {
        let (at_us, from) = self.time(line)?;
        let (pid, part, text) = ident(&line[from..])?;
        Some(Carried { at_us, pid, part, text })
    }

    /// The time at a line's start, and where it ends.
    fn time(&mut self, line: &[u8]) -> Option<(Option<i64>, usize)> {
        let mut start = 0;
        if line.first() == Some(&b'<') {
            let (_, digits) = number(&line[1..])?;
            start = digits + 2;
            // RFC 5424 has its version here.
            start += if line.get(start..start + 2) == Some(b"1 ") { 2 } else { 0 };
        }
        let rest = line.get(start..)?;
        if rest.get(10) == Some(&b'T')
            && let Some((us, used)) = self.clock.stamp(rest)
        {
            return Some((Some(us), start + used));
        }
        // Months only grow until the year is over.
        let late = matches!(rest.get(..3)?, b"Jul" | b"Aug" | b"Sep" | b"Oct" | b"Nov" | b"Dec");
        let year = self.year.map(|year| if rest.starts_with(b"Jan") && self.late { year + 1 } else { year });
        let (us, used) = Clock::yearless(rest, year)?;
        if rest.starts_with(b"Jan") || late {
            self.late = late;
            self.year = year;
        }
        Some((us, start + used))
    }
}

/// Whether syslog wrote this line for PostgreSQL, and what it says then.
pub(super) fn text_of(line: &[u8]) -> Option<Vec<u8>> {
    let carried = Syslog::default().carried(line)?;
    let mut copy = Vec::new();
    Some(plain(chomp(carried.text), &mut copy).to_vec())
}

/// Reads ` host postgres[123]: [4-1] `, ` host postgres 123 - - [4-1] ` and
/// ` app[postgres.28]: [DATABASE] [12-1] `.
fn ident(rest: &[u8]) -> Option<(&[u8], Option<u64>, &[u8])> {
    let reach = &rest[..rest.len().min(300)];
    let mark = find(reach, b"]: ").or_else(|| reach.ends_with(b"]:").then(|| reach.len() - 2));
    let Some(close) = mark else {
        // RFC 5424 has the process as a word.
        let mut words = rest.splitn(7, |byte| *byte == b' ');
        let pid = words.nth(3)?;
        number(pid).filter(|(_, used)| *used == pid.len())?;
        let text = words.nth(2)?;
        let (part, text) = numbered(text).map_or((None, text), |(part, text)| (Some(part), text));
        return Some((pid, part, text));
    };
    let open = reach[..close].iter().rposition(|byte| *byte == b'[')?;
    // The program's name stands directly before.
    if open == 0 || reach[open - 1] == b' ' {
        return None;
    }
    let inner = &reach[open + 1..close];
    let pid = inner.rsplit(|byte| *byte == b'.').next().unwrap_or(inner);
    let text = rest.get(close + 3..).unwrap_or_default();
    if let Some((part, text)) = numbered(text) {
        return Some((pid, Some(part), text));
    }
    // Carriers put words of their own before the number.
    if let Some(at) = find(&text[..text.len().min(40)], b"] [")
        && text.first() == Some(&b'[')
        && let Some((part, text)) = numbered(&text[at + 2..])
    {
        return Some((pid, Some(part), text));
    }
    Some((pid, None, text))
}

/// Reads `[4-1] `.
fn numbered(text: &[u8]) -> Option<(u64, &[u8])> {
    let rest = text.strip_prefix(b"[")?;
    let (_, used) = number(rest)?;
    let rest = rest[used..].strip_prefix(b"-")?;
    let (part, used) = number(rest)?;
    let rest = rest[used..].strip_prefix(b"]")?;
    Some((part, rest.strip_prefix(b" ").unwrap_or(rest)))
}

/// A line with its tabs as they were.
fn plain<'a>(text: &'a [u8], copy: &'a mut Vec<u8>) -> &'a [u8] {
    if memchr(b'#', text).is_none() {
        return text;
    }
    copy.clear();
    let mut rest = text;
    while let Some(at) = memchr(b'#', rest) {
        copy.extend_from_slice(&rest[..at]);
        let (byte, used) = match rest.get(at..at + 4) {
            Some(b"#011") => (b'\t', 4),
            Some(b"#012") => (b'\n', 4),
            Some(b"#015") => (b'\r', 4),
            _ => (b'#', 1),
        };
        copy.push(byte);
        rest = &rest[at + used..];
    }
    copy.extend_from_slice(rest);
    copy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, told: Option<(&str, Option<u64>, &str)>) {
        let mut syslog = Syslog::new(Some(2024));
        let got = syslog.carried(line.as_bytes());
        let got = got.map(|carried| {
            assert!(carried.at_us.is_some());
            (carried.pid.to_vec(), carried.part, carried.text.to_vec())
        });
        assert_eq!(got, told.map(|(pid, part, text)| (pid.into(), part, text.into())), "{line}");
    }

    #[test]
    fn headers_of_all_ages_are_read() {
        check("Feb 11 13:15:39 db postgres[108]: [1-2] #011x", Some(("108", Some(2), "#011x")));
        check("Feb  1 13:15:39 db postgres[108]: db= LOG:  x", Some(("108", None, "db= LOG:  x")));
        check(
            "2021-02-03T10:00:00.5+01:00 db postgres[108]: [1-1] LOG:  x",
            Some(("108", Some(1), "LOG:  x")),
        );
        check(
            "<134>1 2021-02-03T10:00:00Z db postgres 108 - - [1-1] LOG:  x",
            Some(("108", Some(1), "LOG:  x")),
        );
        check(
            "2021-02-03T10:00:00+00:00 app[postgres.28]: [DATABASE] [12-1]  sql_error_code = 28000 FATAL:  x",
            Some(("28", Some(1), " sql_error_code = 28000 FATAL:  x")),
        );
        check("Feb 11 13:15:39 db systemd[1]: Started", Some(("1", None, "Started")));
        check("2014-04-01 11:13:21 CEST [28414]: [12-1] user=ann LOG:  x", None);
    }

    #[test]
    fn the_year_that_is_left_out_grows_in_january() {
        let mut syslog = Syslog::new(Some(1969));
        let december = syslog.time(b"Dec 31 23:59:59 db").expect("a time");
        let january = syslog.time(b"Jan  1 00:00:00 db").expect("a time");
        assert_eq!((december.0, january.0), (Some(-1_000_000), Some(0)));
    }
}
