//! A condition or a join that an index could serve, if there were one: which columns it should have.

use crate::sql::plan::condition::{Atom, How, Side};
use crate::sql::plan::findings::case::{Case, FEW_ROWS};
use crate::sql::plan::findings::seq_scan::{evidence, reads, serves, wasteful};
use crate::sql::plan::findings::{Finding, Fix, Rule};
use crate::sql::plan::node::{At, Kind, Node, Server, Used};
use crate::sql::words;

pub(super) struct MissingIndex;

/// More columns than this make an index large and hardly more selective.
const MOST_COLUMNS: usize = 3;

impl Rule for MissingIndex {
    fn judge(&self, case: &Case<'_>) -> Vec<Finding> {
        let filters = case.steps().filter_map(|(at, node)| filter(case, at, node));
        let joins = case.steps().filter_map(|(at, node)| join(case, at, node));
        filters.chain(joins).collect()
    }
}

/// A scan whose filter throws most rows away.
fn filter(case: &Case<'_>, at: At, node: &Node) -> Option<Finding> {
    let reading = wasteful(case, at, node)?;
    let atoms = case.atoms(node, Used::Filter);
    let mut columns = columns(&atoms, case.plan.server);
    if columns.is_empty() {
        return None;
    }
    let used: Vec<String> = case
        .atoms(node, Used::Index)
        .into_iter()
        .chain(case.atoms(node, Used::Recheck))
        .filter_map(|atom| match atom.side {
            Side::Column(column) if atom.how == How::Equal => Some(column),
            _ => None,
        })
        .collect();
    // An index that is known and not used is `unusable_index`'s affair.
    if super::unusable_index::ignores_its_index(node) {
        return None;
    }
    let sentence = if !matches!(node.kind, Kind::SeqScan | Kind::FullIndexScan) {
        format!(
            "The index on {} leads to too many rows: {} are read to keep {}.",
            case.called(node),
            words::count(reading.read),
            words::count(reading.kept)
        )
    } else {
        format!("{} {}: no index leads to them.", case.called(node), reads(&reading))
    };
    // What the index finds by already stands in front of what it should find by as well.
    let before: Vec<String> = used.into_iter().filter(|column| !columns.contains(column)).collect();
    columns.splice(0..0, before);
    columns.truncate(MOST_COLUMNS);
    Some(Finding {
        rule: "missing_index",
        at,
        weight: case.weights.own(at),
        sentence,
        evidence: evidence(case, at, node),
        fixes: fixes(case, node, &columns),
    })
}

/// A join that reads a whole table although only few of its rows have a partner.
fn join(case: &Case<'_>, at: At, node: &Node) -> Option<Finding> {
    if node.kind != Kind::HashJoin && node.kind != Kind::MergeJoin {
        return None;
    }
    let sides = [case.plan.outer(at)?.0, case.plan.inner(at)?.0].map(|side| through(case, side));
    for (large, small) in [(sides[0], sides[1]), (sides[1], sides[0])] {
        let scan = &case.plan[large];
        let read = case.reading(large).map_or(0.0, |it| it.read);
        // What is not divided among workers is read by each of them.
        let copies =
            if case.plan[small].name.starts_with("Parallel") { 1.0 } else { case.weights.processes(small) };
        let few = case.rows(small) / copies;
        let weight = case.weights.own(large) + case.weights.own(at);
        let joined = case.rows(at);
        // A lookup costs what some ten rows of a scan cost.
        let pays = scan.kind == Kind::SeqScan
            && read >= FEW_ROWS * 5.0
            && few * 20.0 <= read
            && joined * 10.0 <= read
            && case.matters(weight);
        let column = join_column(case, node, scan);
        let Some(column) = column.filter(|_| pays) else { continue };
        if wasteful(case, large, scan).is_some() {
            continue;
        }
        return Some(Finding {
            rule: "missing_index",
            at: large,
            weight,
            sentence: format!(
                "{} is read from end to end for a join with {}: no index leads from one to the other.",
                case.called(scan),
                words::rows(few)
            ),
            evidence: vec![
                format!("{} and {}: {}", scan.title(), node.title(), case.share(weight)),
                format!("joined on: {}", node.condition(Used::Join).unwrap_or_default()),
                format!("{} joined", words::rows(joined)),
            ],
            fixes: fixes(case, scan, &[column]),
        });
    }
    None
}

/// The scan below what only passes rows on.
fn through(case: &Case<'_>, mut at: At) -> At {
    while matches!(case.plan[at].kind, Kind::Hash | Kind::Sort | Kind::Materialize | Kind::Gather)
        && let Some((below, _)) = case.plan.outer(at)
    {
        at = below;
    }
    at
}

/// The column by which a scan's table is joined: the one behind its alias.
pub(super) fn join_column(case: &Case<'_>, join: &Node, scan: &Node) -> Option<String> {
    let alias = scan.alias.as_deref().or(scan.relation.as_deref())?;
    case.atoms(join, Used::Join).into_iter().filter(|atom| atom.how == How::Equal).find_map(|atom| {
        let (left, right) = atom.text.split_once(" = ")?;
        [left, right].into_iter().find_map(|side| {
            let column = side.trim().strip_prefix(alias)?.strip_prefix('.')?;
            let plain = column.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '"');
            plain.then(|| column.trim_matches('"').to_owned())
        })
    })
}

/// The columns of an index for these conditions: those that are compared for equality, then one range.
fn columns(atoms: &[Atom], server: Server) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    let with = |wanted: fn(How) -> bool| {
        atoms.iter().filter(move |atom| wanted(atom.how) && serves(&atom.side, atom.how)).filter_map(|atom| {
            match &atom.side {
                Side::Column(column) => Some(column.clone()),
                _ => None,
            }
        })
    };
    // PostgreSQL goes by a prefix only in an index that is ordered by bytes, which `unusable_index` says.
    let range = with(match server {
        Server::Postgres => |how| how == How::Range,
        _ => |how| matches!(how, How::Range | How::Prefix),
    });
    for column in with(|how| how == How::Equal).chain(range.take(1)) {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    columns.truncate(MOST_COLUMNS);
    columns
}

fn fixes(case: &Case<'_>, node: &Node, columns: &[String]) -> Vec<Fix> {
    let keys: Vec<String> = columns.iter().map(|column| case.name(column)).collect();
    let text = match (columns.len() > 1, case.plan.server) {
        (true, _) => {
            "Add an index; put the column with the most different values first, and leave out those that nearly every row has alike"
        }
        (false, Server::Postgres) => "Add an index; it is built without blocking writers",
        (false, _) => "Add an index",
    };
    vec![Fix::run(format!("{text}{}", case.beware_alias()), case.create_index(node, &keys))]
}
