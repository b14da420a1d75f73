//! The time goes into triggers, most often into foreign keys that look for rows without an index.

use crate::sql::plan::findings::case::Case;
use crate::sql::plan::findings::{Finding, Fix, Rule};
use crate::sql::plan::node::At;
use crate::sql::words;

pub(super) struct Triggers;

impl Rule for Triggers {
    fn judge(&self, case: &Case<'_>) -> Vec<Finding> {
        let total = case.plan.total_ms().unwrap_or(0.0);
        case.plan
            .triggers
            .iter()
            .filter(|trigger| trigger.ms >= 5.0 && trigger.ms >= total * 0.3)
            .map(|trigger| {
                let table = trigger.relation.as_ref().map_or_else(String::new, |table| format!(" on `{table}`"));
                Finding {
                    rule: "triggers",
                    at: At(0),
                    weight: (trigger.ms / total.max(trigger.ms)).min(1.0),
                    sentence: format!(
                        "The trigger `{}`{table} takes {} of {}.",
                        trigger.name,
                        words::time(trigger.ms),
                        words::time(total)
                    ),
                    evidence: vec![format!(
                        "called {} times, {} each",
                        words::count(trigger.calls),
                        words::time(trigger.ms / trigger.calls.max(1.0))
                    )],
                    fixes: vec![Fix::say(
                        "If it is a foreign key, the table that refers to this one needs an index on the referring columns: each \
                         deleted or changed row is searched for there",
                    )],
                }
            })
            .collect()
    }
}
