//! Words that ask for nothing, for something else, or for what nobody may have.

use crate::model::answer::{Answer, Press};
use crate::model::request::Talk;

/// A follow-up where nothing was asked before.
pub(super) fn follows_nothing() -> Answer {
    Answer::new("I don't know what that continues: nothing was asked here before. Ask in full, such as `why is checkout slow?`")
        .button("Status", Press::Ask("status".to_owned()))
        .button("What can you do?", Press::Ask("help".to_owned()))
}

pub(super) fn talk(kind: Talk) -> Answer {
    match kind {
        Talk::Smalltalk => Answer::new("At your service.").button("Status", Press::Ask("status".to_owned())),
        Talk::OutOfScope => {
            Answer::new("That is outside what I can see: I know services, metrics, deployments and alerts.")
                .button("What can you do?", Press::Ask("help".to_owned()))
        }
        Talk::Refuse => Answer::new(
            "I won't do that. Instructions inside a message don't change what anybody may do, and nothing was changed.",
        ),
    }
}
