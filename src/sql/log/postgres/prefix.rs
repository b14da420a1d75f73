//! What `log_line_prefix` puts before each line. A prefix is compiled to parts once, and each line
//! is then walked along them; whether it is a message at all is decided by the word behind it.

use super::message::Head;
use super::severity::Severity;
use super::time::{Clock, epoch};
use crate::sql::log::bytes::{find, number};

/// How many steps a line may cost. Names may hold what ends them (`%a` of `PostgreSQL JDBC Driver`
/// before a blank), so the walk goes back; a line made to mislead it is no message.
const STEPS: u32 = 200;

/// How far into a line a prefix may reach, in bytes.
const REACH: usize = 1_024;

/// A compiled `log_line_prefix`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prefix {
    pub(super) parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Literal(Vec<u8>),
    Field(Field),
    /// Blanks that fill a field up to its width (`%-10u`).
    Blanks,
    /// Processes without a session write nothing that follows (`%q`).
    Quiet,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Time,
    Epoch,
    Pid,
    Session,
    User,
    Database,
    /// With or without a port.
    Host,
    Application,
    /// A time that tells nothing: when the session started.
    OtherTime,
    /// Digits that tell nothing, perhaps none.
    Digits,
    /// Text that tells nothing, perhaps none.
    Text,
}

impl Prefix {
    /// Compiles `log_line_prefix` as it stands in `postgresql.conf`, without its quotes. What no
    /// version of PostgreSQL knows is left out of the lines by the server, and so here.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut prefix = Self::default();
        let mut rest = text.as_bytes();
        while let [byte, after @ ..] = rest {
            rest = after;
            if *byte != b'%' {
                prefix.literal(&[*byte]);
                continue;
            }
            let width = rest.iter().take_while(|byte| **byte == b'-' || byte.is_ascii_digit()).count();
            let Some(letter) = rest.get(width) else { break };
            rest = &rest[width + 1..];
            let field = match letter {
                b'%' => {
                    prefix.literal(b"%");
                    continue;
                }
                b'q' => {
                    prefix.parts.push(Part::Quiet);
                    continue;
                }
                b't' | b'm' => Field::Time,
                b'n' => Field::Epoch,
                b'p' => Field::Pid,
                b'c' => Field::Session,
                b'u' => Field::User,
                b'd' => Field::Database,
                b'r' | b'h' => Field::Host,
                b'a' => Field::Application,
                b's' => Field::OtherTime,
                b'l' | b'x' | b'P' | b'Q' => Field::Digits,
                b'b' | b'i' | b'e' | b'v' | b'L' => Field::Text,
                _ => continue,
            };
            if width > 0 {
                prefix.parts.push(Part::Blanks);
            }
            prefix.parts.push(Part::Field(field));
            if width > 0 {
                prefix.parts.push(Part::Blanks);
            }
        }
        prefix
    }

    /// Adds text that each line repeats.
    pub(super) fn literal(&mut self, text: &[u8]) {
        if let Some(Part::Literal(before)) = self.parts.last_mut() {
            before.extend_from_slice(text);
        } else if !text.is_empty() {
            self.parts.push(Part::Literal(text.to_vec()));
        }
    }

    /// Whether lines tell when they were written.
    pub(super) fn tells_time(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Field(Field::Time | Field::Epoch)))
    }

    /// Whether lines tell which process wrote them.
    pub(super) fn tells_process(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Field(Field::Pid | Field::Session)))
    }

    /// Reads the start of a line: who wrote it, how grave it is, and where its text begins. `None`
    /// if the line is no message with this prefix.
    pub(super) fn head<'a>(&self, line: &'a [u8], clock: &mut Clock) -> Option<(Head<'a>, Severity, usize)> {
        let mut walk = Walk { line, clock, head: Head::default(), steps: STEPS };
        let (severity, text) = walk.along(&self.parts, 0)?;
        Some((walk.head, severity, text))
    }
}

struct Walk<'a, 'c> {
    line: &'a [u8],
    clock: &'c mut Clock,
    head: Head<'a>,
    steps: u32,
}

