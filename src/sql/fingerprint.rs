//! What makes two statements the same: their text without literals. One pass over the bytes, since a
//! log has millions of them.
//!
//! The form is the one that people know from `pt-query-digest`: lower case, blanks squeezed, `?` for
//! a literal, `in(?+)` and `values(?+)` for lists, digits in MySQL's names as `?` (shards and
//! temporary tables are one class). Where it differs, `docs/slowlog.md` says why.

mod lexer;
mod out;
mod unions;

use lexer::Lexer;

/// Whose SQL it is: quotes, comments and names differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// MySQL and MariaDB: `"` and `'` are strings, `#` starts a comment, names in backticks.
    MySql,
    /// PostgreSQL: `"` quotes names, `$1` is a parameter, `$tag$` starts a string.
    Postgres,
}

/// A statement without its literals, as text.
#[must_use]
pub fn fingerprint(statement: &str, dialect: Dialect) -> String {
    String::from_utf8_lossy(write(statement.as_bytes(), dialect, &mut Vec::new())).into_owned()
}

/// Gives the fingerprint of a statement, written into `room`; for those who read many. What is in `room` and how
/// long it is does not matter: it is there to be used again.
///
/// Bytes that are not UTF-8 are left as they are where they stand in a name.
pub fn write<'room>(statement: &[u8], dialect: Dialect, room: &'room mut Vec<u8>) -> &'room [u8] {
    if let Some(known) = as_a_whole(statement, dialect) {
        return known;
    }
    let (length, unions) = Lexer::new(statement, dialect, room).run();
    if unions {
        room.truncate(length);
        unions::collapse(room);
        return room;
    }
    &room[..length]
}

/// Statements that are one class whatever is in them.
fn as_a_whole(statement: &[u8], dialect: Dialect) -> Option<&'static [u8]> {
    if dialect != Dialect::MySql {
        return None;
    }
    // mysqldump reads every table; what matters is that a dump runs.
    if statement.starts_with(b"SELECT /*!40001 SQL_NO_CACHE */ * FROM `") {
        return Some(b"mysqldump");
    }
    let chooses = statement.len() > 4 && statement[..4].eq_ignore_ascii_case(b"use ");
    if chooses && !statement[4..].trim_ascii().iter().any(u8::is_ascii_whitespace) {
        return Some(b"use ?");
    }
    None
}

#[cfg(test)]
mod tests;
