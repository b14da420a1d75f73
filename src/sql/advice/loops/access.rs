//! The ways in which one table can be read: from end to end, by an index, or in the order of one.

use super::cost::{PRIMARY, Sight};
use crate::sql::advice::prices::column_of;
use crate::sql::plan::condition::How;

/// An index that is not there and finds more than this share of a table is not believed to be quicker,
const MOST_ROWS: f64 = 0.1;
/// and one that holds all that is read, this share.
const MOST_COVERED: f64 = 0.3;
/// What is kept of a row while its partners are looked for, in bytes, and how many of them are kept at once.
const KEPT: f64 = 64.0;
const JOIN_BUFFER: f64 = 262_144.0;

/// An index that is there, or could be.
pub(super) struct Index<'a> {
    pub(super) keys: &'a [String],
    unique: bool,
    primary: bool,
    /// Its place among those that could be.
    pub(super) new: Option<usize>,
}

/// A way to read one table for what stands before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Way {
    /// What it costs,
    pub(super) cost: f64,
    /// what the optimizer thinks that it costs,
    pub(super) thought: f64,
    /// and how many rows it expects for each that stands before.
    pub(super) expected: f64,
    pub(super) new: Option<usize>,
}

impl Sight<'_> {
    /// The ways to read a table for all rows of the set before it.
    /// `rows` of it there are, and `expected`.
    pub(super) fn ways(
        &self,
        source: usize,
        set: usize,
        (rows, expected): (f64, f64),
        buffered: bool,
    ) -> Vec<Way> {
        let costs = &self.known.costs;
        let mut ways: Vec<Way> = self
            .indexes(source)
            .filter_map(|index| self.lookup(source, set, &index))
            .map(|way| Way {
                cost: way.cost * rows.max(1.0),
                thought: way.thought * expected.max(1.0),
                ..way
            })
            .collect();
        let scan = self.scan(source);
        let whole = |rows: f64, own: f64| {
            if set == 0 {
                scan
            } else if !buffered {
                scan * rows.max(1.0)
            } else if costs.hashes {
                scan + rows * costs.row
            } else {
                let fills = (rows * KEPT / JOIN_BUFFER).ceil().max(1.0);
                scan * fills + rows * own * costs.row
            }
        };
        ways.push(Way {
            cost: whole(rows, self.own_rows(source)),
            thought: whole(expected, self.known_rows(source)),
            expected: self.known_rows(source),
            new: None,
        });
        ways
    }

    /// Ways to read the first table in the order that is asked for, so that reading may stop early.
    pub(super) fn in_order(&self) -> Vec<(usize, Way)> {
        let (Some((source, order)), true, Some(_)) =
            (&self.block.order, self.block.streams, self.block.limit)
        else {
            return Vec::new();
        };
        let about = &self.block.sources[*source];
        if !about.after.is_empty() || self.block.unsure {
            return Vec::new();
        }
        let wanted: Vec<&str> = order.iter().map(|(column, _)| &**column).collect();
        let one_way = order.iter().all(|(_, descending)| *descending == order[0].1);
        let mut ways = Vec::new();
        for index in self.indexes(*source) {
            let Some(equal) = (0..=index.keys.len().saturating_sub(wanted.len())).find(|from| {
                index.keys.get(*from..).is_some_and(|rest| {
                    rest.len() >= wanted.len()
                        && rest.iter().zip(order).all(|(key, (column, descending))| {
                            column_of(key) == column && (one_way || key.ends_with(" DESC") == *descending)
                        })
                })
            }) else {
                continue;
            };
            let part =
                |key: &String| about.parts.iter().find(|part| part.key.as_deref() == Some(column_of(key)));
            let exact = index.keys[..equal].iter().all(|key| part(key).is_some_and(|part| part.single));
            // What is left for the rows themselves could mean that many are read for one: not to be relied on.
            let left = about.parts.iter().any(|part| {
                !index.keys[..equal].iter().any(|key| part.key.as_deref() == Some(column_of(key)))
            });
            if !exact || (left && index.new.is_some()) {
                continue;
            }
            let share: f64 = index.keys[..equal].iter().filter_map(|key| part(key)?.share).product();
            let cost = self.reading(*source, &index, self.rows(*source) * share);
            let expected = self.rows(*source) * share;
            ways.push((*source, Way { cost, thought: cost, expected, new: index.new }));
        }
        ways
    }

    /// What is found by an index, for one row of the set: by columns that are equal to one value or to a column of the set
    /// (`ref`), or by values alone, several of them and then a stretch (`range`). The two don't mix.
    fn lookup(&self, source: usize, set: usize, index: &Index<'_>) -> Option<Way> {
        let about = &self.block.sources[source];
        let part = |column: &str| about.parts.iter().find(|part| part.key.as_deref() == Some(column));
        let is_linked = |column: &str| {
            let linked =
                |(own, (other, _)): (&str, &(usize, String))| own == column && set & (1 << other) != 0;
            let alike = self.block.links.iter().filter(|link| link.serves(source));
            alike.filter_map(|link| link.at(source)).any(linked)
        };
        let one_each = index.keys.iter().map(|key| column_of(key)).map_while(|column| {
            let value =
                part(column).filter(|part| part.how == How::Equal && part.single).and_then(|part| part.share);
            value.or_else(|| is_linked(column).then(|| 1.0 / self.distinct(source, column)))
        });
        let mut values = Vec::new();
        for part in index.keys.iter().map_while(|key| part(column_of(key))) {
            let Some(share) =
                part.share.filter(|_| matches!(part.how, How::Equal | How::Range | How::Prefix))
            else {
                break;
            };
            values.push(share);
            if part.how != How::Equal {
                break;
            }
        }
        let one_each: Vec<f64> = one_each.collect();
        let exact = index.unique && one_each.len() == index.keys.len();
        [(one_each, exact), (values, false)]
            .into_iter()
            .filter(|(shares, _)| !shares.is_empty())
            .filter_map(|(shares, exact)| self.finding(source, index, shares.iter().product(), exact))
            .min_by(|one, other| one.cost.total_cmp(&other.cost))
    }

    /// Reading this share of a table by an index.
    fn finding(&self, source: usize, index: &Index<'_>, share: f64, exact: bool) -> Option<Way> {
        let rows = self.rows(source);
        // Conditions are hoped to be independent.
        let share = if exact { share.max(1.0 / rows) } else { share };
        let most = if self.covers(source, index) { MOST_COVERED } else { MOST_ROWS };
        if index.new.is_some() && share > most {
            return None;
        }
        let cost = self.reading(source, index, rows * share);
        Some(Way { cost, thought: cost, expected: rows * share, new: index.new })
    }

    /// Going down an index and reading so many rows.
    fn reading(&self, source: usize, index: &Index<'_>, found: f64) -> f64 {
        let costs = &self.known.costs;
        let each = if index.primary || self.covers(source, index) {
            let table = self.table(source);
            let pages = table.map_or(0.0, |table| table.pages / table.rows.max(1.0));
            costs.row + costs.page * pages
        } else {
            costs.row + costs.lookup
        };
        costs.lookup + found * each
    }

    /// Whether an index, with the primary key that is in each, holds all that is read.
    fn covers(&self, source: usize, index: &Index<'_>) -> bool {
        let about = &self.block.sources[source];
        let primary =
            self.table(source).and_then(|table| table.indexes.iter().find(|index| index.name == PRIMARY));
        let holds = |column: &String| {
            index
                .keys
                .iter()
                .chain(primary.into_iter().flat_map(|index| &index.columns))
                .any(|key| key == column)
        };
        !about.all && about.read.iter().all(holds)
    }

    fn scan(&self, source: usize) -> f64 {
        let costs = &self.known.costs;
        let pages = self.table(source).map_or(0.0, |table| table.pages);
        pages * costs.page + self.rows(source) * costs.row
    }

    /// The indexes of a table that can be used, and those that it could have.
    pub(super) fn indexes(&self, source: usize) -> impl Iterator<Item = Index<'_>> {
        let name = &self.block.sources[source].table;
        let there = self.table(source).into_iter().flat_map(|table| &table.indexes);
        let there = there.filter(|index| index.method == "btree").map(|index| Index {
            keys: &index.columns,
            unique: index.unique,
            primary: index.name == PRIMARY,
            new: None,
        });
        let could_be = self.with.iter().enumerate().filter(move |(_, one)| one.table == *name);
        there.chain(could_be.map(|(at, one)| Index {
            keys: &one.keys,
            unique: false,
            primary: false,
            new: Some(at),
        }))
    }
}
