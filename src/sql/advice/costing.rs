//! Chooses indexes where the planner can't be asked about them: what each would save is worked out from
//! the plan as it is, from shares of rows that the planner expects, and by its own prices. What can't be
//! worked out counts for nothing, so little is proposed that turns out useless.

use std::collections::BTreeMap;

use super::candidates::order_keys;
use super::prices::{Prices, column_of};
use super::readings::{Part, Reading};
use super::{Candidate, Catalog, Choice, Method, Table, Uses};
use crate::sql::plan::condition::How;

/// Of two that do nearly the same the smaller one is taken.
const NEARLY: f64 = 1.3;
/// So is it where the difference is this share of what the statement costs today.
const LITTLE: f64 = 0.005;
/// A further index has to save this share of what is left.
const FURTHER: f64 = 0.25;
/// More indexes than this for one statement nobody makes.
const MOST: usize = 3;
/// Looking up a larger share of a table's rows is seldom as quick as it looks,
const MOST_ROWS: f64 = 0.1;
/// and reading more of them in an index alone.
const MOST_COVERED: f64 = 0.3;
/// Whole stretches of a table are read as quickly as the table itself.
const MOST_STRETCHES: f64 = 0.3;
/// No estimate of our own is worth more than this.
const AT_MOST: f64 = 10_000.0;

/// What is known of a statement.
pub struct Known<'a> {
    /// What its plan costs.
    pub cost: f64,
    /// What it reads from end to end.
    pub readings: &'a [Reading],
    /// What it looks for, by table.
    pub uses: &'a BTreeMap<String, Uses>,
    /// The tables.
    pub catalog: &'a Catalog,
    /// What the server charges.
    pub prices: &'a Prices,
}

/// The few indexes that save most.
#[must_use]
pub fn choose(candidates: &[Candidate], known: &Known<'_>) -> Option<Choice> {
    let mut kept: Vec<Candidate> = Vec::new();
    let mut left = known.cost;
    while kept.len() < MOST {
        let with = |one: &Candidate| {
            let set: Vec<&Candidate> = kept.iter().chain([one]).collect();
            known.with(&set).0
        };
        let costs: Vec<(&Candidate, f64)> =
            candidates.iter().filter(|one| !kept.contains(one)).map(|one| (one, with(one))).collect();
        let Some(best) = costs.iter().map(|(_, cost)| *cost).min_by(f64::total_cmp) else { break };
        if best > left * (1.0 - FURTHER) || left - best < known.cost * LITTLE {
            break;
        }
        let size = |one: &Candidate| {
            (one.method != Method::Brin, one.keys.len() + one.include.len(), one.only.is_none())
        };
        let (one, cost) = costs
            .into_iter()
            .filter(|(_, cost)| *cost <= best * NEARLY || cost - best <= known.cost * LITTLE)
            .min_by(|a, b| size(a.0).cmp(&size(b.0)).then(a.1.total_cmp(&b.1)))?;
        kept.push(one.clone());
        left = cost;
    }
    let lookups = known.with(&kept.iter().collect::<Vec<_>>()).1;
    (!kept.is_empty()).then(|| Choice {
        gain: (known.cost / left.max(0.01)).min(AT_MOST),
        lookups,
        indexes: kept,
        by_planner: false,
    })
}

/// A way to read by an index: what it saves, and how often the index is gone down.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Way {
    saves: f64,
    lookups: f64,
}

