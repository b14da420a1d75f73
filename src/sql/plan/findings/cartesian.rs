//! Two tables are joined without any condition between them: every row with every row.

use crate::sql::plan::findings::case::Case;
use crate::sql::plan::findings::{Finding, Fix, Rule};
use crate::sql::plan::node::{At, Kind, Node, Role, Used};
use crate::sql::words;

pub(super) struct Cartesian;

/// Fewer pairs than this were probably meant.
const MANY: f64 = 10_000.0;

impl Rule for Cartesian {
    fn judge(&self, case: &Case<'_>) -> Vec<Finding> {
        let loops = case.steps().filter(|(_, node)| node.kind == Kind::NestedLoop);
        loops.flat_map(|(at, node)| of(case, at, node)).collect()
    }
}

fn of(case: &Case<'_>, at: At, node: &Node) -> Option<Finding> {
    if node.condition(Used::JoinFilter).is_some() || node.name.contains("Semi") || node.name.contains("Anti")
    {
        return None;
    }
    // MySQL joins several tables in one loop: each is looked at with all those before it.
    let sides: Vec<(At, &Node)> = case.plan.children(at).filter(|(_, it)| it.subplan.is_none()).collect();
    for (index, (inner, side)) in sides.iter().enumerate().skip(1) {
        if side.role != Role::Inner || is_tied(case, *inner, &sides[..index]) {
            continue;
        }
        let others: f64 = if node.actual.is_some() || side.actual.is_none() || !side.join_buffer {
            let first = case.rows(sides[0].0);
            sides[1..index].iter().fold(first, |rows, (at, _)| rows * once(case, *at))
        } else {
            case.rows(sides[index - 1].0)
        };
        let own = once(case, *inner);
        let made = others * own;
        let weight = case.weights.own(at) + case.weights.with_below(*inner) + above(case, at);
        if own < 2.0 || others < 2.0 || made < MANY || !case.matters(weight) {
            continue;
        }
        let name = |at: At| {
            let scan = case
                .plan
                .below(at)
                .find(|(_, it)| it.relation.is_some())
                .map_or(&case.plan[at], |(_, it)| it);
            case.called(scan)
        };
        let (left, right) = (name(sides[index - 1].0), name(*inner));
        return Some(Finding {
            rule: "cartesian",
            at,
            weight: weight.min(1.0),
            sentence: format!(
                "{left} and {right} are joined without a condition between them: {} combinations.",
                words::count(made)
            ),
            evidence: vec![
                format!("{}: {}", node.title(), case.share(weight.min(1.0))),
                format!("{} times {}", words::rows(others), words::count(own)),
            ],
            fixes: vec![Fix::say(format!(
                "Name what ties {left} to {right} (JOIN ... ON); if every combination is meant, aggregate each side before"
            ))],
        });
    }
    None
}

/// Rows of one run.
fn once(case: &Case<'_>, at: At) -> f64 {
    let node = &case.plan[at];
    node.actual.map(|actual| actual.rows).or(node.estimated.rows).unwrap_or(0.0)
}

/// What stands directly above works on all the combinations.
fn above(case: &Case<'_>, at: At) -> f64 {
    let chain = case.plan.above(at).take_while(|(_, up)| !up.is_join() && up.kind != Kind::Gather);
    chain.map(|(up, _)| case.weights.own(up)).sum()
}

/// Whether any condition of the inner side names something of the sides before it.
fn is_tied(case: &Case<'_>, inner: At, before: &[(At, &Node)]) -> bool {
    let names: Vec<String> = before
        .iter()
        .flat_map(|(at, _)| case.plan.below(*at))
        .filter_map(|(_, node)| node.alias.clone().or_else(|| node.relation.clone()))
        .collect();
    case.plan.below(inner).any(|(_, node)| {
        node.conditions.iter().any(|condition| {
            let text = condition.text.replace(['`', '"'], "");
            // A parameter may be handed down from the other side.
            text.contains('$') || text.contains("func") || names.iter().any(|name| mentions(&text, name))
        }) || node.kind == Kind::DerivedScan
            && node.conditions.is_empty()
            && node.relation.as_deref().is_none_or(is_function)
            || node.name.starts_with("Result")
            || node.kind == Kind::Memoize
    })
}

/// A function or a LATERAL part may take what it needs as arguments, which a plan does not show.
fn is_function(name: &str) -> bool {
    !name.starts_with('<')
}

/// Whether `name.` stands in the text as a word.
fn mentions(text: &str, name: &str) -> bool {
    let wanted = format!("{name}.");
    text.match_indices(&wanted)
        .any(|(at, _)| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}
