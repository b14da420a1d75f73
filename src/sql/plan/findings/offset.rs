//! A page far down a list: all pages before it are read and thrown away.

use crate::sql::plan::findings::case::Case;
use crate::sql::plan::findings::{Finding, Fix, Rule};
use crate::sql::plan::node::{At, Kind, Node, Server};
use crate::sql::words;

pub(super) struct Offset;

/// The first pages are not worth a word.
const DEEP: f64 = 5_000.0;

impl Rule for Offset {
    fn judge(&self, case: &Case<'_>) -> Vec<Finding> {
        case.steps().filter_map(|(at, node)| judge(case, at, node)).collect()
    }
}

fn judge(case: &Case<'_>, at: At, node: &Node) -> Option<Finding> {
    if case.plan.server == Server::MariaDb {
        return of_mariadb(case, at, node);
    }
    let (skipped, given) = skipped(case, at, node)?;
    let weight = case.weights.with_below(at);
    if skipped < DEEP || skipped < given * 4.0 || !case.matters(weight) {
        return None;
    }
    let share = skipped / (skipped + given);
    let order =
        case.plan.below(at).find(|(_, it)| it.kind == Kind::Sort).map(|(_, it)| it.sort_keys.join(", "));
    let mut evidence = vec![format!("{} with what is below: {}", node.title(), case.share(weight))];
    evidence.extend(order.filter(|keys| !keys.is_empty()).map(|keys| format!("sorted by: {keys}")));
    Some(Finding {
        rule: "offset",
        at,
        weight: weight * share,
        sentence: format!(
            "{} are read and left out (OFFSET) before the {} that {} wanted; every further page takes longer.",
            words::rows(skipped),
            words::rows(given),
            if given == 1.0 { "is" } else { "are" }
        ),
        evidence,
        fixes: vec![keyset()],
    })
}

/// MariaDB says of a sort what LIMIT and OFFSET come to, and nothing more. Nobody asks for that many rows
/// with a LIMIT alone.
fn of_mariadb(case: &Case<'_>, at: At, node: &Node) -> Option<Finding> {
    let asked = node.asked.filter(|asked| *asked >= DEEP * 2.0)?;
    let weight = case.weights.with_below(at);
    case.matters(weight).then(|| Finding {
        rule: "offset",
        at,
        weight,
        sentence: format!(
            "LIMIT and OFFSET together come to {}: if this is one page of a list, all pages before it are read and thrown away.",
            words::rows(asked)
        ),
        evidence: vec![
            format!("{} with what is below: {}", node.title(), case.share(weight)),
            format!("sorted by: {}", node.sort_keys.join(", ")),
        ],
        fixes: vec![keyset()],
    })
}

fn keyset() -> Fix {
    Fix::say(
        "Go on from the last row of the page before instead of counting: WHERE (sort column, id) > (its values) ORDER BY \
         sort column, id LIMIT n, with an index on both columns",
    )
}

/// Rows left out, and rows given.
fn skipped(case: &Case<'_>, at: At, node: &Node) -> Option<(f64, f64)> {
    if let Some(asked) = node.asked {
        let given = case.rows(at);
        return Some((asked - given, given));
    }
    if node.kind != Kind::Limit {
        return None;
    }
    let (below, input) = case.plan.outer(at)?;
    if node.actual.is_some() {
        return Some((case.rows(below) - case.rows(at), case.rows(at)));
    }
    // What a limit costs before its first row is what it costs to read the rows that are left out.
    let (start, whole) = (input.estimated.startup_cost?, input.estimated.cost?);
    let left_out = (node.estimated.startup_cost? - start) / (whole - start).max(f64::EPSILON);
    Some((left_out * input.estimated.rows?, node.estimated.rows?))
}
