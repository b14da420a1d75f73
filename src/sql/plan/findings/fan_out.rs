//! A join multiplies rows which are folded together again right after.

use crate::sql::plan::findings::case::Case;
use crate::sql::plan::findings::{Finding, Fix, Rule};
use crate::sql::plan::node::{At, Kind, Node, Used};
use crate::sql::words;

pub(super) struct FanOut;

/// A join that gives more rows than this, and this many times more than went in.
const MANY: f64 = 100_000.0;
const TIMES: f64 = 5.0;

impl Rule for FanOut {
    fn judge(&self, case: &Case<'_>) -> Vec<Finding> {
        case.steps().filter_map(|(at, node)| judge(case, at, node)).collect()
    }
}

fn judge(case: &Case<'_>, at: At, node: &Node) -> Option<Finding> {
    if !node.is_join() || (node.condition(Used::Join).is_none() && node.condition(Used::JoinFilter).is_none())
    {
        return None;
    }
    let (outer, inner) = (case.plan.outer(at)?.0, case.plan.inner(at)?.0);
    let made = case.rows(at);
    let most = case.rows(outer).max(if node.kind == Kind::NestedLoop { 1.0 } else { case.rows(inner) });
    if made < MANY || made < most * TIMES {
        return None;
    }
    let folds =
        case.plan.above(at).find(|(up, it)| it.kind == Kind::Aggregate && case.rows(*up) * 10.0 < made)?;
    let between: f64 =
        case.plan.above(at).take_while(|(up, _)| *up >= folds.0).map(|(up, _)| case.weights.own(up)).sum();
    let weight = case.weights.own(at) + between;
    if weight < 0.30 || !case.matters(weight) {
        return None;
    }
    let condition =
        node.condition(Used::Join).or_else(|| node.condition(Used::JoinFilter)).unwrap_or_default();
    Some(Finding {
        rule: "fan_out",
        at,
        weight,
        sentence: format!(
            "A join turns {} into {}, which are folded into {} right after.",
            words::rows(most),
            words::count(made),
            words::count(case.rows(folds.0))
        ),
        evidence: vec![
            format!("{} with {}: {}", node.title(), folds.1.title(), case.share(weight)),
            format!("joined on: {condition}"),
        ],
        fixes: vec![Fix::say(
            "Aggregate the side that has many rows for each of the other before the join (a subquery with GROUP BY), or ask \
             with EXISTS where only its being there matters; check that the sums are meant to count rows several times",
        )],
    })
}
