//! Indexes that could serve a statement: many, since the planner is asked which of them it takes.

use super::{Catalog, Table, Uses};
use std::collections::BTreeMap;

/// More than this for one table of a statement are not asked about,
const MOST: usize = 60;
/// nor more than this for all of them.
const MOST_IN_ALL: usize = 200;
/// A table of fewer rows is read as quickly without an index.
const FEW_ROWS: f64 = 500.0;
/// More columns than this are as good as the table itself.
const MOST_COLUMNS: usize = 5;

/// Longer names are cut by PostgreSQL.
const LONGEST_NAME: usize = 63;

/// The schema in front of a table's name, as SQL has it: quotes may hold dots.
fn schema_of(table: &str) -> Option<&str> {
    let mut quoted = false;
    let dot = table.char_indices().find(|(_, sign)| {
        quoted ^= *sign == '"';
        *sign == '.' && !quoted
    });
    dot.map(|(at, _)| &table[..at])
}

/// How an index is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// Ordered.
    Btree,
    /// By what is inside a value: JSON, arrays, parts of words. HypoPG knows none.
    Gin,
    /// Only the least and the greatest of each stretch of the table, for tables that lie in that order.
    Brin,
    /// Ordered, of MySQL and MariaDB: the primary key is in it as well.
    InnoDb,
}

/// One index that could be made.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Candidate {
    /// On this table.
    pub table: String,
    /// How.
    pub method: Method,
    /// Its keys as SQL has them, in order.
    pub keys: Vec<String>,
    /// Columns that are only kept in it.
    pub include: Vec<String>,
    /// Only rows for which this holds.
    pub only: Option<String>,
}

impl Candidate {
    /// The statement that makes it, without a name where it needs none.
    #[must_use]
    pub fn sql(&self) -> String {
        match self.method {
            Method::InnoDb => format!("CREATE INDEX {} ON {}", self.name(), self.rest()),
            _ => format!("CREATE INDEX ON {}", self.rest()),
        }
    }

    /// The statement that people run: with a name, and without locking the table.
    #[must_use]
    pub fn to_run(&self) -> String {
        match self.method {
            Method::InnoDb => {
                format!("CREATE INDEX {} ON {} ALGORITHM=INPLACE LOCK=NONE", self.name(), self.rest())
            }
            _ => format!("CREATE INDEX CONCURRENTLY {} ON {}", self.name(), self.rest()),
        }
    }

    /// The statements that people run, one after the other: of a partitioned table each part gets its own, and an index of
    /// the whole is put over them, since that can't be made without locking.
    ///
    /// <https://www.postgresql.org/docs/current/ddl-partitioning.html>
    #[must_use]
    pub fn steps(&self, table: &Table) -> Vec<String> {
        let partitions = &table.partitions;
        if partitions.is_empty() {
            return vec![self.to_run()];
        }
        // Over parts in parts there would be more than one level to put together; this locks what is written to.
        if table.nested {
            return vec![self.named(&self.name())];
        }
        let schema = |table: &str| match schema_of(table) {
            Some(schema) => format!("{schema}."),
            None => String::new(),
        };
        let whole = self.name();
        let mut steps = vec![format!("CREATE INDEX {whole} ON ONLY {}", self.rest())];
        for partition in partitions {
            let part = Self { table: partition.clone(), ..self.clone() };
            steps.push(part.to_run());
            steps.push(format!(
                "ALTER INDEX {}{whole} ATTACH PARTITION {}{}",
                schema(&self.table),
                schema(partition),
                part.name()
            ));
        }
        steps
    }

    /// The statement that makes it under another name.
    #[must_use]
    pub fn named(&self, name: &str) -> String {
        format!("CREATE INDEX {name} ON {}", self.rest())
    }

    fn rest(&self) -> String {
        let method = match self.method {
            Method::Btree | Method::InnoDb => "",
            Method::Gin => "USING gin ",
            Method::Brin => "USING brin ",
        };
        let include = if self.include.is_empty() {
            String::new()
        } else {
            format!(" INCLUDE ({})", self.include.join(", "))
        };
        let only = self.only.as_ref().map_or_else(String::new, |only| format!(" WHERE {only}"));
        format!("{} {method}({}){include}{only}", self.table, self.keys.join(", "))
    }

