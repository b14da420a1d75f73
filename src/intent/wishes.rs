//! Whether a clause asks for a change so plainly that quad may make it although no phrase of the lists
//! says so. Deliberately narrow: what is missed here is only read.

use super::clauses::Clause;
use super::items::{Class, Item};
use super::moods::Mood;

/// Whether `clause` may do what `intent` names.
pub(super) fn is_wish(items: &[Item], clause: &Clause, intent: &str) -> bool {
    let own = &items[clause.items.clone()];
    let head = items[clause.head].text.as_str();
    let has = |list: &[&str]| own.iter().any(|item| list.contains(&item.text.as_str()));
    let mood = match intent {
        // "this alert wasn't helpful"
        "feedback" => matches!(clause.mood, Mood::Direct | Mood::Negated | Mood::Narrated),
        // "no alerts for the next hour, please"
        "silence" if own.iter().any(|item| item.is(Class::Ahead)) => {
            matches!(clause.mood, Mood::Direct | Mood::Negated)
        }
        _ => clause.mood == Mood::Direct,
    };
    let ordered = ORDERS.contains(&head)
        || has(PLEASE) && !has(&["not", "dont", "no"])
        || own.last().is_some_and(|last| INFINITIVES.contains(&last.text.as_str()))
        || own
            .windows(2)
            .any(|two| two[0].text == "i" && matches!(two[1].text.as_str(), "want" | "need" | "approve"))
        || own.windows(2).any(|two| two[0].text.starts_with("need") && two[1].text == "a")
        || head == "like"
        || own
            .windows(2)
            .any(|two| matches!(two[0].text.as_str(), "id" | "wed" | "would") && two[1].text == "like")
        || clause.head > clause.items.start && own.iter().any(|item| item.text == "you");
    let wished = match intent {
        "feedback" => true,
        "acknowledge" => ordered || has(FIRST),
        "resolve" => ordered || has(OVER),
        "silence" => ordered || mood && clause.mood == Mood::Negated,
        _ => ordered,
    };
    mood && wished && own.len() > 1 && !has(CURIOUS) && !has(OTHERS) && own.iter().all(|item| !item.quoted)
}

/// Whether another clause of the message makes a wish doubtful: a question, a thought, somebody's words.
pub(super) fn is_doubted(clauses: &[Clause], wish: usize) -> bool {
    clauses.iter().enumerate().any(|(at, clause)| {
        at != wish && !matches!(clause.mood, Mood::Direct | Mood::Negated | Mood::Narrated)
    })
}

/// Words with which people order something.
pub(super) const ORDERS: &[&str] = &[
    "ack",
    "acknowledge",
    "acquitte",
    "add",
    "adjust",
    "annule",
    "apply",
    "applique",
    "cap",
    "opne",
    "please",
    "arrete",
    "back",
    "bounce",
    "bring",
    "build",
    "bump",
    "close",
    "coupe",
    "create",
    "cree",
    "cycle",
    "decrease",
    "dial",
    "drop",
    "erhohe",
    "erstell",
    "erstelle",
    "ferme",
    "file",
    "give",
    "go",
    "grow",
    "hush",
    "increase",
    "jira",
    "kick",
    "kill",
    "leg",
    "lege",
    "limit",
    "log",
    "lower",
    "mach",
    "mache",
    "make",
    "mark",
    "mets",
    "move",
    "mute",
    "nimm",
    "notify",
    "only",
    "open",
    "ouvre",
    "page",
    "passe",
    "pause",
    "ping",
    "pull",
    "put",
    "quittiere",
    "raise",
    "reboot",
    "recycle",
    "redemarre",
    "redeploy",
    "reduce",
    "return",
    "relance",
    "resolve",
    "restart",
    "restore",
    "revert",
    "reviens",
    "roll",
    "rollback",
    "run",
    "sag",
    "scale",
    "schliess",
    "schliesse",
    "schreib",
    "senke",
    "set",
    "setz",
    "setze",
    "shrink",
    "shush",
    "silence",
    "skaliere",
    "snooze",
    "spin",
    "starte",
    "stell",
    "stelle",
    "stop",
    "suppress",
    "take",
    "tell",
    "throw",
    "ticket",
    "track",
    "turn",
    "undo",
    "use",
    "warn",
    "warne",
    "write",
    "zuruck",
    "neustart",
    "alarmier",
    "alarmiere",
    "previens",
    "augmente",
    "baisse",
    "bug",
];
const PLEASE: &[&str] = &["please", "pls", "plz", "bitte", "svp", "stp", "asap", "sofort"];
const INFINITIVES: &[&str] = &[
    "neustarten",
    "zuruckrollen",
    "erstellen",
    "anlegen",
    "schliessen",
    "stummschalten",
    "quittieren",
    "skalieren",
    "setzen",
    "erhohen",
    "senken",
    "zurucksetzen",
    "hochskalieren",
    "aufmachen",
    "zumachen",
];
const FIRST: &[&str] = &[
    "i", "im", "ive", "ill", "me", "my", "mine", "we", "were", "weve", "ich", "mich", "mir", "meins", "je",
    "j", "moi", "m", "on",
];
const OVER: &[&str] = &[
    "fixed",
    "resolved",
    "resolve",
    "solved",
    "done",
    "closed",
    "close",
    "over",
    "sorted",
    "cleared",
    "behoben",
    "erledigt",
    "gelost",
    "geschlossen",
    "repare",
    "reparee",
    "regle",
    "reglee",
    "resolu",
    "resolue",
    "termine",
    "fini",
    "finie",
    "problem",
    "gone",
];
const CURIOUS: &[&str] = &[
    "know",
    "wissen",
    "savoir",
    "see",
    "sehen",
    "voir",
    "understand",
    "hear",
    "remember",
    "wonder",
    "need no",
    "cancel",
    "forget",
    "already",
    "history",
    "time",
    "times",
    "rate",
    "plan",
    "plans",
    "tomorrow's",
    "which",
];
const OTHERS: &[&str] = &[
    "he",
    "she",
    "they",
    "bob",
    "someone",
    "somebody",
    "nobody",
    "everyone",
    "colleague",
    "team",
    "er",
    "il",
    "elle",
    "ils",
    "might",
];
