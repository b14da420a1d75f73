//! Strings, and names in quotes.

use memchr::{memchr, memmem};

use super::table::in_word;
use super::{Dialect, Last, Lexer, Limit};
use crate::sql::eight::either;

impl Lexer<'_> {
    #[inline(always)]
    pub(super) fn quoted(&mut self, at: usize, quote: u8) -> usize {
        if quote == b'`' || (quote == b'"' && self.dialect == Dialect::Postgres) {
            return self.quoted_name(at, quote);
        }
        let end = self.string(at, quote, self.dialect == Dialect::MySql);
        self.literal();
        end
    }

    fn quoted_name(&mut self, start: usize, quote: u8) -> usize {
        let text = self.text;
        let mut at = start + 1;
        while let Some(found) = memchr(quote, &text[at..]) {
            at += found + 1;
            if self.byte(at) != quote {
                break;
            }
            at += 1;
        }
        if at == start + 1 || text.get(at - 1) != Some(&quote) {
            at = text.len();
        }
        self.not_plain();
        self.space();
        let name = &text[start..at];
        if name.iter().any(u8::is_ascii_digit) {
            self.name_with_digits(name);
        } else {
            self.out.lower(name);
        }
        self.last = Last::Word;
        self.limit = Limit::No;
        at
    }

    /// Where the string ends whose opening quote is at `at`. One that never ends reaches to the end: that happens
    /// where the log cut the statement.
    #[inline(always)]
    pub(super) fn string(&self, at: usize, quote: u8, escapes: bool) -> usize {
        let escape = if escapes { b'\\' } else { quote };
        let mut at = at + 1;
        loop {
            let Some(found) = either(self.text, at, quote, escape) else { return self.text.len() };
            at = found + 1;
            if self.text[found] != quote {
                at = (at + 1).min(self.text.len());
            } else if self.byte(at) == quote {
                at += 1;
            } else {
                return at;
            }
        }
    }

    /// `$1`, `$$text$$`, `$tag$text$tag$`.
    pub(super) fn dollar(&mut self, at: usize) -> usize {
        let rest = &self.text[at + 1..];
        if rest.first().is_some_and(u8::is_ascii_digit) {
            self.literal();
            return at + 1 + rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        }
        let tag = rest.iter().take_while(|byte| **byte != b'$' && in_word(**byte)).count();
        if rest.get(tag) != Some(&b'$') {
            self.space();
            self.out.push(b'$');
            return at + 1;
        }
        let quote = &self.text[at..at + tag + 2];
        let body = at + quote.len();
        let end = memmem::find(&self.text[body..], quote);
        self.literal();
        end.map_or(self.text.len(), |found| body + found + quote.len())
    }
}
