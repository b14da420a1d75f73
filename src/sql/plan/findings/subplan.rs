//! A subquery that is run again for each row of the statement around it.

use crate::sql::plan::findings::case::Case;
use crate::sql::plan::findings::{Finding, Fix, Rule};
use crate::sql::plan::node::{At, Kind, Node, Role};
use crate::sql::words;

pub(super) struct Subplan;

/// Fewer runs than this are not what makes a statement slow: the subquery itself is.
const OFTEN: f64 = 50.0;

/// Only where most of the statement is the subquery.
const SHARE: f64 = 0.40;

/// And only where it takes long enough to be rewritten, in ms.
const LONG_MS: f64 = 10.0;

impl Rule for Subplan {
    fn judge(&self, case: &Case<'_>) -> Vec<Finding> {
        case.steps().filter_map(|(at, node)| judge(case, at, node)).collect()
    }
}

fn judge(case: &Case<'_>, at: At, node: &Node) -> Option<Finding> {
    if node.role != Role::SubPlan
        || node.hashed
        || node
            .parent
            .is_some_and(|up| case.plan[up].role == Role::SubPlan && case.plan[up].kind == Kind::Other)
    {
        return None;
    }
    let (times, weight) = (case.runs(at), case.weights.with_below(at));
    if times < OFTEN
        || weight < SHARE
        || !case.matters(weight)
        || case.plan.total_ms().is_some_and(|total| total * weight < LONG_MS)
    {
        return None;
    }
    let scan = case.plan.below(at).find(|(_, it)| it.relation.is_some()).map_or(node, |(_, it)| it);
    let name = node.subplan.clone().unwrap_or_else(|| node.name.clone());
    Some(Finding {
        rule: "subplan",
        at,
        weight: weight * 0.95,
        sentence: format!(
            "A subquery on {} is run {} times, once for each row around it.",
            case.called(scan),
            words::count(times)
        ),
        evidence: vec![
            format!("{name}: {}", case.share(weight)),
            match case.plan.total_ms().filter(|_| node.actual.is_some()) {
                Some(total) => format!("{} a run", words::time(weight * total / times)),
                None => format!("{} expected to be asked for", words::rows(times)),
            },
        ],
        fixes: vec![
            Fix::say(
                "Ask once instead: join a subquery that groups by what ties the two together (LEFT JOIN (SELECT key, count(*) ... \
                 GROUP BY key)), or EXISTS instead of a count, NOT EXISTS instead of NOT IN",
            ),
            Fix::say(
                "If few rows are meant to be around it, an index on what ties the two together makes each run short",
            ),
        ],
    })
}
