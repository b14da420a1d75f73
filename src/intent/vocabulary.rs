//! The words of the phrase book, found as written, by their beginning, by another form, or mistyped.

use std::collections::{HashMap, HashSet};

use super::common_words::is_common;
use super::items::{Class, Item, ItemKind};

/// Mistyped words are looked up for at most so many words of a message.
const MOST_TYPOS: usize = 64;

/// Words by number, and the ways to find them.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    words: HashMap<&'static str, u16>,
    /// Beginnings of words by first letter.
    stems: HashMap<char, Vec<(&'static str, u16)>>,
    /// Whole words by first letter, for typos.
    spellings: HashMap<char, Vec<(&'static str, u16)>>,
    /// Words by what their forms share.
    forms: HashMap<String, Vec<u16>>,
    /// Words that others may be typos of.
    pub(super) spelled: HashSet<u16>,
}

impl Vocabulary {
    /// The number of a word of the lists; `slow*` is the beginning of words.
    pub(super) fn number(&mut self, word: &'static str) -> u16 {
        if let Some(known) = self.words.get(word) {
            return *known;
        }
        let number = self.words.len() as u16;
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
