//! What a statement costs by nested loops: every order of its tables is tried, as the optimizer does, and every table is
//! read in the cheapest way that the tables before it allow. Which order is taken is decided by what the optimizer knows,
//! which is nothing of columns without an index; what that order costs, by what is true.

use std::collections::BTreeSet;

use super::Block;
use super::access::Way;
use crate::sql::advice::{Candidate, Catalog};

/// More tables than this in one SELECT are too many orders to try.
const MOST_TABLES: usize = 8;
/// More than this in a statement, which the server may join as one, it had better not be asked to plan for advice: it tries
/// orders, too, and writes each into its trace.
const MOST_IN_ALL: usize = 16;
/// Groups are taken to be so many times fewer than rows.
const GROUPED: f64 = 10.0;
/// Columns of the primary key are in every other index, too.
pub(super) const PRIMARY: &str = "PRIMARY";

/// What a server charges.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    /// Reading a page.
    pub page: f64,
    /// Looking at a row.
    pub row: f64,
    /// Going down an index, or from an index to its row.
    pub lookup: f64,
    /// Without an index, tables are joined by a hash table; otherwise each row is compared with each.
    pub hashes: bool,
}

impl Costs {
    /// Of MariaDB up to 10.11: its constants `TIME_FOR_COMPARE` (5 rows a page) and one page a lookup.
    pub const MARIADB: Self = Self { page: 1.0, row: 0.2, lookup: 1.0, hashes: false };
    /// Of MySQL 8: `row_evaluate_cost` and `io_block_read_cost`, nothing being taken to be in memory.
    pub const MYSQL: Self = Self { page: 1.0, row: 0.1, lookup: 1.0, hashes: true };
}

/// Whether a statement joins more tables than can be reckoned with.
#[must_use]
pub fn is_too_large(blocks: &[Block]) -> bool {
    let tables = |block: &Block| block.sources.len();
    blocks.iter().any(|block| tables(block) > MOST_TABLES)
        || blocks.iter().map(tables).sum::<usize>() > MOST_IN_ALL
}

/// What is known besides the statement.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The tables.
    pub catalog: &'a Catalog,
    /// What the server charges.
    pub costs: Costs,
}

/// What a statement costs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cost {
    /// In the server's units.
    pub total: f64,
    /// Rows that come out.
    pub rows: f64,
    /// How often indexes are gone down that are not there.
    pub lookups: f64,
    /// Which of those are used, by their place.
    pub used: BTreeSet<usize>,
}

/// The tables of a set, joined in the order that the optimizer takes.
#[derive(Debug, Clone, Default)]
struct Joined {
    cost: f64,
    rows: f64,
    /// What the optimizer thinks that it costs, and how many rows it expects.
    thought: f64,
    expected: f64,
    lookups: f64,
    used: BTreeSet<usize>,
}

impl Known<'_> {
    /// What a statement costs with these indexes beside those that are there; `None` where it joins too many tables.
    #[must_use]
    pub fn cost(&self, blocks: &[Block], with: &[Candidate]) -> Option<Cost> {
        let mut each = vec![Cost::default(); blocks.len()];
        for at in by_need(blocks) {
            each[at] = Sight { known: self, block: &blocks[at], given: &each, with }.cost()?;
        }
        let mut all = Cost { rows: each.first()?.rows, ..Cost::default() };
        for at in 0..blocks.len() {
            let (mut times, mut inner) = (1.0, at);
            while let Some(around) = blocks[inner].around.filter(|around| *around < inner) {
                times *= each[around].rows.max(1.0);
                inner = around;
            }
            all.total += each[at].total * times;
            all.lookups += each[at].lookups * times;
            all.used.extend(&each[at].used);
        }
        all.total = all.total.max(self.costs.row);
        Some(all)
    }
}

