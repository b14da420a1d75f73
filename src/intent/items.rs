//! What a sentence is made of once names and times are known: words, numbers, names, times.

use std::ops::Range;

use super::names::Named;
use super::tokens::{Kind, Token};
use super::when::Said;

/// One thing that a phrase can be matched against.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// Lower case, without accents.
    pub(super) text: String,
    /// As written.
    pub(super) raw: String,
    /// Bytes in the text as it came.
    pub(super) span: Range<usize>,
    /// What it is.
    pub(super) kind: ItemKind,
    /// Words of the phrase book that this is or is meant to be.
    pub(super) literals: Vec<u16>,
    /// Words of the phrase book that are another form of it: "slowing" for "slow". Only phrases that
    /// ask go by these; what acts must be said in a form that the lists have.
    pub(super) related: Vec<u16>,
    /// Somebody else's words, or code.
    pub(super) quoted: bool,
    /// Written with `#` in front.
    pub(super) hash: bool,
    /// The mark that ends the clause after this item, if one does.
    pub(super) after: After,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ItemKind {
    Word,
    Path,
    Name(Named),
    Time(Said),
}

/// What follows an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum After {
    Nothing,
    Pause,
    Stop,
    /// The end of a line that is the end of a sentence too.
    Line,
    Question,
}

/// Kinds of things that phrases name in braces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Service,
    Container,
    Host,
    Database,
    Environment,
    Region,
    /// Service, container, host or database.
    Name,
    Endpoint,
    /// A whole number that may be an alert's.
    Number,
    Version,
    /// `300ms`, `2s`
    Span,
    Percent,
    Time,
    /// A time that reaches ahead: "until 5pm", "for 2 hours".
    Ahead,
    /// `getUserWithDomain`, `find_orders`
    Identifier,
    /// `NullPointerException`, `ECONNRESET`: what programs call their faults.
    Fault,
    /// Between quotation marks, or code.
    Quoted,
    /// Any word that no phrase knows.
    Other,
}

impl Item {
    pub(super) fn is(&self, class: Class) -> bool {
        use super::names::NameKind;
        let named = |wanted: NameKind| matches!(&self.kind, ItemKind::Name(named) if named.kind == wanted);
        match class {
            Class::Service => named(NameKind::Service),
            Class::Container => named(NameKind::Container),
            Class::Host => named(NameKind::Host),
            Class::Database => named(NameKind::Database),
            Class::Environment => named(NameKind::Environment),
            Class::Region => named(NameKind::Region),
            Class::Name => matches!(&self.kind, ItemKind::Name(named) if named.kind < NameKind::Environment),
            Class::Endpoint => self.kind == ItemKind::Path,
            Class::Number => self.kind == ItemKind::Word && self.number().is_some(),
            Class::Version => self.kind == ItemKind::Word && is_version(&self.text),
            Class::Span => self.kind == ItemKind::Word && is_span(&self.text),
            Class::Percent => self.kind == ItemKind::Word && self.text.ends_with('%'),
            Class::Time => matches!(self.kind, ItemKind::Time(_)),
            Class::Ahead => {
                const AHEAD: &[&str] = &[
                    "until", "till", "til", "bis", "jusqua", "jusquau", "jusque", "for", "fur", "pendant",
                    "next", "tonight",
                ];
                matches!(self.kind, ItemKind::Time(_))
                    && self.text.split(' ').next().is_some_and(|word| AHEAD.contains(&word))
            }
            Class::Identifier => {
                self.kind == ItemKind::Word && is_identifier(&self.raw) && !is_fault(&self.raw)
            }
            Class::Fault => self.kind == ItemKind::Word && is_fault(&self.raw),
            Class::Quoted => self.quoted,
            Class::Other => {
                self.kind == ItemKind::Word
                    && self.literals.is_empty()
                    && self.text.chars().any(char::is_alphabetic)
                    && !super::common_words::is_common(&self.text)
            }
        }
    }

    /// A whole number that may be an alert's.
    pub(super) fn number(&self) -> Option<i64> {
        (self.text.len() <= 9 && self.text.bytes().all(|b| b.is_ascii_digit()))
            .then(|| self.text.parse().ok())
            .flatten()
    }
}

fn is_version(text: &str) -> bool {
    let digits = text.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    match digits {
        Some(_) => true,
        None => {
            text.matches('.').count() == 2
                && text.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
        }
    }
}

