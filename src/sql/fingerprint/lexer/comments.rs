//! Comments, which go, and hints to the planner, which stay.

use memchr::{memchr2, memmem};

use super::{Dialect, Last, Lexer};

impl Lexer<'_> {
    /// `/* ... */` is left out, `/*! ... */` and `/*+ ... */` change what is done and are kept.
    pub(super) fn comment(&mut self, at: usize) -> usize {
        let text = self.text;
        let end = memmem::find(&text[at + 2..], b"*/").map_or(text.len(), |found| at + 2 + found + 2);
        if matches!(self.byte(at + 2), b'!' | b'+') {
            self.not_plain();
            self.space();
            self.out.lower(&text[at..end]);
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
