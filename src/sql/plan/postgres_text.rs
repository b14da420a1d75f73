//! Reads PostgreSQL's `EXPLAIN` as text, which is what people paste. A step stands behind an arrow,
//! deeper than its parent; its details follow, deeper than itself.

use crate::sql::plan::node::{Actual, At, Estimated, Jit, Kind, Node, Plan, Role, Server, Spill, Trigger};
use crate::sql::plan::postgres::{detail, finish, kind, masked, role_of_subplan, settle};
use crate::sql::plan::{MAX_NODES, Unreadable};

/// Reads the lines of a plan; what stands around it must be gone already.
pub(super) fn read(lines: &[&str]) -> Result<Plan, Unreadable> {
    let mut reader =
        Reader { plan: Plan::empty(Server::Postgres), open: Vec::new(), subplan: None, skip: None };
    for line in whole_lines(lines) {
        reader.line(&line)?;
    }
    let mut plan = reader.plan;
    if plan.nodes.is_empty() {
        return Err(Unreadable::no_plan());
    }
    plan.nodes.iter_mut().for_each(finish);
    settle(&mut plan);
    Ok(plan)
}

/// Whether a line starts a plan as text.
pub(super) fn is_step(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches("->").trim_start();
    line.contains("  (cost=")
        || line.contains(" (actual ")
        || line.ends_with("(never executed)")
        || (!line.contains(": ") && starts_like_a_step(line))
}

/// A step without its numbers (`COSTS OFF`).
fn starts_like_a_step(line: &str) -> bool {
    let words = [
        "Seq Scan on ",
        "Index Scan ",
        "Index Only Scan ",
        "Bitmap Heap Scan on ",
        "Function Scan on ",
        "CTE Scan on ",
        "Subquery Scan on ",
        "Foreign Scan",
        "Insert on ",
        "Update on ",
        "Delete on ",
        "Merge on ",
    ];
    let alone = [
        "Nested Loop",
        "Hash Join",
        "Merge Join",
        "Sort",
        "Limit",
        "Aggregate",
        "HashAggregate",
        "GroupAggregate",
        "Finalize Aggregate",
        "Append",
        "Merge Append",
        "Result",
        "Unique",
        "Gather",
        "Gather Merge",
        "WindowAgg",
        "Hash",
        "LockRows",
        "ProjectSet",
    ];
    words.iter().any(|word| line.trim_start_matches("Parallel ").starts_with(word))
        || alone.contains(&line)
        || (line.ends_with(" Join")
            && (line.starts_with("Hash ") || line.starts_with("Merge ") || line.starts_with("Nested ")))
}

/// A literal may hold line breaks: lines are put together until its quotes are closed.
fn whole_lines(lines: &[&str]) -> Vec<String> {
    let mut whole: Vec<String> = Vec::new();
    let mut open = false;
    for line in lines {
        match whole.last_mut().filter(|_| open) {
            // A line that looks like a step ends what was never closed.
            Some(last) if !(line.trim_start().starts_with("->") && line.contains("  (")) => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => {
                whole.push((*line).to_owned());
                open = false;
            }
        }
        if line.matches('\'').count() % 2 == 1 {
            open = !open;
        }
    }
    whole
}

