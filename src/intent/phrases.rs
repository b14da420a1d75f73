//! The small language in which `cues` lists what people say, and the book compiled from it.
//!
//! `a|b` alternatives, `slow*` any word that begins so, `[the]` may be there, `~` little words or
//! times may stand there, `..` up to six things may stand there, `{service}` a kind of thing,
//! `^` and `$` where a clause begins (after "could you please") and ends.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::common_words::is_common;
use super::cues::{self, Cue};
use super::items::{After, Class, Item, ItemKind};

/// Mistyped words are looked up for at most so many words of a message.
const MOST_TYPOS: usize = 64;

/// All phrases, compiled once.
pub(super) static BOOK: LazyLock<Book> = LazyLock::new(Book::compile);

/// Intents that never go by other forms of their words: too general, or too grave.
const EXACT: &[&str] =
    &["help", "smalltalk", "out_of_scope", "refuse", "follow_up", "audit", "status", "list_alerts"];

/// Little words that `~` passes over.
const FILLERS: &[&str] = &[
    "the",
    "a",
    "an",
    "my",
    "our",
    "your",
    "this",
    "that",
    "these",
    "those",
    "all",
    "any",
    "of",
    "for",
    "on",
    "in",
    "at",
    "to",
    "please",
    "pls",
    "plz",
    "just",
    "now",
    "right",
    "really",
    "so",
    "very",
    "me",
    "us",
    "some",
    "with",
    "from",
    "about",
    "currently",
    "is",
    "are",
    "it",
    "there",
    "still",
    "again",
    "also",
    "service",
    "alert",
    "number",
    "no",
    "container",
    "der",
    "die",
    "das",
    "den",
    "dem",
    "auf",
    "bei",
    "fur",
    "le",
    "la",
    "les",
    "de",
    "du",
    "sur",
    "mal",
    "bitte",
    "and",
    "getting",
    "been",
    "super",
    "pretty",
    "too",
    "bit",
    "such",
    "quite",
    "extremely",
    "incredibly",
    "already",
    "schon",
    "gerade",
    "jetzt",
    "auch",
    "eben",
    "doch",
    "deja",
    "encore",
];

#[derive(Debug)]
enum Part {
    One(Choice),
    Optional(Choice),
    Fillers,
    Gap,
    Start,
    End,
}

/// Words or kinds of things, any of which may stand in one place.
#[derive(Debug)]
struct Choice {
    words: Vec<u16>,
    classes: Vec<Class>,
}

/// One phrase of one intent.
#[derive(Debug)]
pub(super) struct Phrase {
    /// Position in [`cues::ALL`].
    pub(super) intent: usize,
    pub(super) weight: f64,
    /// Holds although the clause is negated or conditional: "don't page me", "alert me if".
    pub(super) firm: bool,
    /// Goes by other forms of its words too.
    loose: bool,
    /// As it is written in the list.
    pub(super) source: &'static str,
    parts: Vec<Part>,
}

