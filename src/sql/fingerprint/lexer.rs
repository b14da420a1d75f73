//! The pass over a statement's bytes: what is copied, what becomes `?`, what is left out.

use memchr::{memchr, memchr2, memmem};

use super::Dialect;

/// What a byte starts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Starts {
    Blank,
    Word,
    Digit,
    Quote,
    Other,
}

const STARTS: [Starts; 256] = {
    let mut table = [Starts::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | 0 => Starts::Blank,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80..=0xff => Starts::Word,
            b'0'..=b'9' => Starts::Digit,
            b'\'' | b'"' | b'`' => Starts::Quote,
            _ => Starts::Other,
        };
        byte += 1;
    }
    table
};

/// Whether a byte goes on a word.
const IN_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] =
            matches!(byte as u8, b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'0'..=b'9' | b'$' | 0x80..=0xff);
        byte += 1;
    }
    table
};

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

/// A list that may turn out to hold literals only.
#[derive(Clone, Copy)]
struct List {
    /// Where it starts in the output, with the blank before it.
    at: usize,
    /// How many brackets were open outside it.
    depth: u32,
    /// Only literals and commas so far.
    plain: bool,
    /// It belongs to `values`, so that further rows follow.
    rows: bool,
}

/// Reads a statement and writes its fingerprint.
pub(super) struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    dialect: Dialect,
    out: &'a mut Vec<u8>,
    blank: bool,
    last: Last,
    depth: u32,
    list: Option<List>,
    values: bool,
    limit: Limit,
    order: bool,
    ordered: bool,
    unions: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a [u8], dialect: Dialect, out: &'a mut Vec<u8>) -> Self {
        Self {
            text,
            at: 0,
            dialect,
            out,
            blank: false,
            last: Last::Operator,
            depth: 0,
            list: None,
            values: false,
            limit: Limit::No,
            order: false,
            ordered: false,
            unions: false,
        }
    }

    /// Whether parts are joined by `union`.
    pub(super) fn unions(&self) -> bool {
        self.unions
    }

    pub(super) fn run(&mut self) {
        while self.step() {}
        while matches!(self.out.last(), Some(b';' | b' ')) {
            self.out.pop();
        }
    }

    /// Reads one token; `false` at the end.
    fn step(&mut self) -> bool {
        let Some(byte) = self.text.get(self.at).copied() else { return false };
        match STARTS[usize::from(byte)] {
            Starts::Blank => {
                self.at += 1;
                self.blank = true;
            }
            Starts::Word => self.word(),
            Starts::Digit => self.number(),
            Starts::Quote => self.quoted(byte),
            Starts::Other => self.other(byte),
        }
        true
    }

    /// The byte `ahead` of the current one, 0 behind the end.
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Writes the blank that is due.
    fn space(&mut self) {
        if self.blank {
            self.blank = false;
            if !self.out.is_empty() {
                self.out.push(b' ');
            }
        }
    }

    fn literal(&mut self) {
        match self.limit {
            Limit::Word => self.limit = Limit::First,
            // `limit 5, 10` and `limit 5 offset 10` are `limit ?`: the blank goes with it.
            Limit::Second => {
                self.limit = Limit::No;
                self.blank = false;
                self.last = Last::Literal;
                return;
            }
            Limit::No | Limit::First => {}
        }
        // Strings that stand side by side are one string.
        if self.last == Last::Literal && self.out.last() == Some(&b'?') {
            self.blank = false;
            return;
        }
        self.space();
        self.out.push(b'?');
        self.last = Last::Literal;
    }

    fn word(&mut self) {
        let start = self.at;
        let mut end = start + 1;
        let mut digits = false;
        while let Some(byte) = self.text.get(end) {
            if !IN_WORD[usize::from(*byte)] {
                break;
            }
            digits |= byte.is_ascii_digit();
            end += 1;
        }
        let word = &self.text[start..end];
        let next = self.text.get(end).copied().unwrap_or(0);
        self.at = end;

        // x'1f', b'01', n'text', e'text': the letter belongs to the string.
        if next == b'\'' && word.len() == 1 && matches!(word[0] | 0x20, b'x' | b'b' | b'n' | b'e') {
            self.string(b'\'', self.dialect == Dialect::MySql || word[0] | 0x20 == b'e');
            return;
        }
        let special = if word.len() <= 7 { Special::of(word) } else { Special::None };
        match special {
            Special::Literal => return self.literal(),
            Special::Asc if self.ordered => {
                self.blank = false;
                return;
            }
            Special::Offset if self.limit == Limit::First => {
                self.limit = Limit::Second;
                self.blank = false;
                return;
            }
            Special::Call if self.out.is_empty() => return self.call(),
            _ => {}
        }
        self.not_plain();
        self.space();
        if digits {
            self.name_with_digits(word);
        } else {
            self.lower(word);
        }
        self.last =
            if special == Special::List || special == Special::Values { Last::ListWord } else { Last::Word };
        self.values = special == Special::Values;
        self.limit = if special == Special::Limit { Limit::Word } else { Limit::No };
        self.ordered |= special == Special::By && self.order;
        self.order = special == Special::Order;
        self.unions |= special == Special::Union;
    }

    /// `call name(...)`: the procedure is the class.
    fn call(&mut self) {
        let rest = &self.text[self.at..];
        let name = rest.trim_ascii_start();
        let end =
            name.iter().position(|byte| *byte == b'(' || byte.is_ascii_whitespace()).unwrap_or(name.len());
        self.out.extend_from_slice(b"call ");
        let name = &name[..end];
        self.lower(name);
        self.blank = false;
        self.at = self.text.len();
    }

    fn lower(&mut self, word: &[u8]) {
        let start = self.out.len();
        self.out.extend_from_slice(word);
        self.out[start..].make_ascii_lowercase();
    }

    /// Names of shards, partitions and temporary tables are one name.
    fn name_with_digits(&mut self, word: &[u8]) {
        if self.dialect == Dialect::Postgres && !has_long_number(word) {
            return self.lower(word);
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

    fn number(&mut self) {
        self.at += 1;
        while let Some(byte) = self.text.get(self.at) {
            let exponent = matches!(byte, b'+' | b'-') && matches!(self.text[self.at - 1], b'e' | b'E');
            let hex = self.text.get(self.at - 1).is_some_and(|byte| matches!(byte, b'x' | b'X'));
            if IN_WORD[usize::from(*byte)] || *byte == b'.' || (exponent && !hex) {
                self.at += 1;
            } else {
                break;
            }
        }
        self.literal();
    }

    fn quoted(&mut self, quote: u8) {
        let name = quote == b'`' || (quote == b'"' && self.dialect == Dialect::Postgres);
        if !name {
            return self.string(quote, self.dialect == Dialect::MySql);
        }
        let start = self.at;
        self.at += 1;
        while let Some(found) = memchr(quote, &self.text[self.at..]) {
            self.at += found + 1;
            if self.peek(0) != quote {
                break;
            }
            self.at += 1;
        }
        if self.at == start + 1 || self.text.get(self.at - 1) != Some(&quote) {
            self.at = self.text.len();
        }
        self.not_plain();
        self.space();
        let name = &self.text[start..self.at];
        if name.iter().any(u8::is_ascii_digit) {
            self.name_with_digits(name);
        } else {
            self.lower(name);
        }
        self.last = Last::Word;
        self.limit = Limit::No;
    }

    /// A string from its opening quote on. One that never ends reaches to the end: that happens where
    /// the log cut the statement.
    fn string(&mut self, quote: u8, escapes: bool) {
        self.at += 1;
        loop {
            let rest = &self.text[self.at..];
            let found = if escapes { memchr2(quote, b'\\', rest) } else { memchr(quote, rest) };
            let Some(found) = found else {
                self.at = self.text.len();
                break;
            };
            self.at += found + 1;
            if rest[found] == b'\\' {
                self.at = (self.at + 1).min(self.text.len());
            } else if self.peek(0) == quote {
                self.at += 1;
            } else {
                break;
            }
        }
        self.literal();
    }

    fn other(&mut self, byte: u8) {
        match byte {
            b'/' if self.peek(1) == b'*' => return self.comment(),
            b'#' if self.dialect == Dialect::MySql => return self.line_comment(),
            b'-' if self.peek(1) == b'-' && self.starts_comment() => return self.line_comment(),
            b'$' if self.dialect == Dialect::Postgres => return self.dollar(),
            b'?' => {
                self.at += 1;
                return self.literal();
            }
            b'+' | b'-' if self.last_is_operator() && self.signs_a_number() => {
                self.at += 1;
                self.blank |= self.peek(0) == b' ';
                return;
            }
            b'.' if self.peek(1).is_ascii_digit() && self.last != Last::Word => return self.number(),
            _ => {}
        }
        self.at += 1;
        match byte {
            b'(' | b'[' => self.open(byte),
            b')' | b']' => self.close(byte),
            b',' => self.comma(),
            _ => {
                self.not_plain();
                self.space();
                self.out.push(byte);
                self.last = Last::Operator;
                self.limit = Limit::No;
            }
        }
    }

    /// `--` starts a comment: everywhere in PostgreSQL, before a blank in MySQL.
    fn starts_comment(&self) -> bool {
        self.dialect == Dialect::Postgres || matches!(self.peek(2), 0 | b' ' | b'\t' | b'\n' | b'\r')
    }

    fn last_is_operator(&self) -> bool {
        matches!(self.last, Last::Operator | Last::ListWord)
    }

    fn signs_a_number(&self) -> bool {
        let rest = self.text[self.at + 1..].trim_ascii_start();
        matches!(rest, [b'0'..=b'9' | b'?', ..] | [b'.', b'0'..=b'9', ..])
    }

    /// `/* ... */` is left out, `/*! ... */` and `/*+ ... */` change what is done and are kept.
    fn comment(&mut self) {
        let body = &self.text[self.at + 2..];
        let end = memmem::find(body, b"*/").map_or(self.text.len(), |found| self.at + 2 + found + 2);
        let kept = matches!(self.peek(2), b'!' | b'+');
        if kept {
            self.not_plain();
            self.space();
            let comment = &self.text[self.at..end];
            self.lower(comment);
            self.last = Last::Word;
        }
        self.at = end;
    }

    fn line_comment(&mut self) {
        let rest = &self.text[self.at..];
        self.at += memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        self.blank = true;
    }

    /// `$1`, `$$text$$`, `$tag$text$tag$`.
    fn dollar(&mut self) {
        let rest = &self.text[self.at + 1..];
        if rest.first().is_some_and(u8::is_ascii_digit) {
            self.at += 1 + rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            return self.literal();
        }
        let tag = rest.iter().take_while(|byte| **byte != b'$' && IN_WORD[usize::from(**byte)]).count();
        if rest.get(tag) != Some(&b'$') {
            self.at += 1;
            self.space();
            self.out.push(b'$');
            return;
        }
        let quote = &self.text[self.at..self.at + tag + 2];
        let body = self.at + quote.len();
        self.at = memmem::find(&self.text[body..], quote)
            .map_or(self.text.len(), |found| body + found + quote.len());
        self.literal();
    }

    fn open(&mut self, byte: u8) {
        self.limit = Limit::No;
        if byte == b'(' && self.last == Last::Row {
            return self.skip_row();
        }
        let lists = match byte {
            b'(' => self.last == Last::ListWord,
            _ => self.out.ends_with(b"array"),
        };
        // A list inside a list of literals is part of it; inside anything else it is one of its own.
        if lists && self.list.is_none_or(|list| !list.plain && !list.rows) {
            let rows = self.values;
            self.list = Some(List { at: self.out.len(), depth: self.depth, plain: true, rows });
        } else if let Some(list) = &mut self.list {
            // `in ((1, 2), (3, 4))` holds literals only, too.
            list.plain &= self.last == Last::Operator;
        }
        self.space();
        self.out.push(byte);
        self.depth += 1;
        self.last = Last::Operator;
    }

    fn close(&mut self, byte: u8) {
        self.limit = Limit::No;
        self.depth = self.depth.saturating_sub(1);
        let done = self.list.filter(|list| list.depth == self.depth);
        let Some(list) = done else {
            self.space();
            self.out.push(byte);
            self.last = if self.list.is_some_and(|list| list.plain) { Last::Literal } else { Last::Closed };
            return;
        };
        self.list = None;
        if list.plain && self.last == Last::Literal {
            self.out.truncate(list.at);
            self.out.extend_from_slice(if byte == b')' { b"(?+)" } else { b"[?+]" });
            self.blank = false;
        } else {
            self.space();
            self.out.push(byte);
        }
        self.last = if list.rows { Last::Row } else { Last::Closed };
    }

    fn comma(&mut self) {
        match self.limit {
            Limit::First => {
                self.limit = Limit::Second;
                self.blank = false;
                return;
            }
            _ => self.limit = Limit::No,
        }
        if self.last == Last::Row && self.text[self.at..].trim_ascii_start().first() == Some(&b'(') {
            self.blank = false;
            return;
        }
        self.space();
        self.out.push(b',');
        self.last = Last::Operator;
    }

    /// A further row of `values`: read over, with the strings and brackets in it.
    fn skip_row(&mut self) {
        let kept = self.out.len();
        let outside = self.depth;
        self.depth += 1;
        self.last = Last::Operator;
        self.list = None;
        while self.depth > outside && self.step() {
            self.out.truncate(kept);
        }
        self.blank = false;
        self.list = None;
        self.last = Last::Row;
    }

    /// Something else than a literal or a comma was met.
    fn not_plain(&mut self) {
        if let Some(list) = &mut self.list {
            list.plain = false;
        }
    }
}

/// Words that are more than names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Special {
    None,
    Literal,
    List,
    Values,
    Limit,
    Offset,
    Order,
    By,
    Asc,
    Union,
    Call,
}

impl Special {
    fn of(word: &[u8]) -> Self {
        let is = |other: &[u8]| word.eq_ignore_ascii_case(other);
        match (word.len(), word[0] | 0x20) {
            (2, b'i') if is(b"in") => Self::List,
            (2, b'b') if is(b"by") => Self::By,
            (3, b'a') if is(b"asc") => Self::Asc,
            (4, b'n') if is(b"null") => Self::Literal,
            (4, b't') if is(b"true") => Self::Literal,
            (4, b'c') if is(b"call") => Self::Call,
            (5, b'f') if is(b"false") => Self::Literal,
            (5, b'l') if is(b"limit") => Self::Limit,
            (5, b'o') if is(b"order") => Self::Order,
            (5, b'u') if is(b"union") => Self::Union,
            (5, b'v') if is(b"value") => Self::Values,
            (6, b'v') if is(b"values") => Self::Values,
            (6, b'o') if is(b"offset") => Self::Offset,
            _ => Self::None,
        }
    }
}

/// A date or a number in a name: four digits in a row.
fn has_long_number(word: &[u8]) -> bool {
    word.split(|byte| !byte.is_ascii_digit()).any(|run| run.len() >= 4)
}
