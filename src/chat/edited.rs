//! What became of a message that its writer changed later: its new words are a question anew, and never
//! an act. Whoever mends a word of an old message does not mean to do it again.

use crate::chat::understand::Wish;
use crate::model::answer::{Answer, Mark};
use crate::model::request::Request;

/// What is said instead of acting.
pub(super) fn refusal(wish: &Wish) -> Option<Answer> {
    let acts = match wish {
        Wish::Request(request) => !matches!(request.as_ref(), Request::Query(_) | Request::Talk(_)),
        Wish::Settle(..) | Wish::Subscribe(_) | Wish::Rate(_) | Wish::SignIn => true,
        Wish::Why(_) | Wish::Runbook(_) | Wish::Home | Wish::Link(_) => false,
    };
    acts.then(|| {
        Answer::new("You changed a message, and I do nothing on that: say it in a new one to have it done.")
            .marked(Mark::Unknown)
    })
}
