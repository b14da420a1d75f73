//! How many rows a table has, how many of them its conditions leave, and how many find a partner.

use super::access::Index;
use super::cost::Sight;
use super::{Part, Source};
use crate::sql::advice::Table;
use crate::sql::advice::prices::column_of;
use crate::sql::plan::condition::How;

/// Of a column that nobody knows anything about, so many rows are taken to have each value.
const ROWS_A_VALUE: f64 = 10.0;
/// What MySQL takes a condition to leave of which it knows nothing.
const GUESSED_EQUAL: f64 = 0.1;
const GUESSED_RANGE: f64 = 0.333;

impl Sight<'_> {
    pub(super) fn table(&self, source: usize) -> Option<&Table> {
        self.known.catalog.tables.get(&self.block.sources[source].table)
    }

    pub(super) fn rows(&self, source: usize) -> f64 {
        let about: &Source = &self.block.sources[source];
        let given = about.given_by.and_then(|block| self.given.get(block)).map(|cost| cost.rows);
        given.or_else(|| self.table(source).map(|table| table.rows)).unwrap_or(1.0).max(1.0)
    }

    /// Rows of a table that fulfil its own conditions.
    pub(super) fn own_rows(&self, source: usize) -> f64 {
        let about = &self.block.sources[source];
        let share = about.share.unwrap_or_else(|| about.parts.iter().filter_map(|part| part.share).product());
        self.rows(source) * share
    }

    /// Rows of a table that the optimizer thinks will fulfil its conditions: it knows what an index tells, and of the rest
    /// MySQL guesses.
    pub(super) fn known_rows(&self, source: usize) -> f64 {
        let told = |part: &Part| {
            let first = |index: Index<'_>| {
                index.keys.first().is_some_and(|key| part.key.as_deref() == Some(column_of(key)))
            };
            match part.share {
                Some(share) if self.indexes(source).any(first) => share,
                _ if !self.known.costs.hashes => 1.0,
                _ if part.how == How::Equal => GUESSED_EQUAL,
                _ if matches!(part.how, How::Range | How::Prefix) => GUESSED_RANGE,
                _ => 1.0,
            }
        };
        let share: f64 = self.block.sources[source].parts.iter().map(told).product();
        (self.rows(source) * share).max(1.0)
    }

    /// The share of pairs that links with the set leave.
    pub(super) fn linked(&self, source: usize, set: usize) -> f64 {
        self.block
            .links
            .iter()
            .filter_map(|link| link.at(source))
            .filter(|(_, (other, _))| set & (1 << other) != 0)
            .map(|(own, (other, column))| 1.0 / self.distinct(source, own).max(self.distinct(*other, column)))
            .product()
    }

    pub(super) fn distinct(&self, source: usize, column: &str) -> f64 {
        let rows = self.rows(source);
        let Some(table) = self.table(source) else { return rows };
        let is_key = |index: &&crate::sql::advice::Index| index.unique && index.columns == [column];
        if table.indexes.iter().any(|index| is_key(&index)) {
            return rows;
        }
        let known = table.columns.get(column).map_or(0.0, |column| column.distinct);
        if known >= 1.0 { known.min(rows) } else { (rows / ROWS_A_VALUE).max(1.0) }
    }
}