/// A phrase found in a message.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    pub(super) phrase: usize,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// The compiled phrases and their vocabulary.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) phrases: Vec<Phrase>,
    words: HashMap<&'static str, u16>,
    stems: HashMap<char, Vec<(&'static str, u16)>>,
    /// Whole words by first letter, for typos.
    spellings: HashMap<char, Vec<(&'static str, u16)>>,
    /// Words by their stem.
    forms: HashMap<String, Vec<u16>>,
    /// Words that others may be typos of.
    spelled: HashSet<u16>,
    by_first: Vec<Vec<usize>>,
    open: Vec<usize>,
}

impl Book {
    fn compile() -> Self {
        let mut book = Self {
            phrases: Vec::new(),
            words: HashMap::new(),
            stems: HashMap::new(),
            spellings: HashMap::new(),
            forms: HashMap::new(),
            spelled: HashSet::new(),
            by_first: Vec::new(),
            open: Vec::new(),
        };
        for (intent, listed) in cues::ALL.iter().enumerate() {
            for cue in listed.cues {
                book.add(intent, cue);
            }
        }
        book
    }

    fn add(&mut self, intent: usize, cue: &Cue) {
        let (weight, firm, source) = match cue {
            Cue::Say(weight, source) => (*weight, false, *source),
            Cue::Firm(weight, source) => (*weight, true, *source),
        };
        let parts: Vec<Part> = source.split_whitespace().map(|part| self.part(part)).collect();
        let listed = &cues::ALL[intent];
        // What is none of quad's business is so by default, so nothing is taken for a typo of it.
        if listed.intent != "out_of_scope" {
            for part in &parts {
                if let Part::One(choice) | Part::Optional(choice) = part {
                    self.spelled.extend(&choice.words);
                }
            }
        }
        let loose = !listed.acting && !EXACT.contains(&listed.intent);
        let number = self.phrases.len();
        match parts.iter().find(|part| !matches!(part, Part::Start)) {
            Some(Part::One(choice)) => {
                for word in &choice.words {
                    self.by_first[usize::from(*word)].push(number);
                }
                if !choice.classes.is_empty() {
                    self.open.push(number);
                }
            }
            _ => self.open.push(number),
        }
        self.phrases.push(Phrase { intent, weight, firm, loose, source, parts });
    }

    fn part(&mut self, part: &'static str) -> Part {
        if let Some(inner) = part.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return Part::Optional(self.choice(inner));
        }
        match part {
            "~" => Part::Fillers,
            ".." => Part::Gap,
            "^" => Part::Start,
            "$" => Part::End,
            words => Part::One(self.choice(words)),
        }
    }

    /// `a|b|{service|host}`: braces hold kinds of things.
    fn choice(&mut self, text: &'static str) -> Choice {
        let mut choice = Choice { words: Vec::new(), classes: Vec::new() };
        let mut rest = text;
        while !rest.is_empty() {
            let (part, next) = match rest.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                Some((classes, next)) => {
                    choice.classes.extend(classes.split('|').map(class));
                    ("", next)
                }
                None => rest.split_at(rest.find('|').unwrap_or(rest.len())),
            };
            if !part.is_empty() {
                choice.words.push(self.word(part));
            }
            rest = next.strip_prefix('|').unwrap_or(next);
        }
        choice
    }

    fn word(&mut self, word: &'static str) -> u16 {
        if let Some(known) = self.words.get(word) {
            return *known;
        }
        let number = self.by_first.len() as u16;
        self.by_first.push(Vec::new());
        self.words.insert(word, number);
        let first = word.chars().next().unwrap_or(' ');
        match word.strip_suffix('*') {
            Some(stem) => self.stems.entry(first).or_default().push((stem, number)),
            None => {
                self.spellings.entry(first).or_default().push((word, number));
                if let Some(stem) = stem(word) {
                    self.forms.entry(stem).or_default().push(number);
                }
            }
        }
        number
    }

    /// Marks each item with the words of the book that it is, starts with, or was meant to be.
    pub(super) fn read(&self, items: &mut [Item]) {
        let mut typos = 0;
        for item in items {
            if matches!(item.kind, ItemKind::Time(_) | ItemKind::Path) {
                continue;
            }
            self.look_up(&item.text, &mut item.literals);
            if let Some(forms) = stem(&item.text).and_then(|stem| self.forms.get(&stem)) {
                item.related.extend(forms.iter().filter(|form| !item.literals.contains(form)));
            }
            if !item.literals.is_empty() || item.kind != ItemKind::Word || item.quoted {
                continue;
            }
            let squeezed = squeeze(&item.text);
            if let Some(squeezed) = &squeezed {
                self.look_up(squeezed, &mut item.literals);
            }
            if item.literals.is_empty()
                && typos < MOST_TYPOS
                && !is_common(&item.text)
                && !item.is(Class::Identifier)
            {
                typos += 1;
                self.look_up_typo(squeezed.as_deref().unwrap_or(&item.text), &mut item.literals);
            }
        }
    }

    fn look_up(&self, text: &str, found: &mut Vec<u16>) {
        found.extend(self.words.get(text));
        let Some(first) = text.chars().next() else { return };
        for (stem, number) in self.stems.get(&first).map_or(&[][..], Vec::as_slice) {
            if text.starts_with(stem) {
                found.push(*number);
            }
        }
    }

    fn look_up_typo(&self, text: &str, found: &mut Vec<u16>) {
        let length = text.chars().count();
        if !(4..=20).contains(&length) || text.chars().any(|c| c.is_ascii_digit()) {
            return;
        }
        let mut letters = text.chars();
        let (Some(first), Some(second)) = (letters.next(), letters.next()) else { return };
        let mut best = (usize::MAX, "");
        for letter in [first, second] {
            for (word, number) in self.spellings.get(&letter).map_or(&[][..], Vec::as_slice) {
                if !self.spelled.contains(number) {
                    continue;
                }
                let other = word.chars().count();
                let allowed = match other.min(length) {
                    0..=3 => continue,
                    4..=7 => 1,
                    _ => 2,
                };
                if other.abs_diff(length) > allowed || (letter != first && allowed == 1 && other != length) {
                    continue;
                }
                let distance = strsim::osa_distance(text, word);
                if distance <= allowed && (distance, *word) < best {
                    best = (distance, word);
                }
            }
        }
        // Stems take a typo in the part that they fix: "latancy" for `latenc*`.
        for (stem, _) in self.stems.get(&first).map_or(&[][..], Vec::as_slice) {
            let count = stem.chars().count();
            if count < 5 || length < count {
                continue;
            }
            let head: String = text.chars().take(count).collect();
            let distance = strsim::osa_distance(&head, stem);
            if distance <= 1 && (distance, *stem) < best {
                best = (distance, stem);
            }
        }
        if best.0 != usize::MAX {
            self.look_up(best.1, found);
            found.dedup();
        }
    }

    /// All phrases in items `from..to` (a sentence); `heads[i]` says that a clause begins at item i.
    pub(super) fn find(&self, items: &[Item], from: usize, to: usize, heads: &[bool], hits: &mut Vec<Hit>) {
        for at in from..to {
            for number in &self.open {
                self.try_phrase(*number, items, at, from, to, heads, hits);
            }
            for word in &items[at].literals {
                for number in &self.by_first[usize::from(*word)] {
                    self.try_phrase(*number, items, at, from, to, heads, hits);
                }
            }
            for word in &items[at].related {
                for number in &self.by_first[usize::from(*word)] {
                    if self.phrases[*number].loose {
                        self.try_phrase(*number, items, at, from, to, heads, hits);
                    }
                }
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "a private step of `find` with its whole state")]
    fn try_phrase(
        &self,
        number: usize,
        items: &[Item],
        at: usize,
        from: usize,
        to: usize,
        heads: &[bool],
        hits: &mut Vec<Hit>,
    ) {
        let sentence = Sentence { items, from, to, heads, loose: self.phrases[number].loose };
        if let Some(end) = sentence.matches(&self.phrases[number].parts, at)
            && !hits.iter().rev().take(24).any(|hit| hit.phrase == number && hit.from == at)
        {
            hits.push(Hit { phrase: number, from: at, to: end });
        }
    }
}

