//! How a clause is meant: as a wish, a question, a thought, a refusal, an account of what was, or
//! somebody else's words. Only a wish may act.

use std::ops::Range;
use std::sync::LazyLock;

use super::items::{Class, Item, ItemKind};
use super::wishes::ORDERS;

/// How a clause is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// A wish or a statement.
    Direct,
    Question,
    /// "should I", "if it gets worse", "maybe".
    Hypothetical,
    /// "don't".
    Negated,
    /// "he said", or in quotation marks.
    Reported,
    /// "the restart failed", "no alerts last night": told of what was.
    Narrated,
}

impl Mood {
    /// In words.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Question => "question",
            Self::Hypothetical => "hypothetical",
            Self::Negated => "negated",
            Self::Reported => "reported",
            Self::Narrated => "narrated",
        }
    }
}

static ASKING: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "
    why what whats who whos when which how hows where wheres whose whom is are was were do does did has
    have had should shall would could can may might will am isnt arent didnt doesnt wasnt any warum
    wieso weshalb was wer wann welche welcher welches wie wo ist sind hat haben kann soll sollen sollte
    sollten gibt darf pourquoi comment qui quand quel quelle quels quelles combien que quoi peut faut
    devrais devrait dois est whether wouldnt shouldnt couldnt y whys wurde wurden muss must wud cud
    "
    .split_whitespace()
    .collect()
});

/// Words that make a question of what follows, wherever they stand.
const INDIRECT: &[&str] = &[
    "why", "who", "whom", "how", "whether", "what", "warum", "wieso", "weshalb", "wer", "pourquoi", "comment",
];

static THINKING: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "
    should shall maybe perhaps wonder wondering considering might suppose imagine hypothetically if
    unless whether supposed thinking sollte sollten soll sollen vielleicht falls wenn wurde ob peut-etre
    devrais devrait faudrait si would wouldnt shouldnt couldnt once whenever otherwise unsure tempted
    consider eventually possibly later
    "
    .split_whitespace()
    .collect()
});

static DENYING: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "
    dont not never without nicht kein keine keinen pas wont isnt wasnt arent cant cannot didnt havent
    hasnt doesnt neither nor nobody shouldnt avoid refrain niemals jamais nie unable aint werent hardly nothing none
    "
    .split_whitespace()
    .collect()
});

pub(super) static REPORTING: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "
    said says saying told wrote writes asked asks suggests recommends reads replied according sagt sagte
    schrieb dit quoted quote claims claimed typed mentioned reports proposes advises heard documentation
    runbook docs thinks wants wanted meinte meint read translate define stands
    "
    .split_whitespace()
    .collect()
});

/// How a clause is meant that begins at `head`; `polite` when it was asked for as "could you".
pub(super) fn mood(items: &[Item], clause: Range<usize>, head: usize, polite: bool) -> Mood {
    let has = |list: &[&str], range: Range<usize>| {
        items[range]
            .iter()
            .any(|item| item.kind == ItemKind::Word && !item.quoted && list.contains(&item.text.as_str()))
    };
    if items[clause.clone()].iter().all(|item| item.quoted) || has(&REPORTING, clause.clone()) {
        return Mood::Reported;
    }
    let first = items[head].text.as_str();
    let second = items.get(head + 1).map_or("", |item| item.text.as_str());
    // "will check after lunch" leaves out the "I".
    let promise = first == "will"
        && matches!(second, "check" | "look" | "fix" | "take" | "do" | "investigate" | "handle" | "report");
    let order = first == "do" && (matches!(second, "not" | "the" | "a") || ORDERS.contains(&second));
    // "we're looking", written with or without its apostrophe.
    let stating = first == "were" && (items[head].raw.contains(['\'', '’']) || second.ends_with("ing"));
    // "was in a meeting" leaves out the "I" as well.
    let excused = matches!(first, "was" | "were")
        && matches!(second, "in" | "at" | "on" | "off" | "away" | "out" | "just" | "busy");
    let asking = !polite && !excused && !promise && !order && !stating && ASKING.contains(&first);
    if has(
        &["if", "when", "unless", "falls", "wenn", "once", "after", "before", "until"],
        clause.start..head + 1,
    ) {
        return Mood::Hypothetical;
    }
    if has(&THINKING, if polite { head..clause.end } else { clause.clone() }) {
        return Mood::Hypothetical;
    }
    // "explain why 12 was resolved"
    let indirect = items[head..clause.end]
        .iter()
        .skip(1)
        .any(|item| item.kind == ItemKind::Word && !item.quoted && INDIRECT.contains(&item.text.as_str()));
    if asking {
        return Mood::Question;
    }
    if indirect || is_narrated(&items[head..clause.end]) {
        return Mood::Narrated;
    }
    // "file a ticket so that nobody forgets it" denies nothing that it asks for.
    let purpose = items[head..clause.end]
        .windows(2)
        .position(|two| two[0].text == "so" && two[1].text == "that")
        .map_or(clause.end, |at| head + at);
    if has(&DENYING, clause.start..purpose) {
        return Mood::Negated;
    }
    Mood::Direct
}

