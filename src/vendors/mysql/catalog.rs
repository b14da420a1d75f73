//! What the server's own statistics say of tables, columns and indexes.

use std::collections::BTreeMap;

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, Row as _};

use super::Connected;
use crate::sql::advice::{Catalog, Column, Index, Table};

/// Words that are no names without backticks, of MySQL 8 and of MariaDB.
///
/// <https://dev.mysql.com/doc/refman/8.0/en/keywords.html>, <https://mariadb.com/kb/en/reserved-words/>
const RESERVED: &str = "accessible add all alter analyze and as asc asensitive before between bigint binary blob both by call cascade \
    case change char character check collate column condition constraint continue convert create cross cube cume_dist \
    current_date current_role current_time current_timestamp current_user cursor database databases day_hour day_microsecond \
    day_minute day_second dec decimal declare default delayed delete delete_domain_id dense_rank desc describe deterministic \
    distinct distinctrow div do_domain_ids double drop dual each else elseif empty enclosed escaped except exists exit explain \
    false fetch first_value float float4 float8 for force foreign from fulltext function general generated get grant group \
    grouping groups having high_priority hour_microsecond hour_minute hour_second if ignore ignore_domain_ids ignore_server_ids \
    in index infile inner inout insensitive insert int int1 int2 int3 int4 int8 integer intersect interval into io_after_gtids \
    io_before_gtids is iterate join json_table key keys kill lag last_value lateral lead leading leave left like limit linear \
    lines load localtime localtimestamp lock long longblob longtext loop low_priority master_bind \
    master_heartbeat_period master_ssl_verify_server_cert match maxvalue mediumblob mediumint mediumtext middleint \
    minute_microsecond minute_second mod modifies natural no_write_to_binlog not nth_value ntile null numeric of offset on \
    optimize optimizer_costs option optionally or order out outer outfile over page_checksum parse_vcol_expr partition percent_rank \
    precision primary procedure purge range rank read read_write reads real recursive ref_system_id references regexp release \
    rename repeat replace require resignal restrict return returning revoke right rlike row row_number rows schema schemas \
    second_microsecond select sensitive separator set show signal slow smallint spatial specific sql sql_big_result \
    sql_calc_found_rows sql_small_result sqlexception sqlstate sqlwarning ssl starting stats_auto_recalc stats_persistent \
    stats_sample_pages stored straight_join system table terminated then tinyblob tinyint tinytext to trailing trigger true \
    undo union unique unlock unsigned update usage use using utc_date utc_time utc_timestamp values varbinary varchar \
    varcharacter varying virtual when where while window with write xor year_month zerofill";
/// What quad calls the method of an index that is kept, and that the optimizer is told not to use.
pub(super) const HIDDEN: &str = "hidden";
/// Bytes of a page.
const PAGE: f64 = 16_384.0;

impl Connected {
    /// The catalog of this database.
    ///
    /// # Errors
    /// Where the server refuses.
    pub(super) async fn catalog(&mut self) -> anyhow::Result<Catalog> {
        let database = sqlx::query("SELECT /* quad */ CONVERT(DATABASE() USING utf8mb4)")
            .fetch_one(&mut self.connection)
            .await
            .context("asking for the database")?
            .try_get(0)?;
        let mut catalog = Catalog { database, ..Catalog::default() };
        // Other engines keep other indexes, and system-versioned tables keep the past in them, too.
        let rows = sqlx::query(
            "SELECT /* quad */ CONVERT(TABLE_NAME USING utf8mb4), COALESCE(TABLE_ROWS, 0) + 0e0, COALESCE(DATA_LENGTH, 0) + 0e0 \
             FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' AND ENGINE = 'InnoDB'",
        )
        .fetch_all(&mut self.connection)
        .await
        .context("reading the tables")?;
        for row in rows {
            let (rows, bytes): (f64, f64) = (row.try_get(1)?, row.try_get(2)?);
            // An index tells by itself which of its rows are visible.
            let table = Table { rows, pages: (bytes / PAGE).max(1.0), visible: 1.0, ..Table::default() };
            catalog.tables.insert(quoted(&row.try_get::<String, _>(0)?), table);
        }
        let rows = sqlx::query(
            "SELECT /* quad */ CONVERT(TABLE_NAME USING utf8mb4), CONVERT(COLUMN_NAME USING utf8mb4), \
               CONVERT(COLUMN_TYPE USING utf8mb4), CONVERT(COALESCE(COLLATION_NAME, '') USING utf8mb4) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()",
        )
        .fetch_all(&mut self.connection)
        .await
        .context("reading the columns")?;
        for row in rows {
            let Some(table) = catalog.tables.get_mut(&quoted(&row.try_get::<String, _>(0)?)) else {
                continue;
            };
            let kind = row.try_get::<String, _>(2)?.to_lowercase();
            // Whatever the collation, an index finds what begins with a word.
            table.columns.insert(
                quoted(&row.try_get::<String, _>(1)?),
                Column { kind, bytewise: true, collation: row.try_get(3)?, ..Column::default() },
            );
        }
        self.indexes(&mut catalog).await?;
        self.writes(&mut catalog).await?;
        Ok(catalog)
    }

