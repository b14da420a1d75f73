//! Reads a masked condition: which columns are compared, how, and what keeps an index from helping.

use std::collections::BTreeSet;

use crate::sql::plan::mask::mask;
use crate::sql::plan::token::{Quotes, Token, tokens};

/// One comparison of a condition whose parts must all hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Atom {
    /// What is compared.
    pub side: Side,
    /// How.
    pub how: How,
    /// As written, masked.
    pub text: String,
}

/// What an index would have to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// A column, without the name of its table.
    Column(String),
    /// Something made of a column: `lower(email)`, `(legacy_id)::integer`.
    Wrapped {
        /// The column inside.
        column: String,
        /// What is done to it.
        by: Wrap,
        /// As written.
        text: String,
    },
    /// Several comparisons of which one is enough; the columns that they compare.
    Any(Vec<String>),
    /// Something that no index can hold, or that was not understood.
    Other,
}

/// What is done to a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrap {
    /// A function, by its name.
    Function(String),
    /// A cast to a type, by its name.
    Cast(String),
    /// Arithmetic and the like.
    Expression,
}

/// How it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// `=`, `IN`, `IS NULL`, with something known before the table is read.
    Equal,
    /// `<`, `>=`, `BETWEEN`.
    Range,
    /// `LIKE 'word%'`.
    Prefix,
    /// `LIKE '%word'`, or a regular expression.
    Inside,
    /// `<>`, `NOT LIKE` and the like: most rows pass.
    Unequal,
    /// With a column of the same table, or in a way that no b-tree knows.
    Other,
}

/// The comparisons of `text` that must all hold.
pub fn atoms(text: &str, quotes_of_mysql: bool) -> Vec<Atom> {
    let quotes = if quotes_of_mysql { Quotes::Backslash } else { Quotes::Standard };
    let words: Vec<_> = tokens(text, quotes).filter(|token| *token != Token::Space).collect();
    split(strip(&words), "and").into_iter().map(|part| atom(strip(part))).collect()
}

/// The same of a condition as PostgreSQL writes it, whose literals were not masked yet.
pub fn atoms_unmasked(text: &str) -> Vec<Atom> {
    atoms(&mask(text, Quotes::Standard), false)
}

/// Without parentheses around the whole.
fn strip<'t, 'a>(mut words: &'t [Token<'a>]) -> &'t [Token<'a>] {
    while let [Token::Mark('('), inner @ .., Token::Mark(')')] = words {
        let mut depth = 0_i64;
        let closes_early = inner.iter().any(|word| {
            depth += level(word);
            depth < 0
        });
        if closes_early {
            break;
        }
        words = inner;
    }
    words
}

fn level(word: &Token<'_>) -> i64 {
    match word {
        Token::Mark('(' | '[') => 1,
        Token::Mark(')' | ']') => -1,
        _ => 0,
    }
}

/// Parts between `keyword`, outside of parentheses.
fn split<'t, 'a>(words: &'t [Token<'a>], keyword: &str) -> Vec<&'t [Token<'a>]> {
    let (mut parts, mut start, mut depth, mut between) = (Vec::new(), 0, 0, false);
    for (at, word) in words.iter().enumerate() {
        depth += level(word);
        if depth != 0 {
            continue;
        }
        if is(word, "between") {
            between = true;
        } else if is(word, keyword) {
            // The AND of BETWEEN belongs to it.
            if keyword == "and" && std::mem::take(&mut between) {
                continue;
            }
            parts.push(&words[start..at]);
            start = at + 1;
        }
    }
    parts.push(&words[start..]);
    parts
}

fn is(word: &Token<'_>, keyword: &str) -> bool {
    matches!(word, Token::Word(word) if word.eq_ignore_ascii_case(keyword))
}

