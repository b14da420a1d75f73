//! Text to what a person wants. Pure: the same text, names and time always give the same answer.
//!
//! Read top to bottom: own words -> tokens -> names and times -> items -> clauses with their mood ->
//! phrases -> decision -> slots -> request. `cues` lists what people say.

mod clauses;
mod common_words;
mod cues;
mod decide;
mod explain;
mod follow;
mod items;
mod matching;
mod measure;
mod moods;
mod names;
mod own_words;
mod phrases;
mod ranker;
mod request;
mod slots;
mod tokens;
mod vocabulary;
mod when;
mod wishes;

pub use explain::Explanation;
pub use ranker::{ACTS, Example, Ranker};
pub use slots::Slots;

use crate::model::inventory::Inventory;
use crate::model::request::Request;
use crate::model::time::Moment;
use clauses::Clause;
use decide::Decision;
use items::{Class, Item, ItemKind};
use own_words::OwnWords;
use ranker::Ranked;

/// What a text was understood to mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// What handlers get.
    pub request: Request,
    /// Its name in the data, e.g. `analyze_latency`.
    pub intent: &'static str,
    /// What was said beside the intent, by the data's slot names.
    pub slots: Slots,
    /// 0 to 1: how far the intent stands before the next.
    pub confidence: f64,
    /// The next likely intent and its confidence.
    pub runner_up: Option<(&'static str, f64)>,
    /// Why something that would act was not read as such.
    pub guard: Option<String>,
    /// A name that was said and is not in the inventory.
    pub unknown: Option<String>,
    /// How it came to this.
    pub explanation: Explanation,
}

/// What `text` means, said at `now` by somebody who knows the names of `inventory`.
pub fn parse(text: &str, inventory: &Inventory, now: Moment) -> Parsed {
    parse_with(&ranker::LEARNED, text, inventory, now)
}

/// The same by other weights, to measure how well sentences are understood that were not learned from.
pub fn parse_with(ranker: &Ranker, text: &str, inventory: &Inventory, now: Moment) -> Parsed {
    let own = own_words::own_words(text);
    let mut items = read(&own.letters, inventory, now);
    let mut subject = read(&own.subject, inventory, now);
    let (mut clauses, mut decision) = weigh(ranker, &items);
    let vague = decision.intent == "smalltalk" || decision.clause.is_none();
    if vague && !subject.is_empty() {
        // "see subject": the subject line is the question. It never acts, being read as a title.
        let (about, titled) = weigh(ranker, &subject);
        if titled.clause.is_some() && !ranker::acts(titled.intent) {
            (clauses, decision) = (about, titled);
            std::mem::swap(&mut items, &mut subject);
        }
    }
    if items.is_empty() && subject.is_empty() {
        // Nothing but marks: "?" asks for help, a thumb is small talk.
        let bare = own.letters.iter().filter(|letter| !letter.folded.is_whitespace());
        decision.intent = match bare.clone().next() {
            Some(_) if bare.clone().any(|letter| letter.folded == '?') => "help",
            Some(letter) if !letter.folded.is_ascii() => "smalltalk",
            _ => "out_of_scope",
        };
    }
    let (mut slots, range) = slots::slots(&items, &clauses, decision.clause, decision.intent);
    if decision.intent != "out_of_scope" {
        for (slot, value) in slots::slots(&subject, &[], None, decision.intent).0 {
            if matches!(slot, "service" | "endpoint" | "environment" | "host" | "container" | "database") {
                slots.entry(slot).or_insert(value);
            }
        }
    }
    let quoted = quoted(&own, text);
    let note: String = own.letters.iter().filter(|letter| !letter.quoted).map(|letter| letter.raw).collect();
    let (confidence, runner_up) = confidence(&decision);
    Parsed {
        request: request::request(decision.intent, &slots, range, quoted, &note),
        intent: decision.intent,
        confidence,
        runner_up,
        unknown: unknown(&items, &slots),
        explanation: explanation(&items, &clauses, &decision),
        guard: decision.guard,
        slots,
    }
}

/// What the ranker sees of a text.
fn features_of(text: &str, inventory: &Inventory, now: Moment) -> Vec<ranker::features::Feature> {
    let own = own_words::own_words(text);
    let items = read(&own.letters, inventory, now);
    let (clauses, hits) = found(&items);
    ranker::features::features(&items, &clauses, &hits)
}

fn read(letters: &[own_words::Letter], inventory: &Inventory, now: Moment) -> Vec<Item> {
    let tokens = tokens::tokens(letters);
    let names = names::names(&tokens, inventory);
    let times = when::times(&tokens, now, inventory.timezone);
    let mut items = items::items(&tokens, names, times);
    phrases::BOOK.read(&mut items);
    items
}

