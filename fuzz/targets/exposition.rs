//! A metrics page of anybody's making.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let all = quad::exporters::exposition::read(text, |_| true);
    let none = quad::exporters::exposition::read(text, |_| false);
    assert!(none.lines.is_empty());
    assert!(all.lines.len() + all.unreadable <= text.lines().count());
});
