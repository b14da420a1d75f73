//! Finds out a log's `log_line_prefix` from its lines: what stands before `LOG:  ` is taken apart,
//! and the reading that fits most lines wins.

use super::prefix::{Field, Part, Prefix};
use super::reading::reading;
use super::severity::Severity;
use super::time::Clock;
use crate::sql::log::bytes::{split, without_port};

/// How many different prefixes are taken apart: lines of a log are much alike.
const READINGS: usize = 40;

/// The prefix that a line alone shows, if it tells a time.
pub(super) fn prefix_of_line(line: &[u8]) -> Option<Prefix> {
    let prefix = reading(&line[..Severity::find(line)?]);
    prefix.tells_time().then_some(prefix)
}

/// The prefix that fits most of these lines, and how many of those that have a severity it fits:
/// `(prefix, fits, of)`.
pub(super) fn prefix_of_lines(lines: &[&[u8]]) -> Option<(Prefix, usize, usize)> {
    let told: Vec<(&[u8], usize)> =
        lines.iter().filter_map(|line| Some((*line, Severity::find(line)?))).collect();
    let mut readings: Vec<Prefix> = Vec::new();
    for (line, end) in &told {
        let prefix = reading(&line[..*end]);
        if readings.len() < READINGS && !readings.contains(&prefix) {
            readings.push(prefix);
        }
    }
    let simple = readings.len();
    for at in 0..simple {
        for other in 0..simple {
            if let Some(quiet) = quiet(&readings[at], &readings[other]) {
                readings.push(quiet);
            }
        }
        readings.push(loose(&readings[at]));
    }

    let fits = |prefix: &Prefix| {
        let mut clock = Clock::default();
        told.iter().filter(|(line, end)| fits(prefix, line, *end, &mut clock)).count()
    };
    // Of those that fit as many lines the one that tells most, and then the first.
    let best = readings.into_iter().rev().max_by_key(|prefix| (fits(prefix), prefix.tells()))?;
    let count = fits(&best);
    Some((witnessed(best, &told), count, told.len()))
}

/// A prefix fits if the text begins where the line's first severity says.
fn fits(prefix: &Prefix, line: &[u8], end: usize, clock: &mut Clock) -> bool {
    let text = Severity::at(&line[end..]).map(|(_, used)| end + used);
    prefix.head(line, clock).map(|(_, _, text)| text) == text
}

impl Prefix {
    /// How much it tells of who wrote a line.
    fn tells(&self) -> usize {
        let says = |part: &&Part| matches!(part, Part::Field(field) if !matches!(field, Field::Digits | Field::Text | Field::OtherTime));
        self.parts.iter().filter(says).count()
    }

    /// Whether lines tell it.
    pub(super) fn has(&self, field: Field) -> bool {
        self.parts.contains(&Part::Field(field))
    }
}

/// `long` with `%q` where `short` ends, if `short` is its start.
fn quiet(long: &Prefix, short: &Prefix) -> Option<Prefix> {
    if short.parts.len() >= long.parts.len() || !short.tells_time() && !short.tells_process() {
        return None;
    }
    let (last, before) = short.parts.split_last()?;
    if long.parts[..before.len()] != *before {
        return None;
    }
    let mut parts = before.to_vec();
    match (&long.parts[before.len()], last) {
        (Part::Literal(long), Part::Literal(short)) => {
            let rest = long.strip_prefix(short.as_slice())?;
            parts.push(Part::Literal(short.clone()));
            parts.push(Part::Quiet);
            if !rest.is_empty() {
                parts.push(Part::Literal(rest.to_vec()));
            }
        }
        (long, short) if long == short => parts.extend([last.clone(), Part::Quiet]),
        _ => return None,
    }
    parts.extend_from_slice(&long.parts[before.len() + 1..]);
    Some(Prefix { parts })
}

/// With words that nothing is known of run together, so that lines with more or fewer of them fit.
fn loose(prefix: &Prefix) -> Prefix {
    let mut parts: Vec<Part> = Vec::new();
    for part in &prefix.parts {
        let text = Part::Field(Field::Text);
        if *part == text
            && let [.., before, Part::Literal(blank)] = parts.as_slice()
            && *before == text
            && blank == b" "
        {
            parts.pop();
            continue;
        }
        parts.push(part.clone());
    }
    Prefix { parts }
}

