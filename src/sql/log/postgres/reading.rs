//! Takes one line's prefix apart into what its looks say: times, processes, `db=...`, `user@database`,
//! addresses. What nothing is known of stays text.

use super::prefix::{Field, Part, Prefix};
use super::time::{Clock, epoch};
use crate::sql::log::bytes::{number, split};

/// What prefixes call the things they name, e.g. `db=`.
const NAMES: [(&str, Field); 30] = [
    ("u", Field::User),
    ("user", Field::User),
    ("usr", Field::User),
    ("username", Field::User),
    ("user_name", Field::User),
    ("d", Field::Database),
    ("db", Field::Database),
    ("dbname", Field::Database),
    ("database", Field::Database),
    ("a", Field::Application),
    ("app", Field::Application),
    ("appname", Field::Application),
    ("application", Field::Application),
    ("application_name", Field::Application),
    ("h", Field::Host),
    ("r", Field::Host),
    ("ip", Field::Host),
    ("host", Field::Host),
    ("client", Field::Host),
    ("remote", Field::Host),
    ("rhost", Field::Host),
    ("connection_source", Field::Host),
    ("p", Field::Pid),
    ("pid", Field::Pid),
    ("process", Field::Pid),
    ("c", Field::Session),
    ("sid", Field::Session),
    ("sess", Field::Session),
    ("session", Field::Session),
    ("session_id", Field::Session),
];

/// Kinds of processes that have blanks in their names (`%b`), and command tags (`%i`).
const PHRASES: [&[u8]; 15] = [
    b"client backend",
    b"parallel worker",
    b"background worker",
    b"background writer",
    b"autovacuum launcher",
    b"autovacuum worker",
    b"logical replication launcher",
    b"logical replication worker",
    b"logical replication apply worker",
    b"logical replication tablesync worker",
    b"not initialized",
    b"slotsync worker",
    b"io worker",
    b"idle in transaction (aborted)",
    b"idle in transaction",
];

/// Takes one line's prefix apart.
pub(super) fn reading(text: &[u8]) -> Prefix {
    let mut prefix = Prefix::default();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let fresh = at == 0 || !text[at - 1].is_ascii_alphanumeric();
        at += match if fresh { token(rest, &mut prefix) } else { None } {
            Some(used) => used,
            None => {
                prefix.literal(&rest[..1]);
                1
            }
        };
    }
    prefix
}

impl Prefix {
    fn field(&mut self, field: Field) {
        // What is told twice is read once.
        let again = match field {
            Field::Time | Field::Epoch => self.tells_time(),
            Field::Digits | Field::Text | Field::OtherTime => false,
            _ => self.has(field),
        };
        let field = match field {
            Field::Time if again => Field::OtherTime,
            Field::Pid if again => Field::Digits,
            _ if again => Field::Text,
            _ => field,
        };
        self.parts.push(Part::Field(field));
    }
}

/// Reads one thing at the start of `text`, and says how many bytes it took.
fn token(text: &[u8], prefix: &mut Prefix) -> Option<usize> {
    if let Some((_, used)) = Clock::default().stamp(text) {
        prefix.field(Field::Time);
        return Some(used);
    }
    if let Some(phrase) = PHRASES.iter().find(|phrase| text.starts_with(phrase)) {
        prefix.field(Field::Text);
        return Some(phrase.len());
    }
    // A transaction (`%v`), which lines of no transaction leave out.
    if let Some((_, slot)) = number(text)
        && let Some(rest) = text[slot..].strip_prefix(b"/")
        && let Some((_, local)) = number(rest)
    {
        prefix.field(Field::Text);
        return Some(slot + 1 + local);
    }
    if let Some(used) = named(text, prefix) {
        return Some(used);
    }
    let length = text.iter().take_while(|byte| !ends_word(**byte)).count();
    let word = &text[..length];
    if let Some(used) = bracketed(text) {
        prefix.field(if text[..used] == *b"[local]" { Field::Host } else { Field::Text });
        return Some(used);
    }
    if length == 0 {
        // `@` alone stands where a process has neither user nor database.
        if text[0] == b'@' {
            prefix.field(Field::User);
            prefix.literal(b"@");
            prefix.field(Field::Database);
            return Some(1);
        }
        return None;
    }
    if let Some((user, database)) = split(word, b"@") {
        prefix.field(Field::User);
        prefix.literal(b"@");
        prefix.field(Field::Database);
        let unknown = database.is_empty().then(|| bracketed(&text[length..])).flatten();
        return Some(user.len() + 1 + database.len() + unknown.unwrap_or(0));
    }
    let (field, used) = plain(word, text);
    // `[%p-%l]`: nothing else has told the process so far.
    if field == Field::Digits && !prefix.has(Field::Pid) {
        prefix.field(Field::Pid);
        prefix.literal(b"-");
        prefix.field(Field::Digits);
        return Some(length);
    }
    prefix.field(field);
    // `[%l-1]` is what syslog's own numbers look like, and what many took over.
    let tail = word[used.min(length)..].strip_prefix(b"-1").filter(|rest| rest.is_empty());
    if field == Field::Digits && tail.is_some() {
        prefix.literal(b"-1");
        return Some(length);
    }
    Some(used)
}

