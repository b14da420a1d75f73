//! Advice on statements of MySQL and MariaDB, whose optimizer can't be asked about indexes that are not there: worked out
//! by its own rules (`sql::advice::loops`) from its statistics, from samples of the tables, and from what it
//! says today's plan costs. Statements are explained, never carried out.

use anyhow::{Context as _, anyhow, bail, ensure};
use serde_json::Value;
use sqlparser::dialect::MySqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer};
use sqlx::{AssertSqlSafe, Row as _};

use super::Connected;
use super::catalog::{HIDDEN, quoted};
use super::sample::Counted;
use super::statements::{is_idle, shown};
use crate::model::statement::StatementId;
use crate::sql::advice::explained::Scan;
use crate::sql::advice::loops::{
    Block, Costs, Known, as_select, blocks, candidates, choose, has_hints, is_too_large, unknown_table, uses,
};
use crate::sql::advice::prices::bytes;
use crate::sql::advice::verdict::is_cheap;
use crate::sql::advice::{
    Advice, Advised, By, Candidate, Catalog, Explained, Load, Outcome, Statement, verdict,
};
use crate::sql::mysql_select::{made_up, only_reads};
use crate::sql::plan::{self, Kind, Plan};
use crate::sql::words::count;

/// Why a statement is not looked at.
const TOO_LARGE: &str = "it joins more tables than quad can reckon with";
/// So many statements of a server are advised on.
const ADVISED: i64 = 100;

/// Advises on statements.
///
/// # Errors
/// Where the server can't be asked at all. Of a statement that it refuses the advice says so.
pub async fn advise(server: &mut Connected, statements: &[Statement]) -> anyhow::Result<Outcome> {
    let mut about = About { catalog: server.catalog().await?, counted: Counted::default() };
    let is_counted = statements.iter().any(|statement| statement.load.is_some());
    let seconds = if is_counted { server.counted_for().await? } else { None };
    let mut queries = Vec::with_capacity(statements.len());
    for statement in statements {
        let mut advised = server.advise_on(statement, &mut about).await.unwrap_or_else(|error| Advised {
            advice: Advice::not_looked_at(&statement.id, &format!("{error:#}")),
            cost: 0.0,
            small: None,
        });
        server.release().await?;
        advised.advice.load.clone_from(&statement.load);
        queries.push(advised);
    }
    let mut outcome = Outcome { by: By::Samples, ..Outcome::of(queries, &about.catalog, seconds) };
    for one in &mut outcome.workload {
        one.size =
            about.catalog.tables.get(&one.index.table).map(|table| bytes(&one.index, table, table.rows));
    }
    Ok(outcome)
}

/// What is the same for all statements.
struct About {
    catalog: Catalog,
    counted: Counted,
}

