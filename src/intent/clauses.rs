//! Cuts a message into sentences and clauses, and says what a clause inherits from those before it.

use std::ops::Range;
use std::sync::LazyLock;

use super::items::{After, Class, Item, ItemKind};
use super::moods::{Mood, REPORTING, is_tag, mood};

/// A clause, with the place where it begins once courtesies are passed.
#[derive(Debug, Clone)]
pub(super) struct Clause {
    pub(super) items: Range<usize>,
    pub(super) head: usize,
    pub(super) mood: Mood,
    pub(super) sentence: Range<usize>,
}

static COURTESIES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "
    please pls plz kindly just hey hi hello quad ok okay so now then and but also yes yeah yep sure
    great thanks right well alright bitte hallo dear team folks guys all oh ah hm hmm ja oui svp stp und
    et dann mal cool bot quickly fyi btw actually good thx yo anyway meanwhile everyone gotcha no nope
    still a the l le la les uh um er buddy mate again instead immediately today update sorry
    "
    .split_whitespace()
    .collect()
});

/// Requests in the form of a question.
const POLITE: &[&[&str]] = &[
    &["can", "you"],
    &["could", "you"],
    &["can", "u"],
    &["could", "u"],
    &["will", "you", "please"],
    &["would", "you", "please"],
    &["would", "you", "mind"],
    &["would", "you", "kindly"],
    &["can", "someone"],
    &["could", "someone"],
    &["can", "somebody"],
    &["could", "somebody"],
    &["please", "can", "you"],
    &["id", "like", "you", "to"],
    &["i", "want", "you", "to"],
    &["i", "need", "you", "to"],
    &["i", "would", "like", "you", "to"],
    &["i", "would", "like", "to"],
    &["id", "like", "to"],
    &["i", "want", "to"],
    &["go", "ahead", "and"],
    &["lets"],
    &["let", "us"],
    &["kannst", "du"],
    &["konntest", "du"],
    &["konnen", "sie"],
    &["peux", "tu"],
    &["tu", "peux"],
    &["pouvez", "vous"],
    &["sil", "te", "plait"],
    &["s", "il", "te", "plait"],
    &["s", "il", "vous", "plait"],
    &["make", "sure", "to"],
    &["would", "you", "be", "so", "kind", "and"],
    &["would", "you", "be", "so", "kind", "to"],
    &["would", "you", "be", "so", "kind", "as", "to"],
    &["be", "so", "kind", "and"],
    &["be", "so", "kind", "to"],
    &["be", "so", "kind", "as", "to"],
    &["do", "me", "a", "favor", "and"],
    &["be", "a", "dear", "and"],
    &["feel", "free", "to"],
    &["time", "to"],
    &["wurdest", "du"],
    &["im", "going", "to"],
    &["wanna"],
    &["can", "we", "please"],
    &["could", "we", "please"],
    &["can", "i", "please"],
];

/// Clauses of `items`, in order.
pub(super) fn clauses(items: &[Item]) -> Vec<Clause> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut reported = false;
    while start < items.len() {
        let end =
            (start..items.len()).find(|at| items[*at].after >= After::Stop).map_or(items.len(), |at| at + 1);
        let first = out.len();
        sentence(items, start..end, &mut out);
        // "bob said: too noisy! mute web-1": what was begun as somebody's words is so to the end of the line.
        if reported {
            out[first..].iter_mut().for_each(|clause| clause.mood = Mood::Reported);
        }
        let last = &items[end - 1];
        reported = last.after != After::Line && (reported || announces(items, start..end));
        start = end;
    }
    out
}

/// "bob said:", "she wrote:".
fn announces(items: &[Item], sentence: Range<usize>) -> bool {
    items[sentence]
        .iter()
        .any(|item| item.after == After::Pause && !item.quoted && REPORTING.contains(&item.text.as_str()))
}