    async fn indexes(&mut self, catalog: &mut Catalog) -> anyhow::Result<()> {
        let hidden = self.hidden().await?;
        let rows = sqlx::query(AssertSqlSafe(format!(
            "SELECT /* quad */ CONVERT(TABLE_NAME USING utf8mb4), CONVERT(INDEX_NAME USING utf8mb4), \
               CONVERT(COLUMN_NAME USING utf8mb4), CAST(SUB_PART AS SIGNED), CAST(NON_UNIQUE AS SIGNED), \
               CONVERT(INDEX_TYPE USING utf8mb4), COALESCE(CARDINALITY, 0) + 0e0, COALESCE(COLLATION, 'A') = 'D', {hidden} \
             FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() \
             ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX",
        )))
        .fetch_all(&mut self.connection)
        .await
        .context("reading the indexes")?;
        let mut found: BTreeMap<(String, String), Index> = BTreeMap::new();
        for row in rows {
            let (table, name) = (quoted(&row.try_get::<String, _>(0)?), row.try_get::<String, _>(1)?);
            let index = found.entry((table.clone(), name.clone())).or_insert_with(|| Index {
                name,
                // How often it was used is not told by every server; what is not known to be unused is not said to be.
                scans: 1.0,
                ..Index::default()
            });
            index.unique = row.try_get::<i64, _>(4)? == 0;
            let method = row.try_get::<String, _>(5)?.to_lowercase();
            index.method = if row.try_get::<i64, _>(8)? == 1 { HIDDEN.to_owned() } else { method };
            let Some(column) = row.try_get::<Option<String>, _>(2)? else {
                // An expression, which quad does not compare.
                index.method = "expression".to_owned();
                continue;
            };
            let column = quoted(&column);
            let part: Option<i64> = row.try_get(3)?;
            if index.columns.is_empty()
                && part.is_none()
                && let Some(about) =
                    catalog.tables.get_mut(&table).and_then(|table| table.columns.get_mut(&column))
            {
                about.distinct = about.distinct.max(row.try_get(6)?);
            }
            let descending = if row.try_get::<i64, _>(7)? == 1 { " DESC" } else { "" };
            index.columns.push(match part {
                Some(part) => format!("{column}({part})"),
                None => format!("{column}{descending}"),
            });
        }
        for ((table, _), index) in found {
            if let Some(table) = catalog.tables.get_mut(&table) {
                table.indexes.push(index);
            }
        }
        Ok(())
    }

    /// Whether the optimizer leaves an index alone, in SQL: `INVISIBLE` since MySQL 8, `IGNORED` since MariaDB 10.6.
    async fn hidden(&mut self) -> anyhow::Result<&'static str> {
        let rows = sqlx::query(
            "SELECT /* quad */ CONVERT(COLUMN_NAME USING utf8mb4) FROM information_schema.COLUMNS \
             WHERE TABLE_SCHEMA = 'information_schema' AND TABLE_NAME = 'STATISTICS'",
        )
        .fetch_all(&mut self.connection)
        .await
        .context("reading what is told of indexes")?;
        for row in rows {
            match row.try_get::<String, _>(0)?.to_uppercase().as_str() {
                "IGNORED" => return Ok("IGNORED = 'YES'"),
                "IS_VISIBLE" => return Ok("IS_VISIBLE = 'NO'"),
                _ => {}
            }
        }
        Ok("0 = 1")
    }

    /// Rows that are written to each table in a second, where the server counts them.
    async fn writes(&mut self, catalog: &mut Catalog) -> anyhow::Result<()> {
        let rows = sqlx::query(
            "SELECT /* quad */ CONVERT(OBJECT_NAME USING utf8mb4), (COUNT_INSERT + COUNT_UPDATE) / GREATEST( \
               (SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE VARIABLE_NAME = 'UPTIME'), 1) + 0e0 \
             FROM performance_schema.table_io_waits_summary_by_table WHERE OBJECT_SCHEMA = DATABASE()",
        )
        .fetch_all(&mut self.connection)
        .await;
        // Without performance_schema nobody counts.
        for row in rows.into_iter().flatten() {
            if let Some(table) = catalog.tables.get_mut(&quoted(&row.try_get::<String, _>(0)?)) {
                table.writes = row.try_get::<Option<f64>, _>(1)?.unwrap_or_default();
            }
        }
        Ok(())
    }
}

/// A name as statements write it: in backticks where it needs them.
pub(super) fn quoted(name: &str) -> String {
    let plain = name.chars().enumerate().all(|(at, sign)| {
        sign == '_'
            || sign.is_ascii_lowercase()
            || sign.is_ascii_uppercase()
            || (at > 0 && sign.is_ascii_digit())
    });
    if plain && !RESERVED.split_whitespace().any(|word| word.eq_ignore_ascii_case(name)) {
        name.to_owned()
    } else {
        format!("`{}`", name.replace('`', "``"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_they_need_it() {
        for (name, expected) in
            [("orders", "orders"), ("order", "`order`"), ("a b", "`a b`"), ("2x", "`2x`"), ("Kunde", "Kunde")]
        {
            assert_eq!(quoted(name), expected);
        }
    }
}
