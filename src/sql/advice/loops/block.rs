//! One SELECT, as the optimizer joins it.

use std::collections::BTreeSet;

use crate::sql::plan::condition::How;

/// One SELECT, or one side of a UNION.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Block {
    /// What it reads, in the order in which it is written.
    pub sources: Vec<Source>,
    /// Columns of two sources that must be equal.
    pub links: Vec<Link>,
    /// What all of it is sorted by, where those are columns of one source: which, and which columns; `true`: descending.
    pub order: Option<(usize, Vec<(String, bool)>)>,
    /// Rows are sorted or grouped, by whatever it may be.
    pub sorts: bool,
    /// No more rows than this are wanted.
    pub limit: Option<f64>,
    /// The first row can come out before the last one is read: nothing is grouped or told apart.
    pub streams: bool,
    /// There are conditions of which nobody knows how many rows they leave: a limit may be reached at the very end.
    pub unsure: bool,
    /// It is run again for each row of this block.
    pub around: Option<usize>,
}

/// A table that is read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Source {
    /// As the catalog calls it; empty where it is what another block gives.
    pub table: String,
    /// The block that gives it.
    pub given_by: Option<usize>,
    /// What the statement calls it; nothing where it is a subquery behind IN, whose columns have no name here.
    pub alias: String,
    /// It is such a subquery.
    pub behind_in: bool,
    /// What its rows must be like, by column.
    pub parts: Vec<Part>,
    /// It comes after these: the other sides of outer joins.
    pub after: BTreeSet<usize>,
    /// Its rows are joined although none may be found.
    pub outer: bool,
    /// Columns that are read.
    pub read: BTreeSet<String>,
    /// All of them are.
    pub all: bool,
    /// The share of its rows that all conditions together leave, once somebody knows.
    pub share: Option<f64>,
}

/// Conditions on one column of a table, or one that an index can't serve.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The column.
    pub key: Option<String>,
    /// How it is compared.
    pub how: How,
    /// With one value only, so that the rows behind it are in the order of the next column of an index.
    pub single: bool,
    /// How it could be written so that an index serves it, where none does as it is.
    pub rewrite: Option<String>,
    /// As SQL that can be asked of the table alone; `None` where it names others, or its text can't be trusted to mean
    /// the same when it is written again.
    pub text: Option<String>,
    /// The share of the table's rows that it leaves, once somebody knows.
    pub share: Option<f64>,
}

/// Two columns that must be equal: source and column of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The one,
    pub one: (usize, String),
    /// and the other.
    pub other: (usize, String),
    /// They are compared as the one, and as the other, is ordered, so that an index on it can be gone down.
    pub serves: (bool, bool),
}

impl Link {
    /// The column of `source` and the other end, where it is one of the two.
    #[must_use]
    pub fn at(&self, source: usize) -> Option<(&str, &(usize, String))> {
        if self.one.0 == source {
            Some((&self.one.1, &self.other))
        } else if self.other.0 == source {
            Some((&self.other.1, &self.one))
        } else {
            None
        }
    }
}

impl Link {
    /// Whether an index on the column of `source` can be gone down with the values of the other end.
    #[must_use]
    pub fn serves(&self, source: usize) -> bool {
        if self.one.0 == source { self.serves.0 } else { self.serves.1 }
    }
}

impl Source {
    /// Adds a condition; several on one column are one.
    pub fn add(&mut self, part: Part) {
        let same = self.parts.iter_mut().find(|known| part.key.is_some() && known.key == part.key);
        let Some(known) = same else { return self.parts.push(part) };
        known.text = known.text.take().zip(part.text).map(|(one, other)| format!("({one}) AND ({other})"));
        known.single |= part.single;
        known.how = if known.how == How::Equal || part.how == How::Equal { How::Equal } else { How::Range };
    }
}
