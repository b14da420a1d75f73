//! What is typed in a fixed form: what buttons say, and wishes that have no other words. Nothing here
//! guesses; whatever does not fit goes to the parser.

use crate::model::alert::AlertNumber;
use crate::model::answer::Press;
use crate::model::change::ChangeNumber;

/// What buttons say when they are typed instead: "why 12", "undo 12", "approve 7". The other buttons
/// are words that the parser knows anyway.
/// `thread` is the alert in whose thread it was said: there, "runbook" needs no number.
pub(super) fn press(text: &str, thread: Option<AlertNumber>) -> Option<Press> {
    let text = text.trim().trim_end_matches(['.', '!']).to_lowercase();
    let runbook = ["runbook", "the runbook", "show runbook", "show the runbook", "show me the runbook"];
    if runbook.contains(&text.as_str()) {
        return thread.map(Press::Runbook);
    }
    let (words, number) = text.rsplit_once(' ')?;
    let number: i64 = number.trim_start_matches('#').parse().ok()?;
    let (alert, change) = (AlertNumber(number), ChangeNumber(number));
    match words.trim() {
        "why" | "why alert" | "explain" | "explain alert" => Some(Press::Why(alert)),
        "runbook" | "show runbook" | "runbook for" | "runbook of" => Some(Press::Runbook(alert)),
        "undo" | "undo alert" => Some(Press::Undo(alert)),
        "false alarm" => Some(Press::FalseAlarm(alert)),
        "approve" | "approve change" | "confirm" | "confirm change" => Some(Press::Approve(change)),
        "cancel" | "cancel change" | "reject" | "reject change" => Some(Press::Cancel(change)),
        "undo change" | "take back" | "take back change" | "revert change" => Some(Press::TakeBack(change)),
        _ => None,
    }
}

/// "call checkout and payments the shop", "alias shop = checkout, payments": a name and what it
/// stands for.
pub(super) fn alias(text: &str) -> Option<(String, Vec<String>)> {
    let text = text.trim().trim_end_matches(['.', '!']);
    let lower = text.to_lowercase();
    // A lower-cased text may differ in length; then nothing is cut.
    let text = if lower.len() == text.len() { text } else { lower.as_str() };
    if text.contains('?') {
        return None;
    }
    let (members, name) = if lower.starts_with("call ") {
        let cut = lower.rfind(" the ")?;
        (text.get(5..cut)?, text.get(cut + 5..)?)
    } else if lower.starts_with("alias ") {
        let (name, members) = text.get(6..)?.split_once('=')?;
        (members, name)
    } else {
        return None;
    };
    named(name, members)
}

/// A name is a few words.
const MOST_WORDS: usize = 3;

/// "shop = checkout + payments", "the db is shop-db", "front means web and search": teaches a name only
/// where all others are known.
pub(super) fn likeness(text: &str) -> Option<(String, Vec<String>)> {
    let text = text.trim().trim_end_matches(['.', '!']);
    let signs = ["=", " means ", " stands for ", " is ", " are "];
    let (name, members) = signs.iter().find_map(|sign| text.split_once(sign))?;
    if text.contains('?') || name.split_whitespace().count() > MOST_WORDS {
        return None;
    }
    named(name, members)
}

fn named(name: &str, members: &str) -> Option<(String, Vec<String>)> {
    let bare = |word: &str| {
        let word = word.trim().trim_matches(['"', '\'', '`', '“', '”']);
        let the = word.get(..4).is_some_and(|the| the.eq_ignore_ascii_case("the "));
        if the { &word[4..] } else { word }.trim().to_owned()
    };
    let members: Vec<String> = members
        .replace(" and ", ",")
        .split([',', '+', '&'])
        .map(bare)
        .filter(|name| !name.is_empty())
        .collect();
    let name = bare(name);
    (!members.is_empty() && !name.is_empty()).then_some((name, members))
}

/// "maintenance of web tomorrow from 22:00 to 23:00": what stands behind the word, to be read as a
/// silence would be.
pub(super) fn maintenance(text: &str) -> Option<&str> {
    let text = text.trim();
    if text.contains('?') {
        return None;
    }
    let mut rest = text;
    for word in ["please ", "plan ", "schedule ", "announce ", "a "] {
        if let Some(head) = rest.get(..word.len())
            && head.eq_ignore_ascii_case(word)
        {
            rest = &rest[word.len()..];
        }
    }
    for word in ["maintenance window", "maintenance"] {
        if let Some(head) = rest.get(..word.len())
            && head.eq_ignore_ascii_case(word)
            && rest[word.len()..].starts_with([' ', ':'])
        {
            return Some(rest[word.len()..].trim_start_matches([' ', ':']));
        }
    }
    None
}

/// "rate quad: very useful", as the quarterly question offers it.
pub(super) fn rating(text: &str) -> Option<&'static str> {
    let rest = text.trim().to_lowercase();
    let rest = rest.strip_prefix("rate quad")?.trim_start_matches(':').trim();
    ["very useful", "somewhat useful", "not useful"].into_iter().find(|rating| *rating == rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_button_offers_can_be_typed() {
        assert_eq!(press("Why #12", None), Some(Press::Why(AlertNumber(12))));
        assert_eq!(press("runbook 12", None), Some(Press::Runbook(AlertNumber(12))));
        let thread = Some(AlertNumber(4));
        assert_eq!(press("Show me the runbook", thread), Some(Press::Runbook(AlertNumber(4))));
        assert_eq!(press("runbook", None), None);
        assert_eq!(press("undo 3", None), Some(Press::Undo(AlertNumber(3))));
        assert_eq!(press("false alarm 3", None), Some(Press::FalseAlarm(AlertNumber(3))));
        assert_eq!(press("Approve 7", None), Some(Press::Approve(ChangeNumber(7))));
        assert_eq!(press("cancel change 7.", None), Some(Press::Cancel(ChangeNumber(7))));
        assert_eq!(press("undo change 7", None), Some(Press::TakeBack(ChangeNumber(7))));
        assert_eq!(press("why is web slow since 12", None), None);
        assert_eq!(press("why", None), None);
        assert_eq!(press("would you approve 7", None), None);
    }

    #[test]
    fn an_alias_is_read_in_either_form() {
        let shop = |name: &str| Some((name.to_owned(), vec!["checkout".to_owned(), "payments".to_owned()]));
        for text in [
            "call checkout and payments the shop",
            "Call checkout, payments the \"shop\".",
            "alias shop = checkout + payments",
        ] {
            assert_eq!(alias(text), shop("shop"), "{text}");
        }
        for text in [
            "shop = checkout + payments",
            "The shop is checkout and payments.",
            "\"shop\" means checkout, payments",
        ] {
            assert_eq!(likeness(text), shop("shop"), "{text}");
        }
        assert_eq!(likeness("is checkout slow?"), None);
        assert_eq!(alias("alias the db = shop-db"), Some(("db".to_owned(), vec!["shop-db".to_owned()])));
        for text in ["call me the boss?", "call the on-call", "who do I call for the database", "alias"] {
            assert_eq!(alias(text), None, "{text}");
        }
    }

    #[test]
    fn planned_work_is_read_behind_its_word() {
        assert_eq!(maintenance("maintenance of web tomorrow 22:00"), Some("of web tomorrow 22:00"));
        assert_eq!(maintenance("Plan a maintenance window for prod"), Some("for prod"));
        assert_eq!(maintenance("is there maintenance of web tomorrow"), None);
        assert_eq!(maintenance("maintenance of web?"), None);
        assert_eq!(maintenance("maintenances"), None);
    }
}
