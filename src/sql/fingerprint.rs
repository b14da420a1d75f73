//! What makes two statements the same: their text without literals. One pass over the bytes, since a
//! log has millions of them.
//!
//! The form is the one that people know from `pt-query-digest`: lower case, blanks squeezed, `?` for
//! a literal, `in(?+)` and `values(?+)` for lists, digits in MySQL's names as `?` (shards and
//! temporary tables are one class). Where it differs, `docs/slowlog.md` says why.

mod lexer;
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
    let mut out = Vec::with_capacity(statement.len().min(4_096));
    write(statement.as_bytes(), dialect, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// Writes the fingerprint of a statement into `out`, which is emptied first; for those who read many.
///
/// Bytes that are not UTF-8 are left as they are where they stand in a name.
pub fn write(statement: &[u8], dialect: Dialect, out: &mut Vec<u8>) {
    out.clear();
    if let Some(known) = as_a_whole(statement, dialect) {
        out.extend_from_slice(known);
        return;
    }
    let mut lexer = Lexer::new(statement, dialect, out);
    lexer.run();
    let unions = lexer.unions();
    if unions {
        unions::collapse(out);
    }
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
