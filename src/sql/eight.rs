//! Eight bytes of text at a time, as one number: most words, numbers and short strings of a log are looked at
//! in one go, without a branch for each byte.

use memchr::memchr2;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Setting up a search costs more than looking at this many bytes.
const NEAR: usize = 32;

/// Eight bytes, the first one lowest. Behind the end of the text there are zeros.
#[derive(Clone, Copy)]
pub(in crate::sql) struct Eight(u64);

/// The start of a word.
pub(in crate::sql) struct Word {
    /// Its bytes in lower case, zeros behind them.
    pub lower: u64,
    /// How many: eight where the word may go on.
    pub length: usize,
    /// Whether there are digits among them.
    pub digits: bool,
}

impl Eight {
    #[inline(always)]
    pub(in crate::sql) fn at(text: &[u8], at: usize) -> Self {
        let rest = text.get(at..).unwrap_or_default();
        match rest.first_chunk() {
            Some(bytes) => Self(u64::from_le_bytes(*bytes)),
            None => Self::last(text, rest),
        }
    }

    /// The last bytes of a text, of which there are fewer than eight.
    #[inline(never)]
    fn last(text: &[u8], rest: &[u8]) -> Self {
        match text.last_chunk() {
            Some(_) if rest.is_empty() => Self(0),
            Some(bytes) => Self(u64::from_le_bytes(*bytes) >> (64 - 8 * rest.len())),
            None => Self(rest.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte))),
        }
    }

    /// Which bytes are in a range of ASCII: their highest bits.
    #[inline(always)]
    const fn within(self, first: u8, last: u8) -> u64 {
        let low = self.0 & !HIGH;
        let reaches = low + ONES * (0x80 - first as u64);
        let exceeds = low + ONES * (0x7f - last as u64);
        reaches & !exceeds & !self.0 & HIGH
    }

    /// The letters, digits, `_`, `$` and bytes beyond ASCII at the start.
    #[inline(always)]
    pub(in crate::sql) fn word(self) -> Word {
        let letters = Self(self.0 | (ONES * 0x20)).within(b'a', b'z');
        let digits = self.within(b'0', b'9');
        let all = letters | digits | self.within(b'_', b'_') | self.within(b'$', b'$') | self.0 & HIGH;
        let end = !all & HIGH;
        let length = (end.trailing_zeros() / 8) as usize;
        // The bytes before the first that is none of it.
        let kept = if end == 0 { u64::MAX } else { (end & end.wrapping_neg()).wrapping_sub(1) >> 7 };
        let lower = self.0 | letters >> 2;
        Word { lower: lower & kept, length, digits: digits & kept & HIGH != 0 }
    }

    /// How many of a number's bytes stand at the start: what may be in a word, and dots.
    #[inline(always)]
    pub(in crate::sql) fn number(self) -> usize {
        let letters = Self(self.0 | (ONES * 0x20)).within(b'a', b'z');
        let all = letters
            | self.within(b'0', b'9')
            | self.within(b'.', b'.')
            | self.within(b'_', b'_')
            | self.within(b'$', b'$')
            | self.0 & HIGH;
        ((!all & HIGH).trailing_zeros() / 8) as usize
    }

    /// The number that the digits at the start make, and how many they are: eight where it may go on.
    #[inline(always)]
    pub(in crate::sql) fn digits(self) -> (u64, usize) {
        let length = ((!self.within(b'0', b'9') & HIGH).trailing_zeros() / 8) as usize;
        if length == 0 {
            return (0, 0);
        }
        // As if zeros stood before them: then pairs, fours and eights are added up side by side.
        let ones = (self.0 << (64 - 8 * length)) & 0x0f0f_0f0f_0f0f_0f0f;
        let tens = (ones.wrapping_mul(10 << 8 | 1) >> 8) & 0x00ff_00ff_00ff_00ff;
        let hundreds = (tens.wrapping_mul(100 << 16 | 1) >> 16) & 0x0000_ffff_0000_ffff;
        (hundreds.wrapping_mul(10_000 << 32 | 1) >> 32, length)
    }

    /// Where the first of two bytes is; eight: nowhere.
    #[inline(always)]
    pub(in crate::sql) fn either(self, one: u8, other: u8) -> usize {
        // Exact as far as the lowest byte found goes, and no further is looked.
        let zero = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes & HIGH;
        let found = zero(self.0 ^ (ONES * one as u64)) | zero(self.0 ^ (ONES * other as u64));
        (found.trailing_zeros() / 8) as usize
    }
}

