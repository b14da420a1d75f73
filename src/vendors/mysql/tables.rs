//! The tables of a database with their rows and indexes.

use std::collections::BTreeMap;

use anyhow::Context as _;
use sqlx::Row as _;

use super::Connected;
use crate::model::surroundings::Tables;

/// An index, column by column.
struct Found {
    kind: &'static str,
    /// `None` where one is an expression.
    columns: Option<Vec<String>>,
}

impl Connected {
    /// The tables of the database, with the optimizer's estimate of their rows.
    ///
    /// # Errors
    /// Where the server refuses.
    pub(super) async fn tables(&mut self) -> anyhow::Result<Tables> {
        let mut tables = Tables::default();
        let rows = sqlx::query(
            "SELECT /* quad */ CONVERT(TABLE_NAME USING utf8mb4), COALESCE(TABLE_ROWS, 0) + 0e0 FROM information_schema.TABLES \
             WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'",
        )
        .fetch_all(&mut self.connection)
        .await
        .context("reading the tables")?;
        for row in rows {
            tables.0.entry(row.try_get(0)?).or_default().rows = row.try_get(1)?;
        }
        let rows = sqlx::query(
            "SELECT /* quad */ CONVERT(TABLE_NAME USING utf8mb4), CONVERT(INDEX_NAME USING utf8mb4), \
               CONVERT(COLUMN_NAME USING utf8mb4), CAST(SUB_PART AS SIGNED), CAST(NON_UNIQUE AS SIGNED), \
               CONVERT(INDEX_TYPE USING utf8mb4) \
             FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() \
             ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX",
        )
        .fetch_all(&mut self.connection)
        .await
        .context("reading the indexes")?;
        let mut found: BTreeMap<(String, String), Found> = BTreeMap::new();
        for row in rows {
            let kind: String = row.try_get(5)?;
            let kind = match (&*kind, row.try_get::<i64, _>(4)?) {
                ("FULLTEXT", _) => "FULLTEXT ",
                ("SPATIAL", _) => "SPATIAL ",
                (_, 0) => "UNIQUE ",
                _ => "",
            };
            let column =
                row.try_get::<Option<String>, _>(2)?.map(|name| match row.try_get::<Option<i64>, _>(3) {
                    Ok(Some(part)) => format!("`{name}`({part})"),
                    _ => format!("`{name}`"),
                });
            let entry = found
                .entry((row.try_get(0)?, row.try_get(1)?))
                .or_insert(Found { kind, columns: Some(Vec::new()) });
            entry.columns = entry.columns.take().zip(column).map(|(mut columns, column)| {
                columns.push(column);
                columns
            });
        }
        for ((table, index), Found { kind, columns }) in found {
            let again = columns
                .filter(|_| index != "PRIMARY")
                .map(|columns| format!("CREATE {kind}INDEX `{index}` ON `{table}` ({})", columns.join(", ")));
            tables.0.entry(table).or_default().indexes.insert(index, again);
        }
        Ok(tables)
    }
}
