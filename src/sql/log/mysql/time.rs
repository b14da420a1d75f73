//! Times and amounts as the slow log writes them.

use chrono::{DateTime, NaiveDate};

use crate::sql::log::bytes;

/// A statement that ran longer than this did not: counters of old servers went below zero, which
/// reads as 584,942 years.
const LONGEST_NS: u64 = 10 * 365 * 86_400 * 1_000_000_000;

/// A whole number; nothing where it is something else.
pub(super) fn number(text: &[u8]) -> Option<u64> {
    bytes::number(text).filter(|(_, used)| *used == text.len()).map(|(value, _)| value)
}

/// Seconds with decimals, in nanoseconds: exact, so that sums are.
pub(super) fn nanoseconds(text: &[u8]) -> Option<u64> {
    whole_decimal(text, 9).and_then(credible)
}

/// A time that a statement can have taken, in nanoseconds.
pub(super) fn credible(time: u64) -> Option<u64> {
    Some(time).filter(|time| *time <= LONGEST_NS)
}

/// `SET timestamp=1385600731.5`, in microseconds since 1970.
pub(super) fn seconds(text: &[u8]) -> Option<i64> {
    i64::try_from(whole_decimal(text, 6)?).ok()
}

fn whole_decimal(text: &[u8], places: usize) -> Option<u64> {
    bytes::decimal(text, places).filter(|(_, used)| *used == text.len()).map(|(value, _)| value)
}

/// The time of `# Time:`, in microseconds since 1970; the log's clock, where it says no zone.
pub(super) fn log_time(text: &[u8]) -> Option<i64> {
    mysql_time(text).map(|(at, _)| at)
}

/// A time at the start of a text, and how many bytes it takes: `071218 11:48:27`, `131128  1:05:31` or
/// `2016-07-20T18:13:25.123456Z`.
pub(in crate::sql::log) fn mysql_time(text: &[u8]) -> Option<(i64, usize)> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match digits {
        6 => short_time(text),
        4 => iso_time(text),
        _ => None,
    }
}

fn short_time(text: &[u8]) -> Option<(i64, usize)> {
    let two = |at: usize| number(text.get(at..at + 2)?).and_then(|value| u32::try_from(value).ok());
    let year = i32::try_from(two(0)?).ok()?;
    let date = NaiveDate::from_ymd_opt(if year < 70 { 2_000 } else { 1_900 } + year, two(2)?, two(4)?)?;
    let blanks = text[6..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let mut at = 6 + blanks;
    let digits = text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let hour = u32::try_from(number(text.get(at..at + digits)?)?).ok()?;
    at += digits + 1;
    let time = date.and_hms_opt(hour, two(at)?, two(at + 3)?)?;
    Some((time.and_utc().timestamp_micros(), at + 5))
}

fn iso_time(text: &[u8]) -> Option<(i64, usize)> {
    let end = text.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len()).min(40);
    let text = std::str::from_utf8(&text[..end]).ok()?;
    let at = match DateTime::parse_from_rfc3339(text) {
        Ok(time) => time.timestamp_micros(),
        Err(_) => chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
            .ok()?
            .and_utc()
            .timestamp_micros(),
    };
    Some((at, end))
}
