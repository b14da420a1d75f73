//! Reads `EXPLAIN FORMAT=JSON` of MySQL 8 (`query_block`) and of MariaDB, and MariaDB's
//! `ANALYZE FORMAT=JSON`. Both wrap steps in one another in ever new ways, so an object of an unknown
//! name is looked through: the tables inside are found all the same.

use serde_json::{Map, Value};

use crate::sql::plan::mask::mask;
use crate::sql::plan::node::{Actual, At, Condition, Estimated, Kind, Node, Plan, Role, Server, Spill, Used};
use crate::sql::plan::token::Quotes;
use crate::sql::plan::{MAX_NODES, Unreadable};

/// Details that hold no steps.
const LEAVES: &[&str] = &[
    "cost_info",
    "used_columns",
    "used_key_parts",
    "possible_keys",
    "ref",
    "r_engine_stats",
    "range_details",
    "query_optimization",
    "rowid_filter",
    "key_parts",
    "partitions",
];

/// Reads the object that holds `query_block`.
pub(super) fn read(whole: &Map<String, Value>) -> Result<Plan, Unreadable> {
    let mut plan = Plan::empty(Server::MariaDb);
    plan.planning_ms =
        whole.get("query_optimization").and_then(|it| number(it.as_object()?, "r_total_time_ms"));
    let mut of_mysql = false;
    let root = whole.get("query_block").map(|block| (None, Role::Outer, "query_block", block));
    let mut waiting: Vec<(Option<At>, Role, &str, &Value)> = root.into_iter().collect();
    while let Some((mut parent, mut role, key, value)) = waiting.pop() {
        let below: Vec<(Role, &str, &Value)> = match value {
            Value::Object(step) => {
                of_mysql |= step.contains_key("cost_info") || step.contains_key("used_columns");
                let mut inner = step;
                if let Some(mut node) = node(key, step) {
                    if plan.nodes.len() >= MAX_NODES {
                        return Err(Unreadable::too_many_nodes());
                    }
                    if key == "block-nl-join"
                        && let Some(table) = step.get("table").and_then(Value::as_object)
                    {
                        node = buffered(table, step);
                        inner = table;
                    }
                    node.role = role;
                    parent = Some(plan.push(parent, node));
                    role = Role::Outer;
                }
                let steps = inner.iter().filter(|(key, _)| !LEAVES.contains(&key.as_str()));
                steps.map(|(key, value)| (role_of(key, role), key.as_str(), value)).collect()
            }
            // One table alone is no join.
            Value::Array(steps) if key == "nested_loop" && steps.len() > 1 => {
                if plan.nodes.len() >= MAX_NODES {
                    return Err(Unreadable::too_many_nodes());
                }
                let join =
                    Node { kind: Kind::NestedLoop, name: "Nested loop".to_owned(), role, ..Node::default() };
                parent = Some(plan.push(parent, join));
                let roles = std::iter::once(Role::Outer).chain(std::iter::repeat(Role::Inner));
                steps.iter().zip(roles).map(|(step, role)| (role, "", step)).collect()
            }
            Value::Array(steps) => {
                let role = if key == "query_specifications" { Role::Member } else { role };
                steps.iter().map(|step| (role, "", step)).collect()
            }
            _ => continue,
        };
        let steps = below.into_iter().filter(|(_, _, value)| value.is_object() || value.is_array());
        let steps: Vec<_> = steps.map(|(role, key, value)| (parent, role, key, value)).collect();
        waiting.extend(steps.into_iter().rev());
    }
    if plan.nodes.is_empty() {
        return Err(Unreadable::not_a_plan("its `query_block` is empty"));
    }
    if of_mysql {
        plan.server = Server::MySql;
    }
    attribute_time(&mut plan);
    plan.execution_ms = plan.nodes[0].actual.as_ref().and_then(|actual| actual.ms);
    Ok(plan)
}

/// What a step under this key is to the step around it.
fn role_of(key: &str, usual: Role) -> Role {
    match key {
        "subqueries"
        | "attached_subqueries"
        | "select_list_subqueries"
        | "having_subqueries"
        | "order_by_subqueries"
        | "group_by_subqueries"
        | "update_value_subqueries"
        | "expression_cache" => Role::SubPlan,
        _ => usual,
    }
}

