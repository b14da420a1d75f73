//! A bitmap grew too large for its memory and knows pages only: every row of them is looked at again.

use crate::sql::plan::findings::case::Case;
use crate::sql::plan::findings::{Finding, Fix, Rule};
use crate::sql::words;

pub(super) struct Lossy;

impl Rule for Lossy {
    fn judge(&self, case: &Case<'_>) -> Vec<Finding> {
        case.steps()
            .filter_map(|(at, node)| {
                let (lossy, exact) = (node.lossy_blocks?, node.exact_blocks.unwrap_or(0.0));
                let again = node.removed.recheck.unwrap_or(0.0) * case.runs(at);
                let weight = case.weights.own(at);
                // A few lossy pages, or rows that had to be read anyway, cost nothing.
                if lossy < 100.0
                    || lossy < exact * 0.5
                    || again < 10_000.0
                    || again < case.rows(at) * 0.2
                    || !case.matters(weight)
                {
                    return None;
                }
                // A page takes about 40 bytes of a bitmap.
                let megabytes = ((lossy + exact) * 64.0 / 1_048_576.0).max(8.0).log2().ceil().exp2();
                Some(Finding {
                    rule: "lossy",
                    at,
                    weight,
                    sentence: format!(
                        "The bitmap for {} did not fit into memory: {} that do not match were read along.",
                        case.called(node),
                        words::rows(again)
                    ),
                    evidence: vec![
                        format!("{}: {}", node.title(), case.share(weight)),
                        format!(
                            "{} pages known by page only, {} row by row",
                            words::count(lossy),
                            words::count(exact)
                        ),
                    ],
                    fixes: vec![Fix::run(
                        "Give this statement more memory",
                        format!("SET LOCAL work_mem = '{megabytes:.0}MB';"),
                    )],
                })
            })
            .collect()
    }
}
