//! The report in words: summary, performance, uptime, issues, what is coming, what to do. Pure.

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;

use super::Settings;
use super::numbers::Numbers;
use crate::model::alert::{Alert, Status};
use crate::model::answer::{Answer, Mark, Section, Table, escape, moment};
use crate::model::signal::{Signal, Unit, thousands};
use crate::model::time::{Moment, TimeRange};

/// How far ahead planned work is told.
const AHEAD: TimeDelta = TimeDelta::days(14);
/// A disk or memory this full is worth an action, in percent.
const FULL: f64 = 80.0;
/// Under this share of minutes with data a number is not to be trusted, in percent.
const COVERED: f64 = 95.0;
/// Longer lists are not read; the rest is counted.
const MAX_ISSUES: usize = 10;
/// No actions beyond what a person does in a day.
const MAX_ACTIONS: usize = 6;

/// Everything the report is made of.
pub(super) struct Told<'a> {
    pub(super) day: NaiveDate,
    pub(super) range: TimeRange,
    pub(super) this: Numbers,
    pub(super) earlier: Numbers,
    pub(super) timezone: Tz,
    pub(super) settings: &'a Settings,
    pub(super) now: Moment,
}

/// The report.
pub(super) fn answer(told: &Told<'_>) -> Answer {
    let so_far = if told.now < told.range.to { " so far" } else { "" };
    let date = told.day.format("%A, %-d %B %Y");
    let mut answer = Answer::new(format!("Daily report for {date}{so_far}: {}", in_brief(told)));
    answer.mark = Some(mark(told));
    answer = answer
        .with(Section::Heading("Summary".to_owned()))
        .with(Section::List { numbered: false, items: summary(told) })
        .with(Section::Heading("Performance".to_owned()))
        .with(Section::Table(performance(told)));
    if !told.this.uptime.is_empty() {
        answer = answer
            .with(Section::Heading("Uptime by service".to_owned()))
            .with(Section::Table(services(told)));
    }
    for (heading, items) in
        [("Detected issues", issues(told)), ("Upcoming", upcoming(told)), ("Team actions", actions(told))]
    {
        answer = answer.with(Section::Heading(heading.to_owned())).with(Section::List {
            numbered: heading == "Detected issues" && !told.this.alerts.is_empty(),
            items,
        });
    }
    let at = match told.this.counted_at.as_slice() {
        [] => String::new(),
        names => format!(
            "Requests, API P95 and error rate are those of {}, weighted by traffic. ",
            escape(&names.iter().take(3).cloned().collect::<Vec<_>>().join(", "))
        ),
    };
    answer.footnote(format!(
        "{at}Uptime: share of minutes with data in which a service answered. Times: {}.",
        escape(told.timezone.name())
    ))
}

fn in_brief(told: &Told<'_>) -> String {
    let opened = opened(told).count();
    let issues = match opened {
        0 => "no issues".to_owned(),
        1 => "1 issue".to_owned(),
        n => format!("{n} issues"),
    };
    match overall(&told.this) {
        Some(uptime) => format!("{} uptime, {issues}", percent(uptime)),
        None if opened == 0 && told.this.api_p95.is_none() => "nothing was measured".to_owned(),
        None => format!("no source for uptime, {issues}"),
    }
}

fn mark(told: &Told<'_>) -> Mark {
    let open = told.this.alerts.iter().any(Alert::is_open);
    match overall(&told.this) {
        None => Mark::Unknown,
        Some(uptime) if uptime < told.settings.sla_percent || open => Mark::Warning,
        Some(_) => Mark::Good,
    }
}

fn summary(told: &Told<'_>) -> Vec<String> {
    let sla = percent(told.settings.sla_percent);
    let uptime = match overall(&told.this) {
        Some(uptime) => {
            let held = if uptime >= told.settings.sla_percent { "held" } else { "missed" };
            format!("{} uptime (SLA {sla}: {held}), from {} of the minutes", percent(uptime), covered(told))
        }
        None => format!("Uptime: no source (SLA {sla})"),
    };
    let detected = opened(told).count();
    let resolved = opened(told).filter(|alert| alert.status == Status::Resolved).count();
    let mut issues = format!("{detected} detected, {resolved} of them resolved");
    let older =
        told.this.alerts.iter().filter(|alert| alert.is_open()).count().saturating_sub(detected - resolved);
    if older > 0 {
        issues.push_str(&format!(", {older} from before still open"));
    }
    let traffic = match told.this.requests {
        Some(requests) => {
            let trend = change(told.earlier.requests, Some(requests))
                .unwrap_or_else(|| "day before: no data".to_owned());
            format!("Traffic: {} requests ({trend} against the day before)", counted(requests))
                .replace("(day before: no data against the day before)", "(day before: no data)")
        }
        None => "Traffic: no source".to_owned(),
    };
    vec![uptime, format!("Issues: {issues}"), traffic]
}

