//! What a plan reads from end to end, why, and what stands around it: all that is needed to say what an
//! index would change, where the planner can't be asked.

use serde_json::Value;

use super::Catalog;
use super::conjuncts::{conjuncts, without_alias};
use crate::sql::plan::condition::{How, Side, atoms, atoms_unmasked};
use crate::sql::plan::node::{Role, Used};
use crate::sql::plan::weights::runs;
use crate::sql::plan::{At, Kind, Node, Plan};

/// A table that a plan reads from end to end.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// As the catalog calls it.
    pub table: String,
    /// What the plan calls it.
    pub alias: String,
    /// What it costs once.
    pub cost: f64,
    /// Rows that are left of it.
    pub rows: f64,
    /// How often it is read, as far as that is in the plan's cost.
    pub times: f64,
    /// What the rows must be like.
    pub parts: Vec<Part>,
    /// The join that it is one side of.
    pub join: Option<Join>,
    /// The first rows in an order are all that is wanted.
    pub first: Option<First>,
}

/// Comparisons of one column, or a condition that is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The column, or the expression made of one, as the catalog and candidates write it.
    pub key: Option<String>,
    /// How it is compared.
    pub how: How,
    /// As it stands in the plan, with its values.
    pub text: String,
    /// The share of the table's rows that it leaves, once somebody knows.
    pub share: Option<f64>,
}

/// A join whose other side could look rows up instead.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    /// The column of this table that is compared.
    pub key: String,
    /// Rows of the other side.
    pub lookups: f64,
    /// What the join costs besides the other side.
    pub cost: f64,
}

/// A LIMIT over a sort over the table.
#[derive(Debug, Clone, PartialEq)]
pub struct First {
    /// So many rows.
    pub limit: f64,
    /// What all of it costs.
    pub cost: f64,
    /// How many columns are sorted by.
    pub keys: usize,
}

/// Takes a plan apart. `json` is the same plan as PostgreSQL wrote it.
#[must_use]
pub fn readings(plan: &Plan, json: &str, catalog: &Catalog) -> Vec<Reading> {
    let filters = filters(json);
    let runs = runs(plan);
    let scans = plan.walk().filter(|(_, node)| node.kind == Kind::SeqScan);
    let mut all = Vec::new();
    for ((at, node), (alias, filter)) in scans.zip(filters) {
        if node.alias.as_deref().is_some_and(|known| known != alias) {
            return Vec::new();
        }
        let Some(relation) = &node.relation else { continue };
        let full = node.schema.as_ref().map(|schema| format!("{schema}.{relation}"));
        let Some((table, about)) = catalog.named(full.as_ref().unwrap_or(relation)) else { continue };
        let column = |name: &str| about.column_named(name).map(str::to_owned);
        all.push(Reading {
            table: table.to_owned(),
            cost: node.estimated.cost.unwrap_or(0.0),
            rows: node.estimated.rows.unwrap_or(0.0),
            times: times(plan, at, &runs),
            parts: parts(&filter, &alias, &column),
            join: join(plan, at, &column),
            first: first(plan, at),
            alias,
        });
    }
    all
}

/// The names and filters of the scans, in the order in which the plan has its steps.
fn filters(json: &str) -> Vec<(String, String)> {
    let Ok(value) = serde_json::from_str::<Value>(json) else { return Vec::new() };
    let text = |step: &Value, key: &str| step[key].as_str().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    let mut waiting: Vec<&Value> = value.pointer("/0/Plan").into_iter().collect();
    while let Some(step) = waiting.pop() {
        if step["Node Type"] == "Seq Scan" {
            found.push((text(step, "Alias"), text(step, "Filter")));
        }
        waiting.extend(step["Plans"].as_array().into_iter().flatten().rev());
    }
    found
}

