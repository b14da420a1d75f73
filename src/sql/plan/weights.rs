//! Where the time of a plan goes: the share of each step alone, by measured time where there is some,
//! else by the planner's cost, else by the rows that are read.

use crate::sql::plan::node::{At, Kind, Node, Plan, Role};

/// The share of each step.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// What the shares are of.
    pub by: By,
    /// The whole, in the unit of `by`: ms, the planner's units, or rows.
    pub total: f64,
    own: Vec<f64>,
    with_below: Vec<f64>,
    processes: Vec<f64>,
}

/// What shares are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Measured time.
    Time,
    /// What the planner expects it to cost.
    Cost,
    /// Rows that are read, where a server tells neither.
    Rows,
}

impl Weights {
    /// Weighs every step.
    pub fn of(plan: &Plan) -> Self {
        let (by, inclusive) = match (time(plan), cost(plan)) {
            (Some(time), _) => (By::Time, time),
            (None, Some(cost)) => (By::Cost, cost),
            (None, None) => (By::Rows, rows(plan)),
        };
        let charged = charged(plan);
        let mut below = vec![0.0; plan.nodes.len()];
        for at in 0..plan.nodes.len() {
            if let Some(to) = charged[at] {
                below[to.0] += inclusive[at];
            }
        }
        let mut scale = vec![1.0_f64; plan.nodes.len()];
        let mut own = vec![0.0; plan.nodes.len()];
        for (at, node) in plan.walk() {
            // A parent that stops early (LIMIT) costs less than what it reads from would in full.
            if let Some(parent) = node.parent.filter(|parent| charged[at.0] == Some(*parent)) {
                let fits = if below[parent.0] > inclusive[parent.0] {
                    inclusive[parent.0] / below[parent.0]
                } else {
                    1.0
                };
                scale[at.0] = scale[parent.0] * fits;
            }
            own[at.0] = (inclusive[at.0] - below[at.0]).max(0.0) * scale[at.0];
        }
        let root = inclusive.first().copied().unwrap_or(0.0);
        let whole = if by == By::Time { plan.execution_ms.unwrap_or(0.0).max(root) } else { root };
        let total = whole.max(own.iter().sum());
        let share = |part: f64| if total > 0.0 { (part / total).min(1.0) } else { 0.0 };
        // What stands below a step is a stretch of the list: sums from the end make each one cheap.
        let mut with_below = own.clone();
        for at in (0..plan.nodes.len()).rev() {
            if let Some(parent) = plan.nodes[at].parent {
                with_below[parent.0] += with_below[at];
            }
        }
        Self {
            by,
            total,
            own: own.into_iter().map(share).collect(),
            with_below: with_below.into_iter().map(share).collect(),
            processes: processes(plan),
        }
    }

    /// The share of a step alone, from 0 to 1.
    pub fn own(&self, at: At) -> f64 {
        self.own[at.0]
    }

    /// The share of a step and of what stands below it, from 0 to 1.
    pub fn with_below(&self, at: At) -> f64 {
        self.with_below[at.0]
    }

    /// How many processes ran a step at the same time; their loops are added up in it.
    pub fn processes(&self, at: At) -> f64 {
        self.processes[at.0]
    }

    /// The step that has the largest share alone.
    pub fn heaviest(&self) -> At {
        let heaviest = self.own.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        At(heaviest.map_or(0, |(at, _)| at))
    }
}

/// How many processes share the loops of each step: below a Gather its workers and the leader.
fn processes(plan: &Plan) -> Vec<f64> {
    let mut processes = vec![1.0; plan.nodes.len()];
    for (at, node) in plan.walk() {
        let Some(parent) = node.parent else { continue };
        processes[at.0] = processes[parent.0];
        let loops = |node: &Node| node.actual.as_ref().map_or(0.0, |actual| actual.loops);
        if plan[parent].kind == Kind::Gather && node.subplan.is_none() && loops(&plan[parent]) > 0.0 {
            processes[at.0] = (loops(node) / loops(&plan[parent])).max(1.0);
        }
    }
    processes
}