impl Known<'_> {
    /// What the statement costs with these indexes, and how often they are gone down.
    fn with(&self, indexes: &[&Candidate]) -> (f64, f64) {
        let (mut saved, mut lookups) = (0.0, 0.0);
        for reading in self.readings {
            let ways = indexes.iter().filter(|index| index.table == reading.table);
            let ways = ways.flat_map(|index| self.ways(reading, index));
            if let Some(way) = ways.max_by(|a, b| a.saves.total_cmp(&b.saves)).filter(|way| way.saves > 0.0) {
                saved += way.saves * reading.times;
                lookups += way.lookups * reading.times;
            }
        }
        ((self.cost - saved).max(0.3), lookups)
    }

    fn ways(&self, reading: &Reading, index: &Candidate) -> Vec<Way> {
        let Some(table) = self.catalog.tables.get(&reading.table) else { return Vec::new() };
        let uses = self.uses.get(&reading.table);
        let covers = uses.is_some_and(|uses| {
            !uses.all
                && index.method == Method::Btree
                && index.only.is_none()
                && uses.read.iter().all(|column| {
                    index.include.contains(column) || index.keys.iter().any(|key| column_of(key) == column)
                })
        });
        let Some(rows) = rows_in(index, reading, table) else { return Vec::new() };
        let sight = Sight { reading, index, table, rows, covers };
        [self.by_filter(&sight), self.by_join(&sight), uses.and_then(|uses| self.in_order(&sight, uses))]
            .into_iter()
            .flatten()
            .collect()
    }

    /// What the condition leaves is found by the index.
    fn by_filter(&self, see: &Sight<'_>) -> Option<Way> {
        let (keys, share) = see.found();
        let whole = see.rows / see.table.rows.max(1.0);
        // The planner had such an index, and did not take it.
        let had = see.index.only.is_none()
            && !see.covers
            && see.index.method == Method::Btree
            && see.table.has_index(&see.index.keys[..keys]);
        if (keys == 0 && see.index.only.is_none()) || had {
            return None;
        }
        // A subquery that is asked again and again looks rows up instead.
        if see.reading.times > 1.0 {
            if see.index.method != Method::Btree {
                return None;
            }
            let cost = self.prices.lookup(see.index, see.table, see.rows * share, see.covers);
            return Some(Way { saves: see.reading.cost - cost, lookups: 1.0 });
        }
        if see.index.method == Method::Brin {
            let cost = self.prices.stretches(see.table, share);
            return (share <= MOST_STRETCHES).then_some(Way { saves: see.reading.cost - cost, lookups: 1.0 });
        }
        if share * whole > if see.covers { MOST_COVERED } else { MOST_ROWS } {
            return None;
        }
        let cost = self.prices.once(see.index, see.table, see.rows, share, see.covers);
        Some(Way { saves: see.reading.cost - cost, lookups: 1.0 })
    }

    /// The other side of a join looks its partners up.
    fn by_join(&self, see: &Sight<'_>) -> Option<Way> {
        let join = see.reading.join.as_ref()?;
        if see.index.method != Method::Btree
            || column_of(see.index.keys.first()?) != join.key
            || see.index.only.is_some()
            || see.table.has_index(std::slice::from_ref(&join.key))
        {
            return None;
        }
        let distinct = see.table.columns.get(&join.key)?.distinct;
        if distinct < 1.0 {
            return None;
        }
        let found = (see.rows / distinct).max(1.0);
        let cost = join.lookups * self.prices.lookup(see.index, see.table, found, see.covers);
        Some(Way { saves: join.cost - cost, lookups: join.lookups })
    }

    /// The index gives rows in the order that is wanted, and reading stops with the last that is.
    fn in_order(&self, see: &Sight<'_>, uses: &Uses) -> Option<Way> {
        let first = see.reading.first.as_ref().filter(|_| see.index.method == Method::Btree)?;
        let order = order_keys(uses);
        let equal = see.index.keys.len().checked_sub(order.len())?;
        let ordered = !order.is_empty() && order.len() == first.keys && see.index.keys[equal..] == order[..];
        // Any condition that is left for the rows themselves could mean that many are read for one.
        let mut keys = see.index.keys[..equal].iter();
        let exact = keys.all(|key| see.part(key).is_some_and(is_one_value));
        let left = see.reading.parts.iter().filter(|part| {
            let by_key =
                see.index.keys[..equal].iter().any(|key| part.key.as_deref() == Some(column_of(key)));
            !by_key && !is_only(see.index, part, &see.reading.alias)
        });
        if !ordered || !exact || left.count() > 0 {
            return None;
        }
        let share = (first.limit / see.rows.max(1.0)).min(1.0);
        let cost = self.prices.once(see.index, see.table, see.rows, share, see.covers);
        Some(Way { saves: first.cost - cost, lookups: 1.0 })
    }
}

