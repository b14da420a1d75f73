//! Reads MySQL's `EXPLAIN FORMAT=TREE` and `EXPLAIN ANALYZE`, and the second form of its JSON, whose
//! steps are the lines of that tree.

use serde_json::{Map, Value};

use crate::sql::plan::mask::mask;
use crate::sql::plan::node::{Actual, At, Condition, Estimated, Kind, Node, Plan, Role, Server, Used};
use crate::sql::plan::token::Quotes;
use crate::sql::plan::{MAX_NODES, Unreadable};

/// Reads the lines of a tree.
pub(super) fn read_text(lines: &[&str]) -> Result<Plan, Unreadable> {
    let mut tree = Tree::new();
    for line in lines {
        let text = line.trim_start();
        let column = line.len() - text.len();
        let Some(step) = text.strip_prefix("-> ") else { continue };
        let numbers = step
            .rfind("  (cost=")
            .or_else(|| step.find(" (actual"))
            .or_else(|| step.find("  (never executed"));
        let (operation, numbers) = step.split_at(numbers.unwrap_or(step.len()));
        tree.step(column, operation.trim_end(), estimated(numbers), actual(numbers))?;
    }
    tree.finish()
}

/// Reads the second form of the JSON: an object with `operation` and `inputs`.
pub(super) fn read_json(root: &Map<String, Value>) -> Result<Plan, Unreadable> {
    let mut tree = Tree::new();
    let mut waiting = vec![(0, root)];
    while let Some((depth, step)) = waiting.pop() {
        let number = |key: &str| step.get(key).and_then(Value::as_f64);
        let estimated = Estimated {
            rows: number("estimated_rows"),
            cost: number("estimated_total_cost"),
            ..Estimated::default()
        };
        let actual = number("actual_loops").map(|loops| Actual {
            rows: number("actual_rows").unwrap_or(0.0),
            loops,
            ms: number("actual_last_row_ms").map(|ms| ms * loops),
            ..Actual::default()
        });
        let operation = step.get("operation").and_then(Value::as_str).unwrap_or_default();
        tree.step(depth, operation, estimated, actual)?;
        let below: Vec<_> = ["inputs", "inputs_from_select_list"]
            .iter()
            .filter_map(|key| step.get(*key)?.as_array())
            .flatten()
            .filter_map(Value::as_object)
            .collect();
        waiting.extend(below.into_iter().rev().map(|step| (depth + 1, step)));
    }
    tree.finish()
}

/// The tree as far as it is read.
struct Tree {
    plan: Plan,
    open: Vec<(usize, At)>,
    /// A filter that waits for the scan below it, to become one step with it.
    filter: Option<(usize, Node)>,
}

impl Tree {
    fn new() -> Self {
        Self { plan: Plan::empty(Server::MySql), open: Vec::new(), filter: None }
    }

    fn step(
        &mut self,
        column: usize,
        operation: &str,
        estimated: Estimated,
        actual: Option<Actual>,
    ) -> Result<(), Unreadable> {
        if self.plan.nodes.len() >= MAX_NODES {
            return Err(Unreadable::too_many_nodes());
        }
        let mut node = Node { estimated, actual, ..step(operation) };
        let mut column = column;
        if let Some((above, filter)) = self.filter.take() {
            if node.is_scan() && column > above {
                filtered(&mut node, filter);
                column = above;
            } else {
                self.put(above, filter);
            }
        }
        if node.kind == Kind::Other && node.name == "Filter" {
            self.filter = Some((column, node));
        } else {
            self.put(column, node);
        }
        Ok(())
    }

    fn put(&mut self, column: usize, mut node: Node) {
        while self.open.last().is_some_and(|(above, _)| *above >= column) {
            self.open.pop();
        }
        let parent = self.open.last().map(|(_, at)| *at);
        if let Some(parent) = parent {
            let first = !self.plan.children(parent).any(|(_, it)| it.role != Role::SubPlan);
            node.role = if node.subplan.is_some() {
                Role::SubPlan
            } else if first {
                Role::Outer
            } else if self.plan[parent].kind == Kind::Append {
                Role::Member
            } else {
                Role::Inner
            };
        }
        let at = self.plan.push(parent, node);
        self.open.push((column, at));
    }

    fn finish(mut self) -> Result<Plan, Unreadable> {
        if let Some((column, filter)) = self.filter.take() {
            self.put(column, filter);
        }
        if self.plan.nodes.is_empty() {
            return Err(Unreadable::no_plan());
        }
        Ok(self.plan)
    }
}

/// Puts a filter onto the scan below it.
fn filtered(scan: &mut Node, filter: Node) {
    scan.estimated.read = scan.estimated.rows;
    scan.estimated.rows = filter.estimated.rows.or(scan.estimated.rows);
    scan.estimated.cost = filter.estimated.cost.or(scan.estimated.cost);
    if let (Some(scan), Some(filter)) = (&mut scan.actual, &filter.actual) {
        scan.read = Some(scan.rows);
        scan.rows = filter.rows;
        scan.ms = filter.ms.or(scan.ms);
    }
    scan.conditions.extend(filter.conditions);
}