/// Time of each step with those below it, in ms.
fn time(plan: &Plan) -> Option<Vec<f64>> {
    let known = |node: &Node| node.actual.as_ref().is_some_and(|it| it.ms.is_some() || it.own_ms.is_some());
    if !plan.nodes.iter().any(known) {
        return None;
    }
    let processes = processes(plan);
    Some(fold(plan, |at, node, below| {
        let Some(actual) = &node.actual else { return below };
        match (actual.ms, actual.own_ms) {
            (Some(ms), _) => ms / processes[at.0],
            (None, Some(own)) => own + below,
            (None, None) => below,
        }
    }))
}

/// Cost of each step with those below it, over all of its runs.
fn cost(plan: &Plan) -> Option<Vec<f64>> {
    let known = |node: &Node| {
        node.estimated.own_cost.is_some() || (node.estimated.cost.is_some() && node.kind != Kind::Block)
    };
    if !plan.nodes.iter().any(known) {
        return None;
    }
    let runs = runs(plan);
    Some(fold(plan, |at, node, below| match (node.estimated.own_cost, node.estimated.cost) {
        (Some(own), _) => own + below,
        (None, Some(cost)) => cost * runs[at.0],
        (None, None) => below,
    }))
}

/// Rows that each step and those below it read, over all of their runs.
fn rows(plan: &Plan) -> Vec<f64> {
    let runs = runs(plan);
    fold(plan, |at, node, below| node.estimated.read.unwrap_or(0.0) * runs[at.0] + below)
}

/// How often the planner expects each step to run.
pub fn runs(plan: &Plan) -> Vec<f64> {
    let mut runs = vec![1.0_f64; plan.nodes.len()];
    for (at, node) in plan.walk() {
        let Some(parent) = node.parent else { continue };
        let rows = |node: &Node| node.estimated.rows.unwrap_or(1.0).max(1.0);
        // What is put into a temporary table is made once, however often that is looked into.
        if plan[parent].kind == Kind::DerivedScan && node.kind == Kind::Block && node.role != Role::SubPlan {
            continue;
        }
        let times = match (node.role, plan[parent].kind) {
            // Each side is run for every row of all that stand before it.
            (Role::Inner, Kind::NestedLoop) => plan
                .children(parent)
                .take_while(|(sibling, _)| *sibling < at)
                .filter(|(_, sibling)| sibling.subplan.is_none())
                .map(|(_, sibling)| rows(sibling))
                .product(),
            (Role::SubPlan, _) if !node.hashed => rows(&plan[parent]),
            _ => 1.0,
        };
        runs[at.0] = (runs[parent.0] * times).min(1e15);
    }
    runs
}

/// Works from the leaves up: `each` is given what its children came to.
fn fold(plan: &Plan, each: impl Fn(At, &Node, f64) -> f64) -> Vec<f64> {
    let mut below = vec![0.0; plan.nodes.len()];
    let mut whole = vec![0.0; plan.nodes.len()];
    for at in (0..plan.nodes.len()).rev() {
        let node = &plan.nodes[at];
        whole[at] = each(At(at), node, below[at]);
        if let Some(parent) = node.parent {
            below[parent.0] += whole[at];
        }
    }
    whole
}

/// Whose time includes that of each step: its parent's, but for what is run once and read elsewhere.
fn charged(plan: &Plan) -> Vec<Option<At>> {
    let mut charged: Vec<Option<At>> = plan.nodes.iter().map(|node| node.parent).collect();
    for (at, node) in plan.walk() {
        let (Role::InitPlan, Some(name), Some(parent)) = (node.role, &node.subplan, node.parent) else {
            continue;
        };
        let reader = match name.strip_prefix("CTE ") {
            Some(cte) => plan
                .walk()
                .filter(|(_, reader)| {
                    reader.kind == Kind::DerivedScan && reader.relation.as_deref() == Some(cte)
                })
                .max_by(|a, b| spent(a.1).total_cmp(&spent(b.1))),
            None => plan.below(parent).find(|(reader, it)| {
                // Not inside of itself.
                let inside = *reader >= at && plan.below(at).any(|(inner, _)| inner == *reader);
                !inside && it.conditions.iter().any(|condition| mentions(&condition.text, name))
            }),
        };
        if let Some((reader, _)) = reader {
            charged[at.0] = Some(reader);
        }
    }
    charged
}

fn spent(node: &Node) -> f64 {
    node.actual.as_ref().and_then(|actual| actual.ms).unwrap_or(0.0)
}

