//! Reads `EXPLAIN (FORMAT JSON)` of PostgreSQL, and what `auto_explain` logs in that format.

use serde_json::{Map, Value};

use crate::sql::plan::node::{Actual, At, Estimated, Jit, Kind, Node, Plan, Role, Server, Spill, Trigger};
use crate::sql::plan::postgres::{detail, finish, kind, masked, role_of_subplan, settle};
use crate::sql::plan::{MAX_NODES, Unreadable};

/// Reads the object that holds `Plan`.
pub(super) fn read(whole: &Map<String, Value>) -> Result<Plan, Unreadable> {
    let mut plan = Plan::empty(Server::Postgres);
    plan.statement = whole.get("Query Text").and_then(Value::as_str).map(masked);
    plan.planning_ms = number(whole, "Planning Time");
    plan.execution_ms = number(whole, "Execution Time");
    plan.jit = whole.get("JIT").and_then(jit);
    plan.triggers = list(whole, "Triggers").filter_map(trigger).collect();
    if let Some(settings) = whole.get("Settings").and_then(Value::as_object) {
        let pairs =
            settings.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        plan.settings = pairs.collect();
    }
    let mut waiting: Vec<(Option<At>, &Value)> =
        whole.get("Plan").map(|root| (None, root)).into_iter().collect();
    while let Some((parent, value)) = waiting.pop() {
        let Some(step) = value.as_object() else { return Err(Unreadable::not_a_plan("a step is no object")) };
        if plan.nodes.len() >= MAX_NODES {
            return Err(Unreadable::too_many_nodes());
        }
        let at = plan.push(parent, node(step)?);
        let below: Vec<_> = list(step, "Plans").map(|child| (Some(at), child)).collect();
        waiting.extend(below.into_iter().rev());
    }
    if plan.nodes.is_empty() {
        return Err(Unreadable::not_a_plan("it has no steps"));
    }
    settle(&mut plan);
    Ok(plan)
}

fn node(step: &Map<String, Value>) -> Result<Node, Unreadable> {
    let text = |key: &str| step.get(key).and_then(Value::as_str).map(str::to_owned);
    let Some(kind_name) = text("Node Type") else {
        return Err(Unreadable::not_a_plan("a step has no `Node Type`"));
    };
    let mut node = Node {
        name: name(step, &kind_name),
        kind: kind(&kind_name),
        role: role(step),
        subplan: text("Subplan Name"),
        relation: ["Relation Name", "CTE Name", "Function Name", "Table Function Name"]
            .iter()
            .find_map(|key| text(key)),
        schema: text("Schema"),
        alias: text("Alias"),
        index: text("Index Name"),
        sort_keys: texts(step, "Sort Key"),
        presorted: texts(step, "Presorted Key").len(),
        group_keys: texts(step, "Group Key"),
        estimated: Estimated {
            rows: number(step, "Plan Rows"),
            cost: number(step, "Total Cost"),
            startup_cost: number(step, "Startup Cost"),
            width: number(step, "Plan Width"),
            ..Estimated::default()
        },
        inner_unique: step.get("Inner Unique").and_then(Value::as_bool).unwrap_or(false),
        ..Node::default()
    };
    if let Some(loops) = number(step, "Actual Loops") {
        node.actual = Some(Actual {
            rows: number(step, "Actual Rows").unwrap_or(0.0),
            loops,
            ms: number(step, "Actual Total Time").map(|ms| ms * loops),
            ..Actual::default()
        });
    }
    for (key, value) in step {
        match value {
            Value::String(text) => detail(&mut node, key, text),
            Value::Number(number) => detail(&mut node, key, &number.to_string()),
            _ => false,
        };
    }
    node.spill = spill(step, node.kind);
    finish(&mut node);
    Ok(node)
}

