//! Reads the times that PostgreSQL and those who carry its logs write. Most lines of a log share
//! their day, so the day is reckoned once and then compared.

use super::severity::Severity;
use crate::sql::log::bytes::number;

/// Microseconds in a second, as all times here are counted.
const SECOND_US: i64 = 1_000_000;

/// Reads times, and remembers the day of the last one.
#[derive(Debug, Clone, Default)]
pub(super) struct Clock {
    day: [u8; 10],
    day_us: i64,
}

impl Clock {
    /// Reads `2024-01-31 23:59:59.123 CET` (also with `T`, `Z`, more or no digits after the second,
    /// and offsets) at the start of `bytes`: microseconds since 1970, and how many bytes it took.
    ///
    /// An offset is taken off; an abbreviation isn't, because `IST` alone is three zones: the time
    /// is then as the log's own clock shows it.
    pub(super) fn stamp(&mut self, bytes: &[u8]) -> Option<(i64, usize)> {
        let fixed: &[u8; 19] = bytes.first_chunk()?;
        if !matches!(fixed[10], b' ' | b'T') || fixed[13] != b':' || fixed[16] != b':' {
            return None;
        }
        let day: &[u8; 10] = fixed.first_chunk()?;
        if *day != self.day {
            self.day_us = day_us(day)?;
            self.day = *day;
        }
        let mut at = self.day_us + clock_us(fixed.last_chunk()?)?;
        let mut used = 19;

        let rest = &bytes[used..];
        if matches!(rest.first(), Some(b'.' | b',')) {
            let (us, taken) = fraction_us(&rest[1..]);
            if taken > 0 {
                at += us;
                used += 1 + taken;
            }
        }
        let (offset, taken) = zone(&bytes[used..]);
        Some((at - offset, used + taken))
    }

    /// Reads `Feb 11 13:15:39` as syslog writes it; `year` is what it leaves out.
    pub(super) fn yearless(bytes: &[u8], year: Option<i32>) -> Option<(Option<i64>, usize)> {
        let fixed: &[u8; 15] = bytes.first_chunk()?;
        let month = month(fixed.first_chunk()?)?;
        if fixed[3] != b' ' || fixed[6] != b' ' || fixed[9] != b':' || fixed[12] != b':' {
            return None;
        }
        let tens = if fixed[4] == b' ' { 0 } else { digit(fixed[4])? * 10 };
        let day = tens + digit(fixed[5])?;
        let clock = clock_us(fixed.last_chunk()?)?;
        let at = year.map(|year| days(i64::from(year), month, day) * 86_400 * SECOND_US + clock);
        Some((at, 15))
    }
}

/// Reads seconds since 1970 with up to six digits behind them, as `%n` writes: microseconds, and
/// how many bytes it took.
pub(super) fn epoch(bytes: &[u8]) -> Option<(i64, usize)> {
    let (seconds, used) = number(bytes)?;
    let seconds = i64::try_from(seconds).ok()?.checked_mul(SECOND_US)?;
    if bytes.get(used) != Some(&b'.') {
        return Some((seconds, used));
    }
    let (us, taken) = fraction_us(&bytes[used + 1..]);
    Some((seconds.checked_add(us)?, used + 1 + taken))
}

/// The month that syslog's three letters stand for, from 1.
fn month(name: &[u8; 3]) -> Option<i64> {
    let names = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let at = names.chunks(3).position(|known| known == name)?;
    Some(at as i64 + 1)
}

fn day_us(day: &[u8; 10]) -> Option<i64> {
    if day[4] != b'-' || day[7] != b'-' {
        return None;
    }
    let year = pair(day[0], day[1])? * 100 + pair(day[2], day[3])?;
    let (month, date) = (pair(day[5], day[6])?, pair(day[8], day[9])?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&date) {
        return None;
    }
    Some(days(year, month, date) * 86_400 * SECOND_US)
}

fn clock_us(clock: &[u8; 8]) -> Option<i64> {
    let (hour, minute, second) =
        (pair(clock[0], clock[1])?, pair(clock[3], clock[4])?, pair(clock[6], clock[7])?);
    // 60 is a leap second.
    if hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    Some(((hour * 60 + minute) * 60 + second) * SECOND_US)
}

/// Digits behind a point as microseconds, and how many digits there were; what is finer is dropped.
fn fraction_us(bytes: &[u8]) -> (i64, usize) {
    let (mut us, mut scale, mut used) = (0, 100_000, 0);
    for byte in bytes {
        let Some(digit) = digit(*byte) else { break };
        us += digit * scale;
        scale /= 10;
        used += 1;
    }
    (us, used)
}

