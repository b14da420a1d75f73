//! Plans of statements, got without doing anything: only of one SELECT that certainly only reads, as do the views in
//! it, in a transaction that only reads, with limits on time and locks. Measured only where that is wanted.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, anyhow};
use sqlx::{AssertSqlSafe, Row as _};

use super::Connected;
use crate::model::statement::StatementId;
use crate::sql::mysql_select::{made_up, only_reads};

/// Examples that are as long as this may be cut: the server's default.
const CUT: usize = 1_000;

/// Why a statement is not measured where nobody wanted that.
pub(super) const NOT_ASKED: &str = "that was not asked for";

/// How a plan was got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The server's JSON, with the statement's literals.
    pub json: String,
    /// Why it was not measured, where that was wanted; `None` where it was.
    pub not_measured: Option<String>,
}

impl Connected {
    /// The plan of a statement; measured where that is wanted and the statement certainly only reads.
    ///
    /// # Errors
    /// Why there is none, in a sentence without the statement's values.
    pub async fn plan(&mut self, sql: &str, measure: bool) -> anyhow::Result<Explained> {
        let sql = sql.trim().trim_end_matches(';');
        let names = only_reads(sql).map_err(|why| anyhow!("{why}"))?;
        if let Some(name) = self.own_function(&names).await? {
            return Err(anyhow!("somebody has made a function {name} here, and it may call that"));
        }
        let views = self.views(&names).await?;
        let objection = match measure {
            // Of a view that this user may not see into nothing is known.
            true if views => Some("it reads a view".to_owned()),
            true if self.mariadb => None,
            true => Some("statements are measured on MariaDB only".to_owned()),
            false => Some(NOT_ASKED.to_owned()),
        };
        if objection.is_none() {
            match self.one(&format!("ANALYZE FORMAT=JSON {sql}")).await {
                Ok(json) => return Ok(Explained { json: as_json(&json), not_measured: None }),
                Err(error) => {
                    let json = as_json(&self.one(&format!("EXPLAIN FORMAT=JSON {sql}")).await?);
                    return Ok(Explained { json, not_measured: Some(format!("{error:#}")) });
                }
            }
        }
        Ok(Explained {
            json: as_json(&self.one(&format!("EXPLAIN FORMAT=JSON {sql}")).await?),
            not_measured: objection,
        })
    }