/// The name as the text format has it: `Parallel Seq Scan`, `Hash Left Join`, `HashAggregate`.
fn name(step: &Map<String, Value>, kind: &str) -> String {
    let text = |key: &str| step.get(key).and_then(Value::as_str).unwrap_or("");
    let mut name = match (kind, text("Strategy")) {
        ("Aggregate", "Hashed") => "HashAggregate".to_owned(),
        ("Aggregate", "Sorted") => "GroupAggregate".to_owned(),
        ("Aggregate", "Mixed") => "MixedAggregate".to_owned(),
        ("SetOp", "Hashed") => "HashSetOp".to_owned(),
        ("ModifyTable", _) if !text("Operation").is_empty() => text("Operation").to_owned(),
        _ => kind.to_owned(),
    };
    match text("Join Type") {
        "" | "Inner" => {}
        join => {
            let stem = name.trim_end_matches(" Join").to_owned();
            name = format!("{stem} {join} Join");
        }
    }
    if text("Scan Direction") == "Backward" {
        name.push_str(" Backward");
    }
    let partial = text("Partial Mode");
    if !matches!(partial, "" | "Simple") {
        name = format!("{partial} {name}");
    }
    if step.get("Parallel Aware").and_then(Value::as_bool) == Some(true) {
        name = format!("Parallel {name}");
    }
    name
}

fn role(step: &Map<String, Value>) -> Role {
    let text = |key: &str| step.get(key).and_then(Value::as_str).unwrap_or("");
    match text("Parent Relationship") {
        "Inner" => Role::Inner,
        "Member" => Role::Member,
        "InitPlan" => Role::InitPlan,
        "SubPlan" => role_of_subplan(text("Subplan Name")),
        _ => Role::Outer,
    }
}

fn spill(step: &Map<String, Value>, kind: Kind) -> Option<Spill> {
    let on_disk = step.get("Sort Space Type").and_then(Value::as_str) == Some("Disk");
    match kind {
        Kind::Sort => {
            // An incremental sort reports the groups that it sorted one after another.
            let groups: f64 = ["Full-sort Groups", "Pre-sorted Groups"]
                .iter()
                .filter_map(|key| {
                    step.get(*key)?.get("Sort Space Disk")?.get("Peak Sort Space Used")?.as_f64()
                })
                .sum();
            if groups > 0.0 {
                return Some(Spill { disk_kb: Some(groups), ..Spill::default() });
            }
            let workers: f64 = list(step, "Workers")
                .filter(|worker| worker.get("Sort Space Type").and_then(Value::as_str) == Some("Disk"))
                .filter_map(|worker| worker.get("Sort Space Used")?.as_f64())
                .sum();
            let own = if on_disk { number(step, "Sort Space Used").unwrap_or(0.0) } else { 0.0 };
            Some(Spill { disk_kb: Some(own + workers), ..Spill::default() })
        }
        Kind::Hash => Some(Spill {
            batches: number(step, "Hash Batches"),
            memory_kb: number(step, "Peak Memory Usage"),
            disk_kb: None,
            passes: None,
        }),
        Kind::Aggregate => Some(Spill {
            disk_kb: number(step, "Disk Usage"),
            batches: number(step, "HashAgg Batches"),
            memory_kb: number(step, "Peak Memory Usage"),
            passes: None,
        }),
        _ => None,
    }
}

fn jit(value: &Value) -> Option<Jit> {
    let total = value.get("Timing")?.get("Total")?.as_f64()?;
    Some(Jit { ms: total, functions: value.get("Functions").and_then(Value::as_f64).unwrap_or(0.0) })
}

fn trigger(value: &Value) -> Option<Trigger> {
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    Some(Trigger {
        name: text("Constraint Name").or_else(|| text("Trigger Name"))?,
        relation: text("Relation"),
        ms: value.get("Time").and_then(Value::as_f64).unwrap_or(0.0),
        calls: value.get("Calls").and_then(Value::as_f64).unwrap_or(0.0),
    })
}

/// A number that makes sense: not negative.
fn number(step: &Map<String, Value>, key: &str) -> Option<f64> {
    step.get(key).and_then(Value::as_f64).filter(|number| *number >= 0.0)
}

fn list<'a>(step: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a Value> {
    step.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn texts(step: &Map<String, Value>, key: &str) -> Vec<String> {
    list(step, key).filter_map(Value::as_str).map(masked).collect()
}
