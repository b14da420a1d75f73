//! Where a planner certainly or likely expects too few rows, and what a plan costs with those that there are: what is
//! looked up for each row costs as many times more, and all the rest costs what it did.

use super::Choice;
use crate::sql::plan::node::Role;
use crate::sql::plan::{At, Kind, Plan};

/// What is expected up to this many times too low is within what estimates are off by.
pub(super) const NEARLY: f64 = 1.5;

/// More rows than the planner expects.
#[derive(Debug, Clone, PartialEq)]
pub struct Surprise {
    /// What the plan calls the table that they are of, or the two that are joined.
    pub of: Vec<String>,
    /// How many times more.
    pub factor: f64,
    /// Of what, and how that is known: `it expects 200 rows of part where a sample says 1,000 rows`.
    pub words: String,
}

/// The greatest of several.
#[must_use]
pub fn greatest(surprises: &[Surprise]) -> Option<&Surprise> {
    surprises.iter().max_by(|one, other| one.factor.total_cmp(&other.factor))
}

/// What a plan costs, and how often it goes down an index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Corrected {
    /// In the planner's units.
    pub cost: f64,
    /// As often.
    pub lookups: f64,
}

/// One step, as it really is.
#[derive(Debug, Clone, Default)]
struct Step {
    /// What it costs, with all below it.
    cost: f64,
    /// How many times more rows come out than expected.
    factor: f64,
    /// The tables that are in it.
    tables: Vec<String>,
}

/// What a plan costs with the rows that there are.
#[must_use]
pub fn corrected(plan: &Plan, surprises: &[Surprise]) -> Corrected {
    let mut steps = vec![Step::default(); plan.nodes.len()];
    for at in (0..plan.nodes.len()).rev() {
        steps[at] = step(plan, At(at), &steps, surprises);
    }
    let mut times = vec![1.0_f64; plan.nodes.len()];
    let mut lookups = 0.0;
    for (at, node) in plan.walk() {
        if let Some(parent) = node.parent {
            times[at.0] = times[parent.0];
            // The inner side of a nested loop is run once for each row of the outer one.
            if node.role == Role::Inner
                && plan[parent].kind == Kind::NestedLoop
                && let Some((outer, of)) = plan.outer(parent)
            {
                times[at.0] *= of.estimated.rows.unwrap_or(1.0).max(1.0) * steps[outer.0].factor;
            }
        }
        if node.index.is_some() {
            lookups += times[at.0];
        }
    }
    Corrected { cost: steps[0].cost, lookups }
}

