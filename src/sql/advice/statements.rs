//! A file of statements: each ends with a `;`, `-- name: ID` stands above it.

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer, Whitespace};

/// One statement to be advised on.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// What it is called: the name above it, or its number.
    pub id: String,
    /// The statement, without the `;`.
    pub sql: String,
    /// What it costs its server, where that was counted.
    pub load: Option<Load>,
}

/// What a statement costs its server.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// The statement without literals.
    pub fingerprint: String,
    /// How often it was called.
    pub calls: f64,
    /// The time that it took in all, in ms.
    pub total_ms: f64,
}

/// Reads a file of statements. Text that can't be told apart stays one statement.
#[must_use]
pub fn statements(text: &str) -> Vec<Statement> {
    let Ok(tokens) = Tokenizer::new(&PostgreSqlDialect {}, text).with_unescape(false).tokenize() else {
        return split_at_lines(text);
    };
    let mut all = Vec::new();
    let (mut sql, mut name) = (String::new(), None);
    for token in tokens {
        match token {
            Token::SemiColon => end(&mut all, &mut sql, &mut name),
            Token::Whitespace(Whitespace::SingleLineComment { comment, .. }) => {
                if let Some(rest) = comment.trim().strip_prefix("name:") {
                    end(&mut all, &mut sql, &mut name);
                    name = rest.split_whitespace().next().map(str::to_owned);
                }
                sql.push('\n');
            }
            token => sql.push_str(&token.to_string()),
        }
    }
    end(&mut all, &mut sql, &mut name);
    all
}

/// Where the tokenizer gives up: a statement ends with a line that ends with `;`.
fn split_at_lines(text: &str) -> Vec<Statement> {
    let mut all = Vec::new();
    let (mut sql, mut name) = (String::new(), None);
    for line in text.lines() {
        if let Some(rest) = line.trim().strip_prefix("-- name:") {
            name = rest.split_whitespace().next().map(str::to_owned);
            continue;
        }
        sql.push_str(line);
        sql.push('\n');
        if let Some(whole) = sql.trim_end().strip_suffix(';') {
            sql = whole.to_owned();
            end(&mut all, &mut sql, &mut name);
        }
    }
    end(&mut all, &mut sql, &mut name);
    all
}

fn end(all: &mut Vec<Statement>, sql: &mut String, name: &mut Option<String>) {
    let text = std::mem::take(sql);
    if text.trim().is_empty() {
        return;
    }
    let wanted = name.take().unwrap_or_else(|| (all.len() + 1).to_string());
    // What is said of one must not be taken for the other's.
    let is_free = |id: &String| all.iter().all(|known| known.id != *id);
    let others = (2..).map(|at: usize| format!("{wanted}_{at}"));
    let id = std::iter::once(wanted.clone()).chain(others).find(is_free).unwrap_or(wanted);
    all.push(Statement { id, sql: text.trim().to_owned(), load: None });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_statement_has_a_name_of_its_own() {
        let read = statements("-- name: a\nSELECT 1;\n-- name: a\nSELECT 2;\n-- name: a\nSELECT 3;");
        assert_eq!(read.into_iter().map(|one| one.id).collect::<Vec<_>>(), ["a", "a_2", "a_3"]);
    }

    #[test]
    fn a_file_is_cut_at_its_semicolons_and_names() {
        let file = "-- name: a01  users by email\nSELECT ';' FROM users;\n\n-- a comment\nSELECT 2;\n-- name: q\nselect $$;$$";
        let read: Vec<_> = statements(file).into_iter().map(|one| (one.id, one.sql)).collect();
        let expected = [("a01", "SELECT ';' FROM users"), ("2", "SELECT 2"), ("q", "select $$;$$")];
        assert_eq!(read, expected.map(|(id, sql)| (id.to_owned(), sql.to_owned())));
    }
}
