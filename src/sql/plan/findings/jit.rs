//! Compiling the statement took longer than it can have saved.

use crate::sql::plan::findings::case::Case;
use crate::sql::plan::findings::{Finding, Fix, Rule};
use crate::sql::plan::node::At;
use crate::sql::words;

pub(super) struct Jit;

impl Rule for Jit {
    fn judge(&self, case: &Case<'_>) -> Vec<Finding> {
        judge(case).into_iter().collect()
    }
}

fn judge(case: &Case<'_>) -> Option<Finding> {
    let jit = case.plan.jit?;
    let total = case.plan.total_ms().filter(|ms| *ms > 0.0)?;
    // Workers compile at the same time, each for itself, and all of it is added up.
    let workers = case.plan.walk().filter_map(|(_, node)| node.workers?.launched).max().unwrap_or(0);
    let waited = jit.ms / f64::from(workers + 1);
    let weight = (waited / total).min(1.0);
    if weight < 0.20 || waited < 20.0 {
        return None;
    }
    Some(Finding {
        rule: "jit",
        at: At(0),
        weight,
        sentence: format!(
            "Compiling the statement (JIT) took {} of {}.",
            words::time(waited),
            words::time(total)
        ),
        evidence: vec![format!(
            "{} functions compiled, {} of the time",
            words::count(jit.functions),
            words::percent(weight)
        )],
        fixes: vec![
            Fix::run("Switch it off for statements this short", "SET jit = off;"),
            Fix::run(
                "Or start it later, for all statements",
                "ALTER SYSTEM SET jit_above_cost = 1000000; SELECT pg_reload_conf();",
            ),
        ],
    })
}