/// Names the words of which messages say what they are: `connection authorized: user=ann
/// database=shop` and `disconnection: ... host=10.0.0.1` stand behind a prefix that names them too.
/// One message that says otherwise is enough to leave a word unnamed.
fn witnessed(mut prefix: Prefix, told: &[(&[u8], usize)]) -> Prefix {
    let messages: Vec<(&[u8], &[u8])> = told
        .iter()
        .filter_map(|(line, end)| Some((*line, split(&line[*end..], b"connection")?.1.trim_ascii_end())))
        .collect();
    for (name, field) in
        [(&b" user="[..], Field::User), (b" database=", Field::Database), (b" host=", Field::Host)]
    {
        for at in 0..prefix.parts.len() {
            if prefix.has(field) || prefix.parts[at] != Part::Field(Field::Text) {
                continue;
            }
            let mut named = prefix.clone();
            named.parts[at] = Part::Field(field);
            let mut clock = Clock::default();
            let mut verdicts = messages.iter().filter_map(|(line, message)| {
                let (_, value) = split(message, name)?;
                let value = &value[..value.iter().position(|byte| *byte == b' ').unwrap_or(value.len())];
                let (head, ..) = named.head(line, &mut clock)?;
                Some(match field {
                    Field::User => head.user == value,
                    Field::Database => head.database == value,
                    _ => without_port(head.host) == value,
                })
            });
            if verdicts.next() == Some(true) && verdicts.all(|agrees| agrees) {
                prefix = named;
            }
        }
    }
    prefix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[&str], prefix: &str) {
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        let (found, fits, of) = prefix_of_lines(&lines).expect("a prefix");
        assert_eq!((fits, of), (lines.len(), lines.len()), "{found:?}");
        assert_eq!(found, Prefix::parse(prefix), "wanted {prefix}");
    }

    #[test]
    fn prefixes_are_found_from_their_lines() {
        check(
            &[
                "2025-01-21 18:32:48.288 CET [77898] LOG:  starting",
                "2025-01-21 18:38:06.453 CET [78798] ann@shop ERROR:  no",
            ],
            "%m [%p] %q%u@%d ",
        );
        check(
            &[
                "2024-01-01 00:00:00 UTC:10.0.0.1(5432):ann@shop:[1234]:LOG:  x",
                "2024-01-01 00:00:01 UTC:[local]:ann@shop:[1235]:LOG:  x",
            ],
            "%t:%r:%u@%d:[%p]:",
        );
        check(
            &[
                "2017-09-06 08:40:10 UTC [20]: [1-1] user=,db=,app=,client= LOG:  ready",
                "2017-09-06 08:41:41 UTC [36]: [121-1] user=ann,db=shop,app=JDBC Driver,client=172.23.0.1 LOG:  x",
            ],
            "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
        );
        check(
            &["2022-02-17 14:45:10.440 UTC [691] [queryid=-1081270519976314062] ann@shop LOG:  x"],
            "%m [%p] [queryid=%e] %u@%d ",
        );
        check(&["sql_error_code = 00000 LOG:  x"], "sql_error_code = %e ");
        check(&["1700000000.123 6009c305.5ce LOG:  x"], "%n %c ");
        check(
            &["2024-01-01 00:00:00 UTC [7-1] LOG:  x", "2024-01-01 00:00:00 UTC [7-2] LOG:  y"],
            "%t [%p-%l] ",
        );
        check(&["2024-01-01 00:00:00 CETLOG:  x"], "%t");
    }

    #[test]
    fn words_are_named_by_what_messages_say_of_them() {
        check(
            &[
                "2024-01-01 00:00:00 UTC 4242 ann shop LOG:  connection authorized: user=ann database=shop",
                "2024-01-01 00:00:00 UTC 4242 ann shop LOG:  duration: 1.0 ms  statement: select 1",
            ],
            "%t %p %u %d ",
        );
        check(
            &[
                "2024-01-01 00:00:00 UTC 4242 postgres postgres LOG:  connection authorized: user=postgres database=postgres",
                "2024-01-01 00:00:00 UTC 4242 shop ann LOG:  connection authorized: user=ann database=shop",
            ],
            "%t %p %d %u ",
        );
    }
}