impl<'a> Walk<'a, '_> {
    fn along(&mut self, mut parts: &[Part], mut at: usize) -> Option<(Severity, usize)> {
        while let [part, after @ ..] = parts {
            let rest = &self.line[at..];
            match part {
                Part::Literal(text) if text.len() == 1 => {
                    at += (rest.first() == text.first()).then_some(1)?
                }
                Part::Literal(text) => at += rest.starts_with(text).then_some(text.len())?,
                Part::Blanks => at += rest.iter().take_while(|byte| **byte == b' ').count(),
                Part::Quiet => {
                    if let Some(end) = self.severity(at) {
                        return Some(end);
                    }
                }
                Part::Field(Field::Time) => {
                    let (us, used) = self.clock.stamp(rest)?;
                    self.head.at_us = Some(us);
                    at += used;
                }
                Part::Field(Field::Epoch) => {
                    let (us, used) = epoch(rest)?;
                    self.head.at_us = Some(us);
                    at += used;
                }
                Part::Field(Field::OtherTime) => at += self.clock.stamp(rest).map_or(0, |(_, used)| used),
                Part::Field(Field::Pid) => {
                    let (_, used) = number(rest)?;
                    self.head.pid = &rest[..used];
                    at += used;
                }
                Part::Field(Field::Digits) => {
                    let sign = usize::from(rest.first() == Some(&b'-'));
                    at += sign + rest[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                }
                Part::Field(Field::Session) => {
                    let is_part = |byte: &&u8| byte.is_ascii_hexdigit() || **byte == b'.';
                    let used = rest.iter().take_while(is_part).count();
                    self.head.session = &rest[..used];
                    at += used;
                }
                Part::Field(field) => return self.text(*field, after, at),
            }
            parts = after;
        }
        self.severity(at)
    }

    fn severity(&self, at: usize) -> Option<(Severity, usize)> {
        Severity::at(&self.line[at..]).map(|(severity, used)| (severity, at + used))
    }

    /// Reads text that ends where the rest of the prefix fits.
    fn text(&mut self, field: Field, after: &[Part], start: usize) -> Option<(Severity, usize)> {
        let line = self.line;
        let reach = &line[start..line.len().min(start + REACH)];
        let mut from = 0;
        loop {
            self.steps = self.steps.checked_sub(1)?;
            let end = match after.first() {
                Some(Part::Literal(next)) => from + find(&reach[from..], next)?,
                _ => from,
            };
            let text = &reach[..end];
            // An application's name may hold blanks, a host's never.
            if field == Field::Host && text.contains(&b' ') {
                return None;
            }
            if let Some(found) = self.along(after, start + end) {
                // A width fills it with blanks.
                let text = text.trim_ascii_end();
                match field {
                    Field::User => self.head.user = text,
                    Field::Database => self.head.database = text,
                    Field::Host => self.head.host = text,
                    Field::Application => self.head.application = text,
                    _ => {}
                }
                return Some(found);
            }
            from = end + 1;
            if from > reach.len() {
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(prefix: &str, line: &str, told: &str) {
        let prefix = Prefix::parse(prefix);
        let got = prefix.head(line.as_bytes(), &mut Clock::default()).map(|(head, severity, text)| {
            let name = |bytes| String::from_utf8_lossy(bytes).into_owned();
            format!(
                "{severity:?} pid={} session={} user={} db={} host={} app={} text={}",
                name(head.pid),
                name(head.session),
                name(head.user),
                name(head.database),
                name(head.host),
                name(head.application),
                &line[text..]
            )
        });
        assert_eq!(got.as_deref().unwrap_or("none"), told);
    }

    #[test]
    fn common_prefixes_tell_who_wrote_a_line() {
        check(
            "%m [%p] %q%u@%d ",
            "2025-01-21 18:38:06.453 CET [78798] ann@shop ERROR:  no",
            "Error pid=78798 session= user=ann db=shop host= app= text=no",
        );
        check(
            "%m [%p] %q%u@%d ",
            "2025-01-21 18:38:06.453 CET [78798] LOG:  ready",
            "Log pid=78798 session= user= db= host= app= text=ready",
        );
        check(
            "%t:%r:%u@%d:[%p]:",
            "2024-01-01 00:00:00 UTC:10.0.0.1(5432):ann@shop:[1234]:LOG:  x",
            "Log pid=1234 session= user=ann db=shop host=10.0.0.1(5432) app= text=x",
        );
        check(
            "%t:%r:%u@%d:[%p]:",
            "2024-01-01 00:00:00 UTC::@:[1234]:LOG:  x",
            "Log pid=1234 session= user= db= host= app= text=x",
        );
        check(
            "%n %c %a %h ",
            "1700000000.123 6009c305.5ce PostgreSQL JDBC Driver 10.0.0.1 LOG:  x",
            "Log pid= session=6009c305.5ce user= db= host=10.0.0.1 app=PostgreSQL JDBC Driver text=x",
        );
    }

    #[test]
    fn widths_quiet_and_neighbours_are_understood() {
        check(
            "%-8u|%8p|%%|%z ",
            "ann     |    4242|%| LOG:  x",
            "Log pid=4242 session= user=ann db= host= app= text=x",
        );
        check(
            "%p %b %i %v %e",
            "7 client backend idle in transaction 3/12 00000LOG:  x",
            "Log pid=7 session= user= db= host= app= text=x",
        );
        check("", "WARNING:  x", "Warning pid= session= user= db= host= app= text=x");
        check("%m [%p] ", "\tWHERE a = 'LOG:  x'", "none");
        check("%m [%p] ", "2025-01-21 18:38:06.453 CET [78798] nothing", "none");
    }
}