fn weigh(ranker: &Ranker, items: &[Item]) -> (Vec<Clause>, Decision) {
    let (clauses, hits) = found(items);
    let decision = decide::decide(ranker, items, &clauses, &hits);
    (clauses, decision)
}

fn found(items: &[Item]) -> (Vec<Clause>, Vec<phrases::Hit>) {
    let clauses = clauses::clauses(items);
    let mut heads = vec![false; items.len()];
    for clause in &clauses {
        heads[clause.head] = true;
        heads[clause.items.start] = true;
    }
    let mut hits = Vec::new();
    let mut start = 0;
    for clause in &clauses {
        if clause.sentence.start >= start {
            phrases::BOOK.find(items, clause.sentence.start, clause.sentence.end, &heads, &mut hits);
            start = clause.sentence.end;
        }
    }
    (clauses, hits)
}

/// The first longer text in quotation marks, as it was written.
fn quoted(own: &OwnWords, text: &str) -> Option<String> {
    let first = own.letters.iter().position(|letter| letter.quoted)?;
    let run = own.letters[first..].iter().take_while(|letter| letter.quoted);
    let (start, last) =
        run.clone().map(|letter| letter.at).zip(run.last()).map(|(at, last)| (at, last.at)).next()?;
    let end = last + text.get(last..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    let marks = ['"', '“', '”', '„', '«', '»', '\'', '‘', '’', '`', ' ', '\n'];
    let inner = text.get(start..end)?.trim_matches(marks);
    (!inner.is_empty()).then(|| inner.chars().take(200).collect())
}

fn confidence(decision: &Decision) -> (f64, Option<(&'static str, f64)>) {
    let rounded = |share: f32| (f64::from(share) * 1_000.0).round() / 1_000.0;
    let of = |wanted: &&Ranked| wanted.intent == decision.intent;
    let next = decision.ranked.iter().find(|other| !of(other));
    (
        decision.ranked.iter().find(of).map_or(0.3, |first| rounded(first.share)),
        next.map(|next| (next.intent, rounded(next.share))),
    )
}

/// A word in the place of a name that the inventory does not have: "why is `cart` slow".
fn unknown(items: &[Item], slots: &Slots) -> Option<String> {
    if ["service", "container", "host", "database", "endpoint"].iter().any(|slot| slots.contains_key(slot)) {
        return None;
    }
    const BEFORE: &[&str] = &[
        "on", "for", "is", "are", "of", "in", "the", "does", "with", "from", "restart", "silence", "mute",
        "scale", "rollback", "fur", "bei", "ist", "about", "has", "service", "sur", "de", "bounce", "did",
        "and",
    ];
    const AFTER: &[&str] = &[
        "service",
        "is",
        "container",
        "host",
        "latency",
        "errors",
        "slow",
        "has",
        "down",
        "api",
        "database",
        "keeps",
    ];
    items.iter().enumerate().find_map(|(at, item)| {
        let near = |other: Option<&Item>, list: &[&str]| {
            other.is_some_and(|item| list.contains(&item.text.as_str()))
        };
        let placed = near(at.checked_sub(1).and_then(|before| items.get(before)), BEFORE)
            || near(items.get(at + 1), AFTER);
        (placed && !item.quoted && item.is(Class::Other) && item.text.len() > 2)
            .then(|| item.raw.chars().take(64).collect())
    })
}

fn explanation(items: &[Item], clauses: &[Clause], decision: &Decision) -> Explanation {
    const MOST: usize = 200;
    let shown = |item: &Item| match &item.kind {
        ItemKind::Word if item.quoted => format!("\"{}\"", item.text),
        ItemKind::Word => item.text.clone(),
        ItemKind::Path => format!("endpoint={}", item.raw),
        ItemKind::Name(named) => {
            // Where it was said, so that a wrong name can be traced to its words.
            let place = format!("@{}..{}", item.span.start, item.span.end);
            format!("{}={}{}{place}", named.kind.slot(), named.name, if named.guessed { "~" } else { "" })
        }
        ItemKind::Time(said) => {
            format!("time[{}..{}]", said.past.from.format("%dT%H:%M"), said.past.to.format("%dT%H:%M"))
        }
    };
    Explanation {
        items: items.iter().take(MOST).map(shown).collect(),
        clauses: clauses
            .iter()
            .take(MOST)
            .map(|clause| {
                let mood = clause.mood.name();
                let words: Vec<&str> = items[clause.head..clause.items.end]
                    .iter()
                    .take(20)
                    .map(|item| item.text.as_str())
                    .collect();
                format!("{mood}: {}", words.join(" "))
            })
            .collect(),
        candidates: decision
            .ranked
            .iter()
            .take(5)
            .map(|ranked| format!("{} {:.2}", ranked.intent, ranked.share))
            .collect(),
        because: decision.because.clone(),
        phrases: decision.phrases.clone(),
        guard: decision.guard.clone(),
    }
}
