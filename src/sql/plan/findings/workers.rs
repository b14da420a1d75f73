//! The plan counted on parallel workers that were not there.

use crate::sql::plan::findings::case::Case;
use crate::sql::plan::findings::{Finding, Fix, Rule};

pub(super) struct Workers;

/// Shorter statements do without.
const LONG_MS: f64 = 100.0;

impl Rule for Workers {
    fn judge(&self, case: &Case<'_>) -> Vec<Finding> {
        case.steps()
            .filter_map(|(at, node)| {
                let workers = node.workers?;
                let launched = workers.launched?;
                let share = case.weights.with_below(at);
                if launched >= workers.planned || share < 0.5 || case.plan.total_ms()? < LONG_MS {
                    return None;
                }
                let processes = f64::from(workers.planned + 1);
                let missing = f64::from(workers.planned - launched);
                Some(Finding {
                    rule: "workers",
                    at,
                    weight: share * missing / processes,
                    sentence: format!(
                        "Of {} parallel workers that the plan counts on {} came: the server had no more free.",
                        workers.planned,
                        if launched == 0 { "none".to_owned() } else { format!("only {launched}") }
                    ),
                    evidence: vec![format!("{} with what is below: {}", node.title(), case.share(share))],
                    fixes: vec![Fix::run(
                        "Allow more workers, if there are cores for them, or run fewer parallel statements at a time",
                        "ALTER SYSTEM SET max_parallel_workers = 16; -- max_worker_processes must be larger and needs a restart",
                    )],
                })
            })
            .collect()
    }
}
