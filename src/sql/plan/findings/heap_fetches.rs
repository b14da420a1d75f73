//! An index-only scan that has to ask the table all the same, because vacuum was not there for long.

use crate::sql::plan::findings::case::Case;
use crate::sql::plan::findings::{Finding, Fix, Rule};
use crate::sql::words;

pub(super) struct HeapFetches;

impl Rule for HeapFetches {
    fn judge(&self, case: &Case<'_>) -> Vec<Finding> {
        case.steps()
            .filter_map(|(at, node)| {
                let (asked, found) = (node.heap_fetches?, case.rows(at));
                let weight = case.weights.own(at);
                if asked < 1_000.0 || asked < found * 0.25 || !case.matters(weight) {
                    return None;
                }
                Some(Finding {
                    rule: "heap_fetches",
                    at,
                    weight,
                    sentence: format!(
                        "An index of {} could answer alone, but {} had to be looked up in the table: it was not vacuumed since \
                         they changed.",
                        case.called(node),
                        words::rows(asked)
                    ),
                    evidence: vec![
                        format!("{}: {}", node.title(), case.share(weight)),
                        format!("{} found, {} looked up in the table", words::rows(found), words::count(asked)),
                    ],
                    fixes: vec![
                        Fix::run("Vacuum the table; it blocks nobody", format!("VACUUM (ANALYZE) {};", case.table(node))),
                        Fix::run(
                            "If it happens again, have vacuum come more often",
                            format!("ALTER TABLE {} SET (autovacuum_vacuum_scale_factor = 0.02);", case.table(node)),
                        ),
                    ],
                })
            })
            .collect()
    }
}
