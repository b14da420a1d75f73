//! The words of a condition or a statement, far enough to tell names from literals. Pieces of the
//! text, nothing copied; whatever the bytes are, they come back as tokens.

/// A word of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name or a keyword, as written.
    Word(&'a str),
    /// A name in quotes, without them.
    Quoted(&'a str),
    /// A text literal, without its quotes; unterminated ones reach to the end.
    Text(&'a str),
    /// A number, as written.
    Number(&'a str),
    /// `$1`, `?`, `:name`.
    Parameter(&'a str),
    /// `::`
    Cast,
    /// Operators: `=`, `<=`, `~~*`, `||`, ...
    Operator(&'a str),
    /// `(`, `)`, `[`, `]`, `,`, `.`, `;`, `{`, `}`
    Mark(char),
    /// White space and comments.
    Space,
}

/// How a server writes its texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// `"name"`, `'text'`, `E'text\n'`, `$$text$$`.
    Standard,
    /// `` `name` ``, `'text\n'`, `"text"`.
    Backslash,
}

const OPERATORS: &[u8] = b"=<>!~*+-/%^&|@#?:";

/// Every token of `text`, in order.
pub(super) fn tokens(text: &str, quotes: Quotes) -> impl Iterator<Item = Token<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (token, length) = first(rest, quotes)?;
        rest = &rest[length..];
        Some(token)
    })
}

/// The first token and how many bytes it takes.
fn first(text: &str, quotes: Quotes) -> Option<(Token<'_>, usize)> {
    let bytes = text.as_bytes();
    let next = |at: usize| bytes.get(at).copied().unwrap_or(0);
    let start = text.chars().next()?;
    if start.is_whitespace() {
        let end = text.find(|c: char| !c.is_whitespace()).unwrap_or(text.len());
        return Some((Token::Space, end));
    }
    if text.starts_with("--") || (start == '#' && quotes == Quotes::Backslash) {
        return Some((Token::Space, text.find('\n').unwrap_or(text.len())));
    }
    if let Some(comment) = text.strip_prefix("/*") {
        return Some((Token::Space, comment.find("*/").map_or(text.len(), |end| end + 4)));
    }
    match start {
        '\'' => return Some(text_literal(text, 1, quotes == Quotes::Backslash)),
        '"' if quotes == Quotes::Backslash => return Some(quoted(text, b'"', true)),
        '"' => return Some(quoted(text, b'"', false)),
        '`' => return Some(quoted(text, b'`', false)),
        _ => {}
    }
    // Texts with a letter before them: E'..', B'..', X'..', N'..', U&'..'.
    if matches!(start, 'e' | 'E' | 'b' | 'B' | 'x' | 'X' | 'n' | 'N') && next(1) == b'\'' {
        return Some(text_literal(text, 2, matches!(start, 'e' | 'E') || quotes == Quotes::Backslash));
    }
    if (text.starts_with("U&'") || text.starts_with("u&'")) && quotes == Quotes::Standard {
        return Some(text_literal(text, 3, false));
    }
    if start == '$' {
        if next(1).is_ascii_digit() {
            let end = text[1..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |end| end + 1);
            return Some((Token::Parameter(&text[..end]), end));
        }
        return Some(dollar(text));
    }
    if start.is_ascii_digit() || (start == '.' && next(1).is_ascii_digit()) {
        let mut end = 0;
        while end < bytes.len() {
            let byte = bytes[end];
            let exponent = matches!(byte, b'+' | b'-') && matches!(bytes[end - 1], b'e' | b'E');
            if !(byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_' || exponent) {
                break;
            }
            end += 1;
        }
        return Some((Token::Number(&text[..end]), end));
    }
    if start.is_alphabetic() || start == '_' {
        let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(text.len());
        return Some((Token::Word(&text[..end]), end));
    }
    if text.starts_with("::") {
        return Some((Token::Cast, 2));
    }
    // PostgreSQL has operators with a question mark (`?|`, `?&`); alone it is what a driver binds.
    if start == '?' && (quotes == Quotes::Backslash || !matches!(next(1), b'|' | b'&')) {
        return Some((Token::Parameter("?"), 1));
    }
    if OPERATORS.contains(&(start as u8)) && start.is_ascii() {
        let mut end = 1;
        while end < bytes.len() && OPERATORS.contains(&bytes[end]) {
            let rest = &text[end..];
            // A comment, a cast and a minus before a number are no part of an operator.
            if rest.starts_with("--") || rest.starts_with("/*") || rest.starts_with("::") {
                break;
            }
            if bytes[end] == b'-' && next(end + 1).is_ascii_digit() {
                break;
            }
            end += 1;
        }
        return Some((Token::Operator(&text[..end]), end));
    }
    Some((Token::Mark(start), start.len_utf8()))
}

/// `'it''s'` from its quote on, which stands at `open - 1`.
fn text_literal(text: &str, open: usize, backslash: bool) -> (Token<'_>, usize) {
    let (inner, end) = until(text, open, b'\'', backslash);
    (Token::Text(inner), end)
}

fn quoted(text: &str, quote: u8, literal: bool) -> (Token<'_>, usize) {
    let (inner, end) = until(text, 1, quote, literal);
    (if literal { Token::Text(inner) } else { Token::Quoted(inner) }, end)
}

/// What stands between `open` and the closing quote, and where it ends.
fn until(text: &str, open: usize, quote: u8, backslash: bool) -> (&str, usize) {
    let bytes = text.as_bytes();
    let mut at = open;
    while at < bytes.len() {
        if backslash && bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at] == quote {
            if bytes.get(at + 1) != Some(&quote) {
                return (&text[open..at], at + 1);
            }
            at += 2;
        } else {
            at += 1;
        }
    }
    (text.get(open..).unwrap_or(""), text.len())
}

