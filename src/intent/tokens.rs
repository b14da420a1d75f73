//! Cuts own words into tokens, each with its place in the text as it came.

use std::ops::Range;

use super::own_words::Letter;

/// More tokens than this are not weighed.
const MOST_TOKENS: usize = 1_500;

/// A word, a number, a path or a mark.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// Lower case, without accents and apostrophes.
    pub(super) text: String,
    /// As written.
    pub(super) raw: String,
    /// Bytes in the text as it came.
    pub(super) span: Range<usize>,
    /// What kind of thing it is.
    pub(super) kind: Kind,
    /// Joined to the token before it by a hyphen or underscore, as `1` in `web-1`.
    pub(super) glued: bool,
    /// Written with `#` in front.
    pub(super) hash: bool,
    /// Somebody else's words, or code.
    pub(super) quoted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters and digits.
    Word,
    /// `/api/orders`
    Path,
    /// `.`, `?`, `!`, `;` or the end of a line.
    Stop(char),
    /// `,`, `:` or a dash: a breath inside a sentence.
    Pause(char),
}

/// Tokens of `letters`.
pub(super) fn tokens(letters: &[Letter]) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let mut next = 0;
    let mut glue = false;
    let mut hash = false;
    while next < letters.len() && out.len() < MOST_TOKENS {
        let letter = letters[next];
        let c = letter.folded;
        let before = next.checked_sub(1).map_or(' ', |at| letters[at].folded);
        let after = letters.get(next + 1).map_or(' ', |l| l.folded);
        if c == '/' && after.is_alphanumeric() && !before.is_alphanumeric() {
            let end = path_end(letters, next);
            out.push(token(&letters[next..end], Kind::Path, false, false));
            (next, glue, hash) = (end, false, false);
        } else if c == '@' && !before.is_alphanumeric() {
            // "@quad", "@here": somebody is addressed; names say nothing.
            next += 1;
            while next < letters.len()
                && (letters[next].folded.is_alphanumeric() || "._-".contains(letters[next].folded))
            {
                next += 1;
            }
        } else if c == ':'
            && !before.is_alphanumeric()
            && let Some(end) = shortcode_end(letters, next)
        {
            // ":fire:" is a word to the eye.
            out.push(token(&letters[next + 1..end - 1], Kind::Word, false, false));
            (next, glue, hash) = (end, false, false);
        } else if c.is_alphanumeric() {
            if let Some(end) = link_end(letters, next) {
                next = end;
                if letters.get(end).is_some_and(|l| l.folded == '/') {
                    let after = path_end(letters, end);
                    if after > end + 1 {
                        out.push(token(&letters[end..after], Kind::Path, false, false));
                    }
                    next = after.max(end + 1);
                }
                continue;
            }
            let end = word_end(letters, next);
            push_word(&mut out, &letters[next..end], glue, hash);
            (next, glue, hash) = (end, false, false);
        } else {
            match c {
                '#' => hash = true,
                '-' | '_' if before.is_alphanumeric() && after.is_alphanumeric() => glue = true,
                '.' | '!' | '?' | ';' | '\n' | '…' | '¿' | '؟' | '？' | '。' => {
                    out.push(token(
                        &letters[next..=next],
                        Kind::Stop(if c == '？' || c == '؟' { '?' } else { c }),
                        false,
                        false,
                    ));
                }
                '-' if before.is_whitespace() && after.is_whitespace() => {
                    out.push(token(&letters[next..=next], Kind::Pause('-'), false, false));
                }
                '-' if before.is_ascii_digit() || before == 'm' => glue = after.is_ascii_digit(),
                ',' | ':' | '(' | ')' => {
                    out.push(token(&letters[next..=next], Kind::Pause(c), false, false));
                }
                _ => {}
            }
            next += 1;
        }
    }
    out
}

fn token(letters: &[Letter], kind: Kind, glued: bool, hash: bool) -> Token {
    let start = letters.first().map_or(0, |l| l.at);
    let end = letters.last().map_or(start, |l| l.at + l.raw.len_utf8());
    Token {
        text: letters.iter().map(|l| l.folded).filter(|c| *c != '\'').collect(),
        raw: letters.iter().map(|l| l.raw).collect(),
        span: start..end,
        kind,
        glued,
        hash,
        quoted: letters.iter().any(|l| l.quoted),
    }
}

