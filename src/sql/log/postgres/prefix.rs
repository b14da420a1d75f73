//! What stands before the severity: whatever `log_line_prefix` says. Its parts are told by their form,
//! so that nobody has to say what the prefix was.

use super::time::Times;

/// What a prefix said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Prefix<'a> {
    pub at_us: Option<i64>,
    pub user: &'a [u8],
    pub database: &'a [u8],
    pub host: &'a [u8],
    pub application: &'a [u8],
    pub session: &'a [u8],
}

impl<'a> Prefix<'a> {
    /// Reads a prefix: a time, a process in brackets or as a number, `user@database`, or `key=value`.
    pub(super) fn read(text: &'a [u8], times: &mut Times) -> Self {
        let mut prefix = Self::default();
        let mut rest = text;
        let start = rest.iter().position(u8::is_ascii_digit).unwrap_or(rest.len());
        if let Some((at_us, used)) = times.read(&rest[start..]) {
            prefix.at_us = Some(at_us);
            rest = &rest[start + used..];
        } else if let Some(at_us) = epoch(&rest[start..]) {
            prefix.at_us = Some(at_us);
            rest = &rest[(start + 10).min(rest.len())..];
        }
        for word in rest.split(|byte| matches!(byte, b' ' | b',' | b'|' | b';')) {
            prefix.word(word);
        }
        prefix
    }

    fn word(&mut self, word: &'a [u8]) {
        if word.is_empty() {
            return;
        }
        if let Some(equals) = word.iter().position(|byte| *byte == b'=') {
            let name = &word[..equals];
            let name = name.strip_prefix(b"[").unwrap_or(name);
            let value = word[equals + 1..].strip_suffix(b":").unwrap_or(&word[equals + 1..]);
            let value = if value == b"[unknown]" { b"" } else { value };
            match name {
                b"user" | b"u" | b"usr" | b"username" => self.user = value,
                b"db" | b"d" | b"database" | b"dbname" => self.database = value,
                b"host" | b"h" | b"client" | b"remote" | b"r" => self.host = without_port(value),
                b"app" | b"a" | b"application" => self.application = value,
                b"pid" | b"p" | b"process" => self.session = value,
                _ => {}
            }
            return;
        }
        // Colons join parts in the prefix of RDS: `UTC:10.0.0.1(5432):app@shop:[123]:`.
        for part in word.split(|byte| *byte == b':') {
            let process = part.strip_prefix(b"[").map(|inside| &inside[..digits(inside)]);
            match process {
                Some(process) if !process.is_empty() && self.session.is_empty() => self.session = process,
                Some(_) => {}
                None if part.contains(&b'@') && self.user.is_empty() => self.user_at_database(part),
                None if self.session.is_empty()
                    && !part.is_empty()
                    && digits(part) == part.len()
                    && word.len() == part.len() =>
                {
                    self.session = part;
                }
                None if part.ends_with(b")") && self.host.is_empty() => self.host = without_port(part),
                None => {}
            }
        }
    }

    fn user_at_database(&mut self, part: &'a [u8]) {
        let Some(at) = part.iter().position(|byte| *byte == b'@') else { return };
        let known = |name: &'a [u8]| if name == b"[unknown]" { &b""[..] } else { name };
        self.user = known(&part[..at]);
        self.database = known(&part[at + 1..]);
    }
}

/// `10.0.0.7(5432)`
fn without_port(host: &[u8]) -> &[u8] {
    &host[..host.iter().position(|byte| *byte == b'(').unwrap_or(host.len())]
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// `%n`: seconds since 1970, with milliseconds.
fn epoch(text: &[u8]) -> Option<i64> {
    if digits(text) != 10 {
        return None;
    }
    let seconds: i64 = std::str::from_utf8(&text[..10]).ok()?.parse().ok()?;
    Some(seconds * 1_000_000)
}
