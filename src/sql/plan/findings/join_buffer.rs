//! MySQL and MariaDB join a table block by block, because no index leads to its rows.

use crate::sql::plan::findings::case::{Case, FEW_ROWS};
use crate::sql::plan::findings::{Finding, Fix, Rule};
use crate::sql::plan::node::{At, Condition, Node, Server, Used};
use crate::sql::words;

pub(super) struct JoinBuffer;

impl Rule for JoinBuffer {
    fn judge(&self, case: &Case<'_>) -> Vec<Finding> {
        case.steps().filter_map(|(at, node)| judge(case, at, node)).collect()
    }
}

fn judge(case: &Case<'_>, at: At, node: &Node) -> Option<Finding> {
    if case.plan.server == Server::Postgres || !node.join_buffer {
        return None;
    }
    let weight = case.weights.own(at);
    let read = case.reading(at)?.read.max(node.estimated.read.unwrap_or(0.0));
    if read < FEW_ROWS || weight < 0.20 || !case.matters(weight) {
        return None;
    }
    // Without a condition at all it is a Cartesian join, which is said elsewhere.
    let condition = node.condition(Used::Join).or_else(|| node.condition(Used::Filter))?;
    let join = Node {
        conditions: vec![Condition { used: Used::Join, text: condition.to_owned() }],
        ..Node::default()
    };
    let column = super::missing_index::join_column(case, &join, node);
    let fix = match column {
        Some(column) => Fix::run(
            "Add an index on the joined column, so that the partners are found and not searched for",
            case.create_index(node, &[case.name(&column)]),
        ),
        None => Fix::say(
            "Join by the column itself: behind a function, a calculation or a cast no index can be used. Columns of both \
             sides need the same type and collation",
        ),
    };
    Some(Finding {
        rule: "join_buffer",
        at,
        weight,
        sentence: format!(
            "{} is joined without an index: {} are compared with the other side block by block.",
            case.called(node),
            words::rows(read)
        ),
        evidence: vec![
            format!("{}: {}", node.title(), case.share(weight)),
            format!("joined on: {condition}"),
        ],
        fixes: vec![fix],
    })
}
