//! What a plan says of indexes: what it costs, which it uses, and how much its estimate can be trusted.

use super::counted::Counted;
use super::{Catalog, Reading, Table};
use crate::sql::plan::node::Role;
use crate::sql::plan::{Kind, Plan};

/// HypoPG leaves out what it costs to go down an index to its leaf: three levels of 50 operators each.
const DESCENT: f64 = 3.0 * 50.0 * 0.0025;

/// A plan, as far as indexes are concerned.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Explained {
    /// In the planner's units.
    pub cost: f64,
    /// Rows that come out.
    pub rows: f64,
    /// How often an index is gone down.
    pub lookups: f64,
    /// Indexes that are used.
    pub indexes: Vec<String>,
    /// Indexes that aren't there and would be read without stopping early, with the rows that they give.
    pub whole: Vec<(String, f64)>,
    /// Tables that are read from end to end.
    pub scans: Vec<Scan>,
}

/// A table that is read from end to end.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// As the catalog calls it.
    pub table: String,
    /// What it costs.
    pub cost: f64,
    /// Rows that are left of it.
    pub rows: f64,
    /// What the plan calls it.
    pub alias: String,
    /// Rows that each of its conditions leaves by itself, where those were counted.
    pub parts: Vec<(String, f64)>,
}

impl Scan {
    /// Rows that an index by content finds: those of the condition that it serves; `None` where it is one of several ways
    /// in which a row may be meant, so that the index alone finds only some.
    #[must_use]
    pub fn found_by(&self, key: &str) -> Option<f64> {
        let column: String = key
            .trim_start_matches(['(', '"'])
            .chars()
            .take_while(|sign| sign.is_alphanumeric() || *sign == '_')
            .collect();
        let searches =
            |text: &str| ["~~", "@>", "&&", "@@", "?"].iter().any(|operator| text.contains(operator));
        let is_of_it = |text: &str| {
            let words = text.split(|sign: char| !(sign.is_alphanumeric() || sign == '_'));
            searches(text) && words.into_iter().any(|word| word == column)
        };
        let of_it: Vec<&(String, f64)> = self.parts.iter().filter(|(text, _)| is_of_it(text)).collect();
        if of_it.is_empty() {
            return Some(self.rows);
        }
        let whole = of_it.iter().filter(|(text, _)| !text.contains(" OR "));
        whole.map(|(_, rows)| *rows).min_by(f64::total_cmp)
    }
}

impl Explained {
    /// Reads a plan. Tables that the catalog doesn't know are left out.
    #[must_use]
    pub fn of(plan: &Plan, catalog: &Catalog) -> Self {
        let root = &plan.nodes[0];
        let whole_cost = root.estimated.cost.unwrap_or(0.0);
        let mut told = Self { cost: whole_cost, rows: root.estimated.rows.unwrap_or(0.0), ..Self::default() };
        let mut times = vec![1.0; plan.nodes.len()];
        for (at, node) in plan.walk() {
            if let Some(parent) = node.parent {
                times[at.0] = times[parent.0];
                // The inner side of a nested loop is run once for each row of the outer one.
                if node.role == Role::Inner && plan[parent].kind == Kind::NestedLoop {
                    let outer = plan.outer(parent).and_then(|(_, outer)| outer.estimated.rows);
                    times[at.0] *= outer.unwrap_or(1.0).max(1.0);
                }
            }
            let (cost, rows) = (node.estimated.cost.unwrap_or(0.0), node.estimated.rows.unwrap_or(0.0));
            if let Some(index) = &node.index {
                told.indexes.push(index.clone());
                told.lookups += times[at.0];
                if is_hypothetical(index) {
                    told.cost += times[at.0] * DESCENT;
                    // What stops early (LIMIT) costs the whole less than its part would cost in full.
                    if cost <= whole_cost {
                        told.whole.push((index.clone(), rows));
                    }
                }
            }
            if node.kind == Kind::SeqScan
                && let Some(relation) = &node.relation
            {
                let full = node.schema.as_ref().map(|schema| format!("{schema}.{relation}"));
                let known = catalog.named(full.as_ref().unwrap_or(relation));
                told.scans.extend(known.map(|(table, _)| Scan {
                    table: table.to_owned(),
                    cost,
                    rows,
                    alias: node.alias.clone().unwrap_or_default(),
                    parts: Vec::new(),
                }));
            }
        }
        told
    }

