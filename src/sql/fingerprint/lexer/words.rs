//! Names and keywords.

use crate::sql::eight::Eight;

use super::special::Special;
use super::{Dialect, Last, Lexer, Limit};

impl Lexer<'_> {
    /// Where `null`, `true` or `false` at `at` ends, if one is there.
    pub(super) fn literal_word(&self, at: usize) -> Option<usize> {
        let word = Eight::at(self.text, at).word();
        (word.length < 8 && Special::of(word.lower) == Special::Literal).then_some(at + word.length)
    }

    #[inline(always)]
    pub(super) fn word(&mut self, at: usize) -> usize {
        let word = Eight::at(self.text, at).word();
        if word.length == 8 || word.digits {
            return self.long_word(at);
        }
        let end = at + word.length;
        if word.length == 1 && self.byte(end) == b'\'' && is_prefix(word.lower as u8) {
            return self.prefixed(end, word.lower as u8);
        }
        let special = Special::of(word.lower);
        if special != Special::None {
            return self.special(special, word.lower, word.length, end);
        }
        self.plain_word();
        self.out.eight(word.lower, word.length);
        end
    }

    /// What comes before any word that is only a name.
    #[inline(always)]
    fn plain_word(&mut self) {
        self.not_plain();
        self.space();
        self.last = Last::Word;
        self.values = false;
        self.limit = Limit::No;
        self.order = false;
    }

    /// x'1f', b'01', n'text', e'text': the letter belongs to the string.
    fn prefixed(&mut self, quote: usize, letter: u8) -> usize {
        let end = self.string(quote, b'\'', self.dialect == Dialect::MySql || letter == b'e');
        self.literal();
        end
    }

    #[inline(never)]
    fn special(&mut self, special: Special, lower: u64, length: usize, end: usize) -> usize {
        match special {
            Special::Literal => {
                self.literal();
                return end;
            }
            Special::Asc if self.ordered => {
                self.blank = false;
                return end;
            }
            Special::Offset if self.limit == Limit::First => {
                self.limit = Limit::Second;
                self.blank = false;
                return end;
            }
            Special::Call if self.out.is_empty() => return self.call(end),
            _ => {}
        }
        let ordered = special == Special::By && self.order;
        self.plain_word();
        self.out.eight(lower, length);
        match special {
            Special::List => self.last = Last::ListWord,
            Special::Values => {
                self.last = Last::ListWord;
                self.values = true;
            }
            Special::Limit => self.limit = Limit::Word,
            Special::Order => self.order = true,
            Special::Union => self.unions = true,
            _ => {}
        }
        self.ordered |= ordered;
        end
    }

    /// A word of eight bytes or more, or with digits in it.
    fn long_word(&mut self, at: usize) -> usize {
        self.plain_word();
        let before = self.out.len();
        let mut end = at;
        let mut digits = false;
        loop {
            let word = Eight::at(self.text, end).word();
            digits |= word.digits;
            end += word.length;
            self.out.eight(word.lower, word.length);
            if word.length < 8 {
                break;
            }
        }
        if digits {
            self.out.truncate(before);
            let text = self.text;
            self.name_with_digits(&text[at..end]);
        }
        end
    }

    /// `call name(...)`: the procedure is the class.
    fn call(&mut self, at: usize) -> usize {
        let rest = &self.text[at..];
        let name = rest.trim_ascii_start();
        let end =
            name.iter().position(|byte| *byte == b'(' || byte.is_ascii_whitespace()).unwrap_or(name.len());
        self.out.extend(b"call ");
        self.out.lower(&name[..end]);
        self.blank = false;
        self.text.len()
    }

    /// Names of shards, partitions and temporary tables are one name.
    pub(super) fn name_with_digits(&mut self, word: &[u8]) {
        if self.dialect == Dialect::Postgres && !has_long_number(word) {
            return self.out.lower(word);
        }
        let mut at = 0;
        while let Some(byte) = word.get(at) {
            if byte.is_ascii_digit() {
                self.out.push(b'?');
                while word.get(at).is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f')) {
                    at += 1;
                }
            } else {
                self.out.push(byte.to_ascii_lowercase());
                at += 1;
            }
        }
    }
}

fn is_prefix(letter: u8) -> bool {
    matches!(letter, b'x' | b'b' | b'n' | b'e')
}

/// A date or a number in a name: four digits in a row.
fn has_long_number(word: &[u8]) -> bool {
    word.split(|byte| !byte.is_ascii_digit()).any(|run| run.len() >= 4)
}
