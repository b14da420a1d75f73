//! Comments, which go, and hints to the planner, which stay.

use memchr::{memchr2, memmem};

use super::{Dialect, Last, Lexer};

/// A comment that changes what is done, without values: `/*!40001 SQL_NO_CACHE */` keeps its version, and
/// `/*+ MAX_EXECUTION_TIME(500) */` loses its number.
fn hint(comment: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(comment.len());
    let mut at = 0;
    while let Some(byte) = comment.get(at) {
        let quoted = matches!(byte, b'\'' | b'"');
        let is_number = byte.is_ascii_digit()
            && at > 3
            && !comment[at - 1].is_ascii_alphanumeric()
            && !matches!(comment[at - 1], b'_' | b'$');
        let length = if quoted {
            let close = comment[at + 1..].iter().position(|end| end == byte);
            close.map_or(comment.len() - at, |close| close + 2)
        } else if is_number {
            comment[at..].iter().take_while(|sign| sign.is_ascii_alphanumeric() || **sign == b'.').count()
        } else {
            out.push(*byte);
            at += 1;
            continue;
        };
        out.push(b'?');
        at += length;
    }
    // A string that was not closed took the end of the comment with it.
    if !out.ends_with(b"*/") && comment.ends_with(b"*/") {
        out.extend(b" */");
    }
    out
}

impl Lexer<'_> {
    /// `/* ... */` is left out, `/*! ... */` and `/*+ ... */` change what is done and are kept.
    pub(super) fn comment(&mut self, at: usize) -> usize {
        let text = self.text;
        let end = memmem::find(&text[at + 2..], b"*/").map_or(text.len(), |found| at + 2 + found + 2);
        if matches!(self.byte(at + 2), b'!' | b'+') {
            self.not_plain();
            self.space();
            self.out.lower(&hint(&text[at..end]));
            self.last = Last::Word;
        }
        end
    }

    pub(super) fn line_comment(&mut self, at: usize) -> usize {
        let rest = &self.text[at..];
        self.blank = true;
        at + memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())
    }

    /// `--` starts a comment: everywhere in PostgreSQL, before a blank in MySQL.
    pub(super) fn starts_comment(&self, at: usize) -> bool {
        self.dialect == Dialect::Postgres || matches!(self.byte(at + 2), 0 | b' ' | b'\t' | b'\n' | b'\r')
    }
}
