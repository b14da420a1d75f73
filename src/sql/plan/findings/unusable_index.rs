//! The condition is written so that an ordinary index on its column can't be used: a function or a
//! cast around it, a pattern that starts with a wildcard, OR across columns, another collation.

use crate::sql::plan::condition::{Atom, How, Side, Wrap};
use crate::sql::plan::findings::case::Case;
use crate::sql::plan::findings::seq_scan::{evidence, reads, serves, wasteful};
use crate::sql::plan::findings::{Finding, Fix, Rule};
use crate::sql::plan::node::{Kind, Node, Server, Used};

pub(super) struct UnusableIndex;

/// Why an index can't help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reason {
    Function {
        column: String,
        function: String,
        text: String,
    },
    Cast {
        column: String,
        to: String,
        text: String,
    },
    Expression {
        column: String,
        text: String,
    },
    Wildcard {
        column: String,
    },
    Or {
        columns: Vec<String>,
    },
    /// The index is there, and the comparison is with another type or in another collation.
    Type {
        column: String,
        index: String,
    },
    /// A pattern that could go by the index, if its order were that of bytes.
    Prefix {
        column: String,
    },
}

impl Rule for UnusableIndex {
    fn judge(&self, case: &Case<'_>) -> Vec<Finding> {
        case.steps()
            .filter_map(|(at, node)| {
                let reading = wasteful(case, at, node)?;
                let atoms = case.atoms(node, Used::Filter);
                let postgres = case.plan.server == Server::Postgres;
                let reason = match mistyped(&atoms, node) {
                    Some(reason) => reason,
                    // Where another comparison could find the rows, that one is the way.
                    None if atoms
                        .iter()
                        .any(|it| serves(&it.side, it.how) && (it.how != How::Prefix || !postgres)) =>
                    {
                        return None;
                    }
                    None => reason(&atoms)?,
                };
                Some(Finding {
                    rule: "unusable_index",
                    at,
                    weight: case.weights.own(at),
                    sentence: format!("{} {}: {}.", case.called(node), reads(&reading), why(&reason)),
                    evidence: evidence(case, at, node),
                    fixes: fixes(case, node, &reason),
                })
            })
            .collect()
    }
}

/// Whether the planner knew an index for a condition and read the whole table all the same.
pub(super) fn ignores_its_index(node: &Node) -> bool {
    node.kind == Kind::SeqScan && node.index.is_none() && !node.possible_indexes.is_empty()
}

/// A column that is compared for equality, has an index and is not found by it: with few rows found
/// the index would have been the way, so the two sides don't fit.
fn mistyped(atoms: &[Atom], node: &Node) -> Option<Reason> {
    let index = node.possible_indexes.first().filter(|_| ignores_its_index(node))?;
    atoms.iter().find_map(|atom| match (&atom.side, atom.how) {
        (Side::Column(column), How::Equal) => {
            Some(Reason::Type { column: column.clone(), index: index.clone() })
        }
        _ => None,
    })
}

/// The first comparison that keeps an index from being used.
pub(super) fn reason(atoms: &[Atom]) -> Option<Reason> {
    atoms.iter().find_map(|atom| match (&atom.side, atom.how) {
        (Side::Any(columns), _) if columns.len() > 1 => Some(Reason::Or { columns: columns.clone() }),
        (Side::Wrapped { column, by, text }, How::Equal | How::Range | How::Prefix) => {
            let (column, text) = (column.clone(), text.clone());
            Some(match by {
                Wrap::Function(name) => Reason::Function { column, function: name.clone(), text },
                Wrap::Cast(to) => Reason::Cast { column, to: to.clone(), text },
                Wrap::Expression => Reason::Expression { column, text },
            })
        }
        (Side::Column(column) | Side::Wrapped { column, .. }, How::Inside) => {
            Some(Reason::Wildcard { column: column.clone() })
        }
        (Side::Column(column), How::Prefix) => Some(Reason::Prefix { column: column.clone() }),
        _ => None,
    })
}

