//! What each byte starts, where a token may begin.

/// What a byte starts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Starts {
    /// Nothing.
    Blank,
    /// A name or a keyword.
    Word,
    /// A number.
    Digit,
    /// A string or a quoted name.
    Quote,
    /// What parts things.
    Comma,
    /// A bracket.
    Open,
    /// The end of one.
    Close,
    /// An operator, whatever follows.
    Operator,
    /// An operator, a comment or a literal, by what follows.
    Other,
}

pub(super) const STARTS: [Starts; 256] = {
    let mut table = [Starts::Operator; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | 0 => Starts::Blank,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80..=0xff => Starts::Word,
            b'0'..=b'9' => Starts::Digit,
            b'\'' | b'"' | b'`' => Starts::Quote,
            b',' => Starts::Comma,
            b'(' | b'[' => Starts::Open,
            b')' | b']' => Starts::Close,
            b'/' | b'#' | b'-' | b'+' | b'$' | b'?' | b'.' => Starts::Other,
            _ => Starts::Operator,
        };
        byte += 1;
    }
    table
};

/// Whether a byte goes on a word.
pub(super) fn in_word(byte: u8) -> bool {
    byte == b'$' || matches!(STARTS[usize::from(byte)], Starts::Word | Starts::Digit)
}