/// The step that an object under this key is, where it is one.
fn node(key: &str, step: &Map<String, Value>) -> Option<Node> {
    let named = |kind, name: &str| Some(Node { kind, name: name.to_owned(), ..timed(step) });
    let mut node = match key {
        "query_block" => {
            let id = number(step, "select_id").map_or_else(String::new, |id| format!(" #{id}"));
            Node { kind: Kind::Block, name: format!("Select{id}"), ..timed(step) }
        }
        "table" => return Some(table(step)),
        "block-nl-join" => return Some(Node::default()),
        "filesort" => {
            let mut sort =
                Node { kind: Kind::Sort, name: "Filesort".to_owned(), filesort: true, ..timed(step) };
            sort.sort_keys = text(step, "sort_key").map(|keys| masked(&keys)).into_iter().collect();
            let passes = number(step, "r_sort_passes").filter(|passes| *passes > 0.0);
            sort.spill = passes.map(|passes| Spill { passes: Some(passes), ..Spill::default() });
            sort.asked = number(step, "r_limit");
            if let (Some(rows), Some(actual)) = (number(step, "r_output_rows"), &mut sort.actual) {
                actual.rows = rows;
            }
            sort
        }
        "temporary_table" => named(Kind::TemporaryTable, "Temporary table")?,
        "ordering_operation" => named(Kind::Sort, "Ordering")?,
        "grouping_operation" => named(Kind::Aggregate, "Grouping")?,
        "duplicates_removal" => named(Kind::Aggregate, "Duplicate removal")?,
        "windowing" | "window_functions_computation" => named(Kind::Window, "Window functions")?,
        "union_result" => named(Kind::Append, "Union")?,
        _ => return None,
    };
    node.filesort |= flag(step, "using_filesort");
    node.temporary = flag(step, "using_temporary_table") || node.kind == Kind::TemporaryTable;
    if let Some(having) = text(step, "having_condition") {
        node.conditions.push(Condition { used: Used::Filter, text: masked(&having) });
    }
    Some(node)
}

/// A step with what is measured of any.
fn timed(step: &Map<String, Value>) -> Node {
    let cost = step.get("cost_info").and_then(|it| number(it.as_object()?, "query_cost"));
    let mut node = Node {
        estimated: Estimated { cost: cost.or_else(|| number(step, "cost")), ..Estimated::default() },
        ..Node::default()
    };
    if let Some(ms) = number(step, "r_total_time_ms") {
        let loops = number(step, "r_loops").unwrap_or(1.0);
        node.actual = Some(Actual { loops, ms: Some(ms), ..Actual::default() });
    }
    node
}

/// A table that is read.
fn table(step: &Map<String, Value>) -> Node {
    if let Some(message) = text(step, "message") {
        return Node { name: message, ..Node::default() };
    }
    let covering = flag(step, "using_index");
    let access = text(step, "access_type").unwrap_or_default();
    let relation = text(step, "table_name");
    let derived = relation.as_deref().is_some_and(|name| name.starts_with('<'));
    let (kind, name) = match access.as_str() {
        _ if derived && matches!(access.as_str(), "ALL" | "index") => {
            (Kind::DerivedScan, "Scan of a temporary result")
        }
        _ if derived => (Kind::DerivedScan, "Lookup in a temporary result"),
        "ALL" => (Kind::SeqScan, "Full table scan"),
        "index" => (Kind::FullIndexScan, "Full index scan"),
        "const" | "system" => (Kind::IndexScan, "Constant row"),
        "eq_ref" => (Kind::IndexScan, "Single-row lookup"),
        "range" => (Kind::IndexScan, "Index range scan"),
        "index_merge" => (Kind::IndexScan, "Index merge"),
        "fulltext" => (Kind::IndexScan, "Full-text search"),
        _ => (Kind::IndexScan, "Index lookup"),
    };
    let kind = if kind == Kind::IndexScan && covering { Kind::IndexOnlyScan } else { kind };
    let read = number(step, "rows_examined_per_scan").or_else(|| number(step, "rows"));
    let passed = number(step, "filtered").unwrap_or(100.0).min(100.0) / 100.0;
    let mut node = Node {
        kind,
        name: name.to_owned(),
        relation,
        index: text(step, "key"),
        possible_indexes: texts(step, "possible_keys"),
        index_parts: texts(step, "used_key_parts"),
        covering,
        estimated: Estimated {
            rows: read.map(|read| read * passed),
            read,
            own_cost: own_cost(step),
            ..Estimated::default()
        },
        filesort: flag(step, "using_filesort"),
        temporary: flag(step, "using_temporary_table"),
        join_buffer: step.contains_key("using_join_buffer"),
        ..Node::default()
    };
    for (key, used) in [("attached_condition", Used::Filter), ("index_condition", Used::Index)] {
        if let Some(condition) = text(step, key) {
            node.conditions.push(Condition { used, text: masked(&condition) });
        }
    }
    // What the index is looked up with; the schema in front of a column says nothing.
    let looked_up: Vec<_> = texts(step, "used_key_parts")
        .into_iter()
        .zip(texts(step, "ref"))
        .map(|(part, with)| {
            let with = if with == "const" { "?".to_owned() } else { short(&with) };
            format!("{part} = {with}")
        })
        .collect();
    if !looked_up.is_empty() {
        node.conditions.insert(0, Condition { used: Used::Index, text: looked_up.join(" and ") });
    }
    if let Some(loops) = number(step, "r_loops").or_else(|| number(step, "r_rows").map(|_| 1.0)) {
        let read = number(step, "r_rows").unwrap_or(0.0);
        let passed = number(step, "r_filtered").unwrap_or(100.0).min(100.0) / 100.0;
        node.actual = Some(Actual {
            rows: read * passed,
            read: Some(read),
            loops,
            // What came after reading is told apart in `attribute_time`.
            ms: number(step, "r_other_time_ms"),
            own_ms: number(step, "r_table_time_ms").or_else(|| number(step, "r_total_time_ms")),
        });
    }
    node
}

