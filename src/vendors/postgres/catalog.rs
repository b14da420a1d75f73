//! Reads what the server's own statistics say of tables, columns and indexes.

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, Row as _};

use crate::sql::advice::{Catalog, Column, ForeignKey, Index, Table};

use super::Connected;

/// The name as statements write it.
const NAME: &str = "CASE WHEN pg_table_is_visible(c.oid) THEN quote_ident(c.relname) \
                    ELSE quote_ident(n.nspname) || '.' || quote_ident(c.relname) END";
const THEIRS: &str = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_t%'";

impl Connected {
    /// The catalog of this database.
    ///
    /// # Errors
    /// Where the server refuses.
    pub async fn catalog(&mut self) -> anyhow::Result<Catalog> {
        let mut catalog = Catalog::default();
        let counted_for = self.counted_for().await?;
        let connection = &mut self.connection;
        let sql = format!(
            "SELECT /* quad */ {NAME}, greatest(c.reltuples, 0)::float8, c.relpages::float8, \
               (c.relallvisible::float8 / greatest(c.relpages, 1)), \
               coalesce(s.n_tup_ins + s.n_tup_upd, 0)::float8 FROM pg_class c \
             JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid WHERE c.relkind IN ('r', 'p', 'm') AND {THEIRS}"
        );
        for row in
            sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut *connection).await.context("reading the tables")?
        {
            let table = Table {
                rows: row.try_get(1)?,
                pages: row.try_get(2)?,
                visible: row.try_get(3)?,
                writes: row.try_get::<f64, _>(4)? / counted_for,
                ..Table::default()
            };
            catalog.tables.insert(row.try_get(0)?, table);
        }
        let sql = format!(
            "SELECT /* quad */ {NAME}, quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), coalesce(s.n_distinct, 0)::float8, \
             coalesce(col.collname IN ('C', 'POSIX', 'ucs_basic') OR (col.collname = 'default' AND \
               (SELECT datcollate IN ('C', 'POSIX') FROM pg_database WHERE datname = current_database())), false), \
             coalesce(s.avg_width, 0)::float8, coalesce(s.correlation, 0)::float8 \
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid \
             LEFT JOIN pg_collation col ON col.oid = a.attcollation \
             LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname AND NOT s.inherited \
             WHERE c.relkind IN ('r', 'p', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND {THEIRS}"
        );
        for row in sqlx::query(AssertSqlSafe(sql))
            .fetch_all(&mut *connection)
            .await
            .context("reading the columns")?
        {
            let table: String = row.try_get(0)?;
            let Some(table) = catalog.tables.get_mut(&table) else { continue };
            let distinct: f64 = row.try_get(3)?;
            // Below zero: a share of the rows.
            let distinct = if distinct < 0.0 { -distinct * table.rows } else { distinct };
            table.columns.insert(
                row.try_get(1)?,
                Column {
                    kind: row.try_get(2)?,
                    distinct,
                    bytewise: row.try_get(4)?,
                    width: row.try_get(5)?,
                    correlation: row.try_get(6)?,
                    collation: String::new(),
                },
            );
        }
        let sql = format!(
            "SELECT /* quad */ {NAME}, i.relname::text, ARRAY(SELECT pg_get_indexdef(x.indexrelid, k, true) \
                 || CASE WHEN o.opcdefault THEN '' ELSE ' ' || o.opcname END \
                 || CASE WHEN x.indoption[k - 1] & 1 = 1 THEN ' DESC' ELSE '' END \
               FROM generate_series(1, x.indnkeyatts) k JOIN pg_opclass o ON o.oid = x.indclass[k - 1] ORDER BY k), \
             x.indpred IS NOT NULL, x.indisunique OR x.indisexclusion OR x.indisreplident, m.amname::text, pg_relation_size(i.oid)::float8, coalesce(s.idx_scan, 0)::float8, x.indnatts > x.indnkeyatts \
             FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid \
             JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am m ON m.oid = i.relam \
             LEFT JOIN pg_stat_user_indexes s ON s.indexrelid = i.oid WHERE x.indisvalid AND {THEIRS}"
        );
        for row in sqlx::query(AssertSqlSafe(sql))
            .fetch_all(&mut *connection)
            .await
            .context("reading the indexes")?
        {
            let table: String = row.try_get(0)?;
            let Some(table) = catalog.tables.get_mut(&table) else { continue };
            table.indexes.push(Index {
                name: row.try_get(1)?,
                columns: row.try_get(2)?,
                partial: row.try_get(3)?,
                unique: row.try_get(4)?,
                method: row.try_get(5)?,
                size: row.try_get(6)?,
                scans: row.try_get(7)?,
                includes: row.try_get(8)?,
            });
        }
        let sql = format!(
            "SELECT /* quad */ {NAME}, (SELECT CASE WHEN pg_table_is_visible(cc.oid) THEN quote_ident(cc.relname) ELSE quote_ident(cn.nspname) || '.' || quote_ident(cc.relname) END \
               FROM pg_class cc JOIN pg_namespace cn ON cn.oid = cc.relnamespace WHERE cc.oid = f.conrelid), \
             ARRAY(SELECT quote_ident(a.attname) FROM unnest(f.conkey) WITH ORDINALITY k(num, place) \
               JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.num ORDER BY k.place) \
             FROM pg_constraint f JOIN pg_class c ON c.oid = f.confrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE f.contype = 'f' AND {THEIRS}"
        );
        for row in sqlx::query(AssertSqlSafe(sql))
            .fetch_all(&mut *connection)
            .await
            .context("reading the foreign keys")?
        {
            let table: String = row.try_get(0)?;
            let Some(table) = catalog.tables.get_mut(&table) else { continue };
            table.referred_by.push(ForeignKey { table: row.try_get(1)?, columns: row.try_get(2)? });
        }
        // Nobody counts the rows of a partitioned table unless asked to.
        let sql = format!(
            "SELECT /* quad */ {NAME}, (SELECT CASE WHEN pg_table_is_visible(p.oid) THEN quote_ident(p.relname) ELSE quote_ident(pn.nspname) || '.' || quote_ident(p.relname) END \
               FROM pg_class p JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE p.oid = t.relid), t.level \
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, pg_partition_tree(c.oid) t \
             WHERE c.relkind = 'p' AND t.isleaf AND {THEIRS}"
        );
        for row in sqlx::query(AssertSqlSafe(sql))
            .fetch_all(&mut *connection)
            .await
            .context("reading the partitions")?
        {
            let (whole, part): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            let Some((rows, pages, writes)) =
                catalog.tables.get(&part).map(|part| (part.rows, part.pages, part.writes))
            else {
                continue;
            };
            let Some(table) = catalog.tables.get_mut(&whole) else { continue };
            if table.partitions.is_empty() {
                (table.rows, table.pages, table.writes) = (0.0, 0.0, 0.0);
            }
            table.rows += rows;
            table.pages += pages;
            table.writes += writes;
            table.partitions.push(part);
            table.nested |= row.try_get::<i32, _>(2)? > 1;
        }
        let found = sqlx::query("SELECT /* quad */ 1 FROM pg_extension WHERE extname = 'pg_trgm'")
            .fetch_optional(&mut *connection)
            .await?;
        catalog.trigrams = found.is_some();
        Ok(catalog)
    }

    /// For how many seconds writes have been counted. They outlive a restart, so where they were never set
    /// back, and pg_stat_statements counts since before the server started, that is the longer time.
    async fn counted_for(&mut self) -> anyhow::Result<f64> {
        let row = sqlx::query(
            "SELECT /* quad */ extract(epoch FROM now() - coalesce(stats_reset, pg_postmaster_start_time()))::float8, \
             stats_reset IS NULL FROM pg_stat_database WHERE datname = current_database()",
        )
        .persistent(false)
        .fetch_one(&mut self.connection)
        .await
        .context("reading since when writes are counted")?;
        let (seconds, never_reset): (f64, bool) = (row.try_get(0)?, row.try_get(1)?);
        let statements = if never_reset { self.statements_counted_for().await? } else { None };
        Ok(seconds.max(statements.unwrap_or(0.0)).max(1.0))
    }
}
