//! Times in PostgreSQL's logs. The second changes rarely, so the last one read is kept.

use chrono::{NaiveDate, NaiveDateTime};

/// Reads times.
#[derive(Debug, Default)]
pub(super) struct Times {
    second: [u8; 19],
    second_us: i64,
}

impl Times {
    /// A time at the start of `text` (`2026-01-08 14:00:00.123 UTC`), in microseconds since 1970, and
    /// how many bytes it takes without its zone. A zone that is given by its offset counts, one that is
    /// only named does not: names are not unique.
    pub(super) fn read(&mut self, text: &[u8]) -> Option<(i64, usize)> {
        let second: &[u8; 19] = text.first_chunk()?;
        if *second != self.second {
            self.second_us = seconds(second)?;
            self.second = *second;
        }
        let mut used = 19;
        let mut micros = 0;
        if matches!(text.get(19), Some(b'.' | b',')) {
            let digits = text[20..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            let mut scale = 100_000;
            for byte in &text[20..20 + digits.min(6)] {
                micros += i64::from(byte - b'0') * scale;
                scale /= 10;
            }
            used = 20 + digits;
        }
        Some((self.second_us + micros - offset(&text[used..]), used))
    }
}

/// `2026-01-08 14:00:00` or with a T.
fn seconds(text: &[u8; 19]) -> Option<i64> {
    let two = |at: usize| {
        let (tens, ones) = (text[at].wrapping_sub(b'0'), text[at + 1].wrapping_sub(b'0'));
        (tens < 10 && ones < 10).then(|| u32::from(tens) * 10 + u32::from(ones))
    };
    if text[4] != b'-'
        || text[7] != b'-'
        || !matches!(text[10], b' ' | b'T')
        || text[13] != b':'
        || text[16] != b':'
    {
        return None;
    }
    let year = two(0)? * 100 + two(2)?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, two(5)?, two(8)?)?;
    let at: NaiveDateTime = date.and_hms_opt(two(11)?, two(14)?, two(17)?)?;
    Some(at.and_utc().timestamp_micros())
}

/// `+02`, ` -03:30`, `Z`, ` CET`: how far the clock is ahead of UTC, in microseconds.
fn offset(text: &[u8]) -> i64 {
    let text = text.strip_prefix(b" ").unwrap_or(text);
    let sign = match text.first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return 0,
    };
    let two = |at: usize| match text.get(at..at + 2) {
        Some([tens @ b'0'..=b'9', ones @ b'0'..=b'9']) => {
            Some(i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
        }
        _ => None,
    };
    let Some(hours) = two(1) else { return 0 };
    let minutes = if text.get(3) == Some(&b':') { two(4) } else { two(3) };
    sign * (hours * 60 + minutes.unwrap_or(0)) * 60_000_000
}