/// `shop.c.id` as `c.id`.
fn short(column: &str) -> String {
    let dots: Vec<_> = column.rsplitn(3, '.').collect();
    match dots[..] {
        [column, table, _] => format!("{table}.{column}"),
        _ => column.to_owned(),
    }
}

/// A table that is joined block by block (MariaDB), as one step with the joining.
fn buffered(inner: &Map<String, Value>, join: &Map<String, Value>) -> Node {
    let mut node = table(inner);
    node.join_buffer = true;
    if text(join, "join_type").is_some_and(|it| it.contains('H')) {
        // With a hash table each row is compared with few others.
        node.name.push_str(", hash join");
    } else {
        node.name.push_str(", block nested loop");
    }
    if let Some(condition) = text(join, "attached_condition") {
        node.conditions.push(Condition { used: Used::Join, text: masked(&condition) });
    }
    if let Some(actual) = &mut node.actual {
        let more: f64 =
            ["r_unpack_time_ms", "r_other_time_ms"].iter().filter_map(|key| number(join, key)).sum();
        actual.ms = Some(actual.ms.unwrap_or(0.0) + more);
    }
    node
}

fn own_cost(step: &Map<String, Value>) -> Option<f64> {
    let Some(costs) = step.get("cost_info").and_then(Value::as_object) else { return number(step, "cost") };
    let parts: Vec<_> = ["read_cost", "eval_cost"].iter().filter_map(|key| number(costs, key)).collect();
    (!parts.is_empty()).then(|| parts.iter().sum())
}

/// MariaDB measures reading a table, and what comes right after it: its conditions, but also the sort
/// or the temporary table that the row goes into. The latter belongs to the step above.
fn attribute_time(plan: &mut Plan) {
    for at in 0..plan.nodes.len() {
        let node = &plan.nodes[at];
        let parent = node.parent.map(|parent| (parent, plan[parent].kind));
        if !(node.is_scan() || node.kind == Kind::DerivedScan) {
            // Filling the temporary table is not part of the sort's time: it sorts what is there.
            let over_temporary = plan.outer(At(at)).is_some_and(|(_, it)| it.kind == Kind::TemporaryTable);
            if node.kind == Kind::Sort
                && over_temporary
                && let Some(actual) = &mut plan.nodes[at].actual
            {
                actual.own_ms = actual.ms.take();
            }
            continue;
        }
        let Some(actual) = &mut plan.nodes[at].actual else { continue };
        let after = actual.ms.take();
        match parent {
            // Its measured time includes it already.
            Some((_, Kind::Sort)) => {}
            Some((above, Kind::TemporaryTable)) => {
                let loops = actual.loops;
                plan.nodes[above.0].actual.get_or_insert(Actual {
                    loops,
                    own_ms: after,
                    ..Actual::default()
                });
            }
            _ => actual.own_ms = actual.own_ms.map(|own| own + after.unwrap_or(0.0)).or(after),
        }
    }
}

fn masked(text: &str) -> String {
    mask(text, Quotes::Backslash)
}

fn text(step: &Map<String, Value>, key: &str) -> Option<String> {
    step.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// MySQL writes costs and shares as texts.
fn number(step: &Map<String, Value>, key: &str) -> Option<f64> {
    let value = step.get(key)?;
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

fn flag(step: &Map<String, Value>, key: &str) -> bool {
    step.get(key).is_some_and(|value| value.as_bool() == Some(true) || value.as_i64() == Some(1))
}

fn texts(step: &Map<String, Value>, key: &str) -> Vec<String> {
    step.get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