/// Whether a condition uses what `InitPlan 1 (returns $0)` returned; since 17 it says `InitPlan 1`.
fn mentions(condition: &str, name: &str) -> bool {
    let Some((name, returns)) = name.split_once(" (returns ") else { return condition.contains(name) };
    let parameters = returns.trim_end_matches(')').split(',');
    let words: Vec<&str> = condition.split(|c: char| !(c == '$' || c.is_alphanumeric())).collect();
    condition.contains(name) || parameters.into_iter().any(|parameter| words.contains(&parameter.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::plan::read;

    /// The share of each step alone, in percent.
    fn shares(text: &str) -> Vec<f64> {
        let plan = read(text).expect("a plan");
        let weights = Weights::of(&plan);
        plan.walk().map(|(at, _)| (weights.own(at) * 100.0).round()).collect()
    }

    #[test]
    fn a_step_is_charged_what_its_inputs_do_not_take() {
        let plan = "Sort  (cost=0..1 rows=1 width=4) (actual time=90.0..100.0 rows=10 loops=1)
  ->  Seq Scan on t  (cost=0..1 rows=1 width=4) (actual time=0.0..60.0 rows=10 loops=1)
Execution Time: 100.0 ms";
        assert_eq!(shares(plan), [40.0, 60.0]);
    }

    #[test]
    fn workers_work_at_the_same_time() {
        let plan = "Gather  (cost=0..1 rows=1 width=4) (actual time=0.0..100.0 rows=30 loops=1)
  Workers Planned: 2
  Workers Launched: 2
  ->  Nested Loop  (cost=0..1 rows=1 width=4) (actual time=0.0..90.0 rows=10 loops=3)
        ->  Seq Scan on t  (cost=0..1 rows=1 width=4) (actual time=0.0..30.0 rows=10 loops=3)
        ->  Index Scan using u_key on u  (cost=0..1 rows=1 width=4) (actual time=2.0..2.0 rows=1 loops=30)
Execution Time: 100.0 ms";
        assert_eq!(shares(plan), [10.0, 40.0, 30.0, 20.0]);
    }

    #[test]
    fn a_subquery_that_is_run_once_is_charged_to_who_waits_for_it() {
        let plan = "Limit  (cost=0..1 rows=1 width=4) (actual time=80.0..100.0 rows=10 loops=1)
  InitPlan 1 (returns $0)
    ->  Aggregate  (cost=0..1 rows=1 width=4) (actual time=80.0..80.0 rows=1 loops=1)
  ->  Seq Scan on t  (cost=0..1 rows=1 width=4) (actual time=80.0..100.0 rows=10 loops=1)
        Filter: (total = $0)
Execution Time: 100.0 ms";
        assert_eq!(shares(plan), [0.0, 80.0, 20.0]);
        let cte = "Aggregate  (cost=0..1 rows=1 width=4) (actual time=80.0..100.0 rows=10 loops=1)
  CTE recent
    ->  Seq Scan on t  (cost=0..1 rows=1 width=4) (actual time=0.0..70.0 rows=1 loops=1)
  ->  CTE Scan on recent  (cost=0..1 rows=1 width=4) (actual time=0.0..90.0 rows=10 loops=1)
Execution Time: 100.0 ms";
        assert_eq!(shares(cte), [10.0, 70.0, 20.0]);
    }

    #[test]
    fn a_limit_costs_no_more_than_what_it_reads() {
        let plan = "Limit  (cost=0.00..10.00 rows=1 width=4)
  ->  Seq Scan on t  (cost=0.00..1000.00 rows=100 width=4)";
        assert_eq!(shares(plan), [0.0, 100.0]);
    }

    #[test]
    fn costs_are_paid_for_every_run() {
        let plan = "Nested Loop  (cost=0.00..1100.00 rows=100 width=4)
  ->  Seq Scan on t  (cost=0.00..100.00 rows=100 width=4)
  ->  Index Scan using u_key on u  (cost=0.00..9.00 rows=1 width=4)";
        assert_eq!(shares(plan), [9.0, 9.0, 82.0]);
    }

    #[test]
    fn shares_never_come_to_more_than_all() {
        let plan = read("Result  (actual time=0.0..0.0 rows=0 loops=0)").expect("a plan");
        assert_eq!(Weights::of(&plan).own(At(0)), 0.0);
    }
}
