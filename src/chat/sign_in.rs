//! Who asks for a way into quad's page, and what they are told. A fixed list of short sentences:
//! who gets a link should not depend on how well a sentence was understood.

use crate::model::answer::{Answer, escape};
use crate::model::person::Person;
use crate::model::time::Moment;
use crate::store::AuditLine;

/// Words of courtesy, which change nothing.
const COURTESY: [&str; 24] = [
    "please", "me", "a", "an", "the", "your", "my", "quad", "quads", "send", "give", "get", "show", "i",
    "want", "need", "to", "can", "could", "you", "have", "us", "for", "hi",
];

/// What is left of the sentences that ask for it.
const SENTENCES: [&str; 17] = [
    "sign in",
    "signin",
    "sign in link",
    "signin link",
    "link sign in",
    "log in",
    "login",
    "log in link",
    "login link",
    "link log in",
    "open page",
    "open web page",
    "open dashboard",
    "page link",
    "link page",
    "link web page",
    "link dashboard",
];

/// Whether these words ask for a sign-in link, and for nothing else.
pub(super) fn is_asked_for(text: &str) -> bool {
    // Long texts are about something else; looking at their ends is enough to know.
    if text.len() > 80 {
        return false;
    }
    let text = text.to_lowercase().replace(['\'', '\u{2019}'], "");
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let left: Vec<&str> = words.filter(|word| !COURTESY.contains(word)).collect();
    SENTENCES.contains(&left.join(" ").as_str())
}

/// Above the link.
pub(super) fn answer() -> Answer {
    Answer::new("Here is your way into quad's page; it is for you alone.")
}

/// To somebody who asks on the page.
pub(super) fn already(person: &Person) -> Answer {
    let role = person.role.map_or("no role", |role| role.name());
    Answer::new(format!("You are signed in here already, as {} with the role {role}.", escape(&person.name)))
}

/// Where there is no page to lead to.
pub(super) fn no_page() -> Answer {
    Answer::new("No quad runs here that serves a page; start one with `quad`, which prints a link too.")
}

/// For the audit log: that somebody got a link, not which.
pub(super) fn noted(person: &Person, at: Moment) -> AuditLine {
    AuditLine {
        at,
        who_id: person.id.clone(),
        who_name: person.name.clone(),
        what: "sign-in link".to_owned(),
        subject: "quad's page".to_owned(),
        outcome: "sent to them alone".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_wish_to_come_in_asks_for_a_link() {
        for text in [
            "sign in",
            "Sign in, please.",
            "can you send me a sign-in link?",
            "login link",
            "log me in",
            "open the page",
            "I need a link to the dashboard",
        ] {
            assert!(is_asked_for(text), "{text}");
        }
        for text in [
            "why is login slow?",
            "login errors",
            "sign in is down",
            "page bob",
            "don't open the page",
            "users can't log in",
            "log in to web-1 and restart it",
            "",
        ] {
            assert!(!is_asked_for(text), "{text}");
        }
    }
}
