//! A configuration file: read, or refused with a place and a reason.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(unusable) = quad::config::parse("file.yml", text) {
        assert!(!unusable.to_string().is_empty());
    }
});