fn step(plan: &Plan, at: At, below: &[Step], surprises: &[Surprise]) -> Step {
    let node = &plan[at];
    let cost = |at: At| plan[at].estimated.cost.unwrap_or(0.0);
    let inputs: Vec<At> =
        plan.children(at).filter(|(_, child)| child.subplan.is_none()).map(|(child, _)| child).collect();
    let of = |input: At| &below[input.0];
    let mut tables: Vec<String> = inputs.iter().flat_map(|input| of(*input).tables.clone()).collect();
    let has = |tables: &[String], surprise: &Surprise| surprise.of.iter().all(|one| tables.contains(one));
    match (node.kind, &inputs[..]) {
        // No more rows than those come out, however many there are.
        (Kind::Limit | Kind::Aggregate, _) => {
            // A limit lets only a part of it run, or all where it is sorted first.
            let run = |input: At| (cost(at) / cost(input).max(0.01)).min(1.0);
            let more: f64 = inputs.iter().map(|input| (of(*input).cost - cost(*input)) * run(*input)).sum();
            Step { cost: cost(at) + more, factor: 1.0, tables: Vec::new() }
        }
        (_, []) => {
            tables.extend(node.alias.clone().or_else(|| node.relation.clone()));
            let own = surprises.iter().filter(|surprise| surprise.of.len() == 1 && has(&tables, surprise));
            Step { cost: cost(at), factor: own.map(|surprise| surprise.factor).product(), tables }
        }
        (_, [input]) => {
            let mut factor = of(*input).factor;
            if let Some(alias) = node.alias.as_ref().filter(|alias| !tables.contains(alias)) {
                tables.push(alias.clone());
                let own = surprises.iter().filter(|surprise| surprise.of == [alias.as_str()]);
                factor *= own.map(|surprise| surprise.factor).product::<f64>();
            }
            let own = (cost(at) - cost(*input)).max(0.0);
            Step { cost: of(*input).cost + own * of(*input).factor, factor, tables }
        }
        (Kind::NestedLoop | Kind::HashJoin | Kind::MergeJoin, [outer, inner]) => {
            let (one, other) = (of(*outer), of(*inner));
            let joined = surprises.iter().filter(|surprise| {
                surprise.of.len() > 1
                    && has(&tables, surprise)
                    && !has(&one.tables, surprise)
                    && !has(&other.tables, surprise)
            });
            let factor = one.factor * other.factor * joined.map(|surprise| surprise.factor).product::<f64>();
            let total = if node.kind == Kind::NestedLoop {
                // All runs of the inner side are in it.
                let runs = (cost(at) - cost(*outer)).max(0.0);
                one.cost + runs * one.factor * (other.cost / cost(*inner).max(0.01)).max(1.0)
            } else {
                let own = (cost(at) - cost(*outer) - cost(*inner)).max(0.0);
                one.cost + other.cost + own * one.factor
            };
            Step { cost: total, factor, tables }
        }
        // Several inputs one after the other, partitions above all: each is off by as much as it is.
        (_, all) => {
            let rows = |at: &At| plan[*at].estimated.rows.unwrap_or(0.0).max(1.0);
            let (expected, found) = all.iter().fold((0.0, 0.0), |(expected, found), input| {
                (expected + rows(input), found + rows(input) * of(*input).factor)
            });
            let more: f64 = all.iter().map(|input| of(*input).cost - cost(*input)).sum();
            Step { cost: cost(at) + more, factor: found / f64::max(expected, 1.0), tables }
        }
    }
}

impl Choice {
    /// What is left of a promise: `before` and `after` are what today's plan and that with the indexes cost with the rows
    /// that there are.
    #[must_use]
    pub fn corrected(self, before: Corrected, after: Corrected) -> Self {
        Self { gain: before.cost / after.cost.max(0.01), lookups: after.lookups, ..self }
    }

