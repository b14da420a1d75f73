//! The planner expected ten times more or fewer rows than came: it may have chosen the wrong way
//! because of it. Said at the step where the error starts, not at all those that inherit it.

use crate::sql::plan::condition::Side;
use crate::sql::plan::findings::case::Case;
use crate::sql::plan::findings::{Finding, Fix, Rule};
use crate::sql::plan::node::{At, Kind, Node, Role, Server, Used};
use crate::sql::words;

pub(super) struct Misestimate;

/// Smaller errors rarely change a plan.
const FACTOR: f64 = 10.0;

/// Below this many rows, ten times more are still few.
const ROWS: f64 = 1_000.0;

impl Rule for Misestimate {
    fn judge(&self, case: &Case<'_>) -> Vec<Finding> {
        let wrong = case.steps().filter_map(|(at, node)| Some((at, node, error(case, at, node)?)));
        let mut found: Vec<Finding> =
            wrong.filter_map(|(at, node, error)| finding(case, at, node, error)).collect();
        // The largest decides the plan; the rest would be noise.
        found.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        found.truncate(2);
        found
    }
}

/// Expected and counted rows of one run, where they differ much.
fn error(case: &Case<'_>, at: At, node: &Node) -> Option<(f64, f64)> {
    let actual = node.actual.as_ref()?;
    let (expected, counted) = match (case.plan.server, node.estimated.read, actual.read) {
        // What MariaDB expects of a condition is no more than a guess, and a LIMIT that stops a scan is
        // not to be seen in its plans: only more rows than expected tell.
        (Server::MariaDb, Some(expected), Some(counted)) if counted > expected => {
            (expected.max(1.0), counted)
        }
        (Server::MariaDb, _, _) => return None,
        _ => (node.estimated.rows?.max(1.0), actual.rows.max(1.0)),
    };
    let large = expected.max(counted) >= ROWS || expected.max(counted) * actual.loops >= ROWS * 10.0;
    let factor = (expected / counted).max(counted / expected);
    (large && factor >= FACTOR && is_own(case, at, node))
        .then_some((expected, if actual.rows < 1.0 { actual.rows } else { counted }))
}

/// Whether a step makes an estimate of its own, and its rows were all asked for.
fn is_own(case: &Case<'_>, at: At, node: &Node) -> bool {
    let estimates =
        node.is_scan() || node.is_join() || matches!(node.kind, Kind::Aggregate | Kind::DerivedScan);
    let cut_short = std::iter::once((at, node)).chain(case.plan.above(at)).any(|(below, it)| {
        let Some((_, up)) = it.parent.map(|parent| (parent, &case.plan[parent])) else { return false };
        // What is asked only for the first match, or until the other side ends, gives fewer rows.
        let stops = up.kind == Kind::Limit
            || up.kind == Kind::MergeJoin
            || it.kind == Kind::Memoize
            || up.name.contains("Semi")
            || up.name.contains("Anti")
            || (up.inner_unique && it.role == Role::Inner);
        stops && !is_blocked(case, at, below)
    });
    estimates && !cut_short
}

/// Whether a step between `from` and `to` reads everything before it gives anything.
fn is_blocked(case: &Case<'_>, from: At, to: At) -> bool {
    let path = std::iter::once((from, &case.plan[from])).chain(case.plan.above(from));
    path.take_while(|(at, _)| *at >= to)
        .skip(1)
        .chain(std::iter::once((to, &case.plan[to])).filter(|_| from != to))
        .any(|(_, node)| {
            matches!(node.kind, Kind::Sort | Kind::Hash | Kind::Aggregate) && node.name != "GroupAggregate"
        })
}

