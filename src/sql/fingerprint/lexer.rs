//! The pass over a statement's bytes: what is copied, what becomes `?`, what is left out.

mod comments;
mod lists;
mod special;
mod strings;
mod table;
mod words;

use crate::sql::eight::Eight;

use super::Dialect;
use super::out::Out;
use lists::List;
use table::{STARTS, Starts};

/// What was written last, as far as the next token depends on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// The start, an operator, a comma or an opening bracket: a sign that follows belongs to a number.
    Operator,
    /// A name or a keyword.
    Word,
    /// A `?`.
    Literal,
    /// `in`, `values` or `value`: a list that follows is one of them.
    ListWord,
    /// A list that was collapsed, or a row of `values`: further rows add nothing.
    Row,
    /// A closing bracket.
    Closed,
}

/// How far a `limit` has been read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Limit {
    No,
    Word,
    First,
    Second,
}

/// Reads a statement and writes its fingerprint. Where it stands is passed from token to token, because a
/// register is faster than memory.
pub(super) struct Lexer<'a> {
    text: &'a [u8],
    dialect: Dialect,
    out: Out<'a>,
    blank: bool,
    last: Last,
    values: bool,
    limit: Limit,
    order: bool,
    ordered: bool,
    unions: bool,
    depth: u32,
    list: Option<List>,
    skipping: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a [u8], dialect: Dialect, out: &'a mut Vec<u8>) -> Self {
        Self {
            text,
            dialect,
            out: Out::new(out),
            blank: false,
            last: Last::Operator,
            values: false,
            limit: Limit::No,
            order: false,
            ordered: false,
            unions: false,
            depth: 0,
            list: None,
            skipping: false,
        }
    }

    /// Reads to the end. Gives how long the fingerprint is, and whether parts of it are joined by `union`.
    pub(super) fn run(mut self) -> (usize, bool) {
        let mut at = 0;
        while let Some(next) = self.step(at) {
            at = next;
        }
        while matches!(self.out.last(), Some(b';' | b' ')) {
            self.out.truncate(self.out.len() - 1);
        }
        (self.out.len(), self.unions)
    }

    /// Reads the token at `at`; gives where the next one starts, or nothing at the end.
    #[inline(always)]
    fn step(&mut self, at: usize) -> Option<usize> {
        // Most tokens have one blank before them, and as many have none: a branch on it would be guessed wrong.
        let blank = *self.text.get(at)? == b' ';
        self.blank |= blank;
        let at = at + usize::from(blank);
        let byte = self.byte(at);
        Some(match STARTS[usize::from(byte)] {
            Starts::Blank => {
                self.blank = true;
                at + 1
            }
            Starts::Word => self.word(at),
            Starts::Digit => {
                let end = self.number(at);
                self.literal();
                end
            }
            Starts::Quote => self.quoted(at, byte),
            Starts::Comma => self.comma(at),
            Starts::Open => self.open(at, byte),
            Starts::Close => self.close(at, byte),
            Starts::Operator => self.operator(at, byte),
            Starts::Other => self.other(at, byte),
        })
    }

    /// The byte at `at`, 0 behind the end.
    #[inline(always)]
    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    /// Writes the blank that is due.
    #[inline(always)]
    fn space(&mut self) {
        self.out.blank_if(self.blank && !self.out.is_empty());
        self.blank = false;
    }

    #[inline(always)]
    fn literal(&mut self) {
        if self.limit != Limit::No && self.limit_literal() {
            return;
        }
        // Strings that stand side by side are one string.
        if self.last == Last::Literal && self.out.last() == Some(b'?') {
            self.blank = false;
            return;
        }
        self.space();
        self.out.push(b'?');
        self.last = Last::Literal;
    }

    /// A literal behind `limit`; whether it adds nothing: `limit 5, 10` and `limit 5 offset 10` are `limit ?`, and
    /// the blank goes with it.
    fn limit_literal(&mut self) -> bool {
        match self.limit {
            Limit::Word => self.limit = Limit::First,
            Limit::Second => {
                self.limit = Limit::No;
                self.blank = false;
                self.last = Last::Literal;
                return true;
            }
            Limit::No | Limit::First => {}
        }
        false
    }

    /// Where the number that starts at `at` ends: digits, letters (`0x1f`, `1e5`), dots, and a sign behind an `e`.
    #[inline(always)]
    fn number(&self, at: usize) -> usize {
        let mut end = at + 1;
        loop {
            let more = Eight::at(self.text, end).number();
            end += more;
            if more == 8 {
                continue;
            }
            let signed = matches!(self.byte(end), b'+' | b'-') && self.text[end - 1] | 0x20 == b'e';
            if !signed {
                return end;
            }
            end += 1;
        }
    }

    #[inline(always)]
    fn operator(&mut self, at: usize, byte: u8) -> usize {
        self.not_plain();
        self.space();
        self.out.push(byte);
        self.last = Last::Operator;
        self.limit = Limit::No;
        at + 1
    }

    /// What is an operator only where it is nothing else.
    fn other(&mut self, at: usize, byte: u8) -> usize {
        let next = self.byte(at + 1);
        match byte {
            b'/' if next == b'*' => self.comment(at),
            b'#' if self.dialect == Dialect::MySql => self.line_comment(at),
            b'-' if next == b'-' && self.starts_comment(at) => self.line_comment(at),
            b'$' if self.dialect == Dialect::Postgres => self.dollar(at),
            b'?' => {
                self.literal();
                at + 1
            }
            b'+' | b'-' if self.last_is_operator() && self.signs_a_number(at) => {
                self.blank |= next == b' ';
                at + 1
            }
            b'.' if next.is_ascii_digit() && self.last != Last::Word => {
                let end = self.number(at);
                self.literal();
                end
            }
            _ => self.operator(at, byte),
        }
    }

    fn last_is_operator(&self) -> bool {
        matches!(self.last, Last::Operator | Last::ListWord)
    }

    fn signs_a_number(&self, at: usize) -> bool {
        let rest = self.text[at + 1..].trim_ascii_start();
        matches!(rest, [b'0'..=b'9' | b'?', ..] | [b'.', b'0'..=b'9', ..])
    }

    /// Something else than a literal or a comma was met.
    #[inline(always)]
    fn not_plain(&mut self) {
        if let Some(list) = &mut self.list {
            list.plain = false;
        }
    }
}
