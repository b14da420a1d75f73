//! What Discord sends: a message, a command, a press, a window that was filled in.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quad::model::time::Moment;
use quad::vendors::discord::read::{self, Me, Whereabouts};

fuzz_target!(|body: &[u8]| {
    let Ok(data) = serde_json::from_slice(body) else { return };
    let me = Me { user: "900000000000000900".to_owned(), application: "900000000000000901".to_owned() };
    let now = Moment::from_timestamp(1_767_880_800, 0).expect("a moment");
    let joined = Whereabouts::Thread { parent: "1".to_owned(), joined: true };
    for at in [Whereabouts::Direct, Whereabouts::Channel, joined] {
        for kind in ["MESSAGE_CREATE", "INTERACTION_CREATE", "GUILD_MEMBER_UPDATE"] {
            let _ = read::event(kind, &data, &me, &at, now);
        }
    }
});
