//! Holds one compiled phrase against one place in a sentence.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::items::{After, Item, ItemKind};
use super::phrases::{Choice, Part};

/// Little words that `~` passes over.
static FILLERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "
    the a an my our your this that these those all any of for on in at to please pls plz just now
    right really so very me us some with from about currently is are it there still again also
    service alert number no container der die das den dem auf bei fur le la les de du sur mal bitte
    and getting been super pretty too bit such quite extremely incredibly already schon gerade jetzt
    auch eben doch deja encore
    "
    .split_whitespace()
    .collect()
});

/// What may follow the last word of a phrase that ends a clause.
static TRAILING: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "
    please pls plz thanks thx bitte now quad folks team all guys everyone mate there again thank you
    then already asap merci danke rn bot buddy
    "
    .split_whitespace()
    .collect()
});

/// A sentence that phrases are held against.
pub(super) struct Sentence<'a> {
    pub(super) items: &'a [Item],
    pub(super) from: usize,
    pub(super) to: usize,
    /// Whether a clause begins at an item.
    pub(super) heads: &'a [bool],
    /// Other forms of words count too.
    pub(super) loose: bool,
}

impl Sentence<'_> {
    /// The end of the match that begins at `at`.
    pub(super) fn matches(&self, parts: &[Part], at: usize) -> Option<usize> {
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
            matches!(item.kind, ItemKind::Time(_)) || TRAILING.contains(&item.text.as_str())
        })
    }
}
