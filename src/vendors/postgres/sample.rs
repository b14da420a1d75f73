//! Counts in a sample of a table how many rows fulfil what a scan looks for, where advice rests on that: the planner
//! guesses what it keeps no statistics of. Whole pages from all over the table are read, in the transaction that only
//! reads, and only the counts leave the server.
//!
//! <https://www.postgresql.org/docs/current/sql-select.html> (TABLESAMPLE)

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer};
use sqlx::{AssertSqlSafe, Row as _};

use super::Connected;
use super::explain::lost;
use crate::sql::advice::counted::Counted;
use crate::sql::advice::{Catalog, Reading, Table};
use crate::sql::pure_select;

/// So many pages of a table are read, fewer where they hold more rows than these.
const PAGES: f64 = 300.0;
const ROWS: f64 = 20_000.0;
/// Of so many tables, those that cost most.
const TABLES: usize = 5;
/// Whatever takes longer is given up.
const LIMIT: &str = "SET LOCAL statement_timeout = '1s'";

impl Connected {
    /// What a sample says of the tables that are read from end to end. Of conditions that name others, or that quad would
    /// not carry out, nothing is known.
    pub(super) async fn rows_by_sample(
        &mut self,
        readings: &[Reading],
        catalog: &Catalog,
    ) -> anyhow::Result<Vec<Counted>> {
        let is_alone = |reading: &&Reading| {
            let fits = |text: &str| is_alone(text, &reading.alias) && !may_fail(text);
            !reading.parts.is_empty() && reading.parts.iter().all(|part| fits(&part.text))
        };
        let mut asked: Vec<&Reading> = readings.iter().filter(is_alone).collect();
        asked.sort_by(|one, other| other.cost.total_cmp(&one.cost));
        let mut all = Vec::new();
        for reading in asked.into_iter().take(TABLES) {
            let Some(table) = catalog.tables.get(&reading.table) else { continue };
            if let Some(found) = self.sampled(reading, table).await?
                && let [looked_at, hits, each @ ..] = &found[..]
            {
                all.push(Counted::of(reading, (*looked_at, *hits), each, table.rows));
            }
        }
        Ok(all)
    }

    /// Rows that were looked at, those that fulfil all that the scan looks for, and those that fulfil each part of it.
    async fn sampled(&mut self, reading: &Reading, table: &Table) -> anyhow::Result<Option<Vec<f64>>> {
        let (name, alias) = (&reading.table, reading.alias.replace('"', "\"\""));
        let parts: Vec<String> = reading.parts.iter().map(|part| format!("({})", part.text)).collect();
        let condition = parts.join(" AND ");
        let asked = format!("SELECT 1 FROM {name} AS \"{alias}\" WHERE {condition}");
        let Ok(words) = pure_select::words(&asked) else { return Ok(None) };
        if words.parameters > 0 || self.objection_to_running(&words).await?.is_some() {
            return Ok(None);
        }
        let counts: Vec<String> = std::iter::once(&condition)
            .chain(&parts)
            .map(|condition| format!("count(*) FILTER (WHERE {condition})::float8"))
            .collect();
        let pages = PAGES.min(ROWS * table.pages / table.rows.max(1.0));
        let percent = (100.0 * pages / table.pages.max(1.0)).clamp(0.001, 100.0);
        let sql = format!(
            "SELECT /* quad */ count(*)::float8, {} FROM ONLY {name} AS \"{alias}\" TABLESAMPLE SYSTEM ({percent})",
            counts.join(", ")
        );
        for sql in ["SAVEPOINT sample", LIMIT] {
            sqlx::query(sql).persistent(false).execute(&mut self.connection).await.map_err(lost)?;
        }
        let row = sqlx::query(AssertSqlSafe(sql)).persistent(false).fetch_one(&mut self.connection).await;
        // The limit goes, too.
        let back = sqlx::query("ROLLBACK TO SAVEPOINT sample").persistent(false);
        back.execute(&mut self.connection).await.map_err(lost)?;
        match row {
            Ok(row) => Ok(Some((0..row.len()).map(|at| row.try_get(at)).collect::<Result<_, _>>()?)),
            Err(sqlx::Error::Database(_)) => Ok(None),
            Err(error) => Err(lost(error)),
        }
    }
}

/// Whether a condition could be an error for rows that another one keeps from it: a cast of what is no constant, other than
/// to a text, and a division. The server would write the value into its log.
fn may_fail(text: &str) -> bool {
    let Ok(tokens) = Tokenizer::new(&PostgreSqlDialect {}, text).tokenize() else { return true };
    let casts = tokens.windows(3).any(|three| match three {
        [Token::RParen | Token::RBracket, Token::DoubleColon, Token::Word(to)] => {
            !matches!(&*to.value.to_lowercase(), "text" | "character" | "bpchar")
        }
        _ => false,
    });
    casts || tokens.iter().any(|token| matches!(token, Token::Div | Token::Mod))
}

/// Whether a condition speaks of one table alone: not of others, nor of what a step of the plan gives. The server would
/// write it into its log as an error, with all values.
fn is_alone(text: &str, alias: &str) -> bool {
    let Ok(tokens) = Tokenizer::new(&PostgreSqlDialect {}, text).tokenize() else { return false };
    let names_other =
        |two: &[Token]| matches!(two, [Token::Word(word), Token::Period] if word.value != alias);
    let is_step = |token: &Token| match token {
        Token::Word(word) => {
            matches!(&*word.value, "SubPlan" | "InitPlan" | "CTE") && word.quote_style.is_none()
        }
        Token::Placeholder(_) => true,
        _ => false,
    };
    !tokens.windows(2).any(names_other) && !tokens.iter().any(is_step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_fail_is_not_asked() {
        for text in ["(p.name)::text ~~ '%x%'::text", "p.at > '2026-01-01'::date", "p.id = 7"] {
            assert!(!may_fail(text), "{text}");
        }
        for text in
            ["(p.val)::integer > 100", "((p.meta ->> 'n'::text))::numeric > '1'::numeric", "(10 / p.a) > 1"]
        {
            assert!(may_fail(text), "{text}");
        }
    }

    #[test]
    fn what_names_others_is_not_asked() {
        assert!(is_alone("(p.name)::text ~~ '%x.y%'::text", "p"));
        assert!(is_alone("\"O\".id > 3", "O"));
        for text in
            ["c.post_id = p.id", "hashed SubPlan 1", "p.id = $0", "p.id = (InitPlan 2).col1", "p.a = 'x"]
        {
            assert!(!is_alone(text, "p"), "{text}");
        }
    }
}
