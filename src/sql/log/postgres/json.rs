//! PostgreSQL's log as JSON, an object a line: jsonlog (versions 15 to 17), and what carries other
//! logs in JSON: CloudNativePG (csvlog's columns by name, inside `record`), Cloud SQL, Docker
//! and others that wrap lines of text.

use memchr::{memchr, memchr2};

use super::gathering::Gathering;
use super::joining::Joining;
use super::message::{Head, Message};
use super::severity::Severity;
use super::time::{Clock, epoch};
use crate::sql::log::Entry;
use crate::sql::log::bytes::lines;

/// The longest text with escapes in it, in bytes: they are copied without them.
const LONGEST: usize = 1 << 20;

/// How deep a wrapper may put the message. CloudNativePG needs two.
const DEPTH: usize = 3;

/// Reads objects.
#[derive(Debug, Default)]
pub(super) struct Json {
    clock: Clock,
    text: Vec<u8>,
    query: Vec<u8>,
}

/// What an object says, as logged: strings still with their escapes.
#[derive(Debug, Clone, Copy, Default)]
struct Record<'a> {
    at: &'a [u8],
    severity: &'a [u8],
    message: &'a [u8],
    statement: &'a [u8],
    pid: &'a [u8],
    session: &'a [u8],
    user: &'a [u8],
    database: &'a [u8],
    host: &'a [u8],
    application: &'a [u8],
    /// A line of text, and the time at which it was carried.
    line: &'a [u8],
    carried: &'a [u8],
    /// The object ended.
    whole: bool,
}

/// A value, as logged.
enum Value<'a> {
    Text(&'a [u8]),
    Object(&'a [u8]),
    Other(&'a [u8]),
}

impl Json {
    /// As [`Format::read`](crate::sql::log::Format::read). Lines of text that the objects carry are
    /// gathered by `gathering`.
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        last: bool,
        gathering: &mut Gathering,
        joining: &mut Joining,
        each: &mut dyn FnMut(&Entry<'_>),
    ) -> usize {
        lines(bytes, last, &mut |line| {
            let record = Record::of(line);
            let Some(severity) = Severity::of(record.severity) else {
                if !record.line.is_empty() {
                    let (line, _) = unescaped(record.line, &mut self.text);
                    let time = self.clock.stamp(record.carried).map(|(us, _)| us);
                    gathering.line(0, time, b"", line, joining, each);
                }
                return;
            };
            let (text, long) = unescaped(record.message, &mut self.text);
            let (query, long_query) = unescaped(record.statement, &mut self.query);
            let time = self.clock.stamp(record.at).map(|(us, _)| us);
            let head = Head {
                at_us: time.or_else(|| epoch(record.at).map(|(us, _)| us)),
                pid: record.pid,
                session: record.session,
                user: record.user,
                database: record.database,
                host: record.host,
                application: record.application,
            };
            let cut = !record.whole || long || long_query;
            joining.take(&Message { head, severity, text, statement: Some(query), cut }, each);
        })
    }
}

/// A line of text that an object carries, for finding out its prefix.
pub(super) fn carried(object: &[u8]) -> Option<Vec<u8>> {
    let record = Record::of(object);
    let mut copy = Vec::new();
    let line = unescaped(record.line, &mut copy).0.to_vec();
    (!line.is_empty()).then_some(line)
}

/// Whether the object is a message of PostgreSQL's by its own names.
pub(super) fn is_message(object: &[u8]) -> bool {
    let record = Record::of(object);
    Severity::of(record.severity).is_some() && Clock::default().stamp(record.at).is_some()
}

impl<'a> Record<'a> {
    fn of(line: &'a [u8]) -> Self {
        let mut record = Self::default();
        record.fill(line.trim_ascii(), DEPTH);
        record
    }

    fn fill(&mut self, object: &'a [u8], depth: usize) {
        self.whole = members(object, &mut |key, value| match value {
            Value::Text(text) | Value::Other(text) => self.member(key, text),
            Value::Object(inner) if depth > 0 && matches!(key, b"record" | b"jsonPayload" | b"message") => {
                self.fill(inner, depth - 1);
            }
            Value::Object(_) => {}
        });
    }

    fn member(&mut self, key: &[u8], text: &'a [u8]) {
        let place = match key {
            // What carries a log may call its own times so; PostgreSQL's are the inner ones.
            b"timestamp" => {
                self.carried = text;
                &mut self.at
            }
            b"time" => &mut self.carried,
            b"log_time" => &mut self.at,
            b"error_severity" => &mut self.severity,
            b"message" => {
                self.line = text;
                &mut self.message
            }
            b"textPayload" | b"log" => &mut self.line,
            b"statement" | b"query" => &mut self.statement,
            b"pid" | b"process_id" => &mut self.pid,
            b"session_id" => &mut self.session,
            b"user" | b"user_name" => &mut self.user,
            b"dbname" | b"database_name" => &mut self.database,
            b"remote_host" | b"connection_from" => &mut self.host,
            b"application_name" => &mut self.application,
            _ => return,
        };
        *place = text;
    }
}

/// Gives each member of an object, and says whether the object ended.
fn members<'a>(object: &'a [u8], each: &mut dyn FnMut(&'a [u8], Value<'a>)) -> bool {
    let Some(mut rest) = object.strip_prefix(b"{") else { return false };
    loop {
        rest = rest.trim_ascii_start();
        match rest {
            [b'}', ..] => return true,
            [b',', after @ ..] => {
                rest = after;
                continue;
            }
            [b'"', after @ ..] => rest = after,
            _ => return false,
        }
        let Some(end) = string_end(rest) else { return false };
        let key = &rest[..end];
        let Some(value) = rest[end + 1..].trim_ascii_start().strip_prefix(b":") else { return false };
        let value = value.trim_ascii_start();
        rest = match value {
            [b'"', text @ ..] => match string_end(text) {
                Some(end) => {
                    each(key, Value::Text(&text[..end]));
                    &text[end + 1..]
                }
                None => {
                    each(key, Value::Text(text));
                    return false;
                }
            },
            [b'{' | b'[', ..] => {
                let end = nested_end(value);
                if value[0] == b'{' {
                    each(key, Value::Object(&value[..end.unwrap_or(value.len())]));
                }
                match end {
                    Some(end) => &value[end..],
                    None => return false,
                }
            }
            _ => {
                let end = memchr2(b',', b'}', value).unwrap_or(value.len());
                let bare = value[..end].trim_ascii_end();
                if bare != b"null" {
                    each(key, Value::Other(bare));
                }
                &value[end..]
            }
        };
    }
}

/// Where the string ends whose inside begins here.
fn string_end(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// How long an object or a list is.
fn nested_end(text: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at);
                }
            }
            b'"' => at += string_end(&text[at..])? + 1,
            _ => {}
        }
    }
    None
}

