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

/// "show the plan of q3f9a1c2": words around the short name of a statement, which nothing else looks like.
pub(super) fn statement(text: &str) -> Option<(Statement, String)> {
    let text = text.trim().trim_end_matches(['.', '?', '!']).to_lowercase();
    let is_name = |word: &&str| {
        word.len() == 8 && word.starts_with('q') && word[1..].bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let name = text.split_whitespace().find(is_name)?.to_owned();
    let begins = |words: &[&str]| words.iter().any(|word| text.starts_with(word));
    let wish = if text.contains("index") && begins(&["create", "apply", "add", "make", "build"]) {
        Statement::Index
    } else if begins(&["open", "create", "file"]) && (text.contains("issue") || text.contains("ticket")) {
        Statement::Issue
    } else {
        Statement::Plan
    };
    Some((wish, name))
}

/// What is wanted of a statement that was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statement {
    /// To see its plan.
    Plan,
    /// The index that it needs.
    Index,
    /// An issue about it.
    Issue,
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

/// "silence everything", "mute all alerts": nothing in particular.
pub(super) fn means_everything(text: &str) -> bool {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let all = |word: &str| matches!(word, "all" | "every" | "alle" | "toutes" | "tous");
    let told = |word: &str| {
        ["alert", "alarm", "notification", "warning", "page", "alerte", "meldung"]
            .iter()
            .any(|told| word.starts_with(told))
    };
    let mut kinds = words.iter().enumerate().filter(|(_, word)| all(word)).map(|(at, _)| &words[at + 1..]);
    words.iter().any(|word| matches!(word.as_str(), "everything" | "alles" | "tout"))
        || kinds.any(|rest| {
            rest.iter()
                .find(|word| !matches!(word.as_str(), "the" | "our" | "my" | "of" | "les" | "die"))
                .is_some_and(|word| told(word))
        })
}

/// "everything except checkout"
pub(super) fn excepts(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|word| {
        ["except", "excluding", "without", "besides", "außer", "ausser", "sauf", "hormis"]
            .iter()
            .any(|out| word.to_lowercase() == *out)
    }) || text.to_lowercase().contains(" but not ")
        || text.to_lowercase().contains("everything but ")
}

/// A name is a few words.
const MOST_WORDS: usize = 3;

/// "shop = checkout + payments", "the db is shop-db", "front means web and search": teaches a name only
/// where all others are known.
pub(super) fn likeness(text: &str) -> Option<(String, Vec<String>)> {
    let text = text.trim().trim_end_matches(['.', '!']);
    let cut = ["=", " means ", " stands for "].iter().find_map(|sign| text.split_once(sign));
    // Of all that can be said with "is" only "the NAME is" teaches one: "what is web" asks.
    let (name, members) = cut.or_else(|| {
        let quoted = |name: &str| name.starts_with(['"', '“', '`']);
        let the =
            |name: &str| name.to_lowercase().starts_with("the ") && name.split_whitespace().count() == 2;
        text.split_once(" is ").filter(|(name, _)| quoted(name) || the(name))
    })?;
    let mut words = name.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    if text.contains('?')
        || name.split_whitespace().count() > MOST_WORDS
        || words.any(|word| NO_NAMES.contains(&word.as_str()))
    {
        return None;
    }
    named(name, members)
}

/// Words that ask, point, or find fault: no names of things.
const NO_NAMES: [&str; 27] = [
    "how",
    "what",
    "who",
    "why",
    "where",
    "which",
    "when",
    "it",
    "this",
    "that",
    "there",
    "here",
    "cause",
    "problem",
    "status",
    "issue",
    "culprit",
    "reason",
    "bottleneck",
    "fault",
    "question",
    "answer",
    "one",
    "everything",
    "nothing",
    "only",
    "worst",
];

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
    fn everything_is_said_in_so_many_words() {
        for text in [
            "silence everything for 2 hours",
            "mute all alerts",
            "alle Alarme stumm",
            "silence all of the alerts",
        ] {
            assert!(means_everything(text), "{text}");
        }
        for text in [
            "silence this alert all day",
            "mute it for all of today",
            "silence all latency alerts",
            "mute all",
        ] {
            assert!(!means_everything(text), "{text}");
        }
        assert!(excepts("silence everything except checkout") && !excepts("silence checkout for 2 h"));
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
        assert_eq!(likeness("the db is shop-db"), Some(("db".to_owned(), vec!["shop-db".to_owned()])));
        for text in [
            "is checkout slow?",
            "how is checkout",
            "what is web",
            "where is payments",
            "root cause is shop-db",
            "the problem is checkout",
            "why is x = 5",
        ] {
            assert_eq!(likeness(text), None, "{text}");
        }
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