fn is_span(text: &str) -> bool {
    let digits = text.trim_end_matches("ms").trim_end_matches('s').trim_end_matches("sec");
    digits.len() < text.len() && !digits.is_empty() && digits.parse::<f64>().is_ok()
}

fn is_identifier(raw: &str) -> bool {
    let inner = raw
        .char_indices()
        .skip(1)
        .any(|(at, c)| c.is_uppercase() && raw[..at].ends_with(|before: char| before.is_lowercase()));
    inner && raw.starts_with(char::is_alphabetic) && raw.chars().all(char::is_alphanumeric) && raw.len() > 5
}

/// Languages name faults `SomethingException` or `SomethingError`, POSIX `ECONNRESET`, databases `ORA-00060`.
fn is_fault(raw: &str) -> bool {
    let single = raw.strip_suffix('s').unwrap_or(raw);
    let ends = ["Exception", "Error", "Fault", "Failure", "Timeout"].iter().any(|end| {
        single.strip_suffix(end).is_some_and(|rest| rest.ends_with(|c: char| c.is_alphanumeric()))
    });
    let posix = [
        "ECONNRESET",
        "ECONNREFUSED",
        "ECONNABORTED",
        "ETIMEDOUT",
        "ENOTFOUND",
        "ENOENT",
        "EPIPE",
        "EACCES",
        "EMFILE",
        "ENFILE",
        "ENOSPC",
        "ENOMEM",
        "EHOSTUNREACH",
        "ENETUNREACH",
        "EADDRINUSE",
        "EAGAIN",
        "EPERM",
    ]
    .contains(&raw);
    let oracle = raw.strip_prefix("ORA").is_some_and(|rest| {
        rest.len() >= 4 && rest.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit())
    });
    ends || posix || oracle
}

/// Folds tokens, names and times into items. Names and times that overlap: the longer one stays.
pub(super) fn items(tokens: &[Token], names: Vec<Named>, times: Vec<Said>) -> Vec<Item> {
    let mut owner: Vec<Option<ItemKind>> = vec![None; tokens.len()];
    let mut taken = vec![false; tokens.len()];
    let mut put = |range: Range<usize>, kind: ItemKind| {
        if range.clone().all(|at| !taken[at]) {
            taken[range.clone()].fill(true);
            owner[range.start] = Some(kind);
        }
    };
    let (long, short): (Vec<_>, Vec<_>) = names.into_iter().partition(|named| named.tokens.len() > 1);
    for named in long {
        put(named.tokens.clone(), ItemKind::Name(named));
    }
    for said in times {
        put(said.tokens.clone(), ItemKind::Time(said));
    }
    for named in short {
        put(named.tokens.clone(), ItemKind::Name(named));
    }
    let mut out: Vec<Item> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        let end = match &owner[at] {
            Some(ItemKind::Name(named)) => named.tokens.end,
            Some(ItemKind::Time(said)) => said.tokens.end,
            _ => at + 1,
        };
        let after = mark(tokens, at);
        if let Some(after) = after {
            if let Some(last) = out.last_mut() {
                last.after = last.after.max(after);
            }
        } else {
            let kind = owner[at].take().unwrap_or(if token.kind == Kind::Path {
                ItemKind::Path
            } else {
                ItemKind::Word
            });
            let whole = &tokens[at..end];
            let text = whole.iter().map(|token| token.text.as_str()).collect::<Vec<_>>();
            out.push(Item {
                text: text.join(if matches!(kind, ItemKind::Time(_)) { " " } else { "" }),
                raw: whole.iter().map(|token| token.raw.as_str()).collect::<Vec<_>>().join("-"),
                span: token.span.start..whole.last().map_or(token.span.end, |last| last.span.end),
                kind,
                literals: Vec::new(),
                related: Vec::new(),
                quoted: whole.iter().any(|token| token.quoted),
                hash: token.hash,
                after: After::Nothing,
            });
        }
        at = end;
    }
    out
}

/// The mark that a token is. A single line break inside running text is only a breath.
fn mark(tokens: &[Token], at: usize) -> Option<After> {
    match tokens[at].kind {
        Kind::Stop('?') => Some(After::Question),
        Kind::Stop('\n') => {
            let next = tokens.get(at + 1);
            let wrapped = next.is_some_and(|next| {
                next.kind == Kind::Word && next.raw.starts_with(|c: char| c.is_lowercase())
            });
            Some(if wrapped { After::Pause } else { After::Line })
        }
        Kind::Stop(_) => Some(After::Stop),
        Kind::Pause(_) => Some(After::Pause),
        _ => None,
    }
}
