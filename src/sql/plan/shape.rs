//! What stays the same of a plan while numbers and literals change, and a hash of it: another hash
//! for the same statement means that the planner changed its mind.

use std::collections::HashMap;
use std::ops::Range;

use crate::sql::plan::node::{Kind, Node, Plan, Role, Used};

/// The shape as text, one line a step. Two plans that do the same things to the same tables in the
/// same order have the same shape.
pub fn shape(plan: &Plan) -> String {
    let mut among_partitions = vec![false; plan.nodes.len()];
    for (at, node) in plan.walk() {
        let Some(parent) = node.parent else { continue };
        among_partitions[at.0] = among_partitions[parent.0] || plan[parent].kind == Kind::Append;
    }
    // The names of partitions hold numbers and dates.
    let lines: Vec<String> = plan
        .walk()
        .map(|(at, node)| if among_partitions[at.0] { without_digits(&line(node)) } else { line(node) })
        .collect();
    let mut out = String::new();
    let mut last_sibling: HashMap<usize, Range<usize>> = HashMap::new();
    let mut at = 0;
    while let Some(node) = plan.nodes.get(at) {
        if let Some(parent) = node.parent.filter(|parent| plan[*parent].kind == Kind::Append) {
            let below = plan.nodes[at + 1..].iter().take_while(|it| it.depth > node.depth).count();
            let stretch = at..at + 1 + below;
            let before = last_sibling.insert(parent.0, stretch.clone());
            // Partitions come and go with the calendar: those that are read alike count as one.
            if before.is_some_and(|before| lines[before] == lines[stretch.clone()]) {
                at = stretch.end;
                continue;
            }
        }
        out.extend(std::iter::repeat_n(' ', node.depth));
        out.push_str(&lines[at]);
        out.push('\n');
        at += 1;
    }
    out
}

/// A short name for the shape: 16 hexadecimal digits, the same on every machine and in every version.
pub fn hash(plan: &Plan) -> String {
    // FNV-1a: no library's idea of a hash may change what was stored years ago.
    let hash = shape(plan).bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

fn line(node: &Node) -> String {
    let mut line = node.name.clone();
    if node.kind == Kind::Limit {
        line.truncate(line.find(':').unwrap_or(line.len()));
    }
    match node.role {
        Role::SubPlan => line.push_str(if node.hashed { " (hashed subplan)" } else { " (subplan)" }),
        Role::InitPlan => line.push_str(" (initplan)"),
        _ => {}
    }
    for (word, value) in [(" on ", &node.relation), (" as ", &node.alias), (" using ", &node.index)] {
        if let Some(value) = value {
            line.push_str(word);
            line.push_str(value);
        }
    }
    // Which part of an index is used decides as much as which index. How many values stand in a list
    // does not.
    if let Some(condition) = node.condition(Used::Index) {
        line.push_str(" by ");
        line.push_str(&condition.replace("ANY (?)", "?").replace("?, ...", "?").replace("'?%'", "?"));
    }
    line
}

fn without_digits(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        let c = if c.is_ascii_digit() { '#' } else { c };
        if c != '#' || !out.ends_with('#') {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::plan::read;

    fn of(text: &str) -> String {
        hash(&read(text).expect("a plan"))
    }

    #[test]
    fn numbers_and_literals_leave_the_shape_alone() {
        let plan = |id: &str, cost: &str| {
            format!(
                "Index Scan using orders_pkey on orders o  (cost=0.42..{cost} rows=1 width=9)\n  Index Cond: (id = {id})\n"
            )
        };
        assert_eq!(of(&plan("77", "8.44")), of(&plan("'9'::bigint", "12.00")));
        assert_eq!(of(&plan("ANY ('{1,2}'::bigint[])", "8.44")), of(&plan("7", "9")));
    }

    #[test]
    fn another_index_is_another_shape() {
        let plan =
            |index: &str| format!("Index Scan using {index} on orders  (cost=0.42..8.44 rows=1 width=9)\n");
        assert_ne!(of(&plan("orders_pkey")), of(&plan("orders_status")));
    }

    #[test]
    fn a_new_partition_is_the_same_shape() {
        let plan = |months: &[u32]| {
            let scans: Vec<String> = months
                .iter()
                .map(|m| format!("  ->  Seq Scan on events_2024_{m:02} events_{m}  (cost=0.00..5.00 rows=10 width=8)\n        Filter: (kind = 7)\n"))
                .collect();
            format!("Append  (cost=0.00..50.00 rows=100 width=8)\n{}", scans.concat())
        };
        assert_eq!(of(&plan(&[1, 2, 3])), of(&plan(&[2, 3, 4, 5])));
        assert_eq!(
            shape(&read(&plan(&[1, 2, 3])).expect("a plan")),
            "Append\n Seq Scan on events_#_# as events_#\n"
        );
    }
}
