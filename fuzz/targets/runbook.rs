//! A runbook of the team's.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = quad::config::runbooks::parse("restart", text);
});