fn performance(told: &Told<'_>) -> Table {
    let day = |date: NaiveDate| date.format("%-d %b").to_string();
    let before = told.day.pred_opt().map_or_else(|| "day before".to_owned(), day);
    let mut rows = Vec::new();
    let (was, is) = (&told.earlier, &told.this);
    for (label, unit, was, is) in [
        ("API P95", Unit::Milliseconds, was.api_p95, is.api_p95),
        ("DB query P95", Unit::Milliseconds, was.database_p95, is.database_p95),
        ("Error rate", Unit::Percent, was.error_rate, is.error_rate),
    ] {
        let shown =
            |value: Option<f64>| value.map_or_else(|| "no source".to_owned(), |value| unit.show(value));
        let trend = change(was, is).unwrap_or_else(|| "-".to_owned());
        rows.push(vec![label.to_owned(), shown(was), shown(is), trend]);
    }
    let took = |numbers: &Numbers| match (numbers.deployment_duration, numbers.deployments.len()) {
        (Some(minutes), n) => format!("{} ({n})", Unit::Minutes.show(minutes)),
        (None, 0) => "no deployment".to_owned(),
        (None, n) => format!("no source ({n})"),
    };
    let trend = change(was.deployment_duration, is.deployment_duration).unwrap_or_else(|| "-".to_owned());
    rows.push(vec!["Deployment duration".to_owned(), took(was), took(is), trend]);
    Table { columns: ["Metric".to_owned(), before, day(told.day), "Trend".to_owned()].into(), rows }
}

fn services(told: &Told<'_>) -> Table {
    let rows = told.this.uptime.iter().map(|(name, (seen, good))| {
        let data = share(*seen, told.this.minutes).map_or_else(|| "-".to_owned(), percent);
        let uptime = share(*good, *seen).map_or_else(|| "no data".to_owned(), percent);
        let down = format!("{} min", seen - good);
        vec![name.clone(), uptime, down, data]
    });
    let columns = ["Service", "Uptime", "Not answering", "Minutes with data"];
    Table { columns: columns.map(str::to_owned).into(), rows: rows.collect() }
}

fn issues(told: &Told<'_>) -> Vec<String> {
    let mut items: Vec<String> =
        told.this.alerts.iter().take(MAX_ISSUES).map(|alert| issue(alert, told)).collect();
    match told.this.alerts.len() {
        0 => items.push(match overall(&told.this) {
            Some(_) => "None in what was seen".to_owned(),
            None => "None, but nothing was measured".to_owned(),
        }),
        n if n > MAX_ISSUES => items.push(format!("and {} more", n - MAX_ISSUES)),
        _ => {}
    }
    items
}

/// "#3 checkout: slow response (critical), 13:52 to 14:10, 18 min; cause: ...".
fn issue(alert: &Alert, told: &Told<'_>) -> String {
    let clock = |at: Moment| {
        let form = if told.range.contains(at) { "%H:%M" } else { "%-d %b %H:%M" };
        moment(at, &at.with_timezone(&told.timezone).format(form).to_string())
    };
    let severity = match alert.severity {
        crate::model::finding::Severity::Warning => "warning",
        crate::model::finding::Severity::Critical => "critical",
    };
    let mut text = format!(
        "\\{} {}: {} \\({severity}\\), ",
        alert.number,
        escape(&alert.subject.to_string()),
        alert.alert_type().replace('_', " "),
    );
    match (&alert.resolved, alert.is_open()) {
        (Some(resolution), false) => {
            let minutes = (resolution.at - alert.since).num_minutes().max(0);
            text.push_str(&format!(
                "{} to {}, {}",
                clock(alert.since),
                clock(resolution.at),
                Unit::Minutes.show(minutes as f64)
            ));
            if let Some(said) = &resolution.text {
                text.push_str(&format!("; {}", escape(said)));
            }
        }
        _ => text.push_str(&format!("since {}, still open", clock(alert.since))),
    }
    if alert.false_alarm.is_some() {
        text.push_str("; a false alarm");
    } else if let Some(cause) = alert.diagnosis.as_ref().and_then(|diagnosis| diagnosis.cause()) {
        text.push_str(&format!("; cause: {}", escape(&cause.sentence.text)));
    } else if alert.diagnosis.is_some() {
        text.push_str("; cause not decided");
    }
    text
}

fn upcoming(told: &Told<'_>) -> Vec<String> {
    let mut planned: Vec<_> = told
        .settings
        .upcoming
        .iter()
        .filter(|planned| planned.range.to > told.now && planned.range.from < told.now + AHEAD)
        .collect();
    planned.sort_by_key(|planned| planned.range.from);
    let mut items: Vec<String> = planned
        .into_iter()
        .map(|planned| {
            let local = |at: Moment, form: &str| at.with_timezone(&told.timezone).format(form).to_string();
            let from = moment(planned.range.from, &local(planned.range.from, "%a %-d %b %H:%M"));
            let to = moment(planned.range.to, &local(planned.range.to, "%H:%M"));
            format!("{} to {}: {}", from, to, escape(&planned.what))
        })
        .collect();
    if items.is_empty() {
        items.push("No maintenance window in the next 14 days".to_owned());
    }
    items
}

