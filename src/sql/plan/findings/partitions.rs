//! Many partitions are looked at for rows that stand in a few of them.

use std::collections::HashSet;

use crate::sql::plan::findings::case::Case;
use crate::sql::plan::findings::{Finding, Fix, Rule};
use crate::sql::plan::node::{At, Kind, Node};
use crate::sql::words;

pub(super) struct Partitions;

/// Fewer partitions than this are looked at in no time.
const MANY: usize = 12;

impl Rule for Partitions {
    fn judge(&self, case: &Case<'_>) -> Vec<Finding> {
        case.steps()
            .filter(|(_, node)| node.kind == Kind::Append)
            .filter_map(|(at, node)| judge(case, at, node))
            .collect()
    }
}

fn judge(case: &Case<'_>, at: At, node: &Node) -> Option<Finding> {
    let children: Vec<(At, &Node)> = case.plan.children(at).filter(|(_, it)| it.subplan.is_none()).collect();
    let stems: HashSet<String> = children
        .iter()
        .filter_map(|(at, _)| case.plan.below(*at).find_map(|(_, it)| it.relation.as_deref()))
        .map(|name| name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_').to_owned())
        .collect();
    // The arms of a UNION are different tables.
    if children.len() < MANY || stems.len() != 1 {
        return None;
    }
    let empty = children.iter().filter(|(at, it)| it.actual.is_some() && case.rows(*at) == 0.0).count();
    // Reading all of them for nearly all of their rows is what was asked for.
    let reads: f64 = children
        .iter()
        .flat_map(|(at, _)| case.plan.below(*at))
        .filter_map(|(at, _)| case.reading(at))
        .map(|it| it.read)
        .sum();
    let wasted = empty * 2 >= children.len();
    let searched = children.iter().all(|(at, _)| case.plan.below(*at).any(|(_, it)| it.index.is_some()));
    let planned =
        case.plan.planning_ms.zip(case.plan.execution_ms).is_some_and(|(plan, run)| plan > 5.0 && plan > run);
    let guess = node.actual.is_none() && searched;
    let weight = case.weights.with_below(at);
    if !(wasted || planned || guess) || weight < 0.3 || !(case.matters(weight) || planned) {
        return None;
    }
    let stem = stems.into_iter().next().unwrap_or_default();
    let mut evidence =
        vec![format!("{} of {} partitions: {}", node.title(), children.len(), case.share(weight))];
    if empty > 0 {
        evidence.push(format!("{empty} of them had no row to give; {} read in all", words::rows(reads)));
    }
    if let Some(planning) = case.plan.planning_ms.filter(|_| planned) {
        evidence.push(format!("planning took {}", words::time(planning)));
    }
    Some(Finding {
        rule: "partitions",
        at,
        weight,
        sentence: format!(
            "All {} partitions of `{stem}` are searched: no condition tells which of them hold the rows.",
            children.len()
        ),
        evidence,
        fixes: vec![Fix::say(
            "Add a condition on the column that the table is partitioned by, compared with a constant or a parameter (not \
             behind a function); if statements like this are the rule, partition by what they ask for",
        )],
    })
}
