//! Small readings of bytes that several formats share.

use crate::sql::eight::{self, Eight};

const TENS: [u64; 10] =
    [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000];

/// The number at the start of `bytes`, and how many digits it has.
pub(in crate::sql::log) fn number(bytes: &[u8]) -> Option<(u64, usize)> {
    let (mut value, mut used) = Eight::at(bytes, 0).digits();
    let mut more = used;
    while more == 8 {
        let next;
        (next, more) = Eight::at(bytes, used).digits();
        value = value.checked_mul(TENS[more])?.checked_add(next)?;
        used += more;
    }
    (used > 0).then_some((value, used))
}

/// A decimal number at the start of `bytes` with its fraction, times ten to the `places` (nine at most), and how
/// many bytes it took. Exact, as a float isn't: sums of a million durations must be right.
pub(in crate::sql::log) fn decimal(bytes: &[u8], places: usize) -> Option<(u64, usize)> {
    let (whole, mut used) = number(bytes)?;
    let mut value = whole.checked_mul(TENS[places])?;
    if bytes.get(used) == Some(&b'.') {
        used += 1;
        let mut open = places;
        loop {
            let (digits, length) = Eight::at(bytes, used).digits();
            let kept = length.min(open);
            value = value.checked_add(digits / TENS[length - kept] * TENS[open - kept])?;
            (open, used) = (open - kept, used + length);
            if length < 8 {
                break;
            }
        }
    }
    Some((value, used))
}

/// Where a byte is.
#[inline(always)]
pub(in crate::sql::log) fn position(bytes: &[u8], byte: u8) -> Option<usize> {
    eight::position(bytes, 0, byte)
}

/// What stands before the first `mark`, and what behind it.
pub(in crate::sql::log) fn split<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = find(bytes, mark)?;
    Some((&bytes[..at], &bytes[at + mark.len()..]))
}

/// Where a short text is in a short one. What is looked for ends names and headers and so is near:
/// this is faster than setting up a search.
pub(in crate::sql::log) fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    let (first, rest) = what.split_first()?;
    let mut from = 0;
    loop {
        from = eight::position(text, from, *first)?;
        if text[from + 1..].starts_with(rest) {
            return Some(from);
        }
        from += 1;
    }
}

/// Gives each whole line to `each`, without its `\n`; the last one also where nothing ends it, if nothing
/// more will come. Returns how many bytes are done with.
pub(in crate::sql::log) fn lines<'a>(bytes: &'a [u8], last: bool, each: &mut dyn FnMut(&'a [u8])) -> usize {
    let mut at = 0;
    while at < bytes.len() {
        let end = match memchr::memchr(b'\n', &bytes[at..]) {
            Some(length) => at + length,
            None if last => bytes.len(),
            None => return at,
        };
        each(&bytes[at..end]);
        at = end + 1;
    }
    bytes.len()
}

/// Without the line's end.
pub(in crate::sql::log) fn chomp(mut line: &[u8]) -> &[u8] {
    while let [rest @ .., b'\n' | b'\r'] = line {
        line = rest;
    }
    line
}

/// A host without its port: `10.0.0.1(5432)`, `10.0.0.1:5432`, `::1:5432`, `[local]`.
pub(in crate::sql::log) fn without_port(host: &[u8]) -> &[u8] {
    let digits =
        host.iter().rev().skip_while(|byte| **byte == b')').take_while(|byte| byte.is_ascii_digit()).count();
    let close = usize::from(host.last() == Some(&b')'));
    let mark = host.len().checked_sub(digits + close + 1).filter(|_| digits > 0);
    match mark.map(|at| (host[at], at)) {
        Some((b'(', at)) if close == 1 => &host[..at],
        Some((b':', at)) if close == 0 => &host[..at],
        _ => host,
    }
}

/// A name that PostgreSQL knows; it writes `[unknown]` for one that it doesn't know yet.
pub(in crate::sql::log) fn known(name: &[u8]) -> &[u8] {
    if name == b"[unknown]" { b"" } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_and_refuse_overflow() {
        assert_eq!(decimal(b"26.120 ms", 6), Some((26_120_000, 6)));
        assert_eq!(decimal(b"0.0000009", 6), Some((0, 9)));
        assert_eq!(decimal(b"7", 9), Some((7_000_000_000, 1)));
        assert_eq!(decimal(b"99999999999999999999", 6), None);
        assert_eq!(decimal(b"x", 6), None);
    }

    #[test]
    fn ports_are_taken_off_hosts() {
        let cases: [(&[u8], &[u8]); 7] = [
            (b"10.0.0.1(5432)", b"10.0.0.1"),
            (b"127.0.0.1:52306", b"127.0.0.1"),
            (b"::1:5432", b"::1"),
            (b"[local]", b"[local]"),
            (b"db.example.org", b"db.example.org"),
            (b"", b""),
            (b"5432)", b"5432)"),
        ];
        for (host, bare) in cases {
            assert_eq!(without_port(host), bare);
        }
    }
}