/// Where the first of two bytes is in a text, at `from` or behind it. Quick where it is near.
#[inline(always)]
pub(in crate::sql) fn either(text: &[u8], from: usize, one: u8, other: u8) -> Option<usize> {
    let mut at = from;
    while at < from + NEAR {
        let found = Eight::at(text, at).either(one, other);
        at += found;
        if found < 8 {
            return (at < text.len()).then_some(at);
        }
    }
    memchr2(one, other, text.get(at..)?).map(|found| at + found)
}

/// Where a byte is in a text, at `from` or behind it. Quick where it is near.
pub(in crate::sql) fn position(text: &[u8], from: usize, byte: u8) -> Option<usize> {
    either(text, from, byte, byte)
}

/// A short word in lower case as [`Word::lower`] has it.
pub(in crate::sql) const fn word(text: &[u8]) -> u64 {
    let mut all = 0;
    let mut at = text.len();
    while at > 0 {
        at -= 1;
        all = all << 8 | text[at] as u64;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_word(byte: u8) -> bool {
        matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'0'..=b'9' | b'$' | 0x80..=0xff)
    }

    #[test]
    fn every_byte_is_told_as_it_is_alone() {
        for byte in 0..=255_u8 {
            for at in 0..9 {
                let mut text = *b"aaaaaaaaa";
                text[at] = byte;
                let found = Eight::at(&text, 0);
                let ends = at < 8 && !in_word(byte);
                let word = found.word();
                assert_eq!(word.length, if ends { at } else { 8 }, "{byte} at {at}");
                let lower = text[..word.length].to_ascii_lowercase();
                assert_eq!(&word.lower.to_le_bytes()[..word.length], &lower[..]);
                assert!(word.lower.to_le_bytes()[word.length..].iter().all(|byte| *byte == 0));
                assert_eq!(word.digits, at < 8 && byte.is_ascii_digit());
                assert_eq!(
                    found.digits(),
                    if at == 0 && byte.is_ascii_digit() { (u64::from(byte - b'0'), 1) } else { (0, 0) }
                );
                assert_eq!(found.number(), if ends && byte != b'.' { at } else { 8 });
                if byte != b'a' {
                    assert_eq!(found.either(byte, 1), at.min(8));
                }
            }
        }
    }

    #[test]
    fn behind_the_end_there_is_nothing() {
        for text in [&b""[..], b"abc", b"abcdefgh", b"abcdefghijk"] {
            for at in 0..=text.len() + 2 {
                let rest = text.get(at..).unwrap_or_default();
                let mut padded = [0; 8];
                padded[..rest.len().min(8)].copy_from_slice(&rest[..rest.len().min(8)]);
                assert_eq!(Eight::at(text, at).0.to_le_bytes(), padded, "{at} of {text:?}");
            }
        }
    }

    #[test]
    fn digits_are_added_up() {
        for text in ["7", "42", "123", "9876543", "12345678", "00000001", "99999999"] {
            let value = text.parse::<u64>().expect("a number");
            assert_eq!(Eight::at(text.as_bytes(), 0).digits(), (value, text.len()));
            assert_eq!(Eight::at(format!("{text}/:x").as_bytes(), 0).digits(), (value, text.len()));
        }
    }

    #[test]
    fn bytes_are_found_near_and_far() {
        for length in 0..100 {
            let text: Vec<u8> = std::iter::repeat_n(b'a', length).chain(*b"b").collect();
            assert_eq!(position(&text, 0, b'b'), Some(length));
            assert_eq!(position(&text, length, b'b'), Some(length));
            assert_eq!(either(&text, 0, b'c', b'b'), Some(length));
            assert_eq!(position(&text, length + 1, b'b'), None);
            assert_eq!(position(&text, 0, 0), None, "nothing is behind the end");
        }
    }

    #[test]
    fn words_are_numbers() {
        assert_eq!(word(b"in"), Eight::at(b"IN (", 0).word().lower);
    }
}