    /// The plan of a statement that the server has counted: with values of an example where the server keeps one, else
    /// with made-up ones.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) async fn plan_of(
        &mut self,
        id: &StatementId,
        digest: &str,
        measure: bool,
        by_example: bool,
    ) -> anyhow::Result<Explained> {
        let whole = |sql: &String| sql.len() < CUT && !sql.trim_end().ends_with("...") && !sql.contains('?');
        let example = match by_example {
            true => self.example(id).await?.filter(|sql| whole(sql) && only_reads(sql).is_ok()),
            // Plans that are compared must be of the same values.
            false => None,
        };
        let Some(sql) = example else {
            let made_up =
                made_up(digest).ok_or_else(|| anyhow!("the server keeps only a part of its text"))?;
            let explained = self.plan(&made_up, false).await?;
            let why = "the server keeps no example of it (performance_schema's history is off, or it is long gone), so \
                       it was planned with made-up values";
            return Ok(Explained { not_measured: Some(why.to_owned()), ..explained });
        };
        self.plan(&sql, measure).await
    }

    /// An example of a statement, with its values.
    pub(super) async fn example(&mut self, id: &StatementId) -> anyhow::Result<Option<String>> {
        let kept = if self.mariadb {
            &[
                "SELECT /* quad */ CONVERT(SQL_TEXT USING utf8mb4) FROM performance_schema.events_statements_history_long \
               WHERE DIGEST = ? AND CURRENT_SCHEMA = DATABASE() AND SQL_TEXT IS NOT NULL LIMIT 1",
                "SELECT /* quad */ CONVERT(SQL_TEXT USING utf8mb4) FROM performance_schema.events_statements_history \
               WHERE DIGEST = ? AND CURRENT_SCHEMA = DATABASE() AND SQL_TEXT IS NOT NULL LIMIT 1",
            ][..]
        } else {
            &["SELECT /* quad */ CONVERT(QUERY_SAMPLE_TEXT USING utf8mb4) \
               FROM performance_schema.events_statements_summary_by_digest WHERE DIGEST = ? AND SCHEMA_NAME = DATABASE()"]
                [..]
        };
        for sql in kept {
            let row = sqlx::query(*sql)
                .bind(&id.0)
                .fetch_optional(&mut self.connection)
                .await
                .context("looking for an example of the statement")?;
            if let Some(row) = row {
                return Ok(row.try_get(0)?);
            }
        }
        Ok(None)
    }

    /// A function that somebody has made under one of these names: what one product has built in is free on another.
    async fn own_function(&mut self, names: &BTreeSet<String>) -> anyhow::Result<Option<String>> {
        let rows = sqlx::query(
            "SELECT /* quad */ CONVERT(ROUTINE_NAME USING utf8mb4) FROM information_schema.ROUTINES \
             WHERE ROUTINE_TYPE = 'FUNCTION'",
        )
        .fetch_all(&mut self.connection)
        .await
        .context("reading the functions")?;
        for row in rows {
            let name: String = row.try_get(0)?;
            if names.contains(&name.to_lowercase()) {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// Whether views are in a statement that only reads. To plan it, MariaDB calls functions in the views that it
    /// reads, so that one which does more is an error.
    async fn views(&mut self, names: &BTreeSet<String>) -> anyhow::Result<bool> {
        let rows = sqlx::query(
            "SELECT /* quad */ CONVERT(TABLE_NAME USING utf8mb4), CONVERT(VIEW_DEFINITION USING utf8mb4) \
             FROM information_schema.VIEWS",
        )
        .fetch_all(&mut self.connection)
        .await
        .context("reading the views")?;
        let mut views: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in rows {
            let body: Option<String> = row.try_get(1)?;
            let name: String = row.try_get(0)?;
            views.entry(name.to_lowercase()).or_default().push(body.unwrap_or_default());
        }
        let (mut open, mut seen, mut any) = (names.clone(), BTreeSet::new(), false);
        while let Some(name) = open.pop_first() {
            if !seen.insert(name.clone()) {
                continue;
            }
            for body in views.get(&name).into_iter().flatten() {
                any = true;
                match only_reads(body) {
                    Ok(inside) => open.extend(inside),
                    Err(_) if body.is_empty() => {
                        return Err(anyhow!("what is in the view {name} can't be seen; GRANT SHOW VIEW"));
                    }
                    Err(why) => return Err(anyhow!("it reads the view {name}, and of that {why}")),
                }
            }
        }
        Ok(any)
    }

    /// Sends one statement, prepared, so that nothing can hide behind it; its first value as text.
    pub(super) async fn one(&mut self, sql: &str) -> anyhow::Result<String> {
        let row = sqlx::query(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&mut self.connection)
            .await
            .map_err(refused)?;
        let bytes: Vec<u8> = row.try_get_unchecked(0)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// MariaDB writes a quote in a condition as `\'`, which is no JSON.
fn as_json(plan: &str) -> String {
    let mut json = String::with_capacity(plan.len());
    let mut signs = plan.chars();
    while let Some(sign) = signs.next() {
        if sign != '\\' {
            json.push(sign);
            continue;
        }
        match signs.next() {
            Some('\'') => json.push('\''),
            Some(escaped) => json.extend([sign, escaped]),
            None => json.push(sign),
        }
    }
    json
}

/// Why a statement can't be explained. The server's own words may hold values of it and are left out.
fn refused(error: sqlx::Error) -> anyhow::Error {
    let sqlx::Error::Database(said) = error else {
        return anyhow!("the connection to the server was lost in the middle");
    };
    let number = said
        .try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()
        .map_or(0, sqlx::mysql::MySqlDatabaseError::number);
    let why = match number {
        1146 | 1051 => "a table in it isn't there",
        1054 => "a column in it isn't there",
        1305 | 1630 => "a function in it isn't there",
        1142 | 1143 | 1044 | 1227 | 1370 => {
            "this user may not read what it reads; GRANT SELECT, or use a user that may"
        }
        1064 | 1149 => "it is no single statement that can be explained",
        1345 => "this user may not see what is in a view of it; GRANT SHOW VIEW",
        1205 => "a table in it is locked",
        1969 | 3024 | 1317 => "it took longer than it may",
        1792 => "it writes, in a transaction that only reads",
        _ => "the server refuses it",
    };
    anyhow!("{why} ({number})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_of_mariadb_are_mended() {
        let plan = as_json(r#"{"attached_condition": "a = 'it\'s' and b = \"x\" and c = 'y\\'"}"#);
        let plan: serde_json::Value = serde_json::from_str(&plan).expect("JSON");
        assert_eq!(plan["attached_condition"], r#"a = 'it's' and b = "x" and c = 'y\'"#);
    }
}
