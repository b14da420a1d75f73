//! A digest in words: where the time goes, then the costliest classes one by one, then what else the
//! log holds. An [`Answer`], so that a terminal, a mail and a page show the same.

use chrono::DateTime;

use crate::model::answer::{Answer, Section, Table, escape};
use crate::model::chart::{Chart, ChartKind, Line, Point};
use crate::model::signal::Unit;
use crate::model::time::TimeRange;
use crate::sql::log::Event;
use crate::sql::words;

use super::{Class, Digest, Loop, Who, remarks};

/// A statement is shown up to this many characters; what is left out is told.
const LONGEST_SHOWN: usize = 2_000;
/// In a table a statement gets this many.
const IN_TABLE: usize = 60;
/// Loops that are told.
const MOST_LOOPS: usize = 5;

/// What a log adds up to. `name` is the log's, `top` how many classes are shown one by one, `look` what
/// is worth a chart.
#[must_use]
pub fn answer(digest: &Digest, name: &str, top: usize) -> Answer {
    let ranked = digest.ranked();
    let mut answer = Answer::new(headline(digest, &ranked, name));
    if ranked.is_empty() {
        return notes(answer, digest, 0, 0);
    }
    for chart in charts(digest) {
        answer = answer.with(Section::Chart(Box::new(chart)));
    }
    answer = answer.with(Section::Table(overview(digest, &ranked, top)));
    let total = digest.query_time_ns();
    for (at, class) in ranked.iter().take(top).enumerate() {
        answer = one(answer, at + 1, class, total);
    }
    answer = loops(answer, &digest.loops());
    answer = events(answer, digest);
    notes(answer, digest, ranked.len(), top)
}

fn headline(digest: &Digest, ranked: &[&Class], name: &str) -> String {
    let name = format!("`{}`", name.replace('`', "'"));
    let Some(first) = ranked.first() else {
        let left_out = if digest.sifted_out > 0 { " that passes the filter" } else { "" };
        return format!("{name} holds no statement{left_out}.");
    };
    let total = digest.query_time_ns();
    let classes = if ranked.len() == 1 {
        "one class".to_owned()
    } else {
        format!("{} classes", number(ranked.len() as u64))
    };
    let entries = if digest.entries == 1 {
        "1 entry".to_owned()
    } else {
        format!("{} entries", number(digest.entries))
    };
    if total == 0 {
        return format!("{name}: {entries} in {classes}; the log does not say how long they took.");
    }
    format!(
        "{name}: {entries} in {classes} took {}, {} of it in the costliest.",
        time(total),
        share(first.query_time.sum, total)
    )
}

/// The classes in one table, with what each costs.
fn overview(digest: &Digest, ranked: &[&Class], top: usize) -> Table {
    let total = digest.query_time_ns();
    let timed = total > 0;
    let rows_read = ranked.iter().any(|class| class.rows_examined.count > 0);
    let mut columns = vec!["#"];
    if timed {
        columns.extend(["of the time", "total", "mean", "p95"]);
    }
    columns.push("calls");
    if rows_read {
        columns.push("rows read");
    }
    columns.push("statement");
    let rows = ranked.iter().take(top.max(10)).enumerate().map(|(at, class)| {
        let mut row = vec![(at + 1).to_string()];
        if timed {
            row.push(share(class.query_time.sum, total));
            row.push(time(class.query_time.sum));
            row.push(words::time(class.query_time.mean() / 1e6));
            row.push(class.query_time.quantile(95).map(time).unwrap_or_default());
        }
        row.push(number(class.count));
        if rows_read {
            row.push(if class.rows_examined.count > 0 {
                words::count(class.rows_examined.mean())
            } else {
                String::new()
            });
        }
        row.push(shortened(&class.fingerprint, IN_TABLE));
        row
    });
    Table { columns: columns.into_iter().map(str::to_owned).collect(), rows: rows.collect() }
}

/// One class: its statement, its numbers, what is wrong with it.
fn one(answer: Answer, rank: usize, class: &Class, total: u64) -> Answer {
    let cost = if class.query_time.count == 0 {
        format!("{} calls", number(class.count))
    } else {
        format!(
            "{} of the time: {}, {} each",
            share(class.query_time.sum, total),
            calls(class.count),
            words::time(class.query_time.mean() / 1e6),
        )
    };
    let mut answer = answer
        .with(Section::Heading(format!("{rank}. {cost}")))
        .with(Section::Code { language: "sql".to_owned(), text: shown(&class.fingerprint) });
    let mut lines = remarks(class);
    lines.push(numbers(class));
    if let Some(place) = place(class) {
        lines.push(place);
    }
    answer = answer.with(Section::List { numbered: false, items: lines });
    answer
}

