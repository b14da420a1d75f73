//! The tables of a database with their rows and indexes, as a look every hour can afford it.

use anyhow::Context as _;
use sqlx::Row as _;

use crate::model::surroundings::Tables;

use super::Connected;

/// More tables than this are not told: the largest are.
const MOST: i64 = 2_000;

impl Connected {
    /// The tables of people, the largest ones where they are very many.
    ///
    /// # Errors
    /// Where the server refuses.
    pub(super) async fn tables(&mut self) -> anyhow::Result<Tables> {
        // Live rows are what the statistics collector counts; on a replica there are only those of the last ANALYZE.
        // The condition of a partial index may hold values, so how to make it is not told: a short hash knows it again
        // when it comes back under another name.
        let rows = sqlx::query(
            "SELECT /* quad */ t.name, t.rows, i.relname::text, \
               CASE WHEN x.indpred IS NULL AND x.indexprs IS NULL THEN pg_get_indexdef(x.indexrelid) END, \
               CASE WHEN x.indpred IS NOT NULL OR x.indexprs IS NOT NULL THEN hashtext(concat_ws(' ', x.indisunique, i.relam, x.indkey, \
                 x.indclass, x.indcollation, x.indoption, coalesce(pg_get_expr(x.indexprs, x.indrelid), '-'), \
                 pg_get_expr(x.indpred, x.indrelid))) END \
             FROM (SELECT c.oid, CASE WHEN pg_table_is_visible(c.oid) THEN c.relname ELSE n.nspname || '.' || c.relname END AS name, \
                     greatest(coalesce(nullif(s.n_live_tup, 0), c.reltuples::bigint), 0)::float8 AS rows \
                   FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                   LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid \
                   WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema') \
                     AND n.nspname NOT LIKE 'pg\\_t%' ORDER BY c.relpages DESC LIMIT $1) t \
             LEFT JOIN pg_index x ON x.indrelid = t.oid AND x.indisvalid \
             LEFT JOIN pg_class i ON i.oid = x.indexrelid",
        )
        .persistent(false)
        .bind(MOST)
        .fetch_all(&mut self.connection)
        .await
        .context("reading the tables")?;
        let mut tables = Tables::default();
        for row in rows {
            let table = tables.0.entry(row.try_get(0)?).or_default();
            table.rows = row.try_get(1)?;
            if let Some(index) = row.try_get::<Option<String>, _>(2)? {
                if let Some(sign) = row.try_get::<Option<i32>, _>(4)? {
                    table.signs.insert(index.clone(), sign);
                }
                table.indexes.insert(index, row.try_get(3)?);
            }
        }
        Ok(tables)
    }
}
