//! Index advice without HypoPG: the planner is asked what it charges, and which share of a table's rows it
//! expects each condition to leave. The rest is worked out (`sql::advice::costing`).

use std::collections::BTreeMap;

use sqlx::Row as _;

use crate::sql::advice::conjuncts::renumbered;
use crate::sql::advice::costing::{Known, choose};
use crate::sql::advice::readings::Part;
use crate::sql::advice::{Candidate, Catalog, Choice, Prices, Reading, Table, Uses, readings};
use crate::sql::plan;
use crate::sql::plan::condition::How;

use super::Connected;
use super::advise::Planned;

/// What is read cheaper than this share of the statement is not worth asking about.
const WORTH_ASKING: f64 = 0.05;

impl Connected {
    /// What the planner charges here.
    pub(super) async fn prices(&mut self) -> anyhow::Result<Prices> {
        let rows = sqlx::query(
            "SELECT /* quad */ name, setting::float8 FROM pg_settings WHERE name IN ('seq_page_cost', 'random_page_cost', \
             'cpu_tuple_cost', 'cpu_index_tuple_cost', 'cpu_operator_cost', 'effective_cache_size')",
        )
        .persistent(false)
        .fetch_all(&mut self.connection)
        .await?;
        let mut prices = Prices::default();
        for row in rows {
            let (name, setting): (String, f64) = (row.try_get(0)?, row.try_get(1)?);
            let price = match &*name {
                "seq_page_cost" => &mut prices.seq_page,
                "random_page_cost" => &mut prices.random_page,
                "cpu_tuple_cost" => &mut prices.row,
                "cpu_index_tuple_cost" => &mut prices.entry,
                "cpu_operator_cost" => &mut prices.operator,
                _ => &mut prices.cached_pages,
            };
            *price = setting;
        }
        Ok(prices)
    }

    /// The few indexes that save most, by our own reckoning.
    pub(super) async fn reckon(
        &mut self,
        planned: &Planned<'_>,
        candidates: &[Candidate],
        uses: &BTreeMap<String, Uses>,
        catalog: &Catalog,
        prices: &Prices,
    ) -> anyhow::Result<Option<Choice>> {
        let mut readings = readings(planned.plan, planned.json, catalog);
        readings.retain(|one| one.cost * one.times >= planned.cost * WORTH_ASKING);
        for reading in &mut readings {
            let Some(table) = catalog.tables.get(&reading.table) else { continue };
            for at in 0..reading.parts.len() {
                reading.parts[at].share = self.share(reading, &reading.parts[at], table).await?;
            }
        }
        let known = Known { cost: planned.cost, readings: &readings, uses, catalog, prices };
        Ok(choose(candidates, &known))
    }

    /// The share of a table's rows that the planner expects a condition to leave.
    async fn share(&mut self, reading: &Reading, part: &Part, table: &Table) -> anyhow::Result<Option<f64>> {
        let alias = reading.alias.replace('"', "\"\"");
        let sql = renumbered(&format!("SELECT FROM {} AS \"{alias}\" WHERE {}", reading.table, part.text));
        let rows = match self.may_be_planned(&sql).await {
            Ok(words) => match self.planned(&sql, &words).await {
                Ok(json) => plan::read(&json)?.nodes[0].estimated.rows,
                // It names another table of the statement, or a subquery.
                Err(_) => None,
            },
            Err(_) => None,
        };
        let distinct = part.key.as_ref().and_then(|key| table.columns.get(key)).map(|column| column.distinct);
        Ok(match rows {
            Some(rows) => Some((rows / table.rows.max(1.0)).clamp(0.0, 1.0)),
            None => distinct
                .filter(|distinct| *distinct >= 1.0 && part.how == How::Equal)
                .map(|distinct| 1.0 / distinct),
        })
    }
}
