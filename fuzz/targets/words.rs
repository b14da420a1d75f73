//! Words of logs, alerts and people on their way into markup: nothing of them becomes markup.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quad::model::answer::escape;
use quad::render::{html, slack};

fuzz_target!(|text: &str| {
    let _ = slack::markdown(text);
    let escaped = slack::markdown(&escape(text));
    for mark in ["<!", "<@", "<#"] {
        assert!(!escaped.contains(mark), "{text:?} became {escaped:?}");
    }
    let page = html::words(&escape(text)).into_string();
    assert!(!page.contains("<script") && !page.contains("<img"), "{text:?} became {page:?}");
});
