//! What PagerDuty's webhook tells.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let _ = quad::vendors::pagerduty::webhook::read(body);
});
