//! What the ranker looks at in a message: its words, alone and in company, with kinds of things in
//! the place of names; what they are about; parts of words, so that a typo or an ending costs little;
//! how it is said; and the phrases that were found.

use std::fmt::{self, Write as _};

use super::concepts::concepts;
use crate::intent::clauses::Clause;
use crate::intent::cues;
use crate::intent::items::{After, Class, Item, ItemKind};
use crate::intent::phrases::{BOOK, Hit};

/// How much each group of features counts before anything is learned; tried out by leaving authors out.
mod share {
    pub(super) const WORD: f32 = 1.0;
    pub(super) const TWO_WORDS: f32 = 0.7;
    pub(super) const THREE_WORDS: f32 = 0.5;
    pub(super) const WORDS_APART: f32 = 0.5;
    pub(super) const LETTERS: f32 = 0.3;
    pub(super) const MOOD: f32 = 0.4;
    pub(super) const CONCEPT: f32 = 1.5;
    pub(super) const TWO_CONCEPTS: f32 = 0.5;
    pub(super) const TIME: f32 = 1.0;
    pub(super) const PHRASE: f32 = 1.5;
    pub(super) const TWO_INTENTS: f32 = 0.7;
}
/// The length of every message in the space of features: a long mail says no more than a line.
const LENGTH: f32 = 10.0;
/// Items of a message that are looked at; a flood shall not cost time.
const MOST_ITEMS: usize = 120;

/// Something that is so in a message.
#[derive(Debug, Clone, Copy)]
pub(in crate::intent) struct Feature {
    /// Of its text: "words how .. doing".
    pub(super) hash: u32,
    pub(super) value: f32,
}

/// A number for a text, the same everywhere.
pub(super) fn fnv(text: fmt::Arguments<'_>) -> u32 {
    struct Fnv(u32);
    impl fmt::Write for Fnv {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            for byte in part.bytes() {
                self.0 = (self.0 ^ u32::from(byte)).wrapping_mul(0x0100_0193);
            }
            Ok(())
        }
    }
    let mut hash = Fnv(0x811c_9dc5);
    let _ = hash.write_fmt(text);
    hash.0
}

/// All features of a message, in the order of their numbers.
pub(in crate::intent) fn features(items: &[Item], clauses: &[Clause], hits: &[Hit]) -> Vec<Feature> {
    let mut found = Found::default();
    found.all(items, clauses, hits);
    let mut features = found.features;
    features.sort_by_key(|feature| feature.hash);
    features.dedup_by_key(|feature| feature.hash);
    let length = features.iter().map(|feature| feature.value * feature.value).sum::<f32>().sqrt();
    features.iter_mut().for_each(|feature| feature.value *= LENGTH / length);
    features
}

/// The texts of some features of a message, for people.
pub(in crate::intent) fn texts(
    items: &[Item],
    clauses: &[Clause],
    hits: &[Hit],
    wanted: &[u32],
) -> Vec<(u32, String)> {
    let mut found = Found { wanted: wanted.to_vec(), ..Found::default() };
    found.all(items, clauses, hits);
    found.texts
}

/// Features are kept as numbers: a message has hundreds, and only a few are ever shown.
#[derive(Default)]
struct Found {
    features: Vec<Feature>,
    wanted: Vec<u32>,
    texts: Vec<(u32, String)>,
}

impl Found {
    fn all(&mut self, items: &[Item], clauses: &[Clause], hits: &[Hit]) {
        let items = &items[..items.len().min(MOST_ITEMS)];
        self.words(items);
        self.letters(items);
        self.times(items);
        self.concepts(items, clauses);
        self.moods(items, clauses);
        self.phrases(clauses, hits);
    }

    fn add(&mut self, text: fmt::Arguments<'_>, value: f32) {
        let hash = fnv(text);
        self.features.push(Feature { hash, value });
        if self.wanted.contains(&hash) {
            self.texts.push((hash, text.to_string()));
        }
    }

