//! The weekly report in words.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, TimeDelta};

use super::numbers::{Record, Week};
use crate::gather::readable::Readable;
use crate::model::answer::{Answer, Figure, Mark, Press, Section, Table, escape};
use crate::model::finding::Severity;
use crate::model::signal::Unit;
use crate::model::time::TimeRange;

/// Longer lists are not read.
const MOST: usize = 5;
/// Deployments in the table.
pub(super) const MOST_DEPLOYMENTS: usize = 8;

/// How useful quad can have been.
pub(super) const RATINGS: [&str; 3] = ["very useful", "somewhat useful", "not useful"];

/// Everything the report is made of.
pub(super) struct Told<'a> {
    pub(super) ctx: &'a Readable,
    pub(super) monday: NaiveDate,
    pub(super) week: TimeRange,
    pub(super) this: Week,
    pub(super) before: Record,
    /// Seen and good minutes per service, a year ago.
    pub(super) year_ago: BTreeMap<String, (u64, u64)>,
}

pub(super) fn answer(told: &Told<'_>) -> Answer {
    let record = &told.this.record;
    let so_far = if told.ctx.now() < told.week.to { " so far" } else { "" };
    let sunday = told.monday + Days::new(6);
    let dates = format!("{} to {}", told.monday.format("%a %-d %b"), sunday.format("%a %-d %b %Y"));
    let mut answer = Answer::new(format!("Weekly report, {dates}{so_far}: {}", in_brief(told)))
        .with(Section::Figures(figures(told)));
    answer.mark = Some(mark(told));
    let noisiest = noisiest(record);
    if !noisiest.is_empty() {
        answer = listed(answer, "Noisiest alerts", noisiest);
    }
    if !told.this.movers.is_empty() {
        answer = answer.with(Section::Heading("Slower than the week before".to_owned())).with(movers(told));
    }
    let (shown, count) = &told.this.deployments;
    if !shown.is_empty() {
        answer = answer.with(Section::Heading("Deployments".to_owned())).with(deployments(told));
        let more = count.saturating_sub(shown.len());
        if more > 0 {
            answer = answer.footnote(format!("and {more} earlier deployments"));
        }
    }
    if record.quiet > 0 {
        let quiet = super::super::count(record.quiet, "alert");
        answer =
            answer.footnote(format!("{quiet} in silences and planned work: told nobody, and not counted"));
    }
    let shown: Vec<String> = answer.sections.iter().flat_map(titles).map(str::to_owned).collect();
    let meanings = meanings(told.ctx.team().sla_percent);
    for (label, meaning) in meanings.iter().filter(|(label, _)| shown.iter().any(|title| title == label)) {
        answer = answer.footnote(format!("{label}: {meaning}"));
    }
    if super::asks(told.monday) {
        answer = answer.with(Section::Heading("How useful was I in the last three months?".to_owned()));
        for how in RATINGS {
            answer = answer.button(how, Press::Ask(format!("rate quad: {how}")));
        }
    }
    answer
}

fn listed(answer: Answer, heading: &str, items: Vec<String>) -> Answer {
    answer.with(Section::Heading(heading.to_owned())).with(Section::List { numbered: false, items })
}

/// What a part of the report calls its numbers.
fn titles(section: &Section) -> Vec<&str> {
    match section {
        Section::Heading(heading) => vec![heading],
        Section::Figures(figures) => figures.iter().map(|figure| figure.label.as_str()).collect(),
        _ => Vec::new(),
    }
}

