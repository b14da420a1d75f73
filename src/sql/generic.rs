//! Makes the text that a server keeps of a statement one that can be planned again. PostgreSQL writes a
//! `$1` for each literal, also where its own grammar takes none: behind the name of a type.

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer, Whitespace};

/// Types that stand in front of a literal: `interval '7 days'`.
const TYPES: [&str; 7] = ["interval", "date", "timestamp", "timestamptz", "time", "timetz", "numeric"];

/// The same statement with `$1::interval` for `interval $1`. What can't be told apart stays as it is.
#[must_use]
pub fn plannable(sql: &str) -> String {
    let Ok(tokens) = Tokenizer::new(&PostgreSqlDialect {}, sql).with_unescape(false).tokenize() else {
        return sql.to_owned();
    };
    let mut out = String::with_capacity(sql.len());
    let mut at = 0;
    while at < tokens.len() {
        if let Token::Word(word) = &tokens[at]
            && word.quote_style.is_none()
            && TYPES.contains(&word.value.to_lowercase().as_str())
        {
            let mut next = at + 1;
            while matches!(tokens.get(next), Some(Token::Whitespace(Whitespace::Space | Whitespace::Newline)))
            {
                next += 1;
            }
            if let Some(Token::Placeholder(place)) = tokens.get(next) {
                out.push_str(&format!("{place}::{}", word.value));
                at = next + 1;
                continue;
            }
        }
        out.push_str(&tokens[at].to_string());
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_behind_a_type_is_cast_to_it() {
        for (kept, planned) in [
            (
                "SELECT * FROM f WHERE c > now() - interval $1",
                "SELECT * FROM f WHERE c > now() - $1::interval",
            ),
            ("SELECT date $1, $2::date", "SELECT $1::date, $2::date"),
            (
                "SELECT a FROM t WHERE date = $1 AND n = 'interval $1'",
                "SELECT a FROM t WHERE date = $1 AND n = 'interval $1'",
            ),
        ] {
            assert_eq!(plannable(kept), planned);
        }
    }
}