struct Sentence<'a> {
    items: &'a [Item],
    from: usize,
    to: usize,
    heads: &'a [bool],
    loose: bool,
}

impl Sentence<'_> {
    /// The end of the match that begins at `at`.
    fn matches(&self, parts: &[Part], at: usize) -> Option<usize> {
        let Some((part, rest)) = parts.split_first() else { return Some(at) };
        let item = self.items.get(at).filter(|_| at < self.to);
        let has =
            |choice: &Choice| {
                item.is_some_and(|item| {
                    choice.words.iter().any(|word| {
                        item.literals.contains(word) || (self.loose && item.related.contains(word))
                    }) || choice.classes.iter().any(|class| item.is(*class))
                })
            };
        match part {
            Part::One(choice) => {
                if has(choice) {
                    self.matches(rest, at + 1)
                } else {
                    None
                }
            }
            Part::Optional(choice) => {
                let taken = if has(choice) { self.matches(rest, at + 1) } else { None };
                taken.or_else(|| self.matches(rest, at))
            }
            Part::Fillers => (0..=4)
                .take_while(|skip| *skip == 0 || self.is_filler(at + skip - 1))
                .find_map(|skip| self.matches(rest, at + skip)),
            Part::Gap => {
                (0..=6).take_while(|skip| at + skip <= self.to).find_map(|skip| self.matches(rest, at + skip))
            }
            Part::Start => {
                if self.heads.get(at).copied().unwrap_or(false) {
                    self.matches(rest, at)
                } else {
                    None
                }
            }
            Part::End => {
                let mut end = at;
                while end < self.to && !self.ends_before(end) && self.is_trailing(end) {
                    end += 1;
                }
                if end == self.to || self.ends_before(end) { self.matches(rest, at) } else { None }
            }
        }
    }

    /// A clause ended just before item `at`.
    fn ends_before(&self, at: usize) -> bool {
        at > self.from && self.items[at - 1].after > After::Nothing
    }

    fn is_filler(&self, at: usize) -> bool {
        at < self.to
            && self.items.get(at).is_some_and(|item| {
                matches!(item.kind, ItemKind::Time(_))
                    || (item.kind == ItemKind::Word && FILLERS.contains(&item.text.as_str()))
            })
    }

    /// What may follow the last word of a phrase that ends a clause.
    fn is_trailing(&self, at: usize) -> bool {
        self.items.get(at).is_some_and(|item| {
            matches!(item.kind, ItemKind::Time(_))
                || [
                    "please", "pls", "plz", "thanks", "thx", "bitte", "now", "quad", "folks", "team", "all",
                    "guys", "everyone", "mate", "there", "again", "thank", "you", "then", "already", "asap",
                    "merci", "danke", "rn", "bot", "buddy",
                ]
                .contains(&item.text.as_str())
        })
    }
}

