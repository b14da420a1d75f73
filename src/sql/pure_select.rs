//! What may be done to a statement whose text came from a server's statistics: be planned, or even be
//! carried out to measure it. Decided from its words alone, and where there is doubt the answer is no;
//! which functions those words name is then asked of the catalog.
//!
//! A statement is carried out only if all of it is one SELECT that locks and makes nothing. That holds
//! beside the transaction that only reads, not instead of it: a function may reach other servers.

use std::collections::BTreeSet;

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer};

/// The words of one statement, as far as they decide what it can do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// The first word, in capitals: `SELECT`.
    pub verb: String,
    /// Names in front of a `(`: functions, or what looks like them.
    pub called: BTreeSet<String>,
    /// All other names: tables, columns, and functions that are called like columns (`row.function`).
    pub named: BTreeSet<String>,
    /// Operators that are made of signs.
    pub operators: BTreeSet<String>,
    /// The highest parameter, 2 for `$1 ... $2`.
    pub parameters: u32,
    /// A word or a sign that only a statement that does more than read has.
    pub acts: Option<String>,
}

/// Verbs that the planner takes.
const PLANNED: [&str; 7] = ["SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE", "MERGE"];

/// Words that are no part of a SELECT that only reads. As names of columns they must be quoted or are
/// rare enough: then the statement is planned and not measured.
const ACTING: [&str; 25] = [
    "INSERT", "UPDATE", "DELETE", "MERGE", "INTO", "FOR", "SHARE", "LOCK", "CREATE", "ALTER", "DROP",
    "TRUNCATE", "COPY", "DO", "CALL", "EXECUTE", "PREPARE", "DECLARE", "LISTEN", "NOTIFY", "VACUUM", "GRANT",
    "REVOKE", "SET", "REFRESH",
];

/// Reads a statement's words.
///
/// # Errors
/// Why it can't be touched at all: it can't be told apart, or it is more than one statement.
pub fn words(sql: &str) -> Result<Words, &'static str> {
    // PostgreSQL ends nothing at a zero byte, and a driver may.
    if sql.contains('\0') {
        return Err("its text is broken");
    }
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql)
        .with_unescape(false)
        .tokenize()
        .map_err(|_| "its text can't be told apart, it may be cut off (track_activity_query_size)")?;
    let tokens: Vec<Token> =
        tokens.into_iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect();
    let end = tokens.iter().rposition(|token| *token != Token::SemiColon).map_or(0, |last| last + 1);
    let tokens = &tokens[..end];
    if tokens.contains(&Token::SemiColon) {
        return Err("it is more than one statement");
    }
    let mut words = Words::default();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Word(word) => {
                let called = matches!(tokens.get(at + 1), Some(Token::LParen));
                let upper = word.value.to_uppercase();
                let quoted = word.quote_style.is_some();
                if words.verb.is_empty() {
                    words.verb = if quoted { String::new() } else { upper.clone() };
                }
                // `substring(phone FROM 1 FOR 2)`: what locks rows names something else behind it.
                let next = tokens[at + 1..].iter().find(|token| !matches!(token, Token::Whitespace(_)));
                let is_length = upper == "FOR" && matches!(next, Some(Token::Number(..)));
                if !quoted && !is_length && ACTING.contains(&upper.as_str()) && words.acts.is_none() {
                    words.acts = Some(upper);
                }
                let name = if quoted { word.value.clone() } else { word.value.to_lowercase() };
                if called {
                    words.called.insert(name)
                } else {
                    words.named.insert(name)
                };
            }
            Token::Placeholder(text) => {
                let number =
                    text.trim_start_matches('$').parse().map_err(|_| "it has parameters of another kind")?;
                words.parameters = words.parameters.max(number);
            }
            token => {
                let text = token.to_string();
                let signs = !text.is_empty() && text.chars().all(|c| "+-*/<>=~!@#%^&|`?".contains(c));
                if signs {
                    words.operators.insert(text);
                }
            }
        }
    }
    Ok(words)
}

impl Words {
    /// Whether the planner can be asked about it at all.
    #[must_use]
    pub fn can_be_planned(&self) -> bool {
        PLANNED.contains(&self.verb.as_str())
    }

    /// Why it may not be carried out, as far as its words tell; `None` where they are those of a SELECT
    /// that only reads.
    #[must_use]
    pub fn not_only_reading(&self) -> Option<String> {
        if !matches!(self.verb.as_str(), "SELECT" | "WITH" | "VALUES") {
            return Some(format!("it is no SELECT but {}", self.verb));
        }
        if self.parameters > 0 {
            return Some("its values are not known, only their places".to_owned());
        }
        self.acts.as_ref().map(|word| format!("it says {word}, so it may do more than read"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(sql: &str) -> Option<String> {
        match words(sql) {
            Ok(words) if !words.can_be_planned() => Some("not planned".to_owned()),
            Ok(words) => words.not_only_reading(),
            Err(why) => Some(why.to_owned()),
        }
    }

    #[test]
    fn only_a_select_that_does_nothing_else_is_carried_out() {
        for sql in [
            "SELECT 1",
            "select a, b from t where c = 'x; DROP TABLE t' order by d limit 5;",
            "WITH x AS (SELECT 1) SELECT * FROM x -- delete from t",
            "VALUES (1), (2)",
            "(SELECT 1) UNION ALL (SELECT 2)",
            "SELECT substring(phone FROM 1 FOR 2) FROM t",
            r#"SELECT "update", "for" FROM t"#,
        ] {
            assert_eq!(reading(sql), None, "{sql}");
        }
        for sql in [
            "",
            "DELETE FROM t",
            "SELECT * INTO new FROM t",
            "SELECT * FROM t FOR UPDATE",
            "SELECT * FROM t FOR KEY SHARE",
            "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
            "SELECT 1; DELETE FROM t",
            "DO $$ BEGIN DELETE FROM t; END $$",
            "COPY t TO PROGRAM 'rm'",
            "EXPLAIN ANALYZE DELETE FROM t",
            "CALL p()",
            "EXECUTE q",
            "SELECT * FROM t WHERE a = $1",
            "TABLE t",
            "SELECT 'cut off",
            "SELECT 1 /* cut off",
            "SELECT $a$ cut off",
            "SELECT 1\0; DELETE FROM t",
        ] {
            assert!(reading(sql).is_some(), "{sql}");
        }
    }

    #[test]
    fn functions_operators_and_relations_are_named() {
        let words = words(r#"SELECT lower(a), t.boom, x."Fn"(b) FROM s.t, "U" x WHERE c <@> d AND e = $2"#)
            .expect("words");
        assert!(words.called.contains("lower") && words.called.contains("Fn"), "{words:?}");
        assert!(words.named.contains("boom"));
        assert!(
            words.operators.iter().any(|sign| sign.contains('@')) && words.operators.contains("="),
            "{words:?}"
        );
        assert!(words.named.contains("t") && words.named.contains("U"));
        assert_eq!(words.parameters, 2);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_told_apart_or_refused(text in "\\PC*") {
            let _ = words(&text);
        }

        #[test]
        fn what_ends_in_a_second_statement_is_never_carried_out(text in "[a-z '\"$(),;/*-]{0,40}", act in "(DELETE FROM t|DROP TABLE t|COPY t TO PROGRAM 'x')") {
            let sql = format!("SELECT {text}; {act}");
            if let Ok(words) = words(&sql) {
                // It was inside of a text or a comment, or it is seen.
                proptest::prop_assert!(words.not_only_reading().is_some() || !words.named.contains("t") || text.contains(['\'', '"', '$', '-', '/']));
            }
        }
    }
}
