//! A plan in any of the formats that are read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quad::sql::plan::{self, answer, findings, shape, tree};

fuzz_target!(|text: &str| {
    let Ok(plan) = plan::read(text) else { return };
    let judged = findings::judge(&plan);
    let _ = judged.headline(&plan);
    let _ = answer::answer(&plan, &judged);
    let _ = answer::json(&plan, &judged);
    let _ = tree::tree(&plan, &judged);
    assert_eq!(shape::hash(&plan), shape::hash(&plan));
});