/// Reads a word whose looks alone say what it is.
fn plain(word: &[u8], text: &[u8]) -> (Field, usize) {
    let used = word.len();
    let digits = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_hex = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_hexdigit);
    if digits == used {
        return match word {
            // A state of success has leading zeros, a process doesn't.
            [b'0', _, ..] => (Field::Text, used),
            _ => (Field::Pid, used),
        };
    }
    if let Some((time, taken)) = epoch(word)
        && taken == used
        && time > 100_000_000_000_000
    {
        return (Field::Epoch, used);
    }
    if let Some((start, pid)) = split(word, b".")
        && start.len() >= 6
        && is_hex(start)
        && is_hex(pid)
    {
        return (Field::Session, used);
    }
    // `121-1`: the line's number, and what follows it.
    if digits > 0 && word[digits] == b'-' && word[digits + 1..].iter().all(u8::is_ascii_digit) {
        return (Field::Digits, digits);
    }
    if is_host(word) {
        let port = if text[used..].starts_with(b"(") { paren(&text[used..]) } else { None };
        return (Field::Host, used + port.unwrap_or(0));
    }
    (Field::Text, used)
}

/// Reads `name=value`, `name = value` and `name="value"`.
fn named(text: &[u8], prefix: &mut Prefix) -> Option<usize> {
    let name = text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let mark =
        [&b"="[..], b" = ", b"=\"", b" = \""].into_iter().rev().find(|mark| text[name..].starts_with(mark));
    let mark = mark.filter(|_| name > 0)?;
    let word = text[..name].to_ascii_lowercase();
    let field =
        NAMES.iter().find(|(known, _)| known.as_bytes() == word).map_or(Field::Text, |(_, field)| *field);
    let start = name + mark.len();
    let value = if mark.ends_with(b"\"") {
        text[start..].iter().position(|byte| *byte == b'"')?
    } else {
        value(&text[start..])
    };
    // An empty one has no digits, and so must not be asked for them.
    let value_text = &text[start..start + value];
    let field = match field {
        Field::Pid if number(value_text).is_none_or(|(_, used)| used < value) => Field::Text,
        field => field,
    };
    prefix.literal(&text[..start]);
    prefix.field(field);
    Some(start + value)
}

/// How long a value is that nothing encloses: up to a comma or bracket, or to a blank before the
/// next name or bracket.
fn value(text: &[u8]) -> usize {
    if let Some(used) = bracketed(text) {
        return used;
    }
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b',' | b';' | b']' | b'|' | b')' => return at,
            b'(' => at += paren(&text[at..]).unwrap_or(1),
            b' ' | b':' => {
                let rest = text[at..].trim_ascii_start();
                let word =
                    rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
                let next = rest[word..].trim_ascii_start();
                if rest.is_empty()
                    || word == 0
                    || next.starts_with(b"=")
                    || text[at] == b':' && at + 1 == text.len()
                {
                    return at;
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
    at
}

fn ends_word(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b"[](){}<>,;|=:\"'/".contains(&byte)
}

fn is_host(word: &[u8]) -> bool {
    let parts = word.split(|byte| *byte == b'.');
    parts.clone().count() == 4
        && parts.clone().all(|part| number(part).is_some_and(|(_, used)| used == part.len()))
}

/// `[unknown]` and `[local]` stand for a value.
fn bracketed(text: &[u8]) -> Option<usize> {
    [&b"[unknown]"[..], b"[local]"].into_iter().find(|word| text.starts_with(word)).map(<[u8]>::len)
}

/// `(5432)`.
fn paren(text: &[u8]) -> Option<usize> {
    let (_, digits) = number(text.get(1..)?)?;
    (text.get(1 + digits) == Some(&b')')).then_some(digits + 2)
}