/// An index, and a table that is read without it.
struct Sight<'a> {
    reading: &'a Reading,
    index: &'a Candidate,
    table: &'a Table,
    /// Rows in the index.
    rows: f64,
    /// It holds all that is read.
    covers: bool,
}

impl Sight<'_> {
    fn part(&self, key: &str) -> Option<&Part> {
        let key = column_of(key);
        self.reading
            .parts
            .iter()
            .find(|part| part.key.as_deref().is_some_and(|known| plain(known) == plain(key)))
    }

    /// How many keys find rows, and the share of the index's rows that they find.
    fn found(&self) -> (usize, f64) {
        let (mut keys, mut share) = (0, 1.0);
        for key in &self.index.keys {
            let Some(part) = self.part(key) else { break };
            let Some(leaves) = part.share else { break };
            // Ordered by bytes or not at all, for LIKE 'x%'.
            if part.how == How::Prefix && !self.bytewise(key) {
                break;
            }
            keys += 1;
            share *= leaves;
            if part.how != How::Equal {
                break;
            }
        }
        // Independent conditions are hoped for; the planner's estimate for all of them is the least.
        let all = self.reading.rows / self.rows.max(1.0);
        (keys, share.max(all.min(1.0)).min(1.0))
    }

    fn bytewise(&self, key: &str) -> bool {
        key.ends_with(" text_pattern_ops")
            || self.table.columns.get(key).is_some_and(|column| column.bytewise)
    }
}

/// The rows in an index; nothing where its own condition is not one of the statement's.
fn rows_in(index: &Candidate, reading: &Reading, table: &Table) -> Option<f64> {
    if index.only.is_none() {
        return Some(table.rows);
    }
    let part = reading.parts.iter().find(|part| is_only(index, part, &reading.alias))?;
    Some((table.rows * part.share?).max(1.0))
}

/// Whether a part is the condition of a partial index.
fn is_only(index: &Candidate, part: &Part, alias: &str) -> bool {
    let text = super::conjuncts::without_alias(&part.text, alias);
    index.only.as_ref().is_some_and(|only| plain(only) == plain(&text))
}

/// Whether all rows that a part leaves have the same value in its column: those of a list come out one
/// value after the other, and not in the order of the next column.
fn is_one_value(part: &Part) -> bool {
    part.how == How::Equal && !part.text.to_uppercase().contains(" ANY ")
}

/// An expression without brackets, blanks and casts of what is written in it, to be compared.
fn plain(text: &str) -> String {
    let text = text.replace("::text", "");
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')')).collect()
}

#[cfg(test)]
mod tests {
    use super::super::readings::{First, Join};
    use super::super::{Column, candidates, uses};
    use super::*;

    fn catalog() -> Catalog {
        let column = |distinct: f64| Column { distinct, width: 8.0, ..Column::default() };
        let columns =
            [("id", 1e6), ("customer_id", 1e5), ("state", 4.0), ("at", 1e6), ("done", 2.0), ("note", 1e6)];
        let orders = Table {
            rows: 1e6,
            pages: 20_000.0,
            visible: 1.0,
            columns: columns.map(|(name, distinct)| (name.to_owned(), column(distinct))).into(),
            ..Table::default()
        };
        Catalog { tables: [("orders".to_owned(), orders)].into(), ..Catalog::default() }
    }

