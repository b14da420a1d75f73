//! What Slack sends: an event, a command, a click.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quad::model::time::Moment;
use quad::vendors::slack::read::{self, Me};

fuzz_target!(|body: &[u8]| {
    let Ok(payload) = serde_json::from_slice(body) else { return };
    let me = Me { user: "U0QUAD".to_owned(), bot: "B0QUAD".to_owned() };
    let now = Moment::from_timestamp(1_767_880_800, 0).expect("a moment");
    let _ = read::event(&payload, &me, now);
    let _ = read::command(&payload, &me, now);
    let _ = read::interaction(&payload, now);
});