fn finding(case: &Case<'_>, at: At, node: &Node, (expected, counted): (f64, f64)) -> Option<Finding> {
    // An error that came from below is said there.
    let mut below = case.plan.below(at).skip(1);
    if below.any(|(at, node)| !node.never_ran() && error(case, at, node).is_some()) {
        return None;
    }
    // It matters where something above was chosen by it.
    let chosen = case
        .plan
        .above(at)
        .find(|(_, up)| up.is_join())
        .or_else(|| case.plan.above(at).find(|(_, up)| matches!(up.kind, Kind::Sort | Kind::Aggregate)));
    let decided = if node.is_join() { at } else { chosen?.0 };
    let joins = case.plan[decided].is_join() || case.plan.above(decided).any(|(_, up)| up.is_join());
    let spilled =
        case.plan.above(at).any(|(up, node)| node.spill.is_some() && case.matters(case.weights.own(up)));
    // Its own time it would take with any estimate.
    let own = if decided == at { 0.0 } else { case.weights.own(at) };
    let weight = case.weights.with_below(decided) - own;
    if !(joins || spilled) || weight < 0.25 || !case.matters(weight) {
        return None;
    }
    let what = node.target().map_or_else(|| format!("this {}", node.name), |_| case.called(node));
    let direction = if counted > expected { "more" } else { "fewer" };
    let factor = (expected / counted.max(1.0)).max(counted / expected);
    Some(Finding {
        rule: "misestimate",
        at,
        // It is a cause, and what it costs is not known: half of what it decides.
        weight: weight / 2.0,
        sentence: format!(
            "The planner expected {} of {what} and got {}, {} times {direction}, and chose what stands above by that.",
            words::rows(expected),
            words::count(counted),
            words::count(factor)
        ),
        evidence: evidence(case, at, node, decided),
        fixes: fixes(case, node),
    })
}

fn evidence(case: &Case<'_>, at: At, node: &Node, decided: At) -> Vec<String> {
    let mut evidence = vec![format!("{}: {}", node.title(), case.share(case.weights.own(at)))];
    let conditions =
        node.conditions.iter().map(|condition| condition.text.clone()).collect::<Vec<_>>().join(" and ");
    if !conditions.is_empty() {
        evidence.push(format!("condition: {conditions}"));
    }
    if decided != at {
        evidence.push(format!(
            "{} above it: {}",
            case.plan[decided].title(),
            case.share(case.weights.with_below(decided))
        ));
    }
    evidence
}

fn fixes(case: &Case<'_>, node: &Node) -> Vec<Fix> {
    let postgres = case.plan.server == Server::Postgres;
    let atoms: Vec<_> =
        [Used::Filter, Used::Index].into_iter().flat_map(|used| case.atoms(node, used)).collect();
    let mut columns: Vec<String> = Vec::new();
    for atom in &atoms {
        if let Side::Column(column) = &atom.side
            && !columns.contains(column)
        {
            columns.push(column.clone());
        }
    }
    let wrapped = atoms.iter().any(|atom| matches!(atom.side, Side::Wrapped { .. }));
    if !node.is_scan() {
        return vec![Fix::say(
            "Count the rows of the joined tables again (ANALYZE); where that changes nothing, the values of the joined \
             columns are unevenly spread, and a higher statistics target for them helps",
        )];
    }
    let mut fixes = vec![Fix::run(
        "Have the rows counted again: cheap, and enough where the statistics are old",
        case.analyze(node),
    )];
    if columns.len() > 1 && postgres {
        let keys: Vec<String> = columns.iter().take(4).map(|column| case.name(column)).collect();
        fixes.push(Fix::run(
            "If that changes nothing, the columns depend on one another; tell the planner",
            format!(
                "CREATE STATISTICS ON {} FROM {}; {}",
                keys.join(", "),
                case.table(node),
                case.analyze(node)
            ),
        ));
    } else if wrapped && postgres {
        fixes.push(Fix::say(
            "The planner knows nothing of the values of an expression: CREATE STATISTICS over it (14 and later), or an \
             index over it, makes it count them",
        ));
    } else if let (Some(column), true) = (columns.first(), postgres) {
        fixes.push(Fix::run(
            "If that changes nothing, the values are unevenly spread; count more of them",
            format!(
                "ALTER TABLE {} ALTER COLUMN {} SET STATISTICS 1000; {}",
                case.table(node),
                case.name(column),
                case.analyze(node)
            ),
        ));
    } else if !postgres && !columns.is_empty() {
        fixes.push(Fix::say("A histogram tells the planner how values are spread where there is no index"));
    }
    fixes
}
