//! Did it get slower over the weeks? From the summaries of hours that are kept for a year, each hour
//! compared with the same hour of the week before.

use chrono::TimeDelta;

use crate::gather::readable::Readable;
use crate::handlers::compare::{Compared, Way, paired};
use crate::handlers::pictures;
use crate::model::answer::{Answer, Mark, Section, Table, escape};
use crate::model::request::Scope;
use crate::model::sample::SeriesKey;
use crate::model::signal::Signal;
use crate::model::time::{Moment, TimeRange};

/// More rows than this scroll out of a chat window.
const MAX_ROWS: usize = 8;
/// What a trend is about where nobody says.
const USUAL: [Signal; 3] = [Signal::ApiResponseTime, Signal::ErrorRate, Signal::Traffic];

pub(super) async fn trend(ctx: &Readable, scope: &Scope, signal: Option<Signal>) -> anyhow::Result<Answer> {
    let now = ctx.now();
    let (before, current) = stretches(scope.range, now);
    let signals = signal.as_ref().map_or(&USUAL[..], std::slice::from_ref);
    let mut found: Vec<(SeriesKey, Compared)> = Vec::new();
    let mut seen = 0;
    for key in super::whole_series(ctx, scope, signals, before.from).await? {
        seen += 1;
        let (old, new) = (ctx.hours(&key, before).await?, ctx.hours(&key, current).await?);
        if let Some(compared) = paired(key.signal, &old, &new, ctx.team().timezone) {
            found.push((key, compared));
        }
    }
    let of = super::of(scope);
    let when = format!("{} against {}", shown(ctx, current), shown(ctx, before));
    if found.is_empty() {
        let why = match seen {
            0 => format!("no source measured it{of} in that time"),
            _ => format!("I have too few whole hours of both stretches{of}"),
        };
        return Ok(Answer::new(format!("I can't say how it developed: {why}."))
            .marked(Mark::Unknown)
            .footnote(format!("Looked at {when}")));
    }
    found.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    let whole = TimeRange::new(before.from, current.to);
    let (key, compared) = &found[0];
    let hours = ctx.hours(key, whole).await?;
    let name = escape(&key.subject.to_string());
    let unit = key.signal.unit();
    let figures = format!(
        "{} is {}, {} before ({})",
        key.signal.label(),
        unit.show(compared.now),
        unit.show(compared.before),
        compared.words()
    );
    let (headline, mark) = if compared.is_worse(key.signal) {
        (format!("{name} got worse: {figures}."), Mark::Warning)
    } else if compared.is_better(key.signal) {
        (format!("{name} got better: {figures}."), Mark::Good)
    } else if compared.way == Way::Alike {
        (format!("No clear trend{of}: {name} {figures}."), Mark::Good)
    } else {
        (format!("{name} changed: {figures}."), Mark::Good)
    };
    let mut table = Table {
        columns: ["", "signal", "before", "now", "change", "how it went"].map(str::to_owned).to_vec(),
        rows: Vec::new(),
    };
    for (key, compared) in found.iter().take(MAX_ROWS) {
        let unit = key.signal.unit();
        table.rows.push(vec![
            key.subject.to_string(),
            key.signal.label().to_owned(),
            unit.show(compared.before),
            unit.show(compared.now),
            compared.words(),
            pictures::blocks(&ctx.hours(key, whole).await?),
        ]);
    }
    Ok(Answer::new(headline)
        .marked(mark)
        .illustrated(pictures::by_hour(key, &hours, whole, ctx.team().timezone))
        .with(Section::Table(table))
        .footnote(format!(
            "Medians of {when}, each hour with the same hour of the week; {} pairs for the first line",
            compared.count
        )))
}

/// What is compared with what: the week until now with the one before, or what was said. A stretch
/// that is over ("than last month") is what comes before; one that lasts is the current one.
fn stretches(said: Option<TimeRange>, now: Moment) -> (TimeRange, TimeRange) {
    let Some(range) = said else {
        let week = TimeRange::last(TimeDelta::weeks(1), now);
        return (week.earlier(TimeDelta::weeks(1)), week);
    };
    if range.to < now - TimeDelta::hours(1) {
        return (range, TimeRange::new(range.to, now));
    }
    let length = range.length();
    // Whole weeks back, so that weekdays meet weekdays; within a day, the day before.
    let back = if length <= TimeDelta::days(1) {
        TimeDelta::days(1)
    } else {
        TimeDelta::weeks((length.num_seconds() + 604_799) / 604_800)
    };
    (range.earlier(back), range)
}

/// What is worse first, then what is better, then what changed most.
fn weight((key, compared): &(SeriesKey, Compared)) -> f64 {
    let size = compared.share().map_or(1.0, f64::abs).min(99.0);
    match compared.way {
        Way::Alike => size / 1_000.0,
        _ if compared.is_worse(key.signal) => 1_000.0 + size,
        _ if compared.is_better(key.signal) => 500.0 + size,
        _ => 100.0 + size,
    }
}

fn shown(ctx: &Readable, range: TimeRange) -> String {
    format!("{} to {}", ctx.shown(range.from), ctx.shown(range.to))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn what_is_over_comes_before_what_lasts() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::hours(14);
        let midnight = now - TimeDelta::hours(14);
        let days = |from: i64, to: i64| {
            TimeRange::new(midnight - TimeDelta::days(from), midnight - TimeDelta::days(to))
        };
        let week = TimeRange::last(TimeDelta::weeks(1), now);
        assert_eq!(stretches(None, now), (week.earlier(TimeDelta::weeks(1)), week));
        let yesterday = days(1, 0);
        assert_eq!(stretches(Some(yesterday), now), (yesterday, TimeRange::new(midnight, now)));
        let today = TimeRange::new(midnight, now);
        assert_eq!(stretches(Some(today), now), (today.earlier(TimeDelta::days(1)), today));
        let month = TimeRange::new(midnight - TimeDelta::days(17), now);
        assert_eq!(stretches(Some(month), now), (month.earlier(TimeDelta::weeks(3)), month));
    }
}