    /// Words with the marks between them, alone and up to four in a row.
    fn words(&mut self, items: &[Item]) {
        let mut words = vec!["^".to_owned()];
        for (at, item) in items.iter().enumerate() {
            if !item.quoted {
                words.push(kind(item));
            } else if words.last().is_none_or(|last| last != "<quoted>") {
                words.push("<quoted>".to_owned());
            }
            match item.after {
                After::Question => words.push("?".to_owned()),
                After::Pause | After::Stop | After::Line if at + 1 < items.len() => {
                    words.push(",".to_owned())
                }
                _ => {}
            }
        }
        words.push("$".to_owned());
        for at in 0..words.len() {
            let rest = &words[at..];
            self.add(format_args!("word {}", rest[0]), share::WORD);
            if let [one, two, ..] = rest {
                self.add(format_args!("words {one} {two}"), share::TWO_WORDS);
            }
            if let [one, two, three, ..] = rest {
                self.add(format_args!("words {one} {two} {three}"), share::THREE_WORDS);
                self.add(format_args!("words {one} .. {three}"), share::WORDS_APART);
            }
            if let [one, _, _, four, ..] = rest {
                self.add(format_args!("words {one} .. {four}"), share::WORDS_APART);
            }
        }
    }

    /// Three to five letters of a word, its edges among them.
    fn letters(&mut self, items: &[Item]) {
        for item in items.iter().filter(|item| is_word(item)) {
            let of = if item.quoted { "quoted letters" } else { "letters" };
            let edged: Vec<char> = format!("<{}>", item.text).chars().take(24).collect();
            for size in 3..=5 {
                for part in edged.windows(size) {
                    match part {
                        [a, b, c] => self.add(format_args!("{of} {a}{b}{c}"), share::LETTERS),
                        [a, b, c, d] => self.add(format_args!("{of} {a}{b}{c}{d}"), share::LETTERS),
                        [a, b, c, d, e] => self.add(format_args!("{of} {a}{b}{c}{d}{e}"), share::LETTERS),
                        _ => {}
                    }
                }
            }
        }
    }

    fn times(&mut self, items: &[Item]) {
        for item in items {
            let ItemKind::Time(said) = &item.kind else { continue };
            let length = match (said.past.to - said.past.from).num_hours() {
                ..=1 => "an hour",
                2..=12 => "hours",
                13..=36 => "a day",
                37..=100 => "days",
                101..=200 => "a week",
                201..=800 => "a month",
                _ => "longer",
            };
            self.add(format_args!("time of {length}"), share::TIME);
            if item.is(Class::Ahead) {
                self.add(format_args!("time ahead"), share::TIME);
            }
            let first = item.text.split(' ').next().unwrap_or_default();
            self.add(format_args!("time said {first}"), share::TIME);
        }
    }

    /// What the words are about: alone, together in the message, and next to each other.
    fn concepts(&mut self, items: &[Item], clauses: &[Clause]) {
        let known: Vec<Vec<&str>> = items
            .iter()
            .map(|item| if is_word(item) && !item.quoted { concepts(&item.text) } else { Vec::new() })
            .collect();
        let things: Vec<String> = items.iter().map(kind).filter(|kind| kind.starts_with('<')).collect();
        let mut all: Vec<&str> = known.iter().flatten().copied().collect();
        all.extend(things.iter().map(String::as_str));
        all.sort_unstable();
        all.dedup();
        for (at, one) in all.iter().enumerate() {
            self.add(format_args!("about {one}"), share::CONCEPT);
            for other in &all[at + 1..] {
                self.add(format_args!("about {one} and {other}"), share::TWO_CONCEPTS);
            }
        }
        for at in 0..known.len() {
            for (skip, next) in known[at + 1..].iter().take(2).enumerate() {
                for one in &known[at] {
                    for other in next {
                        self.add(format_args!("about {one} then {other}"), share::TWO_CONCEPTS);
                    }
                    if next.is_empty() && skip == 0 {
                        self.add(
                            format_args!("about {one} then {}", kind(&items[at + 1])),
                            share::TWO_CONCEPTS,
                        );
                    }
                }
                if known[at].is_empty() && skip == 0 {
                    for other in next {
                        self.add(
                            format_args!("about {} then {other}", kind(&items[at])),
                            share::TWO_CONCEPTS,
                        );
                    }
                }
            }
        }
        for clause in clauses {
            let mood = clause.mood.name();
            for place in clause.items.clone().take_while(|place| *place < items.len()) {
                for one in &known[place] {
                    self.add(format_args!("{mood} about {one}"), share::TWO_CONCEPTS);
                    if place == clause.head {
                        self.add(format_args!("{mood} clause begins about {one}"), share::TWO_CONCEPTS);
                    }
                }
            }
        }
    }

