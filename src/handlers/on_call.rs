//! Who is on call? As far as the configuration says.

use crate::model::answer::{Answer, Mark, Press};

pub(super) fn on_call() -> Answer {
    Answer::new("Nobody is configured to be on call: alerts go to their channel, and I page nobody.")
        .marked(Mark::Unknown)
        .button("What is open?", Press::Ask("list open alerts".to_owned()))
}