    /// What it would be called.
    #[must_use]
    pub fn name(&self) -> String {
        let words = |text: &str| {
            let kept: String =
                text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect();
            kept.split_whitespace()
                .filter(|word| !matches!(*word, "DESC" | "ops" | "pattern"))
                .collect::<Vec<_>>()
                .join("_")
        };
        let mut name = format!("idx_{}", words(&self.table).to_lowercase());
        if self.method == Method::Brin {
            name.push_str("_brin");
        }
        for key in &self.keys {
            name.push('_');
            name.push_str(&words(key).to_lowercase());
        }
        if let Some(only) = &self.only {
            name.push_str(&format!("_where_{}", words(only).to_lowercase()));
        }
        // Two that differ in their signs alone, or behind the end of a name, are called differently.
        let has_signs = self.keys.iter().any(|key| key.contains(['-', '+', '*', '/', '|', '#', ':']));
        if name.len() > LONGEST_NAME || has_signs {
            let hash = self
                .keys
                .join(",")
                .bytes()
                .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
            name.truncate(LONGEST_NAME - 5);
            name.push_str(&format!("_{:04x}", hash & 0xffff));
        }
        name
    }

    /// Smaller indexes that might do as well, the smallest last.
    #[must_use]
    pub fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        if !self.include.is_empty() {
            all.push(Self { include: Vec::new(), ..self.clone() });
        }
        for length in (1..self.keys.len()).rev() {
            all.push(Self { keys: self.keys[..length].to_vec(), include: Vec::new(), ..self.clone() });
        }
        all
    }

    /// Whether this one serves whatever the other serves.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.table == other.table
            && self.method == other.method
            && self.only == other.only
            && self.keys.starts_with(&other.keys)
            && other.include.iter().all(|column| self.include.contains(column) || self.keys.contains(column))
    }
}

/// All that could serve a statement, by what it does with each table.
#[must_use]
pub fn candidates(uses: &BTreeMap<String, Uses>, catalog: &Catalog) -> Vec<Candidate> {
    let mut all = Vec::new();
    for (table, uses) in uses {
        let Some(about) = catalog.tables.get(table) else { continue };
        if about.rows < FEW_ROWS {
            continue;
        }
        let mut maker = Maker { table, all: Vec::new() };
        maker.from(uses, &|column| about.columns.get(column).map_or(1_000.0, |column| column.distinct));
        for column in &uses.prefix {
            let plain = about.columns.get(column).is_some_and(|column| column.bytewise);
            maker.add(&[if plain { column.clone() } else { format!("{column} text_pattern_ops") }]);
        }
        maker.inside(uses, catalog);
        for column in uses.range.iter().filter(|column| about.lies_in_order_of(column)) {
            maker.push(Candidate {
                table: table.clone(),
                method: Method::Brin,
                keys: vec![column.clone()],
                include: Vec::new(),
                only: None,
            });
        }
        maker.all.retain(|one| {
            one.method != Method::Btree
                || one.only.is_some()
                || !one.include.is_empty()
                || !about.has_index(&one.keys)
        });
        maker.all.truncate(MOST);
        all.extend(maker.all);
    }
    all.truncate(MOST_IN_ALL);
    all
}

/// The keys of an index that gives rows in the order that is asked for: either way where all of it goes one
/// way.
pub(super) fn order_keys(uses: &Uses) -> Vec<String> {
    let one_way = uses.order.iter().all(|(_, descending)| *descending == uses.order[0].1);
    uses.order
        .iter()
        .map(
            |(column, descending)| {
                if *descending && !one_way { format!("{column} DESC") } else { column.clone() }
            },
        )
        .collect()
}

struct Maker<'a> {
    table: &'a str,
    all: Vec<Candidate>,
}