struct Reader {
    plan: Plan,
    /// The steps that are open, with the columns at which their names start.
    open: Vec<(usize, At)>,
    /// A `SubPlan 1`, `InitPlan 1`, `CTE x` line: its column and its name, for the step below it.
    subplan: Option<(usize, String)>,
    /// Details deeper than this belong to a worker and not to the step.
    skip: Option<usize>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), Unreadable> {
        let text = line.trim_start();
        let column = line.len() - text.len();
        if text.is_empty() {
            return Ok(());
        }
        if self.skip.is_some_and(|worker| column > worker) && !text.starts_with("->") {
            return Ok(());
        }
        self.skip = None;
        if let Some(step) = text.strip_prefix("->") {
            let name = step.trim_start();
            return self.step(column, name);
        }
        if self.plan.nodes.is_empty() {
            if let Some(statement) = text.strip_prefix("Query Text: ") {
                self.plan.statement = Some(masked(statement));
            } else if is_step(text) {
                return self.step(column, text);
            }
            return Ok(());
        }
        if text.starts_with("Worker ") {
            self.skip = Some(column);
            return Ok(());
        }
        let named = ["SubPlan ", "InitPlan ", "CTE "].iter().any(|word| text.starts_with(word));
        if named && !text.contains(": ") {
            self.subplan = Some((column, text.to_owned()));
            return Ok(());
        }
        // What stands as far left as the root is about the whole plan.
        let about_all = self.open.first().is_none_or(|(root, _)| column <= *root);
        let within_all = ["Functions:", "Options:", "Timing:"].iter().any(|word| text.starts_with(word));
        if about_all || within_all {
            self.whole(text);
        } else {
            self.detail(column, text);
        }
        Ok(())
    }

    /// A step whose arrow, or whose name where it is the root, stands at `column`.
    fn step(&mut self, column: usize, text: &str) -> Result<(), Unreadable> {
        if self.plan.nodes.len() >= MAX_NODES {
            return Err(Unreadable::too_many_nodes());
        }
        while self.open.last().is_some_and(|(above, _)| *above >= column) {
            self.open.pop();
        }
        if self.open.is_empty() && !self.plan.nodes.is_empty() {
            // A second plan (a rewritten statement has one for each rule): the first one counts.
            self.plan.others += 1;
            return Ok(());
        }
        let parent = self.open.last().map(|(_, at)| *at);
        let mut node = step(text);
        match self.subplan.take() {
            Some((above, name)) if column > above => {
                node.role = role_of_subplan(&name);
                node.subplan = Some(name);
            }
            _ => {
                if let Some(parent) = parent {
                    let first = !self.plan.children(parent).any(|(_, it)| it.subplan.is_none());
                    node.role = match (self.plan[parent].kind, first) {
                        (Kind::Append | Kind::BitmapCombine, _) => Role::Member,
                        (_, true) => Role::Outer,
                        _ => Role::Inner,
                    };
                }
            }
        }
        let at = self.plan.push(parent, node);
        self.open.push((column, at));
        Ok(())
    }

    fn detail(&mut self, column: usize, text: &str) {
        // Details stand deeper than the arrow of their step.
        let Some((_, at)) = self.open.iter().rev().find(|(above, _)| *above < column) else { return };
        let node = &mut self.plan.nodes[at.0];
        let Some((key, value)) = text.split_once(": ") else { return };
        match key {
            "Sort Key" => node.sort_keys = keys(value),
            "Presorted Key" => node.presorted = keys(value).len(),
            "Group Key" => node.group_keys = keys(value),
            "Inner Unique" => node.inner_unique = value == "true",
            "Heap Blocks" => {
                node.exact_blocks = after(value, "exact=");
                node.lossy_blocks = after(value, "lossy=");
            }
            "Buffers" => blocks(node, value),
            "Sort Method" | "Full-sort Groups" | "Pre-sorted Groups" => {
                if let Some(kb) = after(value, "Disk: ").or_else(|| after(value, "Peak Disk: ")) {
                    node.spill = Some(Spill { disk_kb: Some(kb), ..Spill::default() });
                }
            }
            "Buckets" | "Batches" | "Planned Partitions" => {
                node.spill = Some(Spill {
                    batches: after(text, "Batches: "),
                    memory_kb: after(text, "Memory Usage: "),
                    disk_kb: after(text, "Disk Usage: "),
                    passes: None,
                });
            }
            _ => {
                detail(node, key, value);
            }
        }
    }

    /// A line about the whole plan.
    fn whole(&mut self, text: &str) {
        let Some((key, value)) = text.split_once(": ") else { return };
        match key {
            "Planning Time" => self.plan.planning_ms = first_number(value),
            "Execution Time" | "Total runtime" => self.plan.execution_ms = first_number(value),
            "Settings" => {
                let pairs = value.split("', ").filter_map(|pair| pair.split_once(" = '"));
                self.plan.settings = pairs
                    .map(|(name, value)| (name.to_owned(), value.trim_end_matches('\'').to_owned()))
                    .collect();
            }
            "Functions" => {
                self.plan.jit.get_or_insert_default().functions = first_number(value).unwrap_or(0.0)
            }
            "Timing" => {
                // The words for each part differ between versions; the total comes last.
                let total = after(value, "Total ").unwrap_or(0.0);
                let Jit { ms, .. } = self.plan.jit.get_or_insert_default();
                *ms = total;
            }
            _ if key.starts_with("Trigger ") => {
                let name = key.trim_start_matches("Trigger ").trim_start_matches("for constraint ");
                let (name, relation) =
                    name.split_once(" on ").map_or((name, None), |(n, r)| (n, Some(r.to_owned())));
                self.plan.triggers.push(Trigger {
                    name: name.to_owned(),
                    relation,
                    ms: after(value, "time=").unwrap_or(0.0),
                    calls: after(value, "calls=").unwrap_or(0.0),
                });
            }
            _ => {}
        }
    }
}