fn numbers(class: &Class) -> String {
    let mut parts = Vec::new();
    let time_line = &class.query_time;
    if time_line.count > 0 {
        let (min, max) = (time(time_line.min), time(time_line.max));
        parts.push(match (time_line.quantile(50), time_line.quantile(95)) {
            _ if time_line.min == time_line.max => format!("Time: {min}"),
            (Some(median), Some(p95)) => {
                format!("Time: {min} to {max}, median {}, P95 {}", time(median), time(p95))
            }
            _ => format!("Time: {min} to {max}"),
        });
    }
    if class.rows_examined.count > 0 {
        parts.push(format!(
            "rows read {}, sent {}",
            words::count(class.rows_examined.mean()),
            words::count(class.rows_sent.mean())
        ));
    }
    if class.rows_affected.sum > 0 {
        parts.push(format!("changed {}", words::count(class.rows_affected.mean())));
    }
    if parts.is_empty() {
        return "The log says neither how long it took nor how many rows it read.".to_owned();
    }
    parts.join("; ") + "."
}

/// Who runs it, where, and when it was seen.
fn place(class: &Class) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(owner) = &class.owner {
        parts.push(format!("sent by `{}`", owner.replace('`', "'")));
    }
    let places = [
        ("database", &class.databases),
        ("user", &class.users),
        ("host", &class.hosts),
        ("program", &class.applications),
    ];
    for (what, who) in places {
        if let Some(names) = names(who) {
            parts.push(format!("{what} {names}"));
        }
    }
    if let Some((first, last)) = class.span_us {
        parts.push(if first == last { at(first) } else { format!("{} to {}", at(first), at(last)) });
    }
    let line = parts.join("; ");
    let mut letters = line.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

fn names(who: &Who) -> Option<String> {
    let names: Vec<_> = who.names().map(|name| escape(&name)).collect();
    let more = if who.more { " and others" } else { "" };
    (!names.is_empty()).then(|| format!("{}{more}", names.join(", ")))
}

