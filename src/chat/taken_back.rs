//! What is taken back, and words behind a verb that name nothing: in both nothing is guessed.

use crate::model::request::{Request, Talk, Which};

/// What is taken back.
pub(super) enum Back {
    /// Whatever the person did last.
    Last,
    /// A silence, of what these words say.
    Silence(String),
}

pub(super) fn taken_back(text: &str) -> Option<Back> {
    let text = text.trim().trim_end_matches(['.', '!']).to_lowercase();
    if ["undo", "undo that", "undo it", "take it back", "take that back"].contains(&text.as_str()) {
        return Some(Back::Last);
    }
    let verbs = ["unsilence", "unmute", "end the silence of", "undo the silence of", "stop silencing"];
    verbs.iter().find_map(|verb| {
        let rest = text.strip_prefix(verb)?;
        // "unsilenced" is another word.
        (rest.is_empty() || rest.starts_with(' ')).then(|| Back::Silence(rest.trim().to_owned()))
    })
}

/// The word that stands where an alert or a subject should, and is neither: "silence inventory",
/// where nothing is called so. The only open alert is not what such words are about.
pub(super) fn not_about_an_alert(request: &Request, text: &str) -> Option<String> {
    let nothing_named = match request {
        Request::AlertChange(change) => *change.which() == Which::default(),
        Request::Talk(Talk::OutOfScope) => true,
        _ => false,
    };
    let mut words = text.split_whitespace();
    let verb = words.next().filter(|_| nothing_named)?.to_lowercase();
    if !["silence", "mute", "snooze", "unsilence", "ack", "acknowledge", "resolve", "close"]
        .contains(&verb.as_str())
    {
        return None;
    }
    let word = words.find(|word| !["the", "my", "our"].contains(&word.to_lowercase().as_str()))?;
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let name = word.len() >= 3 && word.chars().all(|c| c.is_alphanumeric() || "-_".contains(c));
    let pronoun = STAND_FOR_AN_ALERT.contains(&word.to_lowercase().as_str());
    (name && !pronoun && word.starts_with(char::is_alphabetic)).then(|| word.to_owned())
}

/// Words behind the verb that mean an alert without naming it, or begin a time or a courtesy.
const STAND_FOR_AN_ALERT: [&str; 41] = [
    "this",
    "that",
    "them",
    "these",
    "those",
    "one",
    "alert",
    "alerts",
    "alarm",
    "alarms",
    "warning",
    "incident",
    "issue",
    "problem",
    "page",
    "notification",
    "notifications",
    "noise",
    "thing",
    "all",
    "any",
    "every",
    "everything",
    "please",
    "pls",
    "for",
    "until",
    "till",
    "from",
    "now",
    "tonight",
    "tomorrow",
    "today",
    "next",
    "last",
    "latest",
    "thanks",
    "and",
    "with",
    "because",
    "again",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::request::AlertChange;

    #[test]
    fn an_ordinary_word_behind_the_verb_is_not_the_only_open_alert() {
        let silence = Request::AlertChange(AlertChange::Silence { which: Which::default(), range: None });
        let named = |text: &str| not_about_an_alert(&silence, text);
        assert_eq!(named("silence inventory for 2 hours").as_deref(), Some("inventory"));
        assert_eq!(named("Silence the Inventory").as_deref(), Some("Inventory"));
        for text in
            ["silence it", "silence for 2 hours", "silence until 18:00", "mute 2h", "silence this alert"]
        {
            assert_eq!(named(text), None, "{text}");
        }
        assert_eq!(not_about_an_alert(&Request::Talk(Talk::OutOfScope), "order pizza"), None);
    }
}