/// The blocks, each behind those that give what it reads: one of WITH may read another one.
fn by_need(blocks: &[Block]) -> Vec<usize> {
    let mut order = Vec::with_capacity(blocks.len());
    let mut seen = vec![false; blocks.len()];
    for start in 0..blocks.len() {
        let mut open = vec![(start, false)];
        while let Some((at, all_given)) = open.pop() {
            if all_given {
                order.push(at);
            } else if !std::mem::replace(&mut seen[at], true) {
                open.push((at, true));
                open.extend(blocks[at].sources.iter().filter_map(|source| Some((source.given_by?, false))));
            }
        }
    }
    order
}

/// One block, and what is known of the others.
pub(super) struct Sight<'a> {
    pub(super) known: &'a Known<'a>,
    pub(super) block: &'a Block,
    pub(super) given: &'a [Cost],
    pub(super) with: &'a [Candidate],
}

impl Sight<'_> {
    fn cost(&self) -> Option<Cost> {
        let sources = self.block.sources.len();
        if sources > MOST_TABLES {
            return None;
        }
        let costs = &self.known.costs;
        let mut best = self.joined(None);
        let found = best.rows;
        let limit = self.block.limit.filter(|_| !self.block.unsure);
        let share = limit.map_or(1.0, |limit| (limit / found.max(1.0)).min(1.0));
        if self.block.sorts || self.block.order.is_some() {
            // A row that is sorted or grouped is put somewhere and found again.
            best.cost += found * costs.lookup;
        } else if self.block.streams {
            best.cost *= share;
        }
        for (source, way) in self.in_order() {
            let mut ordered = self.joined(Some((source, way)));
            ordered.cost *= share;
            ordered.lookups *= share;
            if ordered.cost < best.cost {
                best = ordered;
            }
        }
        let rows = match self.block.limit {
            _ if !self.block.streams && !self.block.sorts => 1.0,
            // A subquery is asked for each row that may be left.
            Some(limit) if !self.block.unsure => found.min(limit),
            _ if !self.block.streams => found / GROUPED,
            _ => found,
        };
        Some(Cost { total: best.cost, rows, lookups: best.lookups, used: best.used })
    }

    /// All tables in the best order; `first`: this one comes first, and no row is put aside for later.
    fn joined(&self, first: Option<(usize, Way)>) -> Joined {
        let sources = self.block.sources.len();
        let mut sets: Vec<Option<Joined>> = vec![None; 1 << sources];
        sets[0] = Some(Joined { rows: 1.0, expected: 1.0, ..Joined::default() });
        for set in 0..sets.len() {
            let Some(so_far) = sets[set].clone() else { continue };
            for source in (0..sources).filter(|source| set & (1 << source) == 0) {
                let about = &self.block.sources[source];
                let is_first = set == 0;
                if about.after.iter().any(|before| set & (1 << before) == 0)
                    || first.is_some_and(|(first, _)| is_first && first != source)
                {
                    continue;
                }
                let way = match first {
                    Some((_, way)) if is_first => Some(way),
                    _ => self
                        .ways(source, set, (so_far.rows, so_far.expected), first.is_none())
                        .into_iter()
                        .min_by(|a, b| a.thought.total_cmp(&b.thought)),
                };
                let Some(way) = way else { continue };
                let mut next = so_far.clone();
                next.cost += way.cost;
                next.thought += way.thought;
                next.expected = so_far.expected * way.expected;
                if let Some(new) = way.new {
                    next.used.insert(new);
                    next.lookups += so_far.rows.max(1.0);
                }
                let found = so_far.rows * self.own_rows(source) * self.linked(source, set);
                next.rows = if about.outer { found.max(so_far.rows) } else { found };
                if about.outer {
                    next.expected = next.expected.max(so_far.expected);
                }
                let place = &mut sets[set | (1 << source)];
                if place.as_ref().is_none_or(|known| next.thought < known.thought) {
                    *place = Some(next);
                }
            }
        }
        let end = sets.len() - 1;
        sets[end].take().unwrap_or(Joined { cost: f64::INFINITY, rows: 1.0, ..Joined::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::blocks;
    use super::*;
    use crate::sql::advice::{Column, Table};
    use crate::sql::plan::condition::How;

    /// A shop: 50,000 customers, 400,000 orders, 800,000 items.
    fn catalog() -> Catalog {
        let table = |rows: f64, pages: f64, columns: &[(&str, f64)]| Table {
            rows,
            pages,
            columns: columns
                .iter()
                .map(|(name, distinct)| {
                    ((*name).to_owned(), Column { distinct: *distinct, ..Column::default() })
                })
                .collect(),
            indexes: vec![crate::sql::advice::Index {
                name: PRIMARY.to_owned(),
                columns: vec!["id".to_owned()],
                unique: true,
                method: "btree".to_owned(),
                ..Default::default()
            }],
            ..Table::default()
        };
        let mut catalog = Catalog::default();
        for (name, about) in [
            ("customers", table(5e4, 225.0, &[("id", 0.0), ("email", 5e4), ("country", 20.0)])),
            (
                "orders",
                table(4e5, 2_853.0, &[("id", 0.0), ("customer_id", 5e4), ("state", 3.0), ("placed_at", 4e5)]),
            ),
            ("items", table(8e5, 2_276.0, &[("id", 0.0), ("order_id", 4e5), ("quantity", 5.0)])),
        ] {
            catalog.tables.insert(name.to_owned(), about);
        }
        catalog
    }

    fn index(table: &str, keys: &[&str]) -> Candidate {
        Candidate {
            table: table.to_owned(),
            method: crate::sql::advice::Method::InnoDb,
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            include: Vec::new(),
            only: None,
        }
    }

    /// The cost of a statement whose conditions on each column leave what its number of values says.
    fn cost(sql: &str, with: &[Candidate]) -> Cost {
        let catalog = catalog();
        let mut blocks = blocks(sql, &catalog).expect("a statement");
        for source in blocks.iter_mut().flat_map(|block| &mut block.sources) {
            for part in &mut source.parts {
                let column = part.key.as_ref().and_then(|key| catalog.tables[&source.table].columns.get(key));
                part.share = column.map(|column| match part.how {
                    How::Equal if column.distinct >= 1.0 => 1.0 / column.distinct,
                    How::Equal => 1.0 / catalog.tables[&source.table].rows,
                    _ => 0.01,
                });
            }
        }
        Known { catalog: &catalog, costs: Costs::MARIADB }.cost(&blocks, with).expect("few tables")
    }

    #[test]
    fn a_table_costs_its_pages_and_rows_as_the_optimizer_says() {
        // MariaDB 10.11 says 82,853 of this: "cost_for_plan" in its trace.
        assert_eq!(cost("SELECT total FROM orders WHERE customer_id = 7", &[]).total, 2_853.0 + 4e5 * 0.2);
        let by_index =
            cost("SELECT total FROM orders WHERE customer_id = 7", &[index("orders", &["customer_id"])]);
        assert!(by_index.total < 12.0 && by_index.used.len() == 1 && by_index.lookups == 1.0, "{by_index:?}");
        // The key of the table finds its row, and nothing is better.
        let by_key = cost("SELECT * FROM orders o WHERE o.id = 7", &[index("orders", &["id", "state"])]);
        assert!(by_key.used.is_empty() && by_key.total < 3.0, "{by_key:?}");
    }

    #[test]
    fn other_orders_of_the_tables_are_found_with_several_indexes() {
        let sql = "SELECT c.country, SUM(i.quantity) FROM customers c JOIN orders o ON o.customer_id = c.id \
                   JOIN items AS i ON i.order_id = o.id WHERE c.email = 'x' GROUP BY 1";
        let all = [
            index("customers", &["email"]),
            index("orders", &["customer_id"]),
            index("items", &["order_id"]),
        ];
        let with = cost(sql, &all);
        assert!(with.total < 100.0 && with.used.len() == 3, "{with:?}");
        assert!(cost(sql, &[]).total > 1e6);
    }

    #[test]
    fn columns_of_other_tables_and_several_values_are_not_looked_up_together() {
        let sql = |states: &str| {
            format!(
                "SELECT o.total FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.email = 'x' AND o.state IN ({states})"
            )
        };
        let both = [index("customers", &["email"]), index("orders", &["state", "customer_id"])];
        assert_eq!(cost(&sql("'a'"), &both).used.len(), 2);
        assert_eq!(
            cost(&sql("'a', 'b'"), &both).used.len(),
            1,
            "the second index starts with what has several values"
        );
    }

    #[test]
    fn what_most_rows_pass_is_not_looked_up() {
        let with = cost("SELECT total FROM orders WHERE state = 'paid'", &[index("orders", &["state"])]);
        assert!(with.used.is_empty(), "{with:?}");
    }

    #[test]
    fn the_first_in_an_order_are_read_in_that_order_where_nothing_else_is_asked() {
        let newest = [index("orders", &["placed_at"])];
        let with = cost("SELECT total FROM orders ORDER BY placed_at DESC LIMIT 20", &newest);
        assert!(with.used.len() == 1 && with.total < 50.0, "{with:?}");
        // Whether a paid one comes early nobody knows.
        let with = cost("SELECT total FROM orders WHERE state = 'paid' ORDER BY placed_at LIMIT 20", &newest);
        assert!(with.used.is_empty(), "{with:?}");
        let both = [index("orders", &["state", "placed_at"])];
        let with = cost("SELECT total FROM orders WHERE state = 'paid' ORDER BY placed_at LIMIT 20", &both);
        assert!(with.used.len() == 1 && with.total < 50.0, "{with:?}");
        // All of it is wanted: no order helps.
        let with = cost("SELECT total FROM orders ORDER BY placed_at DESC", &newest);
        assert!(with.used.is_empty(), "{with:?}");
    }

    #[test]
    fn a_limit_is_no_help_where_nobody_knows_how_many_rows_are_left() {
        let sql = "SELECT id FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id) LIMIT 10";
        let with = cost(sql, &[index("orders", &["customer_id"])]);
        assert!(with.total > 50_000.0, "{with:?}");
    }

    #[test]
    fn a_subquery_that_asks_for_each_row_costs_as_often() {
        let sql = "SELECT id FROM customers c WHERE country = 'DE' AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)";
        assert!(cost(sql, &[]).total > 1e8);
        let with = cost(sql, &[index("orders", &["customer_id"])]);
        assert!(with.total < 20_000.0, "{with:?}");
    }

    #[test]
    fn what_a_subquery_or_with_gives_is_read_as_a_table() {
        for sql in [
            "SELECT * FROM (SELECT customer_id, COUNT(*) n FROM orders WHERE placed_at > 'x' GROUP BY customer_id) t \
             JOIN customers c ON c.id = t.customer_id",
            "WITH t AS (SELECT customer_id FROM orders WHERE placed_at > 'x') SELECT * FROM t JOIN customers c ON c.id = t.customer_id",
            "WITH o AS (SELECT customer_id FROM orders WHERE placed_at > 'x'), t AS (SELECT customer_id FROM o) \
             SELECT * FROM t JOIN customers c ON c.id = t.customer_id",
        ] {
            let with = cost(sql, &[index("orders", &["placed_at", "customer_id"])]);
            assert!(with.used.len() == 1 && with.total < 20_000.0, "{sql}: {with:?}");
        }
    }

    #[test]
    fn too_many_tables_are_not_tried() {
        let joins: String = (0..9).map(|at| format!(" JOIN items i{at} ON i{at}.order_id = o.id")).collect();
        let catalog = catalog();
        let blocks = blocks(&format!("SELECT o.id FROM orders o{joins}"), &catalog).expect("a statement");
        assert!(is_too_large(&blocks));
        assert_eq!(Known { catalog: &catalog, costs: Costs::MARIADB }.cost(&blocks, &[]), None);
    }
}