fn sentence(items: &[Item], whole: Range<usize>, out: &mut Vec<Clause>) {
    let asked = items[whole.end - 1].after == After::Question;
    let mut start = whole.start;
    let mut inherited = None;
    let mut questioned = false;
    while start < whole.end {
        let end = (start..whole.end)
            .find(|at| *at + 1 == whole.end || ends_clause(items, *at))
            .map_or(whole.end, |at| at + 1);
        let head = head(items, start, end);
        let polite = is_polite(items, start, head);
        let last = end == whole.end;
        let mut mood = mood(items, start..end, head, polite);
        if mood == Mood::Question {
            questioned = true;
        }
        // "should I ack it, or restart web-1?": what was begun as a thought stays one.
        if let Some(before) = inherited
            && (before == Mood::Reported || matches!(mood, Mood::Direct | Mood::Negated))
        {
            mood = before;
        }
        if asked && !polite && matches!(mood, Mood::Direct | Mood::Negated) && (last || questioned) {
            mood = Mood::Question;
        }
        // "restart web-1?" asks. In "why slow, ack 12?" both parts do.
        let goes_on = matches!(mood, Mood::Hypothetical | Mood::Reported)
            || (matches!(mood, Mood::Negated | Mood::Question) && joined_by_and(items, end));
        inherited = (goes_on && (mood == Mood::Reported || !resets(items, end))).then_some(mood);
        out.push(Clause { items: start..end, head, mood, sentence: whole.clone() });
        start = end;
    }
    // "checkout works again, doesn't it?"
    if asked && out.last().is_some_and(|clause| is_tag(&items[clause.items.clone()])) {
        let own = out.iter_mut().filter(|clause| clause.sentence == whole);
        own.filter(|clause| matches!(clause.mood, Mood::Direct | Mood::Negated))
            .for_each(|clause| clause.mood = Mood::Question);
    }
}

/// A breath ends a clause, and so does a word that opens a new one.
fn ends_clause(items: &[Item], at: usize) -> bool {
    items[at].after >= After::Pause
        || items.get(at + 1).is_some_and(|next| {
            next.kind == ItemKind::Word
                && (matches!(
                    next.text.as_str(),
                    "but" | "then" | "because" | "aber" | "mais" | "sondern" | "while"
                ) || (matches!(next.text.as_str(), "and" | "so" | "und" | "et" | "or")
                    // "be so kind and" goes on.
                    && !matches!(items[at].text.as_str(), "kind" | "dear" | "favor")
                    && items.get(at + 2).is_some_and(|after| is_verb(&after.text))))
        })
}

/// Verbs that begin a wish of their own after "and".
fn is_verb(text: &str) -> bool {
    [
        "please",
        "restart",
        "ack",
        "acknowledge",
        "resolve",
        "close",
        "silence",
        "mute",
        "snooze",
        "scale",
        "rollback",
        "roll",
        "revert",
        "create",
        "open",
        "file",
        "then",
        "can",
        "could",
        "tell",
        "show",
        "set",
        "apply",
        "bounce",
        "give",
        "send",
        "stop",
        "im",
        "ill",
        "delete",
        "drop",
        "pls",
        "just",
        "raise",
        "lower",
        "reboot",
        "kill",
        "why",
        "what",
        "who",
        "how",
        "mark",
        "list",
        "explain",
    ]
    .contains(&text)
}

fn joined_by_and(items: &[Item], at: usize) -> bool {
    items.get(at).is_some_and(|item| ["and", "or", "und", "oder", "et", "ou"].contains(&item.text.as_str()))
}

/// "..., just tell me", "but please": the wish begins anew.
fn resets(items: &[Item], at: usize) -> bool {
    items
        .get(at)
        .is_some_and(|item| ["but", "just", "please", "aber", "instead"].contains(&item.text.as_str()))
        && items.get(at.wrapping_sub(1)).is_none_or(|item| item.text != "if")
}

/// Where the clause begins once greetings, courtesies and times are passed.
fn head(items: &[Item], start: usize, end: usize) -> usize {
    let mut at = start;
    loop {
        if at >= end {
            return start;
        }
        let rest = &items[at..end];
        if let Some(phrase) = POLITE.iter().find(|phrase| {
            phrase.len() < rest.len() && phrase.iter().zip(rest).all(|(word, item)| item.text == *word)
        }) {
            at += phrase.len();
        } else if at + 1 < end
            && (COURTESIES.contains(&items[at].text.as_str()) && !(items[at].text == "no" && items[at + 1].text != "please")
                || (items[at].is(Class::Time) && at + 1 < end)
                // A word with a typo in a courtesy: "plase restart".
                || (items[at].kind == ItemKind::Word && strsim::osa_distance(&items[at].text, "please") == 1))
        {
            at += 1;
        } else {
            return at;
        }
    }
}

fn is_polite(items: &[Item], start: usize, head: usize) -> bool {
    let passed: Vec<&str> = items[start..head].iter().map(|item| item.text.as_str()).collect();
    POLITE.iter().any(|phrase| passed.windows(phrase.len()).any(|window| window == *phrase))
}