    /// Puts what was counted in the place of what was expected.
    pub fn correct(&mut self, counted: &[Counted]) {
        for one in counted {
            let same = |scan: &&mut Scan| scan.table == one.table && scan.alias == one.alias;
            for scan in self.scans.iter_mut().filter(same) {
                scan.rows = one.found.unwrap_or_else(|| scan.rows.min(one.most));
                scan.parts.clone_from(&one.parts);
                // Of a condition that is the only one the planner's own word counts, too.
                if let [(_, rows)] = &mut scan.parts[..] {
                    *rows = scan.rows;
                }
            }
        }
    }

    /// What each scan looks for, as the planner expects it.
    pub fn describe(&mut self, readings: &[Reading]) {
        for reading in readings {
            let same = |scan: &&mut Scan| scan.table == reading.table && scan.alias == reading.alias;
            for scan in self.scans.iter_mut().filter(same) {
                scan.parts = reading.parts.iter().map(|part| (part.text.clone(), reading.rows)).collect();
            }
        }
    }

    /// The scan of a table, of all its parts together where it is partitioned.
    #[must_use]
    pub fn whole(&self, name: &str, table: &Table) -> Option<Scan> {
        if let Some(scan) = self.scan(name) {
            return Some(scan.clone());
        }
        let mut parts = self.scans.iter().filter(|scan| table.partitions.contains(&scan.table));
        let mut whole = Scan { table: name.to_owned(), parts: Vec::new(), ..parts.next()?.clone() };
        for scan in parts {
            whole.cost += scan.cost;
            whole.rows += scan.rows;
        }
        Some(whole)
    }

    /// The scan of a table, where it is read from end to end.
    #[must_use]
    pub fn scan(&self, table: &str) -> Option<&Scan> {
        self.scans.iter().find(|scan| scan.table == table)
    }
}

/// HypoPG calls its indexes `<13556>btree_orders_id`.
fn is_hypothetical(index: &str) -> bool {
    index.starts_with('<')
}

#[cfg(test)]
mod tests {
    use super::super::Table;
    use super::*;
    use crate::sql::plan;

    #[test]
    fn the_inner_side_of_a_nested_loop_is_looked_up_for_each_row_of_the_outer_one() {
        let text = r#"[{"Plan": {"Node Type": "Nested Loop", "Total Cost": 900.0, "Plan Rows": 40, "Plan Width": 8, "Startup Cost": 0.0, "Plans": [
            {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Schema": "sales", "Relation Name": "Orders", "Alias": "o", "Total Cost": 500.0, "Plan Rows": 100, "Plan Width": 4, "Startup Cost": 0.0},
            {"Node Type": "Index Scan", "Parent Relationship": "Inner", "Relation Name": "items", "Alias": "i", "Index Name": "<13>btree_items_order_id", "Total Cost": 3.0, "Plan Rows": 2, "Plan Width": 4, "Startup Cost": 0.0}
        ]}}]"#;
        let mut catalog = Catalog::default();
        catalog.tables.insert("sales.\"Orders\"".to_owned(), Table::default());
        let told = Explained::of(&plan::read(text).expect("a plan"), &catalog);
        assert_eq!(told.lookups, 100.0);
        assert_eq!(told.cost, 900.0 + 100.0 * DESCENT);
        assert_eq!(told.whole, [("<13>btree_items_order_id".to_owned(), 2.0)]);
        let [scan] = &told.scans[..] else { panic!("{told:?}") };
        assert_eq!((scan.table.as_str(), scan.cost, scan.rows), ("sales.\"Orders\"", 500.0, 100.0));
    }

    #[test]
    fn an_index_by_content_finds_the_rows_of_its_own_condition() {
        let parts = [("(p.title ~~* '%post%'::text)", 9_000.0), ("(p.body ~~* '%abcd1%'::text)", 3.0)];
        let scan = Scan {
            table: "posts".to_owned(),
            cost: 500.0,
            rows: 2.0,
            alias: "p".to_owned(),
            parts: parts.map(|(text, rows)| (text.to_owned(), rows)).into(),
        };
        assert_eq!(scan.found_by("title gin_trgm_ops"), Some(9_000.0));
        assert_eq!(scan.found_by("body gin_trgm_ops"), Some(3.0));
        assert_eq!(scan.found_by("tags"), Some(2.0));
        let either = [("((p.title ~~* '%a%'::text) OR (p.body ~~* '%a%'::text))".to_owned(), 3.0)].into();
        let scan = Scan { parts: either, ..scan };
        assert_eq!(scan.found_by("title gin_trgm_ops"), None);
    }
}