/// What a line says, its numbers aside.
fn step(operation: &str) -> Node {
    let masked = |text: &str| mask(text, Quotes::Backslash);
    if let Some(condition) = operation.strip_prefix("Filter: ") {
        let conditions = vec![Condition { used: Used::Filter, text: masked(condition) }];
        return Node { name: "Filter".to_owned(), conditions, ..Node::default() };
    }
    let (head, rest) = match operation.split_once(": ") {
        // `Sort: a, b`, `Limit/Offset: 20/1000 row(s)`, `Aggregate: count(0)`.
        Some((head, rest)) if !head.contains('(') && !head.contains(" on ") => (head, Some(rest)),
        _ => (operation, None),
    };
    let mut node = Node { kind: kind(head), ..Node::default() };
    if head.starts_with("Select #") {
        node.subplan = Some(head.to_owned());
        node.name = head.to_owned();
        return node;
    }
    if node.is_scan() || node.kind == Kind::DerivedScan {
        let (name, target) = head.split_once(" on ").unwrap_or((head, ""));
        node.name = name.to_owned();
        let mut words = target.split_whitespace();
        node.relation = words.next().map(|name| name.trim_matches('`').to_owned());
        if words.next() == Some("using") {
            node.index =
                words.next().map(|name| name.trim_end_matches([',', '(']).trim_matches('`').to_owned());
        }
        node.covering = name.starts_with("Covering");
        if let Some(at) = target.find(['(']).filter(|_| node.index.is_some()) {
            let condition = target[at..].split(", with index condition").next().unwrap_or_default();
            node.conditions.push(Condition { used: Used::Index, text: masked(condition) });
        }
        return node;
    }
    node.name = match head.find(" (") {
        Some(at) if node.is_join() => {
            node.conditions.push(Condition { used: Used::Join, text: masked(&head[at + 1..]) });
            head[..at].to_owned()
        }
        _ => masked_name(head),
    };
    match node.kind {
        Kind::Sort => {
            node.sort_keys = rest
                .map(|keys| masked(keys.split(", limit input").next().unwrap_or(keys)))
                .into_iter()
                .collect();
            node.filesort = true;
        }
        // How many rows are left out and passed on: it decides what a page costs, and names nobody.
        Kind::Limit => {
            node.name = operation.to_owned();
            let numbers = rest.and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
            node.asked = numbers.split('/').map(|number| number.parse::<f64>().ok()).sum();
        }
        _ => {}
    }
    node.temporary = head.contains("temporary table") || head.starts_with("Materialize");
    node
}

/// Names of steps hold no literals, but they are somebody's text.
fn masked_name(head: &str) -> String {
    let name: String = head.chars().take(80).collect();
    if name.contains(['\'', '"']) { mask(&name, Quotes::Backslash) } else { name }
}

fn kind(head: &str) -> Kind {
    const KINDS: &[(&str, Kind)] = &[
        ("Table scan on <", Kind::DerivedScan),
        ("Index lookup on <", Kind::DerivedScan),
        ("Table scan on", Kind::SeqScan),
        ("Covering index scan on", Kind::FullIndexScan),
        ("Index scan on", Kind::FullIndexScan),
        ("Covering index", Kind::IndexOnlyScan),
        ("Single-row covering index", Kind::IndexOnlyScan),
        ("Index", Kind::IndexScan),
        ("Single-row index", Kind::IndexScan),
        ("Multi-range index", Kind::IndexScan),
        ("Intersect rows", Kind::IndexScan),
        ("Full-text index", Kind::IndexScan),
        ("Constant row", Kind::IndexScan),
        ("Nested loop", Kind::NestedLoop),
        ("Batched key access", Kind::NestedLoop),
        ("Sort", Kind::Sort),
        ("Limit", Kind::Limit),
        ("Group aggregate", Kind::Aggregate),
        ("Aggregate", Kind::Aggregate),
        ("Materialize", Kind::Materialize),
        ("Temporary table", Kind::TemporaryTable),
        ("Window", Kind::Window),
        ("Append", Kind::Append),
        ("Hash", Kind::Hash),
        ("Select #", Kind::Block),
        ("Update", Kind::Modify),
        ("Delete", Kind::Modify),
        ("Insert", Kind::Modify),
    ];
    if head.contains("hash") && head.contains("join") {
        return Kind::HashJoin;
    }
    KINDS.iter().find(|(start, _)| head.starts_with(start)).map_or(Kind::Other, |(_, kind)| *kind)
}

fn estimated(numbers: &str) -> Estimated {
    let Some(at) = numbers.find("(cost=") else { return Estimated::default() };
    let part = numbers[at..].split(')').next().unwrap_or_default();
    // Newer versions give the cost up to the first row before the whole.
    let cost = after(part, "cost=");
    let whole = part.split_once("..").and_then(|(_, rest)| after(rest, ""));
    Estimated { cost: whole.or(cost), rows: after(part, "rows="), ..Estimated::default() }
}

fn actual(numbers: &str) -> Option<Actual> {
    if numbers.contains("(never executed") {
        return Some(Actual::default());
    }
    let part = &numbers[numbers.find("(actual")?..];
    let loops = after(part, "loops=")?;
    let ms = part.split_once("..").and_then(|(_, rest)| after(rest, ""));
    Some(Actual {
        rows: after(part, "rows=").unwrap_or(0.0),
        loops,
        ms: ms.map(|ms| ms * loops),
        ..Actual::default()
    })
}

/// The number right behind `label`; MySQL writes large ones as `1.5e+6`.
fn after(text: &str, label: &str) -> Option<f64> {
    let rest = &text[text.find(label)? + label.len()..];
    let mut end = 0;
    for (at, c) in rest.char_indices() {
        let exponent = matches!(c, '+' | '-') && rest[..at].ends_with('e');
        if !(c.is_ascii_digit() || c == '.' || (c == 'e' && at > 0) || exponent) {
            break;
        }
        if rest[at..].starts_with("..") {
            break;
        }
        end = at + 1;
    }
    rest[..end].trim_end_matches('.').parse().ok().filter(|number: &f64| number.is_finite())
}
