//! Counts in a sample of a table how many rows fulfil what a scan looks for, where advice rests on that: the planner
//! guesses what it keeps no statistics of. Whole pages from all over the table are read, in the transaction that only
//! reads, and only the counts leave the server.
//!
//! <https://www.postgresql.org/docs/current/sql-select.html> (TABLESAMPLE)

use sqlx::{AssertSqlSafe, Row as _};

use super::Connected;
use super::explain::lost;
use crate::sql::advice::counted::Counted;
use crate::sql::advice::{Catalog, Reading, Table};
use crate::sql::pure_select;

/// So many pages of a table are read, and no more rows than this.
const PAGES: f64 = 300.0;
const ROWS: u32 = 20_000;

impl Connected {
    /// What a sample says of each table that is read from end to end. Of conditions that name others, or that quad would
    /// not carry out, nothing is known.
    pub(super) async fn rows_by_sample(
        &mut self,
        readings: &[Reading],
        catalog: &Catalog,
    ) -> anyhow::Result<Vec<Counted>> {
        let mut all = Vec::new();
        for reading in readings.iter().filter(|reading| !reading.parts.is_empty()) {
            let Some(table) = catalog.tables.get(&reading.table) else { continue };
            if let Some((looked_at, hits)) = self.sampled(reading, table).await? {
                all.push(Counted::of(reading, hits, looked_at, table.rows));
            }
        }
        Ok(all)
    }

    /// Rows that were looked at, and those that fulfil all that the scan looks for.
    async fn sampled(&mut self, reading: &Reading, table: &Table) -> anyhow::Result<Option<(f64, f64)>> {
        let (name, alias) = (&reading.table, reading.alias.replace('"', "\"\""));
        let condition =
            reading.parts.iter().map(|part| format!("({})", part.text)).collect::<Vec<_>>().join(" AND ");
        let asked = format!("SELECT 1 FROM {name} AS \"{alias}\" WHERE {condition}");
        let Ok(words) = pure_select::words(&asked) else { return Ok(None) };
        if words.parameters > 0 || self.objection_to_running(&words).await?.is_some() {
            return Ok(None);
        }
        let percent = (100.0 * PAGES / table.pages.max(1.0)).min(100.0);
        let sql = format!(
            "SELECT /* quad */ count(*)::float8, count(*) FILTER (WHERE {condition})::float8 \
             FROM (SELECT * FROM {name} TABLESAMPLE SYSTEM ({percent}) LIMIT {ROWS}) AS \"{alias}\""
        );
        let savepoint = |sql: &'static str| sqlx::query(sql).persistent(false);
        savepoint("SAVEPOINT sample").execute(&mut self.connection).await.map_err(lost)?;
        let row = sqlx::query(AssertSqlSafe(sql)).persistent(false).fetch_one(&mut self.connection).await;
        let after = if row.is_ok() { "RELEASE SAVEPOINT sample" } else { "ROLLBACK TO SAVEPOINT sample" };
        savepoint(after).execute(&mut self.connection).await.map_err(lost)?;
        match row {
            Ok(row) => Ok(Some((row.try_get(0)?, row.try_get(1)?))),
            // It names another table, or a step of the plan.
            Err(sqlx::Error::Database(_)) => Ok(None),
            Err(error) => Err(lost(error)),
        }
    }
}