/// A zone behind a time: its offset in microseconds (0 for a name), and how many bytes it took.
fn zone(bytes: &[u8]) -> (i64, usize) {
    match bytes {
        [b'Z', ..] => (0, 1),
        [b'+' | b'-', ..] => offset(bytes, true),
        [b' ', b'A'..=b'Z', ..] => {
            let name = bytes[1..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
            // A prefix that ends in a time has no blank before `LOG:`.
            let word = &bytes[1..=name];
            let own = if bytes[1 + name..].starts_with(b": ") { Severity::ending(word) } else { 0 };
            // Longer words are the log's own.
            match name - own {
                0 => (0, 0),
                zone if zone <= 6 => (0, 1 + zone),
                _ => (0, 0),
            }
        }
        [b' ', b'+' | b'-', ..] => match offset(&bytes[1..], false) {
            (_, 0) => (0, 0),
            (us, used) => (us, 1 + used),
        },
        [b' ', b'<', rest @ ..] => match offset(rest, false) {
            (us, used) if rest.get(used) == Some(&b'>') => (us, used + 3),
            _ => (0, 0),
        },
        _ => (0, 0),
    }
}

/// `+03`, `-0330`, and with `colon` also `+03:30`. Without, a colon belongs to what follows:
/// `%t:%r` writes `+03:10.0.0.1`.
fn offset(bytes: &[u8], colon: bool) -> (i64, usize) {
    let two = |at: usize| pair(*bytes.get(at)?, *bytes.get(at + 1)?);
    let Some(hours) = two(1) else { return (0, 0) };
    let (minutes, used) = if let Some(minutes) = two(3) {
        (minutes, 5)
    } else if colon && bytes.get(3) == Some(&b':') {
        two(4).map_or((0, 3), |minutes| (minutes, 6))
    } else {
        (0, 3)
    };
    let us = (hours * 60 + minutes) * 60 * SECOND_US;
    (if bytes[0] == b'-' { -us } else { us }, used)
}

fn pair(tens: u8, ones: u8) -> Option<i64> {
    Some(digit(tens)? * 10 + digit(ones)?)
}

fn digit(byte: u8) -> Option<i64> {
    byte.is_ascii_digit().then(|| i64::from(byte - b'0'))
}

/// Days since 1970 of a date in the calendar of today, by Howard Hinnant's method: years begin in
/// March, so that the leap day is their last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, us: i64, used: usize) {
        let got = Clock::default().stamp(text.as_bytes());
        assert_eq!(got, Some((us, used)), "{text}");
    }

    #[test]
    fn times_are_read_with_names_offsets_and_fractions() {
        check("1970-01-01 00:00:00 UTC", 0, 23);
        check("1970-01-01 00:00:01.5 GMT [1]", 1_500_000, 25);
        check("2024-02-29 12:00:00.123 CET [1]", 1_709_208_000_123_000, 27);
        check("2024-02-29 12:00:00 +03:10.0.0.1(5432):", 1_709_208_000_000_000 - 10_800_000_000, 23);
        check("2024-02-29 12:00:00 -0330 x", 1_709_208_000_000_000 + 12_600_000_000, 25);
        check("2024-02-29 12:00:00 <+03> x", 1_709_208_000_000_000 - 10_800_000_000, 25);
        check("2024-02-29T12:00:00.123456789Z", 1_709_208_000_123_456, 30);
        check("2024-02-29T12:00:00+01:00 host", 1_709_208_000_000_000 - 3_600_000_000, 25);
        check("2024-02-29 12:00:00 CETLOG:  x", 1_709_208_000_000_000, 23);
        check("2024-02-29 12:00:00.775 3392 LOG", 1_709_208_000_775_000, 23);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "2024-02-29", "2024-13-01 00:00:00", "2024-01-01 25:00:00", "2024-01-01 00:00"] {
            assert_eq!(Clock::default().stamp(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_time_without_a_year_needs_one_to_be_known() {
        assert_eq!(Clock::yearless(b"Feb  1 00:00:01 host", None), Some((None, 15)));
        assert_eq!(Clock::yearless(b"Jan  2 00:00:01 host", Some(1970)), Some((Some(86_401_000_000), 15)));
    }

    #[test]
    fn an_epoch_is_read_to_the_microsecond() {
        assert_eq!(epoch(b"1700000000.123 [4]"), Some((1_700_000_000_123_000, 14)));
        assert_eq!(epoch(b"99999999999999999999"), None);
    }
}
