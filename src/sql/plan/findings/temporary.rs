//! MySQL and MariaDB fill a temporary table, to group or to sort by it.

use crate::sql::plan::findings::case::{Case, FEW_ROWS};
use crate::sql::plan::findings::{Finding, Fix, Rule};
use crate::sql::plan::node::{At, Kind, Node, Server};
use crate::sql::words;

pub(super) struct Temporary;

impl Rule for Temporary {
    fn judge(&self, case: &Case<'_>) -> Vec<Finding> {
        case.steps().filter_map(|(at, node)| judge(case, at, node)).collect()
    }
}

fn judge(case: &Case<'_>, at: At, node: &Node) -> Option<Finding> {
    let groups = matches!(node.kind, Kind::TemporaryTable | Kind::Aggregate | Kind::Sort | Kind::Window);
    if case.plan.server == Server::Postgres || !node.temporary || !groups {
        return None;
    }
    let scan = case.plan.below(at).skip(1).find(|(_, it)| it.is_scan())?;
    let rows = case.rows(scan.0);
    let weight = case.weights.own(at)
        + case
            .plan
            .above(at)
            .next()
            .filter(|(_, up)| up.filesort)
            .map_or(0.0, |(up, _)| case.weights.own(up));
    // Costs are not told for it before MySQL 8's tree and MariaDB's ANALYZE; then only large ones count.
    let unknown = weight == 0.0 && rows >= FEW_ROWS * 50.0;
    if rows < FEW_ROWS * 5.0 || !(unknown || weight >= 0.25 && case.matters(weight)) {
        return None;
    }
    let sorted = case.plan.above(at).chain(std::iter::once((at, node))).any(|(_, it)| it.filesort);
    Some(Finding {
        rule: "temporary",
        at,
        weight: if unknown { 0.1 } else { weight },
        sentence: format!(
            "{} of {} go through a temporary table{}.",
            words::rows(rows),
            case.called(scan.1),
            if sorted { " and are sorted after" } else { "" }
        ),
        evidence: vec![if unknown {
            format!("{}, as the planner expects", node.title())
        } else {
            format!("{}: {}", node.title(), case.share(weight))
        }],
        fixes: vec![Fix::say(
            "An index that starts with the grouped columns gives the rows group by group, without a temporary table; with the \
             summed columns behind them it answers alone",
        )],
    })
}