/// A step without its arrow: `Index Scan using a on public.b c  (cost=.. rows=..) (actual ..)`.
fn step(text: &str) -> Node {
    let numbers_at = text.find("  (").or_else(|| text.find(" (actual")).unwrap_or(text.len());
    let (title, numbers) = text.split_at(numbers_at);
    let (head, target) = match title.split_once(" on ") {
        Some((head, target)) => (head, Some(target)),
        None => (title, None),
    };
    let (mut name, index) = match head.split_once(" using ") {
        Some((name, index)) => (name.to_owned(), Some(unquoted(index))),
        None => (head.to_owned(), None),
    };
    let mut node = Node { kind: kind(&name), index, ..Node::default() };
    if node.kind == Kind::BitmapIndexScan {
        node.index = target.map(unquoted);
    } else if let Some(target) = target {
        let (relation, alias) = match target.split_once(' ') {
            Some((relation, alias)) => (relation, Some(unquoted(alias))),
            None => (target, None),
        };
        let (schema, relation) = match relation.rsplit_once('.') {
            Some((schema, relation)) => (Some(unquoted(schema)), relation),
            None => (None, relation),
        };
        node.schema = schema;
        node.alias = alias.or_else(|| Some(unquoted(relation)));
        // Values and subqueries only have the name that the statement gives them.
        let named = !matches!(name.as_str(), "Values Scan" | "Subquery Scan");
        node.relation = named.then(|| unquoted(relation));
    }
    // `Async` and the like stand before the name, the direction behind it.
    if let Some(rest) = name.strip_prefix("Async ") {
        name = rest.to_owned();
    }
    node.name = name;
    if let Some(cost) = numbers.find("cost=").map(|at| &numbers[at..]) {
        let (start, total) = range(cost, "cost=");
        node.estimated = Estimated {
            startup_cost: start,
            cost: total,
            rows: after(cost, "rows="),
            width: after(cost, "width="),
            ..Estimated::default()
        };
    }
    if numbers.contains("(never executed)") || text.ends_with("(never executed)") {
        node.actual = Some(Actual::default());
    } else if let Some(actual) = numbers.find("(actual").map(|at| &numbers[at..]) {
        let loops = after(actual, "loops=").unwrap_or(1.0);
        let (_, total) = range(actual, "time=");
        node.actual = Some(Actual {
            rows: after(actual, "rows=").unwrap_or(0.0),
            loops,
            ms: total.map(|ms| ms * loops),
            ..Actual::default()
        });
    }
    node
}

fn unquoted(name: &str) -> String {
    name.trim().trim_matches('"').to_owned()
}

/// The parts of `a, lower(b), c DESC`, commas inside parentheses aside.
fn keys(value: &str) -> Vec<String> {
    let (mut keys, mut start, mut depth) = (Vec::new(), 0, 0_i64);
    let masked = masked(value);
    for (at, c) in masked.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                keys.push(masked[start..at].trim().to_owned());
                start = at + 1;
            }
            _ => {}
        }
    }
    keys.push(masked[start..].trim().to_owned());
    keys
}

/// `shared hit=1 read=2, temp read=3 written=4`
fn blocks(node: &mut Node, value: &str) {
    for part in value.split(", ") {
        let (whose, numbers) = part.split_once(' ').unwrap_or((part, ""));
        match whose {
            "shared" => {
                node.blocks.hit = after(numbers, "hit=").unwrap_or(0.0);
                node.blocks.read = after(numbers, "read=").unwrap_or(0.0);
            }
            "temp" => {
                node.blocks.temp_read = after(numbers, "read=").unwrap_or(0.0);
                node.blocks.temp_written = after(numbers, "written=").unwrap_or(0.0);
            }
            _ => {}
        }
    }
}

/// The number right behind `label`.
fn after(text: &str, label: &str) -> Option<f64> {
    first_number(&text[text.find(label)? + label.len()..])
}

fn first_number(text: &str) -> Option<f64> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    text[..end].trim_end_matches('.').parse().ok().filter(|number: &f64| number.is_finite())
}

/// The two numbers of `label1.5..7.25`.
fn range(text: &str, label: &str) -> (Option<f64>, Option<f64>) {
    let Some(at) = text.find(label) else { return (None, None) };
    let rest = &text[at + label.len()..];
    match rest.split_once("..") {
        Some((start, end)) => (first_number(start), first_number(end)),
        None => (None, None),
    }
}
