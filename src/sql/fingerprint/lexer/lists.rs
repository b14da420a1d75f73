//! Lists of literals, which are one whatever is in them, and rows of `values`.

use super::table::{STARTS, Starts};
use super::{Dialect, Last, Lexer, Limit};

/// A list that may turn out to hold literals only.
#[derive(Clone, Copy)]
pub(super) struct List {
    /// Where it starts in the output, with the blank before it.
    at: usize,
    /// How many brackets were open outside it.
    depth: u32,
    /// Only literals and commas so far.
    pub(super) plain: bool,
    /// It belongs to `values`, so that further rows follow.
    rows: bool,
}

impl Lexer<'_> {
    pub(super) fn open(&mut self, at: usize, byte: u8) -> usize {
        self.limit = Limit::No;
        if byte == b'(' && self.last == Last::Row && !self.skipping {
            return self.skip_row(at);
        }
        let lists = match byte {
            b'(' => self.last == Last::ListWord,
            _ => self.out.written().ends_with(b"array"),
        };
        // A list inside a list of literals is part of it; inside anything else it is one of its own.
        if lists && self.list.is_none_or(|list| !list.plain && !list.rows) {
            let rows = self.values;
            if let Some(end) = self.plain_list(at) {
                self.list = None;
                self.collapsed(byte == b'(', rows);
                return end;
            }
            self.list = Some(List { at: self.out.len(), depth: self.depth, plain: true, rows });
        } else if let Some(list) = &mut self.list {
            // `in ((1, 2), (3, 4))` holds literals only, too.
            list.plain &= self.last == Last::Operator;
        }
        self.space();
        self.out.push(byte);
        self.depth += 1;
        self.last = Last::Operator;
        at + 1
    }

    pub(super) fn close(&mut self, at: usize, byte: u8) -> usize {
        self.limit = Limit::No;
        self.depth = self.depth.saturating_sub(1);
        let done = self.list.filter(|list| list.depth == self.depth);
        let Some(list) = done else {
            self.space();
            self.out.push(byte);
            self.last = if self.list.is_some_and(|list| list.plain) { Last::Literal } else { Last::Closed };
            return at + 1;
        };
        self.list = None;
        if list.plain && self.last == Last::Literal {
            self.out.truncate(list.at);
            self.collapsed(byte == b')', list.rows);
        } else {
            self.space();
            self.out.push(byte);
            self.last = if list.rows { Last::Row } else { Last::Closed };
        }
        at + 1
    }

    /// Writes what stands for any list of literals.
    fn collapsed(&mut self, round: bool, rows: bool) {
        self.out.extend(if round { b"(?+)" } else { b"[?+]" });
        self.blank = false;
        self.last = if rows { Last::Row } else { Last::Closed };
    }

    #[inline(always)]
    pub(super) fn comma(&mut self, at: usize) -> usize {
        if self.limit == Limit::First {
            self.limit = Limit::Second;
            self.blank = false;
            return at + 1;
        }
        self.limit = Limit::No;
        if self.last == Last::Row && self.text[at + 1..].trim_ascii_start().first() == Some(&b'(') {
            self.blank = false;
            return at + 1;
        }
        self.space();
        self.out.push(b',');
        self.last = Last::Operator;
        at + 1
    }

    /// Where the bracket at `at` ends, if nothing is in it but numbers, strings and commas: most lists are read over
    /// here. Whatever is not as plain as that is left to be read token by token.
    fn plain_list(&self, at: usize) -> Option<usize> {
        let close = if self.byte(at) == b'(' { b')' } else { b']' };
        let mut at = at;
        loop {
            at = self.over_blanks(at + 1);
            let byte = self.byte(at);
            at = match STARTS[usize::from(byte)] {
                Starts::Digit => self.number(at),
                Starts::Other if matches!(byte, b'+' | b'-') && self.byte(at + 1).is_ascii_digit() => {
                    self.number(at + 1)
                }
                Starts::Quote if byte == b'\'' => self.string(at, byte, self.dialect == Dialect::MySql),
                Starts::Word => self.literal_word(at)?,
                _ => return None,
            };
            at = self.over_blanks(at);
            match self.byte(at) {
                b',' => {}
                byte if byte == close => return Some(at + 1),
                _ => return None,
            }
        }
    }

    #[inline(always)]
    fn over_blanks(&self, at: usize) -> usize {
        let mut at = at;
        while self.text.get(at).is_some_and(|byte| STARTS[usize::from(*byte)] == Starts::Blank) {
            at += 1;
        }
        at
    }

    /// A further row of `values`: read over, with the strings and brackets in it.
    fn skip_row(&mut self, at: usize) -> usize {
        if let Some(end) = self.plain_list(at) {
            self.blank = false;
            self.list = None;
            return end;
        }
        let kept = self.out.len();
        let outside = self.depth;
        self.depth += 1;
        self.last = Last::Operator;
        self.list = None;
        // What is inside need not be read over in turn: nothing of it is kept, and a log must not decide how deep
        // the stack gets.
        self.skipping = true;
        let mut at = at + 1;
        while self.depth > outside
            && let Some(next) = self.step(at)
        {
            at = next;
            self.out.truncate(kept);
        }
        self.skipping = false;
        self.blank = false;
        self.list = None;
        self.last = Last::Row;
        at
    }
}