impl Connected {
    async fn advise_on(&mut self, statement: &Statement, about: &mut About) -> anyhow::Result<Advised> {
        let (sql, real) = with_values(&statement.sql)?;
        let select = as_select(&sql).unwrap_or_else(|| sql.clone());
        let read = blocks(&sql, &about.catalog);
        ensure!(!read.as_ref().is_some_and(|blocks| is_too_large(blocks)), TOO_LARGE);
        let json = self.plan(&select, false).await?.json;
        let plan = plan::read(&json)?;
        ensure!(!has_hints(&select), "it says itself which index is used");
        if let Some(name) = unknown_table(&sql, &about.catalog) {
            bail!("{name} is no InnoDB table of this database, and of others quad knows nothing");
        }
        let Some(mut blocks) = read else { bail!("quad can't read this statement") };
        let optimizer = self.optimizer_cost(&select, &json).await?;
        self.fill_shares(&mut blocks, &mut about.catalog, &mut about.counted, real).await?;
        let costs = if self.mariadb { Costs::MARIADB } else { Costs::MYSQL };
        let known = Known { catalog: &about.catalog, costs };
        let Some(today) = known.cost(&blocks, &[]) else { bail!(TOO_LARGE) };
        // Where the optimizer has found a cheaper way than quad knows of, that is what an index has to beat.
        // What it says of a subquery is what that costs once, however often it is run.
        let cap = optimizer.filter(|_| !runs_again(&json));
        let cost = cap.map_or(today.total, |cap| cap.min(today.total));
        let base = Explained {
            cost,
            rows: today.rows,
            scans: scans(&plan, &blocks, &about.catalog),
            ..Explained::default()
        };
        let uses = uses(&blocks);
        let choice = match is_cheap(&base) {
            true => None,
            false => choose(&candidates(&uses, &about.catalog), &blocks, &known, cost),
        };
        let small = choice.clone().filter(|choice| !choice.is_sure() && choice.indexes.len() == 1);
        let mut advice = verdict(&statement.id, &base, &uses, choice, &[], &about.catalog, false);
        let mut parts = blocks.iter().flat_map(|block| &block.sources).flat_map(|source| &source.parts);
        if let Some(rewrite) = parts
            .find_map(|part| part.rewrite.as_ref())
            .filter(|_| advice.indexes.is_empty() && !is_cheap(&base))
        {
            advice.because = format!("{}; {rewrite}", advice.because);
        }
        if let Some((table, index)) = advice.indexes.iter().find_map(|one| hidden(one, &about.catalog)) {
            let word = if self.mariadb { "NOT IGNORED" } else { "VISIBLE" };
            let because = format!(
                "the index {index} on {table} would serve, but the optimizer is told to leave it alone: ALTER TABLE {table} ALTER INDEX \
                 {index} {word}"
            );
            advice = Advice::none(&statement.id, because);
        }
        if let Some(optimizer) = optimizer.filter(|_| !advice.indexes.is_empty()) {
            advice.because =
                format!("{}; the optimizer's own cost of today's plan: {}", advice.because, count(optimizer));
        }
        Ok(Advised { advice, cost, small })
    }

    /// What the optimizer says that its plan costs: in the plan itself, otherwise in its trace.
    ///
    /// <https://mariadb.com/kb/en/optimizer-trace-overview/>
    async fn optimizer_cost(&mut self, sql: &str, json: &str) -> anyhow::Result<Option<f64>> {
        if let Some(cost) = cost_in_plan(json) {
            return Ok(Some(cost));
        }
        let set = |on: &str| AssertSqlSafe(format!("SET SESSION optimizer_trace = 'enabled={on}'"));
        if sqlx::raw_sql(set("on")).execute(&mut self.connection).await.is_err() {
            return Ok(None);
        }
        let planned = self.one(&format!("EXPLAIN FORMAT=JSON {sql}")).await;
        let trace = self.one("SELECT TRACE FROM information_schema.OPTIMIZER_TRACE").await;
        sqlx::raw_sql(set("off"))
            .execute(&mut self.connection)
            .await
            .map_err(|_| anyhow!("the connection to the server was lost in the middle"))?;
        // A trace that is longer than the server keeps is cut, and says nothing then.
        Ok(planned.and(trace).ok().and_then(|trace| cost_in_trace(&trace)))
    }

    /// The statements that took most time, with an example's values where the server keeps one.
    ///
    /// # Errors
    /// Where nothing was counted, with what to do.
    pub async fn workload(&mut self) -> anyhow::Result<Vec<Statement>> {
        if !self.is_counting().await? {
            bail!(
                "performance_schema is off, so the server counts no statements; give a file of them with --queries"
            );
        }
        let rows = sqlx::query(
            "SELECT /* quad */ CONVERT(DIGEST USING utf8mb4), CONVERT(DIGEST_TEXT USING utf8mb4), COUNT_STAR + 0e0, \
               SUM_TIMER_WAIT / 1e9 FROM performance_schema.events_statements_summary_by_digest \
             WHERE SCHEMA_NAME = DATABASE() AND DIGEST IS NOT NULL AND DIGEST_TEXT IS NOT NULL ORDER BY SUM_TIMER_WAIT DESC LIMIT ?",
        )
        .bind(ADVISED)
        .fetch_all(&mut self.connection)
        .await
        .context("reading the statistics of statements")?;
        let mut statements = Vec::new();
        for row in rows {
            let (id, text): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            let is_planned =
                |sql: &str| only_reads(&as_select(sql).unwrap_or_else(|| sql.to_owned())).is_ok();
            if is_idle(&text) || !made_up(&text).is_some_and(|sql| is_planned(&sql)) {
                continue;
            }
            let load = Load {
                fingerprint: shown(&text).fingerprint,
                calls: row.try_get(2)?,
                total_ms: row.try_get::<Option<f64>, _>(3)?.unwrap_or_default(),
            };
            let sql = self.statement(&StatementId(id.clone()), text).await?;
            statements.push(Statement { id: id.chars().take(8).collect(), sql, load: Some(load) });
        }
        Ok(statements)
    }