    /// How it is said, and what is said so.
    fn moods(&mut self, items: &[Item], clauses: &[Clause]) {
        self.add(format_args!("length {}", items.len().min(12)), share::MOOD);
        for (at, clause) in clauses.iter().enumerate() {
            let mood = clause.mood.name();
            self.add(format_args!("a {mood} clause"), share::MOOD);
            if at == 0 {
                self.add(format_args!("first a {mood} clause"), share::MOOD);
            }
            if at + 1 == clauses.len() {
                self.add(format_args!("last a {mood} clause"), share::MOOD);
            }
            for place in clause.items.clone().take_while(|place| *place < items.len()) {
                let word = kind(&items[place]);
                if place == clause.head {
                    self.add(format_args!("{mood} clause begins {word}"), share::MOOD);
                }
                self.add(format_args!("{mood} {word}"), share::MOOD);
            }
        }
    }

    /// Phrases of the lists, and how strongly they speak for an intent.
    fn phrases(&mut self, clauses: &[Clause], hits: &[Hit]) {
        let mut best = vec![0.0_f64; cues::ALL.len()];
        for hit in hits {
            let phrase = &BOOK.phrases[hit.phrase];
            let intent = cues::ALL[phrase.intent].intent;
            best[phrase.intent] = best[phrase.intent].max(phrase.weight);
            self.add(format_args!("phrase of {intent}: {}", phrase.source), share::PHRASE);
            if cues::ALL[phrase.intent].acting
                && let Some(clause) = clauses.iter().find(|clause| clause.items.contains(&hit.from))
            {
                self.add(format_args!("{} phrase of {intent}", clause.mood.name()), share::PHRASE);
            }
        }
        let top = best.iter().copied().fold(0.0, f64::max);
        let hit: Vec<usize> = (0..best.len()).filter(|at| best[*at] > 0.0).collect();
        for (place, at) in hit.iter().enumerate() {
            let intent = cues::ALL[*at].intent;
            let strength = (best[*at] as f32 / 10.0).min(2.0);
            self.add(format_args!("a phrase of {intent}"), share::PHRASE * strength);
            if best[*at] >= top {
                self.add(format_args!("the strongest phrase of {intent}"), share::PHRASE);
            }
            for other in &hit[place + 1..] {
                let other = cues::ALL[*other].intent;
                self.add(format_args!("phrases of {intent} and {other}"), share::TWO_INTENTS);
            }
        }
    }
}

fn is_word(item: &Item) -> bool {
    item.kind == ItemKind::Word && !item.text.starts_with(|c: char| c.is_ascii_digit())
        || matches!(item.text.as_str(), "4xx" | "5xx" | "1st" | "2nd" | "3rd" | "9s")
}

/// The word, or the kind of thing that stands in its place.
fn kind(item: &Item) -> String {
    match &item.kind {
        ItemKind::Name(named) => format!("<{}>", named.kind.slot()),
        ItemKind::Path => "<endpoint>".to_owned(),
        ItemKind::Time(_) => "<time>".to_owned(),
        ItemKind::Word => [
            (Class::Number, "<number>"),
            (Class::Version, "<version>"),
            (Class::Span, "<span>"),
            (Class::Percent, "<percent>"),
            (Class::Identifier, "<identifier>"),
            (Class::Fault, "<fault>"),
        ]
        .into_iter()
        .find(|(class, _)| item.is(*class))
        .map_or_else(|| item.text.clone(), |(_, name)| name.to_owned()),
    }
}