/// Queries for each row of another.
fn loops(answer: Answer, loops: &[Loop<'_>]) -> Answer {
    if loops.is_empty() {
        return answer;
    }
    let items = loops.iter().take(MOST_LOOPS).map(|found| {
        let child = code(&shortened(&found.child.fingerprint, 160));
        let after = found.parent.map_or_else(
            || "at the start of a session".to_owned(),
            |parent| format!("right after {}", code(&shortened(&parent.fingerprint, 160))),
        );
        format!(
            "{child} ran up to {} times in a row {after}: {} calls in {}, {} in all. One query for all of them (`in (...)`, or a join) does the same.",
            number(u64::from(found.longest)),
            number(found.statements),
            if found.loops == 1 { "one loop".to_owned() } else { format!("{} loops", number(found.loops)) },
            time(found.query_time_ns),
        )
    });
    answer
        .with(Section::Heading("A query for each row (N+1)".to_owned()))
        .with(Section::List { numbered: false, items: items.collect() })
}

/// What is not a statement.
fn events(answer: Answer, digest: &Digest) -> Answer {
    if digest.events.counts.is_empty() {
        return answer;
    }
    let rows = digest.events.counts.iter().map(|(event, count)| {
        let more = if *event == Event::TemporaryFile {
            format!(
                "{} in all, the largest {}",
                size(digest.events.temporary_bytes),
                size(digest.events.largest_temporary)
            )
        } else {
            String::new()
        };
        vec![event.label().to_owned(), number(*count), more]
    });
    let table = Table {
        columns: vec!["besides".to_owned(), "times".to_owned(), String::new()],
        rows: rows.collect(),
    };
    answer.with(Section::Heading("What else the log holds".to_owned())).with(Section::Table(table))
}

/// What this can't say.
fn notes(mut answer: Answer, digest: &Digest, classes: usize, top: usize) -> Answer {
    if let Some((first, last)) = digest.span_us {
        answer = answer.footnote(format!("From {} to {}, by the log's clock.", at(first), at(last)));
    }
    if classes > top {
        answer = answer.footnote(format!(
            "{} further classes are in `--json`, or with `--top {classes}`.",
            number((classes - top) as u64)
        ));
    }
    if digest.sifted_out > 0 {
        answer = answer.footnote(format!("{} entries did not pass the filter.", number(digest.sifted_out)));
    }
    if digest.cut > 0 {
        answer = answer.footnote(format!(
            "{} {} cut: by the end of the log, by the server, or since they are longer than 8 MB. They count as far as they go.",
            number(digest.cut),
            if digest.cut == 1 { "entry is" } else { "entries are" },
        ));
    }
    if digest.back_in_time > 0 {
        answer = answer.footnote(format!(
            "{} times the log goes back in time: logs in another order, or a clock that was set.",
            number(digest.back_in_time)
        ));
    }
    if digest.others.classes > 0 {
        answer = answer.footnote(format!(
            "The log has more classes than are kept apart: {} that cost least, at most {} each, are counted together ({} entries, {}), so a class may miss some of its calls.",
            number(digest.others.classes),
            time(digest.others.largest_ns),
            number(digest.others.entries),
            time(digest.others.query_time_ns)
        ));
    }
    if digest.without_quantiles > 0 {
        answer = answer.footnote(format!(
            "The log has more classes than there is room for medians and P95 of: {} that cost least have none.",
            number(digest.without_quantiles)
        ));
    }
    answer
}

/// How busy it was over time; nothing where the log says no times, or only one.
#[expect(clippy::cast_precision_loss, reason = "what a chart draws")]
fn charts(digest: &Digest) -> Vec<Chart> {
    let steps: Vec<_> = digest.timeline.steps().collect();
    let (Some((first, _)), Some((last, _))) = (steps.first(), steps.last()) else { return Vec::new() };
    let (Some(from), Some(to)) = (
        DateTime::from_timestamp_micros(*first),
        DateTime::from_timestamp_micros(last + digest.timeline.step_us),
    ) else {
        return Vec::new();
    };
    // A few points are no curve.
    if steps.len() < 30 {
        return Vec::new();
    }
    let seconds = digest.timeline.step_us as f64 / 1e6;
    let chart = |title: &str, unit: Unit, value: &dyn Fn(&super::Step) -> f64| Chart {
        title: title.to_owned(),
        unit,
        range: TimeRange::new(from, to),
        timezone: chrono_tz::UTC,
        kind: ChartKind::Line,
        series: vec![Line {
            name: title.to_owned(),
            points: steps.iter().map(|(at, step)| Point(at / 1_000_000, value(step))).collect(),
        }],
        usual: None,
        thresholds: Vec::new(),
        deployments: Vec::new(),
        alert: None,
    };
    let mut charts = Vec::new();
    if digest.query_time_ns() > 0 {
        charts.push(chart("Statements' time, a second of the log", Unit::Milliseconds, &|step| {
            step.query_time_ns as f64 / 1e6 / seconds
        }));
    }
    charts.push(chart("Statements, a second of the log", Unit::PerSecond, &|step| {
        step.entries as f64 / seconds
    }));
    charts
}

/// Inline code that can't be closed from inside.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', ""))
}

#[expect(clippy::cast_precision_loss, reason = "a share that a person reads")]
fn share(part: u64, of: u64) -> String {
    words::percent(part as f64 / (of as f64).max(1.0))
}

fn calls(count: u64) -> String {
    if count == 1 { "1 call".to_owned() } else { format!("{} calls", number(count)) }
}

#[expect(clippy::cast_precision_loss, reason = "a time that a person reads")]
fn time(ns: u64) -> String {
    words::time(ns as f64 / 1e6)
}

#[expect(clippy::cast_precision_loss, reason = "a count that a person reads")]
fn number(value: u64) -> String {
    words::count(value as f64)
}

#[expect(clippy::cast_precision_loss, reason = "a size that a person reads")]
fn size(bytes: u64) -> String {
    words::size(bytes as f64 / 1024.0)
}

fn at(us: i64) -> String {
    DateTime::from_timestamp_micros(us)
        .map_or_else(String::new, |at| at.format("%Y-%m-%d %H:%M:%S").to_string())
}

/// The start of a statement, on one line.
fn shortened(fingerprint: &str, longest: usize) -> String {
    let mut out: String =
        fingerprint.chars().take(longest).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if fingerprint.chars().nth(longest).is_some() {
        out.push('…');
    }
    out
}

fn shown(fingerprint: &str) -> String {
    let left = fingerprint.chars().count().saturating_sub(LONGEST_SHOWN);
    if left == 0 {
        return fingerprint.to_owned();
    }
    let start: String = fingerprint.chars().take(LONGEST_SHOWN).collect();
    format!("{start}… ({} further characters)", number(left as u64))
}