impl Maker<'_> {
    fn push(&mut self, one: Candidate) {
        if !self.all.contains(&one) {
            self.all.push(one);
        }
    }

    fn add(&mut self, keys: &[String]) {
        let mut distinct: Vec<String> = Vec::new();
        for key in keys {
            if !distinct.contains(key) {
                distinct.push(key.clone());
            }
        }
        if !distinct.is_empty() && distinct.len() <= MOST_COLUMNS {
            self.push(Candidate {
                table: self.table.to_owned(),
                method: Method::Btree,
                keys: distinct,
                include: Vec::new(),
                only: None,
            });
        }
    }

    fn from(&mut self, uses: &Uses, distinct: &dyn Fn(&str) -> f64) {
        // What leaves fewest rows comes first.
        let sorted = |columns: &std::collections::BTreeSet<String>| {
            let mut columns: Vec<_> = columns.iter().cloned().collect();
            columns.sort_by(|one, other| distinct(other).total_cmp(&distinct(one)));
            columns
        };
        let (equal, joined, range) = (sorted(&uses.equal), sorted(&uses.joined), sorted(&uses.range));
        let order = order_keys(uses);
        for column in equal.iter().chain(&joined).chain(&range) {
            self.add(std::slice::from_ref(column));
        }
        self.add(&order);
        for start in equal.iter().chain(&joined) {
            for next in equal.iter().chain(&joined).chain(&range) {
                self.add(&[start.clone(), next.clone()]);
            }
            self.add(&[std::slice::from_ref(start), &order[..]].concat());
        }
        for next in &range {
            self.add(&[&equal[..], std::slice::from_ref(next)].concat());
        }
        if !order.is_empty() {
            self.add(&[&equal[..], &order[..]].concat());
            for next in &range {
                self.add(&[&order[..], std::slice::from_ref(next)].concat());
            }
        }
        self.add(&range);
        self.add(&equal);
        self.only_some(uses);
        self.covering(uses);
    }

    /// The same for the few rows that a condition leaves.
    fn only_some(&mut self, uses: &Uses) {
        let plain = self.all.clone();
        for only in &uses.partial {
            let column = only.trim_start_matches("NOT ").split(' ').next().unwrap_or_default().to_owned();
            for one in plain.iter().filter(|one| one.keys.len() <= 3 && !one.keys.contains(&column)) {
                self.push(Candidate { only: Some(only.clone()), ..one.clone() });
            }
        }
    }

    /// With everything that the statement reads of the table, so that the table is left alone.
    fn covering(&mut self, uses: &Uses) {
        if uses.all || uses.read.len() > MOST_COLUMNS {
            return;
        }
        for one in self.all.clone().into_iter().filter(|one| one.only.is_none()) {
            let columns: Vec<&str> = one.keys.iter().map(|key| key.trim_end_matches(" DESC")).collect();
            let rest: Vec<String> =
                uses.read.iter().filter(|column| !columns.contains(&column.as_str())).cloned().collect();
            if !rest.is_empty() && columns.iter().all(|column| uses.read.contains(*column)) {
                self.push(Candidate { include: rest, ..one });
            }
        }
    }

    /// By what is inside values.
    fn inside(&mut self, uses: &Uses, catalog: &Catalog) {
        let kind = |column: &str| {
            catalog
                .tables
                .get(self.table)
                .and_then(|table| table.columns.get(column))
                .map_or("", |column| &*column.kind)
                .to_owned()
        };
        let mut found = Vec::new();
        for column in &uses.infix {
            found.push(format!("{column} gin_trgm_ops"));
        }
        for column in &uses.contains {
            match &*kind(column) {
                "jsonb" => found.push(format!("{column} jsonb_path_ops")),
                array if array.ends_with("[]") => found.push(column.clone()),
                _ => {}
            }
        }
        found.extend(uses.content.iter().cloned());
        for key in found {
            self.push(Candidate {
                table: self.table.to_owned(),
                method: Method::Gin,
                keys: vec![key],
                include: Vec::new(),
                only: None,
            });
        }
    }
}
