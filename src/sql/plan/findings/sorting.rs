//! Many rows are sorted where an index could give them in order.

use crate::sql::plan::condition::{How, Side};
use crate::sql::plan::findings::case::Case;
use crate::sql::plan::findings::{Finding, Fix, Rule};
use crate::sql::plan::node::{At, Kind, Node, Server, Used};
use crate::sql::words;

pub(super) struct Sorting;

/// Fewer rows are sorted at once.
const MANY: f64 = 10_000.0;

impl Rule for Sorting {
    fn judge(&self, case: &Case<'_>) -> Vec<Finding> {
        case.steps()
            .filter(|(_, node)| node.kind == Kind::Sort && !node.sort_keys.is_empty())
            .filter_map(|(at, node)| judge(case, at, node))
            .chain(case.steps().filter_map(|(at, node)| unmeasured(case, at, node)))
            .collect()
    }
}

fn judge(case: &Case<'_>, at: At, node: &Node) -> Option<Finding> {
    let (below, scan) = case.plan.outer(at)?;
    let sorted = case.rows(below);
    // Only for the first rows does an index in this order save anything worth having: it need not read
    // the rest. To give all rows in order, reading the table and sorting is usually the faster way.
    let first = first_rows(case, at, node)?;
    if scan.kind != Kind::SeqScan || sorted < MANY || first * 20.0 > sorted || node.presorted > 0 {
        return None;
    }
    let weight = case.weights.own(at) + case.weights.own(below);
    if weight < 0.3 || !case.matters(weight) || super::seq_scan::wasteful(case, below, scan).is_some() {
        return None;
    }
    let keys = keys(case, scan, node)?;
    Some(Finding {
        rule: "sorting",
        at,
        weight,
        sentence: format!(
            "All {} of {} are read and sorted to give the first {}.",
            words::rows(sorted),
            case.called(scan),
            words::count(first)
        ),
        evidence: vec![
            format!("{} and {}: {}", node.title(), scan.title(), case.share(weight)),
            format!("sorted by: {}", node.sort_keys.join(", ")),
        ],
        fixes: vec![Fix::run(
            "Add an index in this order; it gives the first rows without reading the rest",
            case.create_index(scan, &keys),
        )],
    })
}

/// What MySQL and MariaDB would sort, where neither cost nor time of it is told: very many rows only.
fn unmeasured(case: &Case<'_>, at: At, node: &Node) -> Option<Finding> {
    let told = case.weights.own(at) > 0.0 || case.plan.is_analyzed();
    if !node.filesort || told || case.plan.server == Server::Postgres {
        return None;
    }
    // Where rows are grouped before, that is what is said.
    let grouped = case.plan.below(at).any(|(_, it)| it.temporary);
    let (below, scan) = case.plan.below(at).find(|(_, it)| it.is_scan())?;
    let rows = case.rows(below);
    (rows >= MANY * 10.0 && !grouped).then(|| Finding {
        rule: "sorting",
        at,
        weight: 0.1,
        sentence: format!("About {} of {} would be sorted without an index (filesort).", words::rows(rows), case.called(scan)),
        evidence: vec![format!("{}, as the planner expects", node.title())],
        fixes: vec![Fix::say(
            "If only the first rows are wanted (LIMIT), an index in the order of the sort gives them without reading the rest; if \
             all are, sort fewer of them",
        )],
    })
}

/// How many rows are wanted of a sort, where that is not all.
fn first_rows(case: &Case<'_>, at: At, node: &Node) -> Option<f64> {
    if let Some(asked) = node.asked {
        return Some(asked);
    }
    let (limit, it) = case
        .plan
        .above(at)
        .take_while(|(_, up)| matches!(up.kind, Kind::Gather | Kind::Limit))
        .find(|(_, up)| up.kind == Kind::Limit)?;
    Some(it.asked.unwrap_or_else(|| case.rows(limit)).max(if node.actual.is_some() {
        case.rows(at).min(case.rows(limit))
    } else {
        0.0
    }))
}

/// The columns of the index: those that are compared for equality, then those of the order.
fn keys(case: &Case<'_>, scan: &Node, sort: &Node) -> Option<Vec<String>> {
    let alias = scan.alias.as_deref().or(scan.relation.as_deref())?;
    let mut keys: Vec<String> = case
        .atoms(scan, Used::Filter)
        .into_iter()
        .filter_map(|atom| match atom.side {
            Side::Column(column) if atom.how == How::Equal => Some(case.name(&column)),
            _ => None,
        })
        .collect();
    let order = sort.sort_keys.iter().flat_map(|key| match case.plan.server {
        Server::Postgres => vec![key.as_str()],
        _ => key.split(", ").collect(),
    });
    for key in order {
        let key = key.replace(&format!("{alias}."), "").replace('`', "");
        let column = key.split_whitespace().next()?.to_owned();
        // A calculated key, or one of another table, is no column to put into an index.
        if column.contains(['(', '.', '?', ':']) {
            return None;
        }
        keys.push(key);
    }
    Some(keys)
}
