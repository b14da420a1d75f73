//! A sort or a hash table did not fit into its memory and went to disk.

use crate::sql::plan::findings::case::Case;
use crate::sql::plan::findings::{Finding, Fix, Rule};
use crate::sql::plan::node::{At, Kind, Node, Server};
use crate::sql::words;

pub(super) struct Spill;

/// More memory for one step of one statement than this endangers the server, in kB.
const TOO_MUCH_KB: f64 = 512.0 * 1024.0;

impl Rule for Spill {
    fn judge(&self, case: &Case<'_>) -> Vec<Finding> {
        case.steps().filter_map(|(at, node)| judge(case, at, node)).collect()
    }
}

fn judge(case: &Case<'_>, at: At, node: &Node) -> Option<Finding> {
    let spill = node.spill?;
    // What a hash table costs on disk is paid by the join that reads it back.
    let paid = match (node.kind, node.parent) {
        (Kind::Hash, Some(join)) => case.weights.own(at) + case.weights.own(join),
        _ => case.weights.own(at),
    };
    if !case.matters(paid) {
        return None;
    }
    let (what, disk) = match node.kind {
        Kind::Sort => ("A sort", spill.disk_kb),
        Kind::Hash => (
            "The hash table of a join",
            spill.memory_kb.zip(spill.batches).map(|(kb, parts)| kb * (parts - 1.0)),
        ),
        _ => ("Grouping", spill.disk_kb),
    };
    let sentence = match (disk.filter(|kb| *kb > 0.0), spill.batches, spill.passes) {
        (Some(kb), _, _) => {
            format!(
                "{what} of {} did not fit into memory and went to disk, {}.",
                words::rows(rows(case, at)),
                words::size(kb)
            )
        }
        (None, Some(parts), _) => {
            format!("{what} did not fit into memory and went to disk in {} parts.", words::count(parts))
        }
        (None, None, passes) => {
            let passes = passes.unwrap_or(1.0);
            // One pass may stay in memory; MariaDB does not say.
            if passes < 2.0 {
                return None;
            }
            format!("{what} did not fit into its buffer and was merged in {} passes.", words::count(passes))
        }
    };
    Some(Finding {
        rule: "spill",
        at,
        weight: paid,
        sentence,
        evidence: evidence(case, at, node, paid),
        fixes: fixes(case, node, needed(node)),
    })
}

/// What goes into the step.
fn rows(case: &Case<'_>, at: At) -> f64 {
    case.plan.outer(at).map_or_else(|| case.rows(at), |(below, _)| case.rows(below))
}

/// Memory that would do, in kB: rows in memory take more room than on disk.
fn needed(node: &Node) -> Option<f64> {
    let spill = node.spill?;
    match node.kind {
        Kind::Hash => Some(spill.memory_kb? * spill.batches? * 1.5),
        _ => Some(spill.disk_kb.filter(|kb| *kb > 0.0)? * 2.5 + spill.memory_kb.unwrap_or(0.0)),
    }
}

fn evidence(case: &Case<'_>, at: At, node: &Node, paid: f64) -> Vec<String> {
    let mut evidence = vec![format!("{}: {}", node.title(), case.share(paid))];
    let written = node.blocks.temp_written;
    if written > 0.0 {
        evidence.push(format!(
            "{} of temporary blocks written, with the steps below",
            words::size(written * 8.0)
        ));
    }
    if let Some((_, value)) = case.plan.settings.iter().find(|(name, _)| name == "work_mem") {
        evidence.push(format!("work_mem is {value}"));
    }
    if let (Some(expected), Some(actual)) = (node.estimated.rows, node.actual)
        && actual.rows > expected * 3.0
    {
        evidence.push(format!("planned for {}, got {}", words::rows(expected), words::count(case.rows(at))));
    }
    evidence
}

fn fixes(case: &Case<'_>, node: &Node, needed: Option<f64>) -> Vec<Fix> {
    let fewer = match node.kind {
        Kind::Sort if !node.sort_keys.is_empty() => {
            "Or sort fewer rows: a LIMIT, fewer or shorter columns, or an index in this order"
        }
        _ => "Or put fewer and shorter rows into it: filter before, select only the columns that are needed",
    };
    if case.plan.server != Server::Postgres {
        return vec![
            Fix::run("Give the sort more memory in this session", "SET SESSION sort_buffer_size = 16777216;"),
            Fix::say(fewer),
        ];
    }
    match needed {
        Some(kb) if kb <= TOO_MUCH_KB => {
            // Round up to what people set: 4, 8, 16, ... MB.
            let megabytes = (kb / 1024.0).max(4.0).log2().ceil().exp2();
            vec![
                Fix::run(
                    "Give this statement more memory; not the whole server, where every sort of every connection may take as much",
                    format!("SET LOCAL work_mem = '{megabytes:.0}MB';"),
                ),
                Fix::say(fewer),
            ]
        }
        Some(kb) => vec![Fix::say(format!(
            "It would take about {} of work_mem: too much for one statement. {}",
            words::size(kb),
            fewer.trim_start_matches("Or ")
        ))],
        None => vec![Fix::say("Raise work_mem for this statement (SET LOCAL work_mem)"), Fix::say(fewer)],
    }
}
