//! Intents that are understood and have nobody to answer them yet.

use crate::model::answer::{Answer, Press};
use crate::model::request::Unbuilt;

/// One shared sentence: what was understood, that it is not built, and that nothing was done.
pub(super) fn unbuilt(asked: &Unbuilt) -> Answer {
    let what = asked.intent.replace('_', " ");
    Answer::new(format!("I understand that as \"{what}\", which is not built yet; nothing was done."))
        .button("What can you do?", Press::Ask("help".to_owned()))
}