/// `$tag$ .. $tag$`, or a lonely `$`.
fn dollar(text: &str) -> (Token<'_>, usize) {
    let tag_end =
        text[1..].find(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(text.len(), |at| at + 1);
    if !text[tag_end..].starts_with('$') {
        return (Token::Mark('$'), 1);
    }
    let tag = &text[..=tag_end];
    let inner = &text[tag_end + 1..];
    match inner.find(tag) {
        Some(end) => (Token::Text(&inner[..end]), tag_end + 1 + end + tag.len()),
        None => (Token::Text(inner), text.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, quotes: Quotes) -> Vec<Token<'_>> {
        tokens(text, quotes).filter(|token| *token != Token::Space).collect()
    }

    #[test]
    fn literals_are_told_from_names() {
        use Token::{Cast, Mark, Number, Operator, Quoted, Text, Word};
        assert_eq!(
            read("(\"Order\".note = E'it\\'s'::text) -- 'x'", Quotes::Standard),
            [
                Mark('('),
                Quoted("Order"),
                Mark('.'),
                Word("note"),
                Operator("="),
                Text("it\\'s"),
                Cast,
                Word("text"),
                Mark(')')
            ]
        );
        assert_eq!(
            read("`a` = \"O\\\"Hara\" and b>-1.5e-3", Quotes::Backslash),
            [
                Quoted("a"),
                Operator("="),
                Text("O\\\"Hara"),
                Word("and"),
                Word("b"),
                Operator(">"),
                Operator("-"),
                Number("1.5e-3")
            ]
        );
        assert_eq!(read("$1 $x$it's$x$", Quotes::Standard), [Token::Parameter("$1"), Text("it's")]);
        assert_eq!(read("a->>'k' @> b", Quotes::Standard)[1], Operator("->>"));
        assert_eq!(read("'never closed", Quotes::Standard), [Text("never closed")]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_comes_back_as_tokens(text in "\\PC*") {
            for quotes in [Quotes::Standard, Quotes::Backslash] {
                proptest::prop_assert!(tokens(&text, quotes).count() <= text.len());
            }
        }

        #[test]
        fn any_mixture_of_quotes_ends(text in "['\"`$\\\\a1 é:(-]*") {
            for quotes in [Quotes::Standard, Quotes::Backslash] {
                proptest::prop_assert!(tokens(&text, quotes).count() <= text.len());
            }
        }
    }
}