/// What follows from the numbers; nothing is invented where nothing does.
fn actions(told: &Told<'_>) -> Vec<String> {
    let mut items = Vec::new();
    for alert in told.this.alerts.iter().filter(|alert| alert.is_open()) {
        let of = escape(&alert.subject.to_string());
        items.push(match &alert.acknowledged {
            Some(owner) => format!("\\{} {of} is still open; {} owns it", alert.number, escape(&owner.by)),
            None => format!("\\{} {of} is still open and nobody owns it: acknowledge it", alert.number),
        });
    }
    for (name, (seen, good)) in &told.this.uptime {
        if let Some(uptime) = share(*good, *seen).filter(|uptime| *uptime < told.settings.sla_percent) {
            let sla = percent(told.settings.sla_percent);
            items.push(format!(
                "{} was at {}, under the SLA of {sla}: look at why",
                escape(name),
                percent(uptime)
            ));
        }
        if let Some(data) = share(*seen, told.this.minutes).filter(|data| *data < COVERED) {
            items.push(format!(
                "{} was measured in only {} of the minutes: run quad doctor",
                escape(name),
                percent(data)
            ));
        }
    }
    for alert in told.this.alerts.iter().filter(|alert| !alert.is_open() && alert.false_alarm.is_none()) {
        // The first fix was for the night; the last one is what keeps it from coming back.
        let fix = alert
            .diagnosis
            .as_ref()
            .and_then(|diagnosis| diagnosis.cause())
            .and_then(|cause| cause.fixes.last());
        if let Some(fix) = fix {
            items.push(format!(
                "So that \\{} does not come back: {} \\({}\\)",
                alert.number,
                escape(&fix.text),
                escape(&fix.effort)
            ));
        }
    }
    for (subject, signal, value) in told.this.fullest.iter().filter(|(_, _, value)| *value >= FULL) {
        let what = if *signal == Signal::Disk { "disk" } else { "memory" };
        items.push(format!(
            "The {what} of {} is {} full: plan for more",
            escape(&subject.to_string()),
            percent(*value)
        ));
    }
    let more = items.len().saturating_sub(MAX_ACTIONS);
    items.truncate(MAX_ACTIONS);
    if more > 0 {
        items.push(format!("and {more} more"));
    }
    if items.is_empty() {
        items.push("Nothing follows from the numbers".to_owned());
    }
    items
}

fn opened<'a>(told: &'a Told<'_>) -> impl Iterator<Item = &'a Alert> {
    told.this.alerts.iter().filter(|alert| told.range.contains(alert.opened_at))
}

fn overall(numbers: &Numbers) -> Option<f64> {
    let (seen, good) = numbers.uptime.values().fold((0, 0), |(s, g), (seen, good)| (s + seen, g + good));
    share(good, seen)
}

fn covered(told: &Told<'_>) -> String {
    let seen: u64 = told.this.uptime.values().map(|(seen, _)| seen).sum();
    let all = told.this.minutes * told.this.uptime.len() as u64;
    share(seen, all).map_or_else(|| "none".to_owned(), percent)
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 * 100.0 / whole as f64).min(100.0))
}

/// Never rounded up to 100: 99.999 % is not all of it.
fn percent(value: f64) -> String {
    let floored = (value * 100.0 + 1e-6).floor() / 100.0;
    let digits = format!("{floored:.2}");
    format!("{} %", digits.trim_end_matches('0').trim_end_matches('.'))
}

/// "2.3 M", "15.2 k", "812".
fn counted(requests: f64) -> String {
    match requests {
        r if r >= 1e6 => format!("{} M", thousands(r / 1e6, 1)),
        r if r >= 1e4 => format!("{} k", thousands(r / 1e3, 1)),
        r => thousands(r, 0),
    }
}

/// "↑ +5 %"; `None` where one side is not known or there was nothing.
fn change(was: Option<f64>, is: Option<f64>) -> Option<String> {
    let (was, is) = (was?, is?);
    if was <= 0.0 {
        return (is == was).then(|| "→ 0 %".to_owned());
    }
    let by = ((is / was - 1.0) * 100.0).round();
    Some(match by {
        b if b > 0.0 => format!("↑ +{} %", thousands(b, 0)),
        b if b < 0.0 => format!("↓ {} %", thousands(b, 0)),
        _ => "→ 0 %".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uptime_is_never_rounded_up_to_all_of_it() {
        assert_eq!(percent(99.999), "99.99 %");
        assert_eq!(percent(100.0), "100 %");
        assert_eq!(percent(99.95), "99.95 %");
    }

    #[test]
    fn changes_say_their_direction() {
        assert_eq!(change(Some(145.0), Some(152.0)).as_deref(), Some("↑ +5 %"));
        assert_eq!(change(Some(100.0), Some(50.0)).as_deref(), Some("↓ -50 %"));
        assert_eq!(change(None, Some(1.0)), None);
        assert_eq!(change(Some(0.0), Some(1.0)), None);
    }
}
