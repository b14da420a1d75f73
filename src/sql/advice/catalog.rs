//! What is known of the tables: as the server's own statistics have it.

use std::collections::BTreeMap;

/// A table of this many pages (80 MB) is large.
const LARGE: f64 = 10_000.0;
/// How well a table must lie in the order of a column for an index of stretches.
const IN_ORDER: f64 = 0.9;

/// All tables that may be advised on, by name: as it stands in a statement, quoted where that is needed,
/// and with its schema where it isn't found without.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// The database they are in; nothing where names of several can stand in one statement.
    pub database: String,
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
    /// The share of its pages whose rows an index alone can answer for.
    pub visible: f64,
    /// Rows that are inserted and changed in a second, on average since the statistics began.
    pub writes: f64,
    /// Its columns.
    pub columns: BTreeMap<String, Column>,
    /// Its indexes.
    pub indexes: Vec<Index>,
    /// Tables whose rows refer to this one's.
    pub referred_by: Vec<ForeignKey>,
    /// The tables that its rows are in, where it is partitioned.
    pub partitions: Vec<String>,
    /// Those are partitions of partitions.
    pub nested: bool,
}

/// One column.
#[derive(Debug, Clone, Default)]
pub struct Column {
    /// `text`, `integer`, `jsonb`, `text[]`, ...
    pub kind: String,
    /// Different values.
    pub distinct: f64,
    /// Bytes of a value on average; 0 where nobody counted.
    pub width: f64,
    /// How far the table lies in the order of this column, from -1 to 1.
    pub correlation: f64,
    /// Whether its order is that of bytes (collation C; C.UTF-8 does not count as that), so that a plain index serves `LIKE 'x%'`.
    pub bytewise: bool,
    /// Its collation, as MySQL calls it; nothing where it has none.
    pub collation: String,
}

/// One index.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its columns and expressions, in order, with DESC and the operator class where it is not the usual one.
    pub columns: Vec<String>,
    /// It keeps further columns along.
    pub includes: bool,
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

impl Catalog {
    /// The table that a name means, without quotes and in the case that counts: `orders`, `sales.orders`.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<(&str, &Table)> {
        // With its schema although it needs none.
        let known = meant(self.tables.keys(), name)
            .or_else(|| meant(self.tables.keys(), name.rsplit_once('.')?.1))
            .or_else(|| meant(self.tables.keys(), name.split_once('.')?.1))?;
        self.tables.get_key_value(known).map(|(known, table)| (known.as_str(), table))
    }
}

impl Table {
    /// The column that a name means, without quotes and in the case that counts.
    #[must_use]
    pub fn column_named(&self, name: &str) -> Option<&str> {
        meant(self.columns.keys(), name).map(String::as_str)
    }

    /// Whether the least and the greatest of each stretch would tell where a value is, and the table is so large
    /// that it matters.
    #[must_use]
    pub fn lies_in_order_of(&self, column: &str) -> bool {
        let has = |index: &Index| index.method == "brin" && index.columns.iter().any(|one| one == column);
        let order = self.columns.get(column).map_or(0.0, |column| column.correlation.abs());
        self.pages >= LARGE && order > IN_ORDER && !self.indexes.iter().any(has)
    }

    /// Whether an index that serves all rows starts with these columns.
    #[must_use]
    pub fn has_index(&self, columns: &[String]) -> bool {
        let ascending = |column: &String| column.trim_end_matches(" DESC").to_owned();
        let wanted: Vec<String> = columns.iter().map(ascending).collect();
        self.indexes.iter().any(|index| {
            let have: Vec<String> = index.columns.iter().map(ascending).collect();
            !index.partial && index.method == "btree" && have.starts_with(&wanted)
        })
    }
}

impl Index {
    /// Whether nothing is lost where the other one goes and this one stays.
    fn serves_instead(&self, other: &Self) -> bool {
        !other.unique
            && !other.partial
            && !other.includes
            && !self.partial
            && self.method == other.method
            && self.columns.starts_with(&other.columns)
    }

    /// Whether this one makes the other superfluous: of two that are the same, the one that stands first
    /// by its name stays.
    #[must_use]
    pub fn replaces(&self, other: &Self) -> bool {
        self.name != other.name
            && self.serves_instead(other)
            && (!other.serves_instead(self) || self.name < other.name)
    }
}

/// Which of these, as they stand in a statement, a name is. Where none is the same, its case does not count (MySQL).
fn meant<'a>(mut known: impl Iterator<Item = &'a String> + Clone, name: &str) -> Option<&'a String> {
    let bare = |known: &str| known.replace(['"', '`'], "");
    known
        .clone()
        .find(|known| *known == name || bare(known) == name)
        .or_else(|| known.find(|known| bare(known).eq_ignore_ascii_case(name)))
}