fn why(reason: &Reason) -> String {
    match reason {
        Reason::Function { column, function, .. } => {
            format!("an index on `{column}` can't be used behind {function}()")
        }
        Reason::Cast { column, to, .. } => {
            format!("an index on `{column}` can't be used, because it is cast to {to} before it is compared")
        }
        Reason::Expression { column, .. } => {
            format!(
                "an index on `{column}` can't be used, because it is calculated with before it is compared"
            )
        }
        Reason::Wildcard { column } => {
            format!(
                "an ordinary index on `{column}` can't be used for a pattern that may match anywhere in it"
            )
        }
        Reason::Or { columns } => {
            format!("OR joins conditions on {}, and not all of them have an index", columns.join(", "))
        }
        Reason::Type { column, index } => format!(
            "its index {index} is there, but `{column}` is compared with a value of another type or collation"
        ),
        Reason::Prefix { column } => format!(
            "an index on `{column}` serves LIKE 'word%' only where it is ordered by bytes (collation C or text_pattern_ops)"
        ),
    }
}

fn fixes(case: &Case<'_>, node: &Node, reason: &Reason) -> Vec<Fix> {
    let postgres = case.plan.server == Server::Postgres;
    let index = |keys: &str| case.create_index(node, &[keys.to_owned()]);
    match reason {
        Reason::Function { column, function, text } => {
            let mut fixes = Vec::new();
            if is_of_a_date(function) {
                fixes.push(Fix::say(format!(
                    "Compare the column itself with a range, so that an index on it can be used: \
                     {column} >= the start AND {column} < the end"
                )));
            }
            fixes.push(expression(case, node, text));
            fixes
        }
        Reason::Cast { column, to, text } => vec![
            Fix::say(format!(
                "Compare `{column}` in its own type: cast the value and not the column (a bound parameter of type {to} \
                 does this unseen)"
            )),
            expression(case, node, text),
        ],
        Reason::Expression { column, text } => vec![
            Fix::say(format!("Move the calculation to the other side, so that `{column}` stands alone")),
            expression(case, node, text),
        ],
        Reason::Wildcard { column } if postgres => vec![Fix::run(
            "A trigram index finds words anywhere, from three letters on (extension pg_trgm); it is larger and slower \
             to write than an ordinary one",
            format!(
                "CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE INDEX CONCURRENTLY ON {} USING gin ({} gin_trgm_ops);",
                case.table(node),
                case.name(column)
            ),
        )],
        Reason::Wildcard { column } => vec![Fix::run(
            "Search for whole words with a full-text index (MATCH ... AGAINST), or for the start of the text (LIKE 'word%')",
            format!("ALTER TABLE {} ADD FULLTEXT INDEX ({});", case.table(node), case.name(column)),
        )],
        Reason::Or { columns } => vec![
            Fix::run(
                "Give each of the columns an index, then the planner can combine them",
                columns.iter().map(|column| index(&case.name(column))).collect::<Vec<_>>().join(" "),
            ),
            Fix::say(
                "Or write two statements and UNION ALL them, the second without what the first one finds",
            ),
        ],
        Reason::Type { column, .. } => vec![
            Fix::say(format!(
                "Compare `{column}` in its own type: a text column with '77' and not with 77; of a join give both columns the \
                 same type and collation"
            )),
            Fix::run("If the types do fit, the statistics are old", case.analyze(node)),
        ],
        Reason::Prefix { column } if postgres => vec![Fix::run(
            "Add an index that is ordered by bytes",
            index(&format!("{} text_pattern_ops", case.name(column))),
        )],
        Reason::Prefix { column } => vec![Fix::run("Add an index", index(&case.name(column)))],
    }
}

/// An index over the expression as it stands.
fn expression(case: &Case<'_>, node: &Node, text: &str) -> Fix {
    // The value in it is not known here, and would be part of the index.
    if text.contains('?') || text.contains('$') {
        return Fix::say("Or add an index over the whole expression, as it is written in the statement");
    }
    let alias = node.alias.as_deref().or(node.relation.as_deref()).unwrap_or_default();
    let own = text.replace(&format!("{alias}."), "");
    if case.plan.server == Server::Postgres {
        Fix::run(
            "Or add an index over the expression, if it gives the same for the same input always (IMMUTABLE)",
            case.create_index(node, &[format!("({own})")]),
        )
    } else {
        Fix::say(format!("Or add a generated column AS ({own}) with an index, and compare that"))
    }
}

fn is_of_a_date(function: &str) -> bool {
    [
        "date",
        "year",
        "month",
        "day",
        "date_trunc",
        "to_char",
        "date_part",
        "extract",
        "date_format",
        "unix_timestamp",
        "dayofmonth",
    ]
    .iter()
    .any(|it| function.eq_ignore_ascii_case(it))
}