    /// A statement with the values of an example, or as its digest where none is kept.
    pub(super) async fn statement(&mut self, id: &StatementId, digest: String) -> anyhow::Result<String> {
        let whole = |sql: &String| with_values(sql).is_ok_and(|(_, real)| real) && blocks_alone(sql);
        Ok(self.example(id).await?.filter(whole).unwrap_or(digest))
    }

    /// For how many seconds the oldest of the statements has been counted.
    async fn counted_for(&mut self) -> anyhow::Result<Option<f64>> {
        let row = sqlx::query(
            "SELECT /* quad */ UNIX_TIMESTAMP() - MIN(UNIX_TIMESTAMP(FIRST_SEEN)) + 0e0 \
             FROM performance_schema.events_statements_summary_by_digest",
        )
        .fetch_one(&mut self.connection)
        .await
        .context("reading since when statements are counted")?;
        Ok(row.try_get::<Option<f64>, _>(0)?.filter(|seconds| *seconds > 0.0))
    }
}

/// Whether the text of an example is whole: what is cut can't be read.
fn blocks_alone(sql: &str) -> bool {
    !sql.trim_end().ends_with("...")
        && Tokenizer::new(&MySqlDialect {}, sql).with_unescape(false).tokenize().is_ok()
}

/// A statement that can be planned, and whether its values are the application's own. A server's digest and a prepared
/// statement have none.
pub(super) fn with_values(sql: &str) -> anyhow::Result<(String, bool)> {
    let sql = sql.trim().trim_end_matches(';');
    let tokens = Tokenizer::new(&MySqlDialect {}, sql)
        .with_unescape(false)
        .tokenize()
        .map_err(|_| anyhow!("its text can't be told apart, it may be cut off"))?;
    let left_out = |two: &[Token]| two.iter().all(|token| *token == Token::Period);
    if tokens.iter().any(|token| matches!(token, Token::Placeholder(_))) || tokens.windows(2).any(left_out) {
        return made_up(sql)
            .map(|sql| (sql, false))
            .ok_or_else(|| anyhow!("the server keeps only a part of its text"));
    }
    Ok((sql.to_owned(), true))
}

/// Table and name of an index that is there already, and that the optimizer does not use.
fn hidden<'a>(wanted: &'a Candidate, catalog: &'a Catalog) -> Option<(&'a str, String)> {
    let table = catalog.tables.get(&wanted.table)?;
    let index =
        table.indexes.iter().find(|one| one.method == HIDDEN && one.columns.starts_with(&wanted.keys))?;
    Some((&wanted.table, quoted(&index.name)))
}

/// Tables that the plan reads from end to end.
fn scans(plan: &Plan, blocks: &[Block], catalog: &Catalog) -> Vec<Scan> {
    let sources =
        || blocks.iter().flat_map(|block| &block.sources).filter(|source| source.given_by.is_none());
    plan.walk()
        .filter(|(_, node)| matches!(node.kind, Kind::SeqScan | Kind::FullIndexScan))
        .filter_map(|(_, node)| {
            let called = node.alias.as_deref().or(node.relation.as_deref())?;
            let source = sources().find(|source| source.alias.eq_ignore_ascii_case(called))?;
            let table = catalog.tables.get(&source.table)?;
            let share =
                source.share.unwrap_or_else(|| source.parts.iter().filter_map(|part| part.share).product());
            Some(Scan {
                table: source.table.clone(),
                cost: table.pages,
                rows: table.rows * share,
                alias: called.to_owned(),
                parts: Vec::new(),
            })
        })
        .collect()
}

/// MySQL writes the cost of the whole as a text: `"query_cost": "4116.25"`.
fn cost_in_plan(json: &str) -> Option<f64> {
    let value: Value = serde_json::from_str(json).ok()?;
    let cost = &value["query_block"]["cost_info"]["query_cost"];
    cost.as_f64().or_else(|| cost.as_str()?.parse().ok())
}

