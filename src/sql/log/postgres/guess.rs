//! Finds out a log's `log_line_prefix` from its lines: what stands before `LOG:  ` is taken apart,
//! and the reading that fits most lines wins.

use super::bytes::{number, split, without_port};
use super::prefix::{Field, Part, Prefix};
use super::severity::Severity;
use super::time::{Clock, epoch};

/// How many different prefixes are taken apart: lines of a log are much alike.
const READINGS: usize = 40;

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

/// The prefix that a line alone shows, if it tells a time.
pub(super) fn prefix_of_line(line: &[u8]) -> Option<Prefix> {
    let prefix = reading(&line[..Severity::find(line)?]);
    prefix.tells_time().then_some(prefix)
}

/// The prefix that fits most of these lines, and how many of those that have a severity it fits:
/// `(prefix, fits, of)`.
pub(super) fn prefix_of_lines(lines: &[&[u8]]) -> Option<(Prefix, usize, usize)> {
    let told: Vec<(&[u8], usize)> =
        lines.iter().filter_map(|line| Some((*line, Severity::find(line)?))).collect();
    let mut readings: Vec<Prefix> = Vec::new();
    for (line, end) in &told {
        let prefix = reading(&line[..*end]);
        if readings.len() < READINGS && !readings.contains(&prefix) {
            readings.push(prefix);
        }
    }
    let simple = readings.len();
    for at in 0..simple {
        for other in 0..simple {
            if let Some(quiet) = quiet(&readings[at], &readings[other]) {
                readings.push(quiet);
            }
        }
        readings.push(loose(&readings[at]));
    }

    let fits = |prefix: &Prefix| {
        let mut clock = Clock::default();
        told.iter().filter(|(line, end)| fits(prefix, line, *end, &mut clock)).count()
    };
    // Of those that fit as many lines the one that tells most, and then the first.
    let best = readings.into_iter().rev().max_by_key(|prefix| (fits(prefix), prefix.tells()))?;
    let count = fits(&best);
    Some((witnessed(best, &told), count, told.len()))
}

/// A prefix fits if the text begins where the line's first severity says.
fn fits(prefix: &Prefix, line: &[u8], end: usize, clock: &mut Clock) -> bool {
    let text = Severity::at(&line[end..]).map(|(_, used)| end + used);
    prefix.head(line, clock).map(|(_, _, text)| text) == text
}

impl Prefix {
    /// How much it tells of who wrote a line.
    fn tells(&self) -> usize {
        let says = |part: &&Part| matches!(part, Part::Field(field) if !matches!(field, Field::Digits | Field::Text | Field::OtherTime));
        self.parts.iter().filter(says).count()
    }