/// French elides its little words: "l'api", "d'erreurs".
fn push_word(out: &mut Vec<Token>, letters: &[Letter], glue: bool, hash: bool) {
    if let Some(at) = letters.iter().position(|l| l.folded == '\'') {
        let short: String = letters[..at].iter().map(|l| l.folded).collect();
        if ["l", "d", "j", "c", "s", "n", "m", "qu"].contains(&short.as_str()) && letters.len() > at + 1 {
            out.push(token(&letters[..at], Kind::Word, glue, hash));
            out.push(token(&letters[at + 1..], Kind::Word, false, false));
            return;
        }
    }
    out.push(token(letters, Kind::Word, glue, hash));
}

fn word_end(letters: &[Letter], start: usize) -> usize {
    let char_at = |at: usize| letters.get(at).map_or(' ', |l| l.folded);
    if let Some(end) = dated_end(letters, start) {
        return end;
    }
    let version = char_at(start) == 'v' && char_at(start + 1).is_ascii_digit();
    let mut at = start;
    loop {
        let c = char_at(at);
        let inner = match c {
            c if c.is_alphanumeric() => true,
            '\'' => char_at(at + 1).is_alphabetic(),
            '.' => {
                char_at(at + 1).is_alphanumeric()
                    && (char_at(at - 1).is_ascii_digit() || !letters[at + 1].raw.is_uppercase())
            }
            ':' => char_at(at - 1).is_ascii_digit() && char_at(at + 1).is_ascii_digit(),
            '+' => char_at(at + 1).is_ascii_digit(),
            '-' => version && char_at(at + 1).is_alphanumeric(),
            '/' => char_at(at - 1).is_ascii_digit() && char_at(at + 1).is_ascii_digit(),
            '%' => true,
            _ => false,
        };
        if !inner {
            return at;
        }
        at += 1;
        if c == '%' {
            return at;
        }
    }
}

/// `2026-01-08` and `2026-01-08T10:00Z` stay whole.
fn dated_end(letters: &[Letter], start: usize) -> Option<usize> {
    let date: String = letters[start..].iter().take(10).map(|l| l.folded).collect();
    let shape: String = date.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    if shape != "9999-99-99" {
        return None;
    }
    let mut end = start + 10;
    while letters.get(end).is_some_and(|l| l.folded.is_ascii_digit() || "t:z".contains(l.folded)) {
        end += 1;
    }
    Some(end)
}

fn path_end(letters: &[Letter], start: usize) -> usize {
    let mut end = start;
    while letters.get(end).is_some_and(|l| l.folded.is_alphanumeric() || "/_-.{}:*%~".contains(l.folded)) {
        end += 1;
    }
    while end > start + 1 && ".:*-_~/".contains(letters[end - 1].folded) {
        end -= 1;
    }
    end
}

/// A web address is skipped up to its path, which may be an endpoint.
fn link_end(letters: &[Letter], start: usize) -> Option<usize> {
    let head: String = letters[start..].iter().take(8).map(|l| l.folded).collect();
    let scheme = ["https://", "http://", "mailto:"].iter().find(|scheme| head.starts_with(*scheme))?;
    let mut end = start + scheme.len();
    while letters.get(end).is_some_and(|l| !l.folded.is_whitespace() && l.folded != '/') {
        end += 1;
    }
    Some(end)
}

fn shortcode_end(letters: &[Letter], start: usize) -> Option<usize> {
    let mut end = start + 1;
    while letters.get(end).is_some_and(|l| l.folded.is_ascii_alphanumeric() || "_+-".contains(l.folded))
        && end < start + 40
    {
        end += 1;
    }
    (end > start + 1 && letters.get(end).is_some_and(|l| l.folded == ':')).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::super::own_words::own_words;
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(&own_words(text).letters).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn words_numbers_and_paths_are_cut_where_people_would_cut_them() {
        assert_eq!(words("POST /api/orders, v1.2.3-rc1!"), ["post", "/api/orders", ",", "v1.2.3-rc1", "!"]);
        assert_eq!(words("don't web-1 n+1 95% #77"), ["dont", "web", "1", "n+1", "95%", "77"]);
        assert_eq!(words("2026-01-08 14:00-15:00."), ["2026-01-08", "14:00", "15:00", "."]);
        assert_eq!(words("l'api d'erreurs"), ["l", "api", "d", "erreurs"]);
        assert_eq!(words("https://shop.example/api/cart slow"), ["/api/cart", "slow"]);
    }
}