/// What must hold of a row, by column.
fn parts(filter: &str, alias: &str, column: &dyn Fn(&str) -> Option<String>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for text in conjuncts(filter) {
        let (key, how) = match atoms_unmasked(text).into_iter().next() {
            Some(atom) => match atom.side {
                Side::Column(name) => (column(&name), atom.how),
                Side::Wrapped { .. } => (wrapped(text, alias), atom.how),
                _ => (None, How::Other),
            },
            None => (None, How::Other),
        };
        let key = key.filter(|_| matches!(how, How::Equal | How::Range | How::Prefix));
        match parts.iter_mut().find(|part| key.is_some() && part.key == key) {
            Some(part) => {
                part.text = format!("({}) AND ({text})", part.text);
                part.how = How::Range;
            }
            None => parts.push(Part { key, how, text: text.to_owned(), share: None }),
        }
    }
    parts
}

/// What a column is wrapped into, with the values that belong to it: `(detail ->> 'code')`.
fn wrapped(text: &str, alias: &str) -> Option<String> {
    match atoms(text, false).into_iter().next()?.side {
        Side::Wrapped { text, .. } => Some(without_alias(&text, alias)),
        _ => None,
    }
}

/// How often a scan's cost is in the whole. Of a subquery that is run for rows around it, the planner
/// charges fewer runs than there may be rows.
fn times(plan: &Plan, at: At, runs: &[f64]) -> f64 {
    let mut times = runs[at.0];
    let chain = std::iter::once((at, &plan[at])).chain(plan.above(at));
    for (inner, node) in chain {
        let (Role::SubPlan, Some(parent)) = (node.role, node.parent) else { continue };
        let others: f64 =
            plan.children(parent).filter(|(_, it)| it.subplan.is_none()).map(|(_, it)| cost(it)).sum();
        let charged = (cost(&plan[parent]) - others).max(0.0) / cost(&plan[inner]).max(0.01);
        times = times.min(charged * runs[parent.0]);
    }
    times
}

/// The join that a scan is a side of, and that could look up its rows one by one.
fn join(plan: &Plan, at: At, column: &dyn Fn(&str) -> Option<String>) -> Option<Join> {
    let parent = plan[at].parent?;
    // Between the scan and a hash join stands the table that it is put into.
    let (side, join) = match plan[parent].kind {
        Kind::Hash | Kind::Sort => (parent, plan[parent].parent?),
        _ => (at, parent),
    };
    let node = &plan[join];
    if !matches!(node.kind, Kind::HashJoin | Kind::MergeJoin) || !may_look_up(node, plan[side].role) {
        return None;
    }
    let (_, other) = if plan[side].role == Role::Inner { plan.outer(join)? } else { plan.inner(join)? };
    let alias = plan[at].alias.as_deref().unwrap_or_default();
    // Of several columns the first is enough: the others only leave fewer rows.
    let key = node.condition(Used::Join)?.replace(['(', ')'], " ").split_whitespace().find_map(|word| {
        let (name, own) =
            word.replace('"', "").rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned()))?;
        (name == alias).then(|| column(&own)).flatten()
    })?;
    // A subquery of the join itself is run all the same.
    let own = match plan.children(join).any(|(_, it)| it.subplan.is_some()) {
        true => cost(&plan[side]),
        false => cost(node) - cost(other),
    };
    Some(Join { key, lookups: other.estimated.rows.unwrap_or(0.0).max(1.0), cost: own.max(0.0) })
}

/// Whether a join can be turned into lookups of this side: not where rows of it must come out that found
/// no partner, or where each of it may count once only.
fn may_look_up(join: &Node, side: Role) -> bool {
    let is = |kind: &str| join.name.contains(kind);
    match side {
        _ if is("Full") => false,
        Role::Inner => !is("Right"),
        _ => !(is("Left") || is("Semi") || is("Anti")),
    }
}

/// Whether nothing but a sort and a limit stands above.
fn first(plan: &Plan, at: At) -> Option<First> {
    let sort = plan[at].parent.filter(|up| plan[*up].kind == Kind::Sort && plan[*up].presorted == 0)?;
    let limit = plan[sort].parent.filter(|up| plan[*up].kind == Kind::Limit)?;
    Some(First {
        limit: plan[limit].estimated.rows?,
        cost: cost(&plan[limit]),
        keys: plan[sort].sort_keys.len(),
    })
}