/// A string without its escapes, and whether it was too long.
fn unescaped<'a>(text: &'a [u8], copy: &'a mut Vec<u8>) -> (&'a [u8], bool) {
    let Some(first) = memchr(b'\\', text) else { return (text, false) };
    copy.clear();
    let long = text.len() > LONGEST;
    let mut rest = &text[..text.len().min(LONGEST)];
    let mut next = Some(first);
    while let Some(at) = next {
        copy.extend_from_slice(&rest[..at]);
        let Some(letter) = rest.get(at + 1) else {
            rest = b"";
            break;
        };
        let mut used = 2;
        match letter {
            b'n' => copy.push(b'\n'),
            b't' => copy.push(b'\t'),
            b'r' => copy.push(b'\r'),
            b'b' => copy.push(8),
            b'f' => copy.push(12),
            b'u' => {
                let (letter, taken) = unicode(&rest[at..]);
                let mut buffer = [0; 4];
                copy.extend_from_slice(letter.encode_utf8(&mut buffer).as_bytes());
                used = taken;
            }
            other => copy.push(*other),
        }
        rest = rest.get(at + used..).unwrap_or_default();
        next = memchr(b'\\', rest);
    }
    copy.extend_from_slice(rest);
    (copy, long)
}

/// The letter that `\u00e9` stands for, or two of them together, and how many bytes they are.
fn unicode(text: &[u8]) -> (char, usize) {
    let unit = |at: usize| {
        let digits = std::str::from_utf8(text.get(at..at + 4)?).ok()?;
        u32::from_str_radix(digits, 16).ok()
    };
    let Some(high) = unit(2) else { return (char::REPLACEMENT_CHARACTER, 2) };
    if (0xd800..0xdc00).contains(&high)
        && text.get(6..8) == Some(b"\\u")
        && let Some(low) = unit(8).filter(|low| (0xdc00..0xe000).contains(low))
    {
        let letter = char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
        return (letter.unwrap_or(char::REPLACEMENT_CHARACTER), 12);
    }
    (char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone() {
        let mut copy = Vec::new();
        let text = br#"a\n\t\"b\" \u00e9 \ud83d\ude00 \\ \ud800 \u12"#;
        let (plain, long) = unescaped(text, &mut copy);
        assert_eq!(String::from_utf8_lossy(plain), "a\n\t\"b\" é 😀 \\ \u{fffd} \u{fffd}12");
        assert!(!long);
    }

    #[test]
    fn members_are_told_apart_from_what_is_nested_in_them() {
        let mut seen = Vec::new();
        let whole =
            members(br#"{"a":"x\"y","b":{"c":"}"},"d":[1,"]"],"e":7,"f":null}"#, &mut |key, value| {
                let (Value::Text(value) | Value::Object(value) | Value::Other(value)) = value;
                seen.push(format!("{}={}", String::from_utf8_lossy(key), String::from_utf8_lossy(value)));
            });
        assert!(whole);
        assert_eq!(seen, [r#"a=x\"y"#, r#"b={"c":"}"}"#, "e=7"]);
    }
}