    fn reading(parts: &[(Option<&str>, How, &str, f64)], rows: f64) -> Reading {
        let parts = parts.iter().map(|(key, how, text, share)| Part {
            key: key.map(str::to_owned),
            how: *how,
            text: (*text).to_owned(),
            share: Some(*share),
        });
        Reading {
            table: "orders".to_owned(),
            alias: "orders".to_owned(),
            cost: 32_500.0,
            rows,
            times: 1.0,
            parts: parts.collect(),
            join: None,
            first: None,
        }
    }

    fn chosen(sql: &str, reading: Reading) -> (Vec<String>, f64) {
        let catalog = catalog();
        let uses = uses(sql, &catalog).expect("a statement");
        let known = Known {
            cost: 32_600.0,
            readings: &[reading],
            uses: &uses,
            catalog: &catalog,
            prices: &Prices::default(),
        };
        let asked: Vec<_> =
            candidates(&uses, &catalog).into_iter().filter(|one| one.method != Method::Gin).collect();
        let choice = choose(&asked, &known);
        let gain = choice.as_ref().map_or(1.0, |choice| choice.gain);
        (choice.map_or_else(Vec::new, |choice| choice.indexes.iter().map(Candidate::sql).collect()), gain)
    }

    #[test]
    fn few_rows_are_found_by_an_index_on_what_leaves_them() {
        let parts = [
            (Some("state"), How::Equal, "orders.state = 'open'", 0.25),
            (Some("customer_id"), How::Equal, "orders.customer_id = 7", 1e-5),
        ];
        let (indexes, gain) =
            chosen("SELECT note FROM orders WHERE state = 'open' AND customer_id = 7", reading(&parts, 2.0));
        assert_eq!(indexes, ["CREATE INDEX ON orders (customer_id)"]);
        assert!(gain > 100.0);
    }

    #[test]
    fn what_most_rows_pass_needs_no_index() {
        let parts = [(Some("state"), How::Equal, "orders.state = 'open'", 0.6)];
        let (indexes, _) = chosen("SELECT note FROM orders WHERE state = 'open'", reading(&parts, 600_000.0));
        assert!(indexes.is_empty(), "{indexes:?}");
    }

    #[test]
    fn a_part_that_nobody_can_tell_the_share_of_counts_for_nothing() {
        let mut reading = reading(&[(Some("customer_id"), How::Equal, "orders.customer_id = $1", 0.0)], 1.0);
        reading.parts[0].share = None;
        assert!(chosen("SELECT note FROM orders WHERE customer_id = $1", reading).0.is_empty());
    }

    #[test]
    fn a_join_looks_its_rows_up_where_they_are_few() {
        let join = |lookups| Some(Join { key: "customer_id".to_owned(), lookups, cost: 34_000.0 });
        let sql = "SELECT o.note FROM orders o, orders p WHERE o.customer_id = p.id";
        let few = Reading { join: join(20.0), ..reading(&[], 1e6) };
        assert_eq!(chosen(sql, few).0, ["CREATE INDEX ON orders (customer_id)"]);
        let many = Reading { join: join(100_000.0), ..reading(&[], 1e6) };
        assert!(chosen(sql, many).0.is_empty());
    }

    #[test]
    fn the_first_in_an_order_are_read_in_that_order_where_nothing_else_is_asked() {
        let first = Some(First { limit: 20.0, cost: 32_600.0, keys: 1 });
        let sql = "SELECT note FROM orders WHERE NOT done ORDER BY at LIMIT 20";
        let part = [(None, How::Other, "NOT orders.done", 0.2)];
        let one = Reading { first: first.clone(), ..reading(&part, 200_000.0) };
        assert_eq!(chosen(sql, one).0, ["CREATE INDEX ON orders (at) WHERE NOT done"]);
        // Whether the first twenty are paid for early is not known.
        let sql = "SELECT note FROM orders WHERE state <> 'x' ORDER BY at LIMIT 20";
        let part = [(None, How::Unequal, "orders.state <> 'x'", 0.2)];
        assert!(chosen(sql, Reading { first, ..reading(&part, 200_000.0) }).0.is_empty());
    }
}