fn cost(node: &Node) -> f64 {
    node.estimated.cost.unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::super::{Column, Table};
    use super::*;
    use crate::sql::plan;

    fn catalog() -> Catalog {
        let columns =
            |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), Column::default())).collect();
        let mut catalog = Catalog::default();
        for (name, known) in
            [("orders", &["id", "customer_id", "state", "at"][..]), ("customers", &["id", "email"])]
        {
            catalog.tables.insert(name.to_owned(), Table { columns: columns(known), ..Table::default() });
        }
        catalog
    }

    #[test]
    fn a_scan_tells_what_its_rows_are_compared_with_and_joined_to() {
        let json = r#"[{"Plan": {"Node Type": "Hash Join", "Join Type": "Inner", "Total Cost": 900.0, "Plan Rows": 40, "Hash Cond": "(o.customer_id = customers.id)", "Plans": [
            {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "orders", "Alias": "o", "Total Cost": 700.0, "Plan Rows": 100, "Filter": "((o.at >= '2026-01-01 00:00:00'::timestamp without time zone) AND (o.at < '2026-02-01'::date) AND ((o.state)::text = 'a AND b'::text) AND (NOT o.done))"},
            {"Node Type": "Hash", "Parent Relationship": "Inner", "Total Cost": 100.0, "Plan Rows": 7, "Plans": [
              {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "customers", "Alias": "customers", "Total Cost": 100.0, "Plan Rows": 7, "Filter": "(lower(customers.email) = 'x'::text)"}]}
        ]}}]"#;
        let found = readings(&plan::read(json).expect("a plan"), json, &catalog());
        let [orders, customers] = &found[..] else { panic!("{found:?}") };
        let said: Vec<_> = orders.parts.iter().map(|part| (part.key.as_deref(), part.how)).collect();
        assert_eq!(said, [(Some("at"), How::Range), (Some("state"), How::Equal), (None, How::Other)]);
        assert!(orders.parts[1].text.contains("'a AND b'"), "{orders:?}");
        assert_eq!(orders.join, Some(Join { key: "customer_id".to_owned(), lookups: 7.0, cost: 800.0 }));
        assert_eq!(customers.parts[0].key.as_deref(), Some("lower(email)"));
        assert_eq!(customers.join.as_ref().map(|join| join.lookups), Some(100.0));
    }

    #[test]
    fn rows_that_must_come_out_without_a_partner_are_not_looked_up() {
        let json = |kind: &str| {
            format!(
                r#"[{{"Plan": {{"Node Type": "Hash Join", "Join Type": "{kind}", "Total Cost": 900.0, "Plan Rows": 40, "Hash Cond": "(o.customer_id = customers.id)", "Plans": [
            {{"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "orders", "Alias": "o", "Total Cost": 700.0, "Plan Rows": 100}},
            {{"Node Type": "Seq Scan", "Parent Relationship": "Inner", "Relation Name": "customers", "Alias": "customers", "Total Cost": 100.0, "Plan Rows": 7}}]}}}}]"#
            )
        };
        for (kind, expected) in [
            ("Inner", [true, true]),
            ("Left", [false, true]),
            ("Semi", [false, true]),
            ("Right", [true, false]),
            ("Full", [false, false]),
        ] {
            let json = json(kind);
            let found = readings(&plan::read(&json).expect("a plan"), &json, &catalog());
            assert_eq!(found.iter().map(|one| one.join.is_some()).collect::<Vec<_>>(), expected, "{kind}");
        }
    }

    #[test]
    fn the_first_rows_in_an_order_are_told_apart() {
        let json = r#"[{"Plan": {"Node Type": "Limit", "Total Cost": 800.0, "Plan Rows": 10, "Plans": [
          {"Node Type": "Sort", "Parent Relationship": "Outer", "Total Cost": 810.0, "Plan Rows": 300, "Sort Key": ["o.at DESC"], "Plans": [
            {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "orders", "Alias": "o", "Total Cost": 700.0, "Plan Rows": 300}]}]}}]"#;
        let found = readings(&plan::read(json).expect("a plan"), json, &catalog());
        assert_eq!(found[0].first, Some(First { limit: 10.0, cost: 800.0, keys: 1 }));
        assert_eq!(found[0].times, 1.0);
    }
}