    /// The same where no planner can be asked about the indexes: more lookups have to promise more.
    #[must_use]
    pub fn doubted(self, surprises: &[Surprise]) -> Self {
        let factor = greatest(surprises).map_or(1.0, |surprise| surprise.factor);
        Self { lookups: self.lookups * factor, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::plan;

    /// 10 rows of `p` are expected, each looked up in `i`, and what comes out in `o`.
    fn loops() -> Plan {
        let scan = |name: &str, role: &str, cost: f64, rows: u32, index: &str| {
            format!(
                r#"{{"Node Type": "{}", "Parent Relationship": "{role}", "Relation Name": "{name}", "Alias": "{name}", {index} "Startup Cost": 0.0, "Total Cost": {cost}, "Plan Rows": {rows}, "Plan Width": 4}}"#,
                if index.is_empty() { "Seq Scan" } else { "Index Scan" }
            )
        };
        let join = |role: &str, cost: f64, rows: u32, sides: String| {
            format!(
                r#"{{"Node Type": "Nested Loop", "Parent Relationship": "{role}", "Join Type": "Inner", "Startup Cost": 0.0, "Total Cost": {cost}, "Plan Rows": {rows}, "Plan Width": 8, "Plans": [{sides}]}}"#
            )
        };
        let index = r#""Index Name": "k","#;
        let inner = join(
            "Outer",
            140.0,
            20,
            [scan("p", "Outer", 100.0, 10, ""), scan("i", "Inner", 4.0, 2, index)].join(","),
        );
        let text = join("Outer", 200.0, 20, [inner, scan("o", "Inner", 3.0, 1, index)].join(","));
        plan::read(&format!(r#"[{{"Plan": {text}}}]"#)).expect("a plan")
    }

    fn surprise(of: &[&str], factor: f64) -> Surprise {
        Surprise { of: of.iter().map(|one| (*one).to_owned()).collect(), factor, words: String::new() }
    }

    #[test]
    fn what_is_looked_up_for_more_rows_costs_more() {
        let cost = |surprises: &[Surprise]| {
            let all = corrected(&loops(), surprises);
            (all.cost, all.lookups)
        };
        assert_eq!(cost(&[]), (200.0, 30.0));
        assert_eq!(cost(&[surprise(&["p"], 5.0)]), (100.0 + 40.0 * 5.0 + 60.0 * 5.0, 150.0));
        // The rows of a join count from the next one on, and those of the last table not at all.
        assert_eq!(cost(&[surprise(&["p", "i"], 5.0)]), (140.0 + 60.0 * 5.0, 110.0));
        assert_eq!(cost(&[surprise(&["i"], 5.0)]), (140.0 + 60.0 * 5.0, 110.0));
        assert_eq!(cost(&[surprise(&["o"], 5.0)]), (200.0, 30.0));
    }

    #[test]
    fn a_limit_saves_what_it_does_not_run() {
        let limited = |cost: f64| {
            let mut plan = loops();
            for node in &mut plan.nodes {
                node.depth += 1;
                node.parent = Some(node.parent.map_or(At(0), |parent| At(parent.0 + 1)));
            }
            let estimated = plan::node::Estimated { cost: Some(cost), ..Default::default() };
            plan.nodes.insert(0, plan::Node { kind: Kind::Limit, estimated, ..Default::default() });
            corrected(&plan, &[surprise(&["p"], 5.0)]).cost
        };
        assert_eq!(limited(200.0), 600.0, "all of it is run");
        assert_eq!(limited(20.0), 20.0 + 400.0 * 0.1);
    }

    #[test]
    fn partitions_are_off_by_what_each_of_them_is() {
        let part = |name: &str, rows: u32| {
            format!(
                r#"{{"Node Type": "Seq Scan", "Parent Relationship": "Member", "Relation Name": "{name}", "Alias": "{name}", "Startup Cost": 0.0, "Total Cost": 10.0, "Plan Rows": {rows}, "Plan Width": 4}}"#
            )
        };
        let text = format!(
            r#"[{{"Plan": {{"Node Type": "Nested Loop", "Join Type": "Inner", "Startup Cost": 0.0, "Total Cost": 100.0, "Plan Rows": 40, "Plan Width": 4, "Plans": [
              {{"Node Type": "Append", "Parent Relationship": "Outer", "Startup Cost": 0.0, "Total Cost": 20.0, "Plan Rows": 40, "Plan Width": 4, "Plans": [{}, {}]}},
              {{"Node Type": "Index Scan", "Parent Relationship": "Inner", "Relation Name": "v", "Alias": "v", "Index Name": "k", "Startup Cost": 0.0, "Total Cost": 2.0, "Plan Rows": 1, "Plan Width": 4}}]}}}}]"#,
            part("a", 10),
            part("b", 30)
        );
        let plan = plan::read(&text).expect("a plan");
        let all = [surprise(&["a"], 3.0), surprise(&["b"], 3.0)];
        assert_eq!(corrected(&plan, &all).cost, 20.0 + 80.0 * 3.0);
        assert_eq!(corrected(&plan, &all[..1]).cost, 20.0 + 80.0 * 1.5);
    }

    #[test]
    fn where_no_planner_is_asked_more_lookups_have_to_promise_more() {
        let promise = Choice { indexes: Vec::new(), gain: 20.0, lookups: 200.0, by_planner: false };
        assert_eq!(promise.clone().doubted(&[surprise(&["p"], 5.0), surprise(&["i"], 2.0)]).lookups, 1_000.0);
        assert_eq!(promise.clone().doubted(&[]), promise);
    }
}
