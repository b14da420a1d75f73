//! The small language in which `cues` lists what people say, and the book compiled from it.
//!
//! `a|b` alternatives, `slow*` any word that begins so, `[the]` may be there, `~` little words or
//! times may stand there, `..` up to six things may stand there, `{service}` a kind of thing,
//! `^` and `$` where a clause begins (after "could you please") and ends.

use std::sync::LazyLock;

use super::cues::{self, Cue};
use super::items::{Class, Item};
use super::matching::Sentence;
use super::vocabulary::Vocabulary;

/// All phrases, compiled once.
pub(super) static BOOK: LazyLock<Book> = LazyLock::new(Book::compile);

/// Intents that never go by other forms of their words: too general, or too grave.
const EXACT: &[&str] =
    &["help", "smalltalk", "out_of_scope", "refuse", "follow_up", "audit", "status", "list_alerts"];

/// One place of a phrase.
#[derive(Debug)]
pub(super) enum Part {
    One(Choice),
    Optional(Choice),
    Fillers,
    Gap,
    Start,
    End,
}

/// Words or kinds of things, any of which may stand in one place.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) words: Vec<u16>,
    pub(super) classes: Vec<Class>,
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
    words: Vocabulary,
    by_first: Vec<Vec<usize>>,
    open: Vec<usize>,
}

impl Book {
    fn compile() -> Self {
        let mut book = Self {
            phrases: Vec::new(),
            words: Vocabulary::default(),
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
                    self.words.spelled.extend(&choice.words);
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
        let number = self.words.number(word);
        self.by_first.resize_with(self.by_first.len().max(usize::from(number) + 1), Vec::new);
        number
    }

    /// Marks each item with the words of the book that it is, starts with, or was meant to be.
    pub(super) fn read(&self, items: &mut [Item]) {
        self.words.read(items);
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
        "ahead" => Class::Ahead,
        "id" => Class::Identifier,
        "fault" => Class::Fault,
        "quoted" => Class::Quoted,
        _ => Class::Other,
    }
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
            "ahead",
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
}
