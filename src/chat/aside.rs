//! What is said in a thread that quad is in, without naming it. People talk there among themselves:
//! quad answers what is clearly asked of it, does what is clearly told to it, and is silent otherwise.

use crate::chat::follow::names_a_thing;
use crate::chat::understand::{Meant, Wish};
use crate::model::request::{Query, Request};

/// Less sure than this, it is other people's talk.
const SURE: f64 = 0.7;
/// Shorter than this, words without a question mark can be a question: "checkout errors".
const TERSE: usize = 4;

/// Whether quad should react to it.
pub(super) fn concerns(meant: &Meant, said: &str) -> bool {
    let request = match &meant.wish {
        Wish::Request(request) => request.as_ref(),
        // Said in a form that means nothing else.
        Wish::Why(_) | Wish::Settle(..) | Wish::Runbook(_) => return true,
        Wish::SignIn | Wish::Home | Wish::Link(_) | Wish::Subscribe(_) | Wish::Rate(_) => return false,
    };
    if meant.confidence < SURE || names_somebody(said) {
        return false;
    }
    match request {
        Request::Query(Query::Help | Query::FollowUp(_)) => false,
        Request::Query(_) => said.trim_end().ends_with('?') || said.split_whitespace().count() <= TERSE,
        // Under an alert "looking into it" is for everybody, and that is what quad notes. Elsewhere it
        // must be said which alert is meant.
        Request::AlertChange(change) => {
            let which = change.which();
            meant.thread.is_some() || which.number.is_some() || names_a_thing(&which.scope)
        }
        // "let's roll back" is a proposal to people until quad is named.
        Request::WorldChange(_) | Request::Talk(_) => false,
    }
}

/// "@bob did you change anything?"
fn names_somebody(said: &str) -> bool {
    said.split_whitespace()
        .any(|word| word.strip_prefix('@').is_some_and(|name| name.starts_with(char::is_alphanumeric)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::words::Detail;
    use crate::intent;
    use crate::model::alert::AlertNumber;
    use crate::model::inventory::Inventory;
    use crate::model::time::Moment;

    fn concerned(said: &str, thread: Option<AlertNumber>) -> bool {
        let inventory = Inventory {
            services: ["checkout", "payments"].map(str::to_owned).into(),
            containers: ["web-1"].map(str::to_owned).into(),
            ..Inventory::default()
        };
        let now = Moment::from_timestamp(1_767_880_800, 0).expect("a moment");
        let parsed = intent::parse(said, &inventory, now);
        let meant = Meant {
            wish: Wish::Request(Box::new(parsed.request)),
            detail: Detail::Brief,
            followed: false,
            thread,
            unknown: None,
            other: None,
            held: None,
            text: said.to_owned(),
            confidence: parsed.confidence,
        };
        concerns(&meant, said)
    }

    #[test]
    fn questions_and_what_is_done_about_an_alert_concern_quad() {
        let alert = Some(AlertNumber(4));
        for said in ["is it still slow?", "who is on call?", "checkout errors"] {
            assert!(concerned(said, alert) && concerned(said, None), "{said}");
        }
        for said in ["ack", "silence 2h", "looking into it"] {
            assert!(concerned(said, alert), "{said}");
            assert!(!concerned(said, None), "{said}: of which alert?");
        }
        assert!(concerned("ack 12", None));
    }

    #[test]
    fn people_talk_among_themselves() {
        for said in [
            "I think the db is slow because of the deploy",
            "ok, I restarted web-1 and it looks better now",
            "can someone from payments have a look?",
            "same here, checkout is really slow for me",
            "nice, thanks!",
            "@bob did you change anything yesterday?",
            "I'll take lunch, back at 2",
            "let's roll back",
            "we should probably increase the memory limit",
            "what a day",
        ] {
            assert!(!concerned(said, Some(AlertNumber(4))), "{said}");
        }
    }
}