/// Whether a plan runs a subquery for each row of what is around it: MariaDB keeps what such a one gave before, MySQL says so.
fn runs_again(json: &str) -> bool {
    let Ok(plan) = serde_json::from_str::<Value>(json) else { return true };
    let mut waiting = vec![&plan];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Array(all) => waiting.extend(all),
            Value::Object(all) => {
                if all.contains_key("expression_cache") || all.get("dependent") == Some(&Value::Bool(true)) {
                    return true;
                }
                waiting.extend(all.values());
            }
            _ => {}
        }
    }
    false
}

/// The cheapest whole plan of each SELECT, all together. Subqueries stand somewhere inside.
fn cost_in_trace(trace: &str) -> Option<f64> {
    const PLANS: &str = "considered_execution_plans";
    let trace: Value = serde_json::from_str(trace).ok()?;
    let mut costs = Vec::new();
    let mut waiting = vec![&trace];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Array(all) => waiting.extend(all),
            Value::Object(all) => {
                costs.extend(all.get(PLANS).and_then(cheapest));
                waiting.extend(all.iter().filter(|(key, _)| *key != PLANS).map(|(_, value)| value));
            }
            _ => {}
        }
    }
    (!costs.is_empty()).then(|| costs.iter().sum())
}

/// The least that an order of all tables costs.
fn cheapest(plans: &Value) -> Option<f64> {
    let mut waiting: Vec<&Value> = plans.as_array()?.iter().collect();
    let mut known: Vec<(usize, f64)> = Vec::new();
    while let Some(plan) = waiting.pop() {
        if let (Some(cost), Some(before)) = (plan["cost_for_plan"].as_f64(), plan["plan_prefix"].as_array())
            && plan.get("pruned_by_cost").is_none()
        {
            known.push((before.len(), cost));
        }
        waiting.extend(plan["rest_of_plan"].as_array().into_iter().flatten());
    }
    let tables = known.iter().map(|(before, _)| *before).max()?;
    known.into_iter().filter(|(before, _)| *before == tables).map(|(_, cost)| cost).min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_optimizers_cost_is_that_of_its_cheapest_whole_plan() {
        assert_eq!(
            cost_in_plan(r#"{"query_block": {"cost_info": {"query_cost": "4116.25"}}}"#),
            Some(4_116.25)
        );
        assert_eq!(cost_in_plan(r#"{"query_block": {"table": {}}}"#), None);
        let trace = r#"{"steps": [{"join_optimization": {"steps": [{"considered_execution_plans": [
            {"plan_prefix": [], "table": "c", "cost_for_plan": 10.0, "rest_of_plan": [
                {"plan_prefix": ["c"], "table": "o", "cost_for_plan": 900.0},
                {"plan_prefix": ["c"], "table": "i", "cost_for_plan": 5.0, "pruned_by_cost": true}]},
            {"plan_prefix": [], "table": "o", "cost_for_plan": 80.0, "rest_of_plan": [
                {"plan_prefix": ["o"], "table": "c", "cost_for_plan": 700.0}]}]}]}}]}"#;
        assert_eq!(cost_in_trace(trace), Some(700.0));
        assert_eq!(cost_in_trace("{\"steps\": [{\"join_opti"), None);
    }

    #[test]
    fn subqueries_that_run_again_and_again_are_told_from_those_that_are_kept() {
        for (plan, again) in [
            (r#"{"query_block": {"subqueries": [{"expression_cache": {"query_block": {}}}]}}"#, true),
            (r#"{"query_block": {"attached_subqueries": [{"dependent": true, "cacheable": false}]}}"#, true),
            (r#"{"query_block": {"attached_subqueries": [{"dependent": false}]}}"#, false),
            (r#"{"query_block": {"subqueries": [{"materialization": {"query_block": {}}}]}}"#, false),
        ] {
            assert_eq!(runs_again(plan), again, "{plan}");
        }
    }

    #[test]
    fn what_has_no_values_is_told_apart() {
        assert!(with_values("SELECT a FROM t WHERE b = 1").is_ok_and(|(_, real)| real));
        for digest in ["SELECT `a` FROM `t` WHERE `b` = ?", "SELECT `a` FROM `t` WHERE `b` IN (...)"] {
            assert!(with_values(digest).is_ok_and(|(_, real)| !real), "{digest}");
        }
    }
}
