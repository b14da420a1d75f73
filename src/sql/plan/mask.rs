//! Takes the literals out of conditions and statements. It happens while a plan is read, so that
//! nothing later can let one out: statements hold personal data.

use crate::sql::plan::token::{Quotes, Token, tokens};

/// `text` with `?` for every text and number. Of a pattern it stays visible where its wildcards
/// stand (`'%?'`), because that decides whether an index can help. Lists of literals become `?, ...`.
pub(super) fn mask(text: &str, quotes: Quotes) -> String {
    let mut out = String::with_capacity(text.len());
    let words: Vec<Token<'_>> = tokens(text, quotes).collect();
    // Behind LIKE, and behind a literal: what comes next is read in their light.
    let (mut pattern, mut literal) = (false, false);
    let mut at = 0;
    while let Some(token) = words.get(at).copied() {
        at += 1;
        let was_literal = std::mem::take(&mut literal);
        match token {
            Token::Space => {
                if !out.ends_with(' ') && !out.is_empty() {
                    out.push(' ');
                }
                continue;
            }
            Token::Text(inner) => {
                push_literal(&mut out, if pattern { wildcards(inner) } else { "?" });
                literal = true;
            }
            // Which subplan is no secret, and the tree refers to it.
            Token::Number(number) if out.trim_end().ends_with("Plan") => out.push_str(number),
            Token::Number(_) => {
                push_literal(&mut out, "?");
                literal = true;
            }
            // The type of a literal says nothing that its column does not.
            Token::Cast if was_literal => {
                literal = true;
                at = past_type(&words, at);
                continue;
            }
            Token::Cast => out.push_str("::"),
            Token::Word(word) => {
                // `DATE '2024-01-01'`, `_utf8mb4'x'`: the literal says it all.
                if word.starts_with('_') && matches!(words.get(at), Some(Token::Text(_))) {
                    continue;
                }
                out.push_str(word);
                if is_like(word) {
                    pattern = true;
                    continue;
                }
            }
            Token::Quoted(name) => {
                let quote = if quotes == Quotes::Backslash { '`' } else { '"' };
                // MariaDB quotes whatever is a keyword somewhere; plain names read better without.
                if is_plain(name) {
                    out.push_str(name);
                } else {
                    out.push(quote);
                    out.push_str(name);
                    out.push(quote);
                }
            }
            Token::Parameter(name) => out.push_str(name),
            Token::Operator(operator) => {
                out.push_str(operator);
                if operator.contains("~~") {
                    pattern = true;
                    continue;
                }
            }
            Token::Mark(mark) => {
                out.push(mark);
                if mark == '(' {
                    continue;
                }
            }
        }
        pattern = false;
    }
    out.truncate(out.trim_end().len());
    out
}

fn is_like(word: &str) -> bool {
    word.eq_ignore_ascii_case("like") || word.eq_ignore_ascii_case("ilike")
}

fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Where the wildcards of a pattern stand, its words left out.
fn wildcards(pattern: &str) -> &'static str {
    let (start, end) = (pattern.starts_with(['%', '_']), pattern.ends_with('%'));
    match (start, end) {
        _ if !pattern.contains(['%', '_']) => "'?'",
        (true, true) => "'%?%'",
        (true, false) => "'%?'",
        (false, _) => "'?%'",
    }
}

/// Adds a literal, where the one before in a list is already there only that there are more.
fn push_literal(out: &mut String, shown: &str) {
    // The sign belongs to the number.
    if let Some(before) = out.strip_suffix('-')
        && before.trim_end().ends_with(['(', ',', '=', '<', '>', '['])
    {
        out.truncate(before.len());
    }
    let trimmed = out.trim_end();
    if let Some(list) = trimmed.strip_suffix(',') {
        if list.ends_with(", ...") {
            out.truncate(list.len());
            return;
        }
        if list.ends_with('?') && shown == "?" {
            out.truncate(list.len());
            out.push_str(", ...");
            return;
        }
    }
    out.push_str(shown);
}

/// Where the name of a type ends that starts at `at`: `timestamp with time zone`, `numeric(10,2)`,
/// `public.kind[]`.
fn past_type(words: &[Token<'_>], mut at: usize) -> usize {
    while matches!(words.get(at), Some(Token::Word(_) | Token::Quoted(_))) {
        at += 1;
        if words.get(at) != Some(&Token::Mark('.')) {
            break;
        }
        at += 1;
    }
    loop {
        match (words.get(at), words.get(at + 1)) {
            (Some(Token::Mark(open @ ('(' | '['))), _) => {
                let close = Token::Mark(if *open == '(' { ')' } else { ']' });
                let end = words[at..].iter().position(|word| *word == close);
                at = end.map_or(words.len(), |end| at + end + 1);
            }
            (Some(Token::Space), Some(Token::Word(word)))
                if ["with", "without", "time", "zone", "varying", "precision"].contains(word) =>
            {
                at += 2;
            }
            _ => return at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_literal_is_left() {
        for (text, masked) in [
            ("((status = 'failed'::text) AND (total > '50'::numeric))", "((status = ?) AND (total > ?))"),
            ("(email ~~ '%77@example.com'::text)", "(email ~~ '%?')"),
            ("(email ~~ 'user77@%'::text)", "(email ~~ '?%')"),
            ("(customer_id = ANY ('{1,2,3}'::integer[]))", "(customer_id = ANY (?))"),
            ("(at > '2024-01-01 00:00:00+00'::timestamp with time zone) AND x", "(at > ?) AND x"),
            ("((name)::text = 'O''Hara'::character varying(20))", "((name)::text = ?)"),
            ("(x = '-5'::integer) OR (y = -5) OR (z - 5 > 1e-9)", "(x = ?) OR (y = ?) OR (z - ? > ?)"),
            ("(a = $1) AND (b = $0)", "(a = $1) AND (b = $0)"),
            ("VALUES ('a', 1, 2.5), ('b', 2, 3)", "VALUES (?, ...), (?, ...)"),
        ] {
            assert_eq!(mask(text, Quotes::Standard), masked);
        }
        for (text, masked) in [
            ("orders.`status` in ('a','b','it\\'s')", "orders.status in (?, ...)"),
            ("customers.email like \"%77\"", "customers.email like '%?'"),
            ("o.at > DATE'2024-01-01' and _utf8mb4'x' = o.`Key`", "o.at > DATE? and ? = o.`Key`"),
        ] {
            assert_eq!(mask(text, Quotes::Backslash), masked);
        }
    }

    proptest::proptest! {
        #[test]
        fn a_secret_never_gets_through(secret in "[a-z%_ \\\\\"]{0,12}", tail in "\\PC{0,12}") {
            let text = format!("(note = 'QQ{}QQ'::text) AND (b = 12345) {tail}", secret.replace('\'', "''"));
            for quotes in [Quotes::Standard, Quotes::Backslash] {
                proptest::prop_assert!(!mask(&text, quotes).contains("QQ"));
            }
        }
    }
}
