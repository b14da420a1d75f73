//! What the cost of a statement depends on besides its text: its plan, and the tables and indexes that it
//! reads. No value of any row is in here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::time::Moment;

/// The tables of a database, by name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tables(pub BTreeMap<String, TableFacts>);

/// One table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TableFacts {
    /// Its rows, as the server's statistics count them.
    pub rows: f64,
    /// Its indexes that can be used, and the statement that makes each again; `None` where that would hold
    /// values, as the condition of a partial index does.
    pub indexes: BTreeMap<String, Option<String>>,
    /// Of those that can't be told, a number that is the same for all that are made alike. Too short for any value to
    /// be found out from it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub signs: BTreeMap<String, i32>,
}

/// How tables looked for a while.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenTables {
    /// How they looked.
    pub tables: Tables,
    /// When they were seen so first.
    pub first: Moment,
    /// When they were seen so last.
    pub last: Moment,
}

/// A shape that the plan of a statement had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPlan {
    /// The shape, a line a step, see `sql::plan::shape`.
    pub shape: String,
    /// When it was seen first.
    pub first: Moment,
    /// When it was seen last.
    pub last: Moment,
}