    fn has(&self, field: Field) -> bool {
        self.parts.contains(&Part::Field(field))
    }

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

/// Takes one line's prefix apart.
fn reading(text: &[u8]) -> Prefix {
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
    let (mut field, used) = plain(word, text);
    // `[%p-%l]`: nothing else has told the process so far, and what follows is no fixed `-1`.
    if field == Field::Digits && !prefix.has(Field::Pid) && word[used..] != *b"-1" {
        field = Field::Pid;
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
    if digits > 0 && word[digits] == b'-' {
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

/// `long` with `%q` where `short` ends, if `short` is its start.
fn quiet(long: &Prefix, short: &Prefix) -> Option<Prefix> {
    if short.parts.len() >= long.parts.len() || !short.tells_time() && !short.tells_process() {
        return None;
    }
    let (last, before) = short.parts.split_last()?;
    if long.parts[..before.len()] != *before {
        return None;
    }
    let mut parts = before.to_vec();
    match (&long.parts[before.len()], last) {
        (Part::Literal(long), Part::Literal(short)) => {
            let rest = long.strip_prefix(short.as_slice())?;
            parts.push(Part::Literal(short.clone()));
            parts.push(Part::Quiet);
            if !rest.is_empty() {
                parts.push(Part::Literal(rest.to_vec()));
            }
        }
        (long, short) if long == short => parts.extend([last.clone(), Part::Quiet]),
        _ => return None,
    }
    parts.extend_from_slice(&long.parts[before.len() + 1..]);
    Some(Prefix { parts })
}

/// With words that nothing is known of run together, so that lines with more or fewer of them fit.
fn loose(prefix: &Prefix) -> Prefix {
    let mut parts: Vec<Part> = Vec::new();
    for part in &prefix.parts {
        let text = Part::Field(Field::Text);
        if *part == text
            && let [.., before, Part::Literal(blank)] = parts.as_slice()
            && *before == text
            && blank == b" "
        {
            parts.pop();
            continue;
        }
        parts.push(part.clone());
    }
    Prefix { parts }
}

/// Names the words of which messages say what they are: `connection authorized: user=ann
/// database=shop` and `disconnection: ... host=10.0.0.1` stand behind a prefix that names them too.
fn witnessed(prefix: Prefix, told: &[(&[u8], usize)]) -> Prefix {
    let mut best = (prefix.tells(), prefix.clone());
    let mut clock = Clock::default();
    for (line, end) in told {
        let Some((_, message)) = split(&line[*end..], b"connection") else { continue };
        let message = message.trim_ascii_end();
        for at in 0..prefix.parts.len() {
            let mut named = best.1.clone();
            for (name, field) in
                [(&b" user="[..], Field::User), (b" database=", Field::Database), (b" host=", Field::Host)]
            {
                let Some((_, value)) = split(message, name) else { continue };
                let value = &value[..value.iter().position(|byte| *byte == b' ').unwrap_or(value.len())];
                if named.parts[at] != Part::Field(Field::Text) || named.has(field) || value.is_empty() {
                    continue;
                }
                named.parts[at] = Part::Field(field);
                let agrees = named.head(line, &mut clock).is_some_and(|(head, ..)| match field {
                    Field::User => head.user == value,
                    Field::Database => head.database == value,
                    _ => without_port(head.host) == value,
                });
                if !agrees {
                    named.parts[at] = Part::Field(Field::Text);
                }
            }
            if named.tells() > best.0 {
                best = (named.tells(), named);
            }
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[&str], prefix: &str) {
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        let (found, fits, of) = prefix_of_lines(&lines).expect("a prefix");
        assert_eq!((fits, of), (lines.len(), lines.len()), "{found:?}");
        assert_eq!(found, Prefix::parse(prefix), "wanted {prefix}");
    }

    #[test]
    fn prefixes_are_found_from_their_lines() {
        check(
            &[
                "2025-01-21 18:32:48.288 CET [77898] LOG:  starting",
                "2025-01-21 18:38:06.453 CET [78798] ann@shop ERROR:  no",
            ],
            "%m [%p] %q%u@%d ",
        );
        check(
            &[
                "2024-01-01 00:00:00 UTC:10.0.0.1(5432):ann@shop:[1234]:LOG:  x",
                "2024-01-01 00:00:01 UTC:[local]:ann@shop:[1235]:LOG:  x",
            ],
            "%t:%r:%u@%d:[%p]:",
        );
        check(
            &[
                "2017-09-06 08:40:10 UTC [20]: [1-1] user=,db=,app=,client= LOG:  ready",
                "2017-09-06 08:41:41 UTC [36]: [121-1] user=ann,db=shop,app=JDBC Driver,client=172.23.0.1 LOG:  x",
            ],
            "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
        );
        check(
            &["2022-02-17 14:45:10.440 UTC [691] [queryid=-1081270519976314062] ann@shop LOG:  x"],
            "%m [%p] [queryid=%e] %u@%d ",
        );
        check(&["sql_error_code = 00000 LOG:  x"], "sql_error_code = %e ");
        check(&["1700000000.123 6009c305.5ce LOG:  x"], "%n %c ");
        check(
            &["2024-01-01 00:00:00 UTC [7-1] LOG:  x", "2024-01-01 00:00:00 UTC [7-2] LOG:  y"],
            "%t [%p-%l] ",
        );
        check(&["2024-01-01 00:00:00 CETLOG:  x"], "%t");
    }

    #[test]
    fn words_are_named_by_what_messages_say_of_them() {
        check(
            &[
                "2024-01-01 00:00:00 UTC 4242 ann shop LOG:  connection authorized: user=ann database=shop",
                "2024-01-01 00:00:00 UTC 4242 ann shop LOG:  duration: 1.0 ms  statement: select 1",
            ],
            "%t %p %u %d ",
        );
    }
}