fn class(name: &'static str) -> Class {
    match name {
        "service" => Class::Service,
        "container" => Class::Container,
        "host" => Class::Host,
        "database" => Class::Database,
        "env" => Class::Environment,
        "region" => Class::Region,
        "name" => Class::Name,
        "endpoint" => Class::Endpoint,
        "n" => Class::Number,
        "version" => Class::Version,
        "span" => Class::Span,
        "percent" => Class::Percent,
        "time" => Class::Time,
        "id" => Class::Identifier,
        "fault" => Class::Fault,
        "quoted" => Class::Quoted,
        _ => Class::Other,
    }
}

/// What the forms of a word share: "slowing", "slowed" and "slows" are all "slow".
fn stem(word: &str) -> Option<String> {
    if word.len() < 4 || !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let base = ["ing", "ed", "es", "s"]
        .iter()
        .find_map(|end| word.strip_suffix(end).filter(|base| base.len() >= 3 && !base.ends_with('s')))
        .unwrap_or(word);
    let base = base.strip_suffix('e').filter(|base| base.len() >= 3).unwrap_or(base);
    let doubled =
        base.len() >= 4 && base != word && base.as_bytes()[base.len() - 1] == base.as_bytes()[base.len() - 2];
    Some(if doubled { base[..base.len() - 1].to_owned() } else { base.to_owned() })
}

/// "sloooow" is "slow".
fn squeeze(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut run = 0;
    for c in text.chars() {
        run = if out.ends_with(c) { run + 1 } else { 0 };
        if run == 0 || !c.is_alphabetic() {
            out.push(c);
        }
    }
    let tripled = text.as_bytes().windows(3).any(|three| three[0] == three[1] && three[1] == three[2]);
    tripled.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_thing_in_the_lists_is_known() {
        let known = [
            "service",
            "container",
            "host",
            "database",
            "env",
            "region",
            "name",
            "endpoint",
            "n",
            "version",
            "span",
            "percent",
            "time",
            "id",
            "fault",
            "quoted",
            "other",
        ];
        for phrase in &BOOK.phrases {
            for braces in phrase.source.split('{').skip(1) {
                let (inner, _) = braces.split_once('}').expect("closed braces");
                for name in inner.split('|') {
                    assert!(known.contains(&name), "{name} in {:?}", phrase.source);
                }
            }
        }
    }

    #[test]
    fn forms_of_a_word_share_a_stem() {
        for (one, other) in
            [("slowing", "slow"), ("stopped", "stop"), ("hogs", "hogging"), ("queries", "querying")]
        {
            let same = stem(one) == stem(other);
            assert_eq!(same, one != "queries", "{one} {other}");
        }
        assert_eq!(stem("cpu"), None, "short words have no forms");
        assert_eq!(stem("access"), Some("access".to_owned()));
    }

    #[test]
    fn stretched_words_are_squeezed() {
        assert_eq!(squeeze("sloooow").as_deref(), Some("slow"));
        assert_eq!(squeeze("need"), None);
    }
}
