//! A table is read from end to end and most of it thrown away, by a condition that no ordinary index
//! can serve. Where one could, `missing_index` and `unusable_index` say so instead.

use crate::sql::plan::condition::{How, Side};
use crate::sql::plan::findings::case::{Case, FEW_ROWS, Reading};
use crate::sql::plan::findings::{Finding, Fix, Rule};
use crate::sql::plan::node::{At, Kind, Node, Server, Used};
use crate::sql::words;

pub(super) struct SeqScan;

/// A scan that keeps more than this share of what it reads is not made faster by an index.
const KEEPS_FEW: f64 = 0.03;

impl Rule for SeqScan {
    fn judge(&self, case: &Case<'_>) -> Vec<Finding> {
        let scans = case.steps().filter_map(|(at, node)| Some((at, node, wasteful(case, at, node)?)));
        scans
            .filter(|(_, node, _)| {
                let atoms = case.atoms(node, Used::Filter);
                !atoms.iter().any(|atom| serves(&atom.side, atom.how)) && super::unusable_index::reason(&atoms).is_none()
            })
            .map(|(at, node, reading)| {
                let table = case.called(node);
                Finding {
                    rule: "seq_scan",
                    at,
                    weight: case.weights.own(at),
                    sentence: format!("{} {}.", table, reads(&reading)),
                    evidence: evidence(case, at, node),
                    fixes: vec![Fix::say(
                        "No ordinary index serves this condition. If it always is the same, a partial index \
                         (CREATE INDEX ... WHERE ...) holds just these rows; else write it so that a column stands \
                         alone on one side of =, <, > or LIKE 'word%'",
                    )],
                }
            })
            .collect()
    }
}

/// What a scan reads and keeps, where it reads much more than it keeps and that matters.
pub(super) fn wasteful(case: &Case<'_>, at: At, node: &Node) -> Option<Reading> {
    let scans = matches!(node.kind, Kind::SeqScan | Kind::FullIndexScan);
    // An index that leads to far too many rows is no better.
    let searches = matches!(node.kind, Kind::IndexScan | Kind::IndexOnlyScan | Kind::BitmapHeapScan);
    if !(scans || searches) || node.condition(Used::Filter).is_none() {
        return None;
    }
    let reading = case.reading(at)?;
    // What the planner thinks of an index's rows is not said for PostgreSQL; only counted ones tell.
    let known = scans || reading.counted || node.estimated.read.is_some();
    // What MySQL and MariaDB expect of a condition without an index is a guess made of nothing; a
    // comparison for equality finds few rows nearly always.
    let guessed = !reading.counted && case.plan.server != Server::Postgres && scans;
    let few = reading.kept <= reading.read * KEEPS_FEW
        || guessed
            && reading.read >= FEW_ROWS * 5.0
            && case.atoms(node, Used::Filter).iter().any(|it| it.how == How::Equal);
    let large = reading.read >= FEW_ROWS && reading.read >= FEW_ROWS / 4.0 * reading.runs;
    (known && few && large && case.matters(case.weights.own(at))).then_some(reading)
}

/// Whether an ordinary index can serve a comparison.
pub(super) fn serves(side: &Side, how: How) -> bool {
    matches!(side, Side::Column(_)) && matches!(how, How::Equal | How::Range | How::Prefix)
}

/// `is read from end to end 19 times, 19 million rows, to keep 95`
pub(super) fn reads(reading: &Reading) -> String {
    let (read, kept) = (words::rows(reading.read), words::count(reading.kept));
    let times =
        if reading.runs >= 1.5 { format!(" {} times", words::count(reading.runs)) } else { String::new() };
    if reading.counted {
        format!("is read from end to end{times}, {read}, to keep {kept}")
    } else if reading.kept > reading.read * KEEPS_FEW {
        format!("would be read from end to end{times}, about {read}")
    } else {
        format!("would be read from end to end{times} to keep about {}", words::rows(reading.kept))
    }
}

/// The step, what it is about, and its condition.
pub(super) fn evidence(case: &Case<'_>, at: At, node: &Node) -> Vec<String> {
    let mut evidence = vec![format!("{}: {}", node.title(), case.share(case.weights.own(at)))];
    evidence.extend(node.condition(Used::Index).map(|found| format!("found by: {found}")));
    evidence.extend(node.condition(Used::Filter).map(|filter| format!("condition: {filter}")));
    if node.blocks.read + node.blocks.hit > 0.0 {
        evidence
            .push(format!("{} of pages touched", words::size((node.blocks.read + node.blocks.hit) * 8.0)));
    }
    evidence
}
