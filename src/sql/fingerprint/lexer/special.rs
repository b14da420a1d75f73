//! Words that are more than names, told by one look into a table: a word is mostly none of them, and asking for
//! each in turn is guessed wrong too often.

use crate::sql::eight::word;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Special {
    None,
    Literal,
    List,
    Values,
    Limit,
    Offset,
    Order,
    By,
    Asc,
    Union,
    Call,
}

const WORDS: [(&[u8], Special); 13] = [
    (b"in", Special::List),
    (b"by", Special::By),
    (b"asc", Special::Asc),
    (b"null", Special::Literal),
    (b"true", Special::Literal),
    (b"false", Special::Literal),
    (b"call", Special::Call),
    (b"limit", Special::Limit),
    (b"order", Special::Order),
    (b"union", Special::Union),
    (b"value", Special::Values),
    (b"values", Special::Values),
    (b"offset", Special::Offset),
];

/// Found by trying: gives each of the words a place of its own.
const PARTS: u64 = 0xe101_8cc5_920f_3663;

const fn place(lower: u64) -> usize {
    (lower.wrapping_mul(PARTS) >> 60) as usize
}

static TABLE: [(u64, Special); 16] = {
    let mut table = [(0, Special::None); 16];
    let mut at = 0;
    while at < WORDS.len() {
        let lower = word(WORDS[at].0);
        assert!(table[place(lower)].0 == 0, "two words in one place");
        table[place(lower)] = (lower, WORDS[at].1);
        at += 1;
    }
    table
};

impl Special {
    /// By the word in lower case, which is shorter than eight bytes.
    #[inline(always)]
    pub(super) fn of(lower: u64) -> Self {
        let (word, special) = TABLE[place(lower)];
        if word == lower { special } else { Self::None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_found_and_no_other() {
        for (text, special) in WORDS {
            assert!(Special::of(word(text)) == special, "{}", String::from_utf8_lossy(text));
        }
        assert!(
            ["select", "i", "inn", "id", "valued"]
                .iter()
                .all(|text| Special::of(word(text.as_bytes())) == Special::None)
        );
    }
}
