//! What is known of the tables: as the server's own statistics have it.

use std::collections::BTreeMap;

/// All tables that may be advised on, by name (with its schema where that is not `public`).
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// By name.
    pub tables: BTreeMap<String, Table>,
    /// Whether `pg_trgm` is installed.
    pub trigrams: bool,
}

/// One table.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Rows, as the planner counts.
    pub rows: f64,
    /// Blocks of 8 kB.
    pub pages: f64,
    /// Its columns.
    pub columns: BTreeMap<String, Column>,
    /// Its indexes.
    pub indexes: Vec<Index>,
    /// Tables whose rows refer to this one's.
    pub referred_by: Vec<ForeignKey>,
}

/// One column.
#[derive(Debug, Clone, Default)]
pub struct Column {
    /// `text`, `integer`, `jsonb`, `text[]`, ...
    pub kind: String,
    /// Different values.
    pub distinct: f64,
    /// Whether its order is that of bytes (collation C), so that a plain index serves `LIKE 'x%'`.
    pub bytewise: bool,
}

/// One index.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its columns and expressions, in order.
    pub columns: Vec<String>,
    /// Only some rows are in it.
    pub partial: bool,
    /// It holds a key or a uniqueness.
    pub unique: bool,
    /// `btree`, `gin`, ...
    pub method: String,
    /// Bytes.
    pub size: f64,
    /// How often it was used since the statistics began.
    pub scans: f64,
}

/// A foreign key of another table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ForeignKey {
    /// The table that refers.
    pub table: String,
    /// Its columns.
    pub columns: Vec<String>,
}

impl Table {
    /// Whether an index that serves all rows starts with these columns.
    #[must_use]
    pub fn has_index(&self, columns: &[String]) -> bool {
        self.indexes
            .iter()
            .any(|index| !index.partial && index.method == "btree" && index.columns.starts_with(columns))
    }
}
