//! A plan as a tree of text: of each step its share, its own time, its rows beside those that were
//! expected, and which finding is about it.

use crate::sql::plan::findings::Judged;
use crate::sql::plan::node::{At, Kind, Node, Plan, Used};
use crate::sql::plan::weights::By;
use crate::sql::words;

/// More lines than this nobody reads.
const MAX_LINES: usize = 300;

/// Inputs of an Append that are shown even where they take next to no time.
const PARTITIONS_SHOWN: usize = 3;

/// Longer conditions are cut.
const CONDITION_CHARS: usize = 110;

/// Cells of a bar.
const BAR: usize = 8;

/// The tree, one step a line with its conditions below it.
pub fn tree(plan: &Plan, judged: &Judged) -> String {
    let rows: Vec<(At, [String; 4])> =
        shown(plan, judged).into_iter().map(|at| (at, cells(plan, judged, at))).collect();
    let heading = [judged.weights.by.heading(), "rows", "expected", "runs"].map(str::to_owned);
    let widths: [usize; 4] = std::array::from_fn(|column| {
        rows.iter()
            .map(|(_, cells)| cells[column].chars().count())
            .chain([heading[column].len()])
            .max()
            .unwrap_or(0)
    });
    let columns = |cells: &[String; 4]| {
        let cells = cells.iter().zip(widths).filter(|(_, width)| *width > 0);
        cells.map(|(cell, width)| format!("  {cell:>width$}")).collect::<String>()
    };
    let mut lines = vec![format!("{:BAR$}      {}  step", "", columns(&heading))];
    let heaviest = judged.weights.heaviest();
    let margin = lines[0].chars().count() - "step".len();
    for (at, cells) in &rows {
        let node = &plan[*at];
        let own = judged.weights.own(*at);
        let indent = "  ".repeat(node.depth.min(40));
        let mark = if *at == heaviest && own > 0.0 { "  ◀" } else { "" };
        let findings: String = judged
            .findings
            .iter()
            .enumerate()
            .filter(|(_, finding)| finding.at == *at)
            .map(|(number, _)| format!(" [{}]", number + 1))
            .collect();
        lines.push(format!(
            "{} {:>5}{}  {indent}{}{}{mark}{findings}",
            bar(own),
            words::percent(own),
            columns(cells),
            role(node),
            node.title()
        ));
        lines.extend(conditions(node).map(|text| format!("{}{indent}    {text}", " ".repeat(margin))));
        let left_out = left_out(plan, judged, *at);
        if left_out > 0 {
            lines.push(format!(
                "{}{indent}    {left_out} inputs that take little are not shown",
                " ".repeat(margin)
            ));
        }
        if lines.len() > MAX_LINES {
            lines.push(format!("{}… {} steps in all", " ".repeat(margin), plan.nodes.len()));
            break;
        }
    }
    lines.join("\n")
}

impl By {
    fn heading(self) -> &'static str {
        match self {
            Self::Time => "own time",
            Self::Cost => "own cost",
            Self::Rows => "reads",
        }
    }
}

/// Own time, rows, expected rows, runs.
fn cells(plan: &Plan, judged: &Judged, at: At) -> [String; 4] {
    let (node, weights) = (&plan[at], &judged.weights);
    if node.never_ran() {
        return [
            "never ran".to_owned(),
            String::new(),
            node.estimated.rows.map_or_else(String::new, words::count),
            String::new(),
        ];
    }
    let own = weights.own(at) * weights.total;
    let own = match weights.by {
        By::Time => words::time(own),
        By::Cost | By::Rows => words::count(own),
    };
    let rows = node.actual.filter(|_| !matches!(node.kind, Kind::Block | Kind::TemporaryTable));
    [
        own,
        rows.map_or_else(String::new, |actual| words::count(actual.rows * actual.loops)),
        node.estimated.rows.map_or_else(String::new, |rows| {
            // What is expected of one run, times the runs there were: so both can be compared.
            let runs = node.actual.map_or(1.0, |actual| actual.loops);
            words::count(rows * runs)
        }),
        node.actual
            .filter(|actual| actual.loops > 1.0)
            .map_or_else(String::new, |actual| words::count(actual.loops)),
    ]
}

fn bar(share: f64) -> String {
    let filled = (share * BAR as f64).round() as usize;
    let filled = filled.min(BAR);
    format!("{}{}", "█".repeat(filled), "░".repeat(BAR - filled))
}

fn role(node: &Node) -> String {
    node.subplan.as_ref().map_or_else(String::new, |name| format!("{name}: "))
}

fn conditions(node: &Node) -> impl Iterator<Item = String> {
    let word = |used| match used {
        Used::Index => "by",
        Used::Recheck => "again",
        Used::Filter => "only",
        Used::Join => "on",
        Used::JoinFilter => "pairs",
        Used::Once => "if",
    };
    // An index's own condition stands below it; a bitmap's only repeats it.
    let said = node.conditions.iter().filter(|it| it.used != Used::Recheck);
    let said = said.map(move |it| format!("{} {}", word(it.used), cut(&it.text)));
    let keys = [("sorted by", &node.sort_keys), ("grouped by", &node.group_keys)];
    let keys = keys.into_iter().filter(|(_, keys)| !keys.is_empty());
    said.chain(keys.map(|(word, keys)| format!("{word} {}", cut(&keys.join(", ")))))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(CONDITION_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The steps worth a line: of many partitions the first ones, those that matter, and those with a
/// finding.
fn shown(plan: &Plan, judged: &Judged) -> Vec<At> {
    let mut shown = Vec::new();
    let mut hidden_below: Option<usize> = None;
    let mut siblings = std::collections::HashMap::<usize, usize>::new();
    for (at, node) in plan.walk() {
        if hidden_below.is_some_and(|depth| node.depth > depth) {
            continue;
        }
        hidden_below = None;
        if let Some(parent) = node.parent.filter(|parent| plan[*parent].kind == Kind::Append) {
            let before = siblings.entry(parent.0).or_default();
            *before += 1;
            if *before > PARTITIONS_SHOWN && !matters(judged, at) {
                hidden_below = Some(node.depth);
                continue;
            }
        }
        shown.push(at);
    }
    shown
}

fn matters(judged: &Judged, at: At) -> bool {
    judged.weights.with_below(at) >= 0.10 || judged.findings.iter().any(|finding| finding.at == at)
}

/// Partitions that are not shown.
fn left_out(plan: &Plan, judged: &Judged, at: At) -> usize {
    if plan[at].kind != Kind::Append {
        return 0;
    }
    plan.children(at).skip(PARTITIONS_SHOWN).filter(|(at, _)| !matters(judged, *at)).count()
}