/// How each number is formed: a footnote, and what the page shows under the pointer.
fn meanings(sla: f64) -> [(&'static str, String); 10] {
    [
        (
            "Uptime",
            format!("share of minutes with data in which a service answered, all services together; promised {}", percent(sla)),
        ),
        ("Alerts", "what opened in the week and was told to somebody, each once".to_owned()),
        ("Time to detect", "from the first bad value until the alert opened".to_owned()),
        ("Time to acknowledge", "from its opening until a person had it".to_owned()),
        ("Time to resolve", "from its opening until it was over".to_owned()),
        ("False alarms", "share of the alerts that a person marked as one".to_owned()),
        (
            "Found before anyone asked",
            "share of the other alerts about which nobody had asked in a chat or mail between the first bad value and the opening".to_owned(),
        ),
        ("Noisiest alerts", "how often alerts of one kind about one subject opened or came back".to_owned()),
        (
            "Slower than the week before",
            "medians of both weeks, each hour with the same hour of the week, where the difference is beyond chance (1 %)".to_owned(),
        ),
        (
            "Deployments",
            "the outcome is what was measured after it against what was measured before it, as `did the last deployment make it slower` says it".to_owned(),
        ),
    ]
}

fn in_brief(told: &Told<'_>) -> String {
    let alerts = super::super::count(told.this.record.alerts.len(), "alert");
    match overall(&told.this.uptime) {
        Some(uptime) => format!("{} uptime, {alerts}", percent(uptime)),
        None => format!("no source for uptime, {alerts}"),
    }
}

fn mark(told: &Told<'_>) -> Mark {
    match overall(&told.this.uptime) {
        None => Mark::Unknown,
        Some(uptime) if uptime < told.ctx.team().sla_percent => Mark::Warning,
        Some(_) => Mark::Good,
    }
}

fn figures(told: &Told<'_>) -> Vec<Figure> {
    let (this, before) = (&told.this.record, &told.before);
    let critical = this.alerts.iter().filter(|alert| alert.severity == Severity::Critical).count();
    let uptime = match overall(&told.this.uptime) {
        Some(uptime) => format!("{}, from {} of the minutes", percent(uptime), percent(covered(told))),
        None => "no source".to_owned(),
    };
    let year_ago = match overall(&told.year_ago) {
        Some(uptime) => format!("{} in that week last year", percent(uptime)),
        None => "nothing kept of that week last year".to_owned(),
    };
    let figure =
        |label: &str, value: String, compared: String| Figure { label: label.to_owned(), value, compared };
    let mut all = vec![
        figure("Uptime", uptime, year_ago),
        figure(
            "Alerts",
            format!("{}, {critical} critical", this.alerts.len()),
            format!("{} the week before", before.alerts.len()),
        ),
    ];
    if this.alerts.is_empty() {
        return all;
    }
    let without = this.alerts.len() - this.acknowledged.len();
    let nobody =
        if without > 0 { format!("; {without} of {} nobody took", this.alerts.len()) } else { String::new() };
    all.push(figure("Time to detect", spread(&this.detected), median_before(&before.detected)));
    all.push(figure(
        "Time to acknowledge",
        format!("{}{nobody}", spread(&this.acknowledged)),
        median_before(&before.acknowledged),
    ));
    all.push(figure("Time to resolve", spread(&this.resolved), median_before(&before.resolved)));
    all.push(figure(
        "False alarms",
        share(this.false_alarms(), this.alerts.len()),
        format!("{} the week before", share(before.false_alarms(), before.alerts.len())),
    ));
    if this.real() > 0 {
        let found = |record: &Record| match record.asked_first {
            Some(asked) => share(record.real() - asked, record.real()),
            None => "not known: what was said then is not kept any more".to_owned(),
        };
        all.push(figure(
            "Found before anyone asked",
            found(this),
            format!("{} the week before", found(before)),
        ));
    }
    all
}

/// "3 times: checkout (prod), slow response, 42 min in all".
fn noisiest(record: &Record) -> Vec<String> {
    let mut by_kind: BTreeMap<(String, &str), (u32, TimeDelta)> = BTreeMap::new();
    for alert in &record.alerts {
        let (times, lasted) = by_kind.entry((alert.subject.to_string(), alert.alert_type())).or_default();
        *times += 1 + alert.reopened;
        if let Some(end) = &alert.resolved {
            *lasted += (end.at - alert.since).max(TimeDelta::zero());
        }
    }
    let mut all: Vec<_> = by_kind.into_iter().collect();
    all.sort_by_key(|((_, _), (times, lasted))| std::cmp::Reverse((*times, *lasted)));
    all.into_iter()
        .take(MOST)
        .map(|((subject, kind), (times, lasted))| {
            let times = if times == 1 { "once".to_owned() } else { format!("{times} times") };
            let lasted = if lasted.is_zero() { String::new() } else { format!(", {} in all", took(lasted)) };
            format!("{times}: {}, {}{lasted}", escape(&subject), kind.replace('_', " "))
        })
        .collect()
}

fn movers(told: &Told<'_>) -> Section {
    let rows = told.this.movers.iter().take(MOST).map(|(name, signal, compared)| {
        let unit = signal.unit();
        vec![
            name.clone(),
            signal.label().to_owned(),
            unit.show(compared.before),
            unit.show(compared.now),
            compared.words(),
        ]
    });
    let columns = ["", "", "week before", "this week", "change"].map(str::to_owned).to_vec();
    Section::Table(Table { columns, rows: rows.collect() })
}

fn deployments(told: &Told<'_>) -> Section {
    let tz = told.ctx.team().timezone;
    let rows = told.this.deployments.0.iter().rev().map(|outcome| {
        let at = outcome.at.with_timezone(&tz).format("%a %H:%M").to_string();
        vec![at, outcome.service.clone(), outcome.version.clone(), outcome.verdict.to_owned()]
    });
    let columns = ["at", "service", "version", "outcome"].map(str::to_owned).to_vec();
    Section::Table(Table { columns, rows: rows.collect() })
}

fn overall(uptime: &BTreeMap<String, (u64, u64)>) -> Option<f64> {
    let (seen, good) = uptime.values().fold((0, 0), |(s, g), (seen, good)| (s + seen, g + good));
    (seen > 0).then(|| good as f64 * 100.0 / seen as f64)
}

/// In how many of the minutes that passed the services were seen, in percent.
fn covered(told: &Told<'_>) -> f64 {
    let passed = (told.ctx.now().min(told.week.to) - told.week.from).num_minutes().max(1);
    let all = passed as f64 * told.this.uptime.len().max(1) as f64;
    let seen: u64 = told.this.uptime.values().map(|(seen, _)| seen).sum();
    (seen as f64 * 100.0 / all).min(100.0)
}

/// Never rounded up to what was not reached.
fn percent(value: f64) -> String {
    let digits = format!("{:.2}", (value * 100.0 + 1e-6).floor() / 100.0);
    format!("{} %", digits.trim_end_matches('0').trim_end_matches('.'))
}

/// "25 %, 1 of 4".
fn share(part: usize, all: usize) -> String {
    match all {
        0 => "none".to_owned(),
        _ => format!("{:.0} %, {part} of {all}", part as f64 * 100.0 / all as f64),
    }
}

/// "median 65 s, longest 3 min".
fn spread(times: &[TimeDelta]) -> String {
    match (median(times), times.iter().max()) {
        (Some(middle), Some(longest)) if times.len() > 1 => {
            format!("median {}, longest {}", took(middle), took(*longest))
        }
        (Some(only), _) => took(only),
        _ => "none".to_owned(),
    }
}

fn median_before(times: &[TimeDelta]) -> String {
    match median(times) {
        Some(middle) => format!("median {} the week before", took(middle)),
        None => "nothing to compare it with the week before".to_owned(),
    }
}

/// The upper one of the two in the middle.
fn median(times: &[TimeDelta]) -> Option<TimeDelta> {
    let mut times = times.to_vec();
    times.sort();
    times.get(times.len() / 2).copied()
}

fn took(time: TimeDelta) -> String {
    Unit::Minutes.show(time.num_seconds() as f64 / 60.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_by_their_middle_and_their_end() {
        let minutes = |all: &[i64]| all.iter().map(|n| TimeDelta::minutes(*n)).collect::<Vec<_>>();
        assert_eq!(spread(&minutes(&[3, 1, 60])), "median 3 min, longest 60 min");
        assert_eq!(spread(&minutes(&[4])), "4 min");
        assert_eq!(spread(&[]), "none");
        assert_eq!((share(1, 4), share(0, 0)), ("25 %, 1 of 4".to_owned(), "none".to_owned()));
        assert_eq!(percent(99.999), "99.99 %");
    }
}
