//! What PostgreSQL's names of steps and details mean, shared by both of its formats.

use crate::sql::plan::mask::mask;
use crate::sql::plan::node::{Condition, Kind, Node, Plan, Role, Used, Workers};
use crate::sql::plan::token::Quotes;

/// Without the literals of PostgreSQL's texts.
pub(super) fn masked(text: &str) -> String {
    mask(text, Quotes::Standard)
}

/// What a step of this name does. `Parallel`, `Left`, `Partial` and the like may stand around it.
pub(super) fn kind(name: &str) -> Kind {
    const KINDS: &[(&str, Kind)] = &[
        ("Index Only Scan", Kind::IndexOnlyScan),
        ("Bitmap Index Scan", Kind::BitmapIndexScan),
        ("Bitmap Heap Scan", Kind::BitmapHeapScan),
        ("BitmapAnd", Kind::BitmapCombine),
        ("BitmapOr", Kind::BitmapCombine),
        ("Index Scan", Kind::IndexScan),
        ("Seq Scan", Kind::SeqScan),
        ("Sample Scan", Kind::SeqScan),
        ("Foreign Scan", Kind::ForeignScan),
        ("Nested Loop", Kind::NestedLoop),
        ("Hash Join", Kind::HashJoin),
        ("Hash Left Join", Kind::HashJoin),
        ("Merge Join", Kind::MergeJoin),
        ("Merge Append", Kind::Append),
        ("HashAggregate", Kind::Aggregate),
        ("GroupAggregate", Kind::Aggregate),
        ("MixedAggregate", Kind::Aggregate),
        ("WindowAgg", Kind::Window),
        ("Aggregate", Kind::Aggregate),
        ("Incremental Sort", Kind::Sort),
        ("Sort", Kind::Sort),
        ("Materialize", Kind::Materialize),
        ("Memoize", Kind::Memoize),
        ("Gather Merge", Kind::Gather),
        ("Gather", Kind::Gather),
        ("Append", Kind::Append),
        ("Limit", Kind::Limit),
        ("Group", Kind::Aggregate),
        ("Unique", Kind::Aggregate),
        ("CTE Scan", Kind::DerivedScan),
        ("WorkTable Scan", Kind::DerivedScan),
        ("Subquery Scan", Kind::DerivedScan),
        ("Function Scan", Kind::DerivedScan),
        ("Table Function Scan", Kind::DerivedScan),
        ("Values Scan", Kind::DerivedScan),
        ("Named Tuplestore Scan", Kind::DerivedScan),
        ("ModifyTable", Kind::Modify),
        ("Insert", Kind::Modify),
        ("Update", Kind::Modify),
        ("Delete", Kind::Modify),
        ("Merge on", Kind::Modify),
        ("Hash", Kind::Hash),
    ];
    // Joins carry their type in the middle: `Hash Right Anti Join`, `Nested Loop Left Join`.
    if name.ends_with(" Join") {
        let joins = [("Nested", Kind::NestedLoop), ("Hash", Kind::HashJoin), ("Merge", Kind::MergeJoin)];
        if let Some((_, kind)) = joins.iter().find(|(word, _)| name.contains(word)) {
            return *kind;
        }
    }
    KINDS.iter().find(|(known, _)| name.contains(known)).map_or(Kind::Other, |(_, kind)| *kind)
}

/// What a subplan of this name is: `CTE x`, `InitPlan 1 (returns $0)`, `SubPlan 2`.
pub(super) fn role_of_subplan(name: &str) -> Role {
    if name.starts_with("SubPlan") || name.starts_with("hashed SubPlan") {
        Role::SubPlan
    } else {
        Role::InitPlan
    }
}

/// Takes a detail that is a text or a number; false where nothing is made of it. Rows and numbers of
/// blocks come under their own names in both formats.
pub(super) fn detail(node: &mut Node, key: &str, value: &str) -> bool {
    let used = match key {
        "Index Cond" => Used::Index,
        "Recheck Cond" | "TID Cond" => Used::Recheck,
        "Filter" => Used::Filter,
        "Hash Cond" | "Merge Cond" => Used::Join,
        "Join Filter" => Used::JoinFilter,
        "One-Time Filter" => Used::Once,
        _ => return number(node, key, value),
    };
    // An index-only condition that only orders is no condition.
    node.conditions.push(Condition { used, text: masked(value) });
    true
}

fn number(node: &mut Node, key: &str, value: &str) -> bool {
    let Ok(number) = value.trim_end_matches("kB").trim().parse::<f64>() else { return false };
    if !number.is_finite() || number < 0.0 {
        return false;
    }
    match key {
        "Rows Removed by Filter" => node.removed.filter = Some(number),
        "Rows Removed by Join Filter" => node.removed.join = Some(number),
        "Rows Removed by Index Recheck" => node.removed.recheck = Some(number),
        "Heap Fetches" => node.heap_fetches = Some(number),
        "Exact Heap Blocks" => node.exact_blocks = Some(number),
        "Lossy Heap Blocks" => node.lossy_blocks = Some(number),
        "Subplans Removed" => node.pruned = Some(number),
        "Shared Hit Blocks" => node.blocks.hit = number,
        "Shared Read Blocks" => node.blocks.read = number,
        "Temp Read Blocks" => node.blocks.temp_read = number,
        "Temp Written Blocks" => node.blocks.temp_written = number,
        "Workers Planned" => workers(node).planned = number as u32,
        "Workers Launched" => workers(node).launched = Some(number as u32),
        _ => return false,
    }
    true
}

fn workers(node: &mut Node) -> &mut Workers {
    node.workers.get_or_insert(Workers { planned: 0, launched: None })
}

/// What only needs a second look once all details are there.
pub(super) fn finish(node: &mut Node) {
    node.covering = node.kind == Kind::IndexOnlyScan;
    if let Some(spill) = node.spill
        && spill.disk_kb.is_none_or(|kb| kb <= 0.0)
        && spill.batches.is_none_or(|batches| batches <= 1.0)
    {
        node.spill = None;
    }
}

/// What only the tree as a whole tells: which subplans are kept in a hash table. The step that uses
/// one says so in its conditions.
pub(super) fn settle(plan: &mut Plan) {
    for at in 0..plan.nodes.len() {
        let node = &plan.nodes[at];
        let (Role::SubPlan, Some(name), Some(parent)) = (node.role, node.subplan.clone(), node.parent) else {
            continue;
        };
        let said = format!("hashed {name}");
        plan.nodes[at].hashed = plan[parent].conditions.iter().any(|it| it.text.contains(&said));
    }
}