fn atom(words: &[Token<'_>]) -> Atom {
    let text = show(words);
    let other = |how| Atom { side: Side::Other, how, text: text.clone() };
    let any = split(words, "or");
    if any.len() > 1 {
        let mut columns = Vec::new();
        for part in any {
            // One arm that no index can serve makes the whole condition one.
            let inner = atoms_of(strip(part));
            let Some(column) = inner.into_iter().find_map(|atom| match (atom.side, atom.how) {
                (Side::Column(column), How::Equal | How::Range | How::Prefix) => Some(column),
                _ => None,
            }) else {
                return other(How::Other);
            };
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        return Atom { side: Side::Any(columns), how: How::Equal, text };
    }
    if words.first().is_some_and(|word| is(word, "not")) {
        return other(How::Unequal);
    }
    let Some((at, length, how)) = operator(words) else {
        // A boolean column stands alone.
        return match column(words) {
            Some(column) => Atom { side: Side::Column(column), how: How::Equal, text },
            None => other(How::Other),
        };
    };
    let (left, right) = (strip(&words[..at]), strip(&words[at + length..]));
    let how = match how {
        How::Prefix => pattern(right),
        how => how,
    };
    let (side, against) = match (side(left), side(right)) {
        (Side::Other, right_side) => (right_side, left),
        (left_side, _) => (left_side, right),
    };
    // Compared with another column of the row itself, nothing is known before the row is read. With
    // a column of another table it is, but only inside of a join: those conditions are asked for there.
    let how =
        if side == Side::Other || (how != How::Other && names(against).len() > 1) { How::Other } else { how };
    Atom { side, how, text }
}

fn atoms_of(words: &[Token<'_>]) -> Vec<Atom> {
    split(words, "and")
        .into_iter()
        .map(|part| {
            let part = strip(part);
            // No deeper: an OR inside of an OR is not looked into.
            if split(part, "or").len() > 1 {
                Atom { side: Side::Other, how: How::Other, text: String::new() }
            } else {
                atom(part)
            }
        })
        .collect()
}

/// Where the comparison stands, how many words it takes, and what it is.
fn operator(words: &[Token<'_>]) -> Option<(usize, usize, How)> {
    let mut depth = 0;
    for (at, word) in words.iter().enumerate() {
        depth += level(word);
        if depth != 0 {
            continue;
        }
        let how = match word {
            Token::Operator("=" | "<=>") => How::Equal,
            Token::Operator("<" | ">" | "<=" | ">=") => How::Range,
            Token::Operator("<>" | "!=" | "!~~" | "!~~*" | "!~" | "!~*") => How::Unequal,
            Token::Operator("~~") => How::Prefix,
            Token::Operator("~~*" | "~" | "~*") => How::Inside,
            Token::Operator("@>" | "<@" | "&&" | "?" | "?|" | "?&" | "@@" | "@?") => How::Other,
            _ if is(word, "like") => How::Prefix,
            _ if is(word, "ilike") || is(word, "regexp") || is(word, "rlike") => How::Inside,
            _ if is(word, "in") => How::Equal,
            _ if is(word, "between") => How::Range,
            _ if is(word, "is") => {
                let negated = words.get(at + 1).is_some_and(|word| is(word, "not") || is(word, "distinct"));
                if negated { How::Unequal } else { How::Equal }
            }
            _ if is(word, "not") => How::Unequal,
            _ => continue,
        };
        return Some((at, 1, how));
    }
    None
}

/// Whether a pattern starts with words that an index can go by.
fn pattern(words: &[Token<'_>]) -> How {
    match words.first() {
        Some(Token::Text(text)) if text.starts_with('%') => How::Inside,
        Some(Token::Text(text)) if !text.contains('%') => How::Equal,
        _ => How::Prefix,
    }
}

/// What stands on one side of a comparison.
fn side(words: &[Token<'_>]) -> Side {
    let words = strip(words);
    if let Some(column) = column(words) {
        return Side::Column(column);
    }
    let mut names = names(words);
    let (Some(inner), true) = (names.pop_first(), names.is_empty()) else { return Side::Other };
    let by = match words {
        // A cast of a whole column.
        [.., Token::Cast, Token::Word(kind)] => {
            let plain = column(strip(&words[..words.len() - 2])).is_some();
            // Text types are the same to an index.
            if plain && ["text", "bpchar", "varchar"].contains(kind) {
                return Side::Column(inner);
            }
            Wrap::Cast((*kind).to_owned())
        }
        [Token::Word(function), Token::Mark('('), .., Token::Mark(')')] => {
            if ["any", "all", "select"].iter().any(|it| function.eq_ignore_ascii_case(it)) {
                return Side::Other;
            }
            Wrap::Function((*function).to_owned())
        }
        _ => Wrap::Expression,
    };
    Side::Wrapped { column: inner, by, text: show(words) }
}

/// The name of a column, where the words are nothing else: `o.status`, `shop.orders.status`.
fn column(words: &[Token<'_>]) -> Option<String> {
    let name = |word: &Token<'_>| match word {
        Token::Word(word) if !is_constant(word) => Some((*word).to_owned()),
        Token::Quoted(name) => Some((*name).to_owned()),
        _ => None,
    };
    let last = name(words.last()?)?;
    let path = words[..words.len() - 1].chunks(2);
    let is_path = words.len() % 2 == 1
        && words.len() <= 7
        && path.into_iter().all(|pair| matches!(pair, [word, Token::Mark('.')] if name(word).is_some()));
    is_path.then_some(last)
}

/// Columns that are named anywhere in the words, without their tables.
fn names(words: &[Token<'_>]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, word) in words.iter().enumerate() {
        let name = match word {
            Token::Word(word) if !is_constant(word) => *word,
            Token::Quoted(name) => name,
            _ => continue,
        };
        let before = at.checked_sub(1).map(|at| words[at]);
        let after = words.get(at + 1);
        // No function, no type, no table.
        if matches!(after, Some(Token::Mark('(' | '.'))) || before == Some(Token::Cast) {
            continue;
        }
        found.insert(name.to_owned());
    }
    found
}

fn is_constant(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "true",
        "false",
        "null",
        "current_date",
        "current_timestamp",
        "localtimestamp",
        "and",
        "or",
        "not",
        "any",
        "all",
        "array",
        "collate",
        "interval",
        "date",
        "timestamp",
        "from",
        "as",
        "day",
        "month",
        "year",
        "hour",
        "minute",
        "second",
        "subplan",
        "initplan",
        "hashed",
        "distinct",
        "escape",
        "case",
        "when",
        "then",
        "else",
        "end",
    ];
    WORDS.iter().any(|it| word.eq_ignore_ascii_case(it))
}

fn show(words: &[Token<'_>]) -> String {
    let mut out = String::new();
    for (at, word) in words.iter().enumerate() {
        let glued = match word {
            Token::Mark(')' | ']' | ',' | '.' | '[') | Token::Cast => true,
            Token::Mark('(') => {
                let spaced = ["and", "or", "not", "in", "any", "all", "like", "is", "when", "then", "else"];
                matches!(words.get(at.wrapping_sub(1)), Some(Token::Word(before)) if !spaced.iter().any(|it| before.eq_ignore_ascii_case(it)))
            }
            _ => false,
        };
        if !glued && !out.is_empty() && !out.ends_with(['(', '.', '[', ':']) {
            out.push(' ');
        }
        match word {
            Token::Word(word) => out.push_str(word),
            Token::Quoted(name) => {
                out.push('"');
                out.push_str(name);
                out.push('"');
            }
            Token::Text(text) => {
                out.push('\'');
                out.push_str(text);
                out.push('\'');
            }
            Token::Number(_) => out.push('?'),
            Token::Parameter(name) => out.push_str(name),
            Token::Cast => out.push_str("::"),
            Token::Operator(operator) => out.push_str(operator),
            Token::Mark(mark) => out.push(*mark),
            Token::Space => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, How)]) {
        let found: Vec<_> = atoms(text, false)
            .into_iter()
            .map(|atom| {
                let side = match atom.side {
                    Side::Column(name) => name,
                    Side::Wrapped { text, .. } => format!("!{text}"),
                    Side::Any(columns) => format!("any of {}", columns.join(" ")),
                    Side::Other => "-".to_owned(),
                };
                (side, atom.how)
            })
            .collect();
        let expected: Vec<_> = expected.iter().map(|(side, how)| ((*side).to_owned(), *how)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn comparisons_name_their_columns() {
        check("((status = ?) AND (total > ?))", &[("status", How::Equal), ("total", How::Range)]);
        check("(o.customer_id = c.id)", &[("customer_id", How::Equal)]);
        check("(customer_id = ANY (?))", &[("customer_id", How::Equal)]);
        check("((email)::text ~~ '?%')", &[("email", How::Prefix)]);
        check("(email ~~ '%?')", &[("email", How::Inside)]);
        check("(deleted_at IS NULL)", &[("deleted_at", How::Equal)]);
        check("(a BETWEEN ? AND ?) AND active", &[("a", How::Range), ("active", How::Equal)]);
        check("(NOT active) AND (status <> ?)", &[("-", How::Unequal), ("status", How::Unequal)]);
        check("((customer_id = ?) OR (status = ?))", &[("any of customer_id status", How::Equal)]);
        check("(? < total)", &[("total", How::Range)]);
    }

    #[test]
    fn what_is_wrapped_is_seen_as_wrapped() {
        check("(lower(email) = ?)", &[("!lower(email)", How::Equal)]);
        check("((legacy_id)::integer = ?)", &[("!(legacy_id)::integer", How::Equal)]);
        check("(date(placed_at) = ?)", &[("!date(placed_at)", How::Equal)]);
        check("((total * ?) > ?)", &[("!total * ?", How::Range)]);
        check("(hashed SubPlan 1)", &[("-", How::Other)]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_read(text in "[ ()a-c.,=<>~':\\[\\]and orANDlike?%]*") {
            let _ = atoms(&text, false);
            let _ = atoms(&text, true);
        }
    }
}
