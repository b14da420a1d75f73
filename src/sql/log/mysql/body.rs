//! What the server itself writes between the block and the statement: `use` and `SET timestamp`.

use crate::sql::log::bytes::decimal;

use super::time::seconds;

/// What these lines said.
#[derive(Debug, Default)]
pub(super) struct Body<'a> {
    /// The database that was chosen for this statement.
    pub database: Option<&'a [u8]>,
    /// When the statement began, in microseconds since 1970.
    pub at_us: Option<i64>,
    /// The last of these lines: where nothing follows, it is the statement.
    pub last: &'a [u8],
}

impl<'a> Body<'a> {
    /// Takes `SET timestamp=1767880800;` where that is all of the first line, as it is in nearly every entry; gives
    /// how many bytes it takes.
    pub(super) fn timestamp(&mut self, text: &'a [u8]) -> usize {
        let Some(rest) = text.strip_prefix(b"SET timestamp=") else { return 0 };
        let Some((at_us, used)) = decimal(rest, 6) else { return 0 };
        if !rest[used..].starts_with(b";\n") {
            return 0;
        }
        self.at_us = i64::try_from(at_us).ok();
        let length = text.len() - rest.len() + used;
        self.last = &text[..length];
        length + 2
    }

    /// Takes a line if it is one of the server's own; `false` where the statement begins.
    pub(super) fn prelude(&mut self, line: &'a [u8]) -> bool {
        let Some(text) = line.trim_ascii_end().strip_suffix(b";") else { return false };
        if text.len() > 4 && text[..4].eq_ignore_ascii_case(b"use ") && self.database.is_none() {
            let name = text[4..].trim_ascii();
            if name.iter().any(u8::is_ascii_whitespace) {
                return false;
            }
            self.database =
                Some(name.strip_prefix(b"`").and_then(|name| name.strip_suffix(b"`")).unwrap_or(name));
            self.last = text;
            return true;
        }
        if text.len() < 5 || !text[..4].eq_ignore_ascii_case(b"set ") {
            return false;
        }
        let setting = &text[4..];
        let Some(equals) = setting.iter().position(|byte| *byte == b'=') else { return false };
        match &setting[..equals] {
            b"timestamp" => self.at_us = seconds(&setting[equals + 1..]),
            b"insert_id" | b"last_insert_id" => {}
            _ => return false,
        }
        self.last = text;
        true
    }
}
