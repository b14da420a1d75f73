//! What the log itself says is wrong with a class: each remark rests on numbers that it names.

use crate::sql::log::Flags;
use crate::sql::words;

use super::Class;

/// Fewer rows than this are read in no time.
const MANY_ROWS: f64 = 1_000.0;
/// Reading this many rows for each that is given means searching without an index.
const ROWS_FOR_ONE: f64 = 100.0;
/// Waiting for locks is worth a word from this share of the time on.
const WAITING: f64 = 0.2;
/// The slow ones are another story from this multiple of the median on.
const UNEVEN: u64 = 20;
/// A class says it is uneven only with so many entries.
const ENOUGH: u64 = 20;

/// What can be said of a class, the most telling first. Markdown without anything from the log in it.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "amounts that a person reads")]
pub fn remarks(class: &Class) -> Vec<String> {
    let mut said = Vec::new();
    let share =
        |count: u64| if count == class.count { "each time".to_owned() } else { times(count, class.count) };
    let (read, sent) = (class.rows_examined.mean(), class.rows_sent.mean() + class.rows_affected.mean());
    if read >= MANY_ROWS && read >= ROWS_FOR_ONE * sent.max(1.0) {
        said.push(format!(
            "It reads {} rows a call for {} that it gives or changes: {}.",
            words::count(read),
            if sent < 0.5 { "none".to_owned() } else { words::count(sent) },
            why_so_many(&class.fingerprint),
        ));
    }
    let joins = class.flagged(Flags::FULL_JOIN);
    if joins > 0 {
        said.push(format!(
            "It joins without an index ({}): each row of one table meets every row of the other. Rows read that way may be missing in what it examined.",
            share(joins)
        ));
    }
    let scans = class.flagged(Flags::FULL_SCAN);
    if scans > 0 && read >= MANY_ROWS && said.is_empty() {
        said.push(format!("It reads a table from end to end ({}).", share(scans)));
    }
    let sorts = class.flagged(Flags::FILESORT_ON_DISK);
    if sorts > 0 {
        said.push(format!("Its sort goes to disk ({}).", share(sorts)));
    }
    let tables = class.flagged(Flags::TMP_TABLE_ON_DISK);
    if tables > 0 {
        said.push(format!("It makes a temporary table on disk ({}).", share(tables)));
    }
    let waits = class.lock_time.sum as f64 / (class.query_time.sum as f64).max(1.0);
    if waits >= WAITING && class.lock_time.sum > 1_000_000 {
        said.push(format!(
            "It waits for locks {} of its time: look for who holds them, not at this statement.",
            words::percent(waits.min(1.0))
        ));
    }
    if let Some(uneven) = uneven(class) {
        said.push(uneven);
    }
    said
}

/// What rows are read in vain for, as far as the text tells. Which index would help only the plan and
/// the table can say.
fn why_so_many(fingerprint: &str) -> &'static str {
    let Some((_, search)) = fingerprint.split_once(" where ") else {
        return if fingerprint.contains(" limit ") && fingerprint.contains(" offset ")
            || fingerprint.ends_with(" limit ?")
        {
            "it has no search; with a large offset all rows before it are read as well, which starting from the last key avoids"
        } else {
            "it has no search, so it reads the whole table each time; keep its sums, or read fewer rows"
        };
    };
    let search =
        search.split(" group by ").next().unwrap_or(search).split(" order by ").next().unwrap_or(search);
    if FUNCTIONS.iter().any(|function| {
        search
            .split([' ', '('])
            .zip(search.split([' ', '(']).skip(1))
            .any(|(word, next)| word == *function && !next.starts_with('?'))
    }) {
        "it searches by what a function makes of a column, and no plain index helps there; compare the column itself with a range"
    } else if fingerprint.contains(" group by ") || search_is_of_many(fingerprint) {
        "either no index that fits is used, or it sums up that many; its plan tells which"
    } else {
        "no index that fits its search is used"
    }
}

/// Functions that people put around a column they search by.
const FUNCTIONS: [&str; 12] = [
    "date",
    "year",
    "month",
    "day",
    "lower",
    "upper",
    "trim",
    "substr",
    "substring",
    "cast",
    "date_format",
    "coalesce",
];

/// One row out of many is what a sum gives, whatever was read for it.
fn search_is_of_many(fingerprint: &str) -> bool {
    ["count(", "sum(", "avg(", "min(", "max("].iter().any(|sum| fingerprint.contains(sum))
}

/// Where most calls are quick and a few are not, a mean says nothing.
#[expect(clippy::cast_precision_loss, reason = "times that a person reads")]
fn uneven(class: &Class) -> Option<String> {
    let (median, p95, max) =
        (class.query_time.quantile(50)?, class.query_time.quantile(95)?, class.query_time.max);
    let worth = class.count >= ENOUGH && max > 100_000_000;
    let ms = |ns: u64| words::time(ns as f64 / 1e6);
    if worth && p95 > median.saturating_mul(UNEVEN) {
        return Some(format!(
            "Half of its calls take no more than {}, one in twenty {} or more: it depends on the values, or on waiting.",
            ms(median),
            ms(p95)
        ));
    }
    (worth && max > p95.saturating_mul(UNEVEN)).then(|| {
        format!(
            "It took {} once, and no more than {} in 95 of 100 calls: that one waited for something.",
            ms(max),
            ms(p95)
        )
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts that a person reads")]
fn times(count: u64, of: u64) -> String {
    format!("{} of {} times", words::count(count as f64), words::count(of as f64))
}
