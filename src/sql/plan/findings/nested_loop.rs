//! For each of many rows the other side is searched again: cheap for ten rows, not for a hundred
//! thousand; and where every pair has to be compared, not even for a thousand.

use crate::sql::plan::findings::case::Case;
use crate::sql::plan::findings::missing_index::join_column;
use crate::sql::plan::findings::{Finding, Fix, Rule};
use crate::sql::plan::node::{At, Kind, Node, Used};
use crate::sql::words;

pub(super) struct NestedLoop;

/// Fewer lookups than this are done at once.
const MANY: f64 = 10_000.0;

/// Fewer pairs than this are compared at once.
const MANY_PAIRS: f64 = 1e6;

/// Only where the join is what the statement does.
const SHARE: f64 = 0.30;

impl Rule for NestedLoop {
    fn judge(&self, case: &Case<'_>) -> Vec<Finding> {
        let loops = case.steps().filter(|(_, node)| node.kind == Kind::NestedLoop);
        loops.filter_map(|(at, node)| pairs(case, at, node).or_else(|| lookups(case, at))).collect()
    }
}

/// Every row is compared with every other.
fn pairs(case: &Case<'_>, at: At, node: &Node) -> Option<Finding> {
    let condition = node.condition(Used::JoinFilter)?;
    let (outer, inner) = (case.plan.outer(at)?, case.plan.inner(at)?);
    let made = match node.actual {
        Some(actual) => (actual.rows + node.removed.join.unwrap_or(0.0)) * actual.loops,
        None => case.rows(outer.0) * inner.1.estimated.rows?,
    };
    let weight = case.weights.own(at) + case.weights.with_below(inner.0);
    if made < MANY_PAIRS || weight < SHARE || !case.matters(weight) || case.rows(at) > made * 0.5 {
        return None;
    }
    let equal = condition.contains(" = ");
    let scan = case.plan.below(inner.0).find(|(_, it)| it.is_scan());
    let mut fixes = Vec::new();
    if equal && let Some((_, scan)) = scan {
        let by_filter = Node { conditions: renamed(node), ..Node::default() };
        if let Some(column) = join_column(case, &by_filter, scan) {
            fixes.push(Fix::run(
                "Add an index on the joined column, so that the partners are found and not searched for",
                case.create_index(scan, &[case.name(&column)]),
            ));
        }
    }
    fixes.push(Fix::say(if equal {
        "Have the statistics counted again (ANALYZE): for this many rows the planner should have chosen a hash join"
    } else {
        "A join by <, > or a calculation has to try every pair: add a condition with = that narrows it down, or use a \
         window function or a LATERAL subquery with ORDER BY and LIMIT"
    }));
    Some(Finding {
        rule: "nested_loop",
        at,
        weight,
        sentence: format!(
            "{} pairs of rows are compared one by one to find {}.",
            words::count(made),
            words::count(case.rows(at))
        ),
        evidence: vec![
            format!("{}: {}", node.title(), case.share(weight)),
            format!("compared by: {condition}"),
            format!(
                "{} on one side, {} on the other",
                words::rows(case.rows(outer.0)),
                words::rows(made / case.rows(outer.0).max(1.0))
            ),
        ],
        fixes,
    })
}

/// The conditions of a filter as those of a join.
fn renamed(node: &Node) -> Vec<crate::sql::plan::node::Condition> {
    let mut conditions = node.conditions.clone();
    for condition in &mut conditions {
        if condition.used == Used::JoinFilter {
            condition.used = Used::Join;
        }
    }
    conditions
}

/// A lookup for each of very many rows.
fn lookups(case: &Case<'_>, at: At) -> Option<Finding> {
    let (inner, looked) = case
        .plan
        .children(at)
        .filter(|(_, it)| it.role == crate::sql::plan::node::Role::Inner)
        .max_by(|a, b| case.weights.with_below(a.0).total_cmp(&case.weights.with_below(b.0)))?;
    // What is kept and given again costs next to nothing; MySQL's block joins are said elsewhere.
    if matches!(looked.kind, Kind::Materialize | Kind::DerivedScan)
        || looked.join_buffer
        || looked.kind == Kind::SeqScan
    {
        return None;
    }
    let times = case.runs(inner);
    let weight = case.weights.with_below(inner);
    if times < MANY || weight < SHARE || !case.matters(weight) {
        return None;
    }
    let (_, driver) = case.plan.outer(at)?;
    let mut evidence = vec![
        format!("{}: {}", looked.title(), case.share(weight)),
        format!("run {} times, {} found", words::count(times), words::rows(case.rows(inner))),
    ];
    let expected = driver.estimated.rows.unwrap_or(0.0);
    let counted = driver.actual.map_or(expected, |actual| actual.rows);
    let surprised = counted > expected * 10.0;
    // Where the planner knew how many there would be, it has weighed the other ways to join.
    if !surprised && (times < MANY * 10.0 || weight < 0.5) {
        return None;
    }
    if surprised {
        evidence.push(format!("planned for {}, {} came", words::rows(expected), words::count(counted)));
    }
    Some(Finding {
        rule: "nested_loop",
        at,
        weight: weight * 0.9,
        sentence: format!(
            "{} is searched {} times, once for each row of the other side.",
            case.called(case.plan.below(inner).find(|(_, it)| it.is_scan()).map_or(looked, |(_, it)| it)),
            words::count(times)
        ),
        evidence,
        fixes: vec![if surprised {
            Fix::say(
                "The planner counted on far fewer rows: mend its estimate (see the misestimate), then it takes a hash join",
            )
        } else {
            Fix::say(
                "Filter or aggregate the other side before the join, so that fewer rows are looked up; or let the lookup be \
                 answered by the index alone (INCLUDE the selected columns)",
            )
        }],
    })
}