/// "doesn't it", "right", "oder".
pub(super) fn is_tag(items: &[Item]) -> bool {
    const TAGS: &[&str] = &[
        "doesnt", "isnt", "hasnt", "didnt", "wasnt", "arent", "havent", "does", "did", "is", "has", "right",
        "correct", "or", "oder", "richtig", "non", "nicht", "gell",
    ];
    items.len() <= 3 && items.first().is_some_and(|item| TAGS.contains(&item.text.as_str()))
}

/// "restarting web-1 did nothing", "no alerts last night", "rollback history": told of, not wished for.
fn is_narrated(clause: &[Item]) -> bool {
    let word = |at: usize| clause.get(at).map_or("", |item| item.text.split(' ').next().unwrap_or_default());
    let rest = || (1..clause.len()).map(word);
    let first = word(0);
    let told = rest().find(|word| OUTCOMES.contains(word) || JOINTS.contains(word));
    let deed = DEEDS.contains(&first) && told.is_some_and(|word| OUTCOMES.contains(&word));
    let absent = ABSENT.contains(&first) && rest().any(|word| PAST.contains(&word));
    // "resolved alerts", "muted services"
    let listed = PARTICIPLES.contains(&first) && PLURALS.contains(&word(1));
    // "restart count", "false positive rate"
    let measured = (0..clause.len()).any(|at| {
        (DEEDS.contains(&word(at)) || ["positive", "positives", "alarm", "alarms"].contains(&word(at)))
            && MEASURES.contains(&word(at + 1))
    });
    // "12 was closed by bob"
    let by = (1..clause.len()).find(|at| word(*at) == "by").is_some_and(|by| {
        ["was", "were", "got", "been", "wurde"].iter().any(|aux| (0..by).any(|at| word(at) == *aux))
            && !word(by + 1).ends_with("ing")
    });
    // "taking over 10 s"
    let timed = first == "taking"
        && clause.iter().take(5).any(|item| {
            item.is(Class::Span)
                || item.is(Class::Time)
                || ["s", "ms", "sec", "seconds", "minutes"].contains(&item.text.as_str())
        });
    deed || absent || listed || measured || by || timed
}

const DEEDS: &[&str] = &[
    "restart",
    "restarts",
    "restarting",
    "reboot",
    "rebooting",
    "bounce",
    "bouncing",
    "rollback",
    "rollbacks",
    "rolling",
    "revert",
    "reverting",
    "scaling",
    "scale",
    "silence",
    "silencing",
    "mute",
    "muting",
    "killing",
    "kill",
    "resetting",
    "neustart",
    "ack",
    "acks",
    "acknowledging",
    "resolving",
    "closing",
    "fixing",
    "index",
    "deploy",
    "deploying",
    "release",
    "redeploy",
    "looking",
    "working",
    "investigating",
    "checking",
    "taking",
    "handling",
    "grabbing",
    "digging",
    "opening",
    "creating",
    "filing",
    "pausing",
    "snoozing",
    "snooze",
    "quiet",
];

const OUTCOMES: &[&str] = &[
    "did",
    "didnt",
    "failed",
    "fails",
    "took",
    "takes",
    "worked",
    "works",
    "helped",
    "helps",
    "was",
    "wasnt",
    "were",
    "is",
    "isnt",
    "are",
    "arent",
    "had",
    "went",
    "caused",
    "causes",
    "broke",
    "made",
    "makes",
    "seems",
    "looks",
    "happened",
    "happens",
    "finished",
    "changed",
    "fixed",
    "solved",
    "improved",
    "succeeded",
    "ended",
    "doesnt",
    "hasnt",
    "missing",
    "unused",
    "hat",
    "schlug",
    "dauerte",
    "war",
    "wurde",
    "ist",
];

/// What follows these says something about the thing, not about the deed.
const JOINTS: &[&str] = &[
    "which", "that", "because", "since", "as", "while", "who", "after", "when", "if", "weil", "da", "cause",
    "cuz",
];

const ABSENT: &[&str] = &["no", "keine", "kein", "none", "zero", "nothing", "not", "pas", "aucune", "aucun"];

const PAST: &[&str] = &[
    "far",
    "yet",
    "bisher",
    "were",
    "was",
    "came",
    "gab",
    "last",
    "past",
    "since",
    "yesterday",
    "seit",
    "gestern",
    "depuis",
    "hier",
    "this",
    "letzte",
];

const PARTICIPLES: &[&str] = &[
    "resolved",
    "closed",
    "fixed",
    "solved",
    "acked",
    "acknowledged",
    "muted",
    "silenced",
    "snoozed",
    "restarted",
    "scaled",
    "paused",
    "suppressed",
    "open",
];

const PLURALS: &[&str] = &[
    "alerts",
    "incidents",
    "alarms",
    "services",
    "issues",
    "errors",
    "ones",
    "containers",
    "hosts",
    "problems",
    "tickets",
    "warnings",
    "alertes",
    "alarme",
];

const MEASURES: &[&str] = &[
    "rate",
    "rates",
    "ratio",
    "count",
    "counts",
    "history",
    "time",
    "loop",
    "loops",
    "log",
    "logs",
    "policy",
    "statistics",
    "stats",
    "trend",
    "trends",
    "times",
    "plan",
    "list",
    "signal",
    "signals",
    "windows",
    "button",
    "status",
    "scan",
    "scans",
    "factor",
    "hours",
    "size",
];
