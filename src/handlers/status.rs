//! Is everything all right? What is wrong, how the rest is doing, and what can't be seen.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::alert::words;
use crate::gather::coverage::{coverage, sentences};
use crate::gather::readable::Readable;
use crate::model::alert::Alert;
use crate::model::answer::{Answer, Mark, Press, Section, Table, escape};
use crate::model::finding::Severity;
use crate::model::request::Scope;
use crate::model::sample::Observation;
use crate::model::signal::Signal;
use crate::model::source::SourceHealth;
use crate::model::threshold::Thresholds;

/// More rows than this scroll out of a chat window.
const MAX_ROWS: usize = 12;
const COLUMNS: [Signal; 5] =
    [Signal::ApiResponseTime, Signal::ErrorRate, Signal::Traffic, Signal::Cpu, Signal::Memory];

pub(super) async fn status(ctx: &Readable, scope: &Scope) -> anyhow::Result<Answer> {
    let now = ctx.now();
    // Three checks: one may have been missed without anything being wrong.
    let fresh = TimeDelta::seconds(i64::from(ctx.team().check_interval_secs) * 3).max(TimeDelta::minutes(2));
    let latest: Vec<Observation> = ctx.latest(now - fresh).await?;
    let latest: Vec<Observation> =
        latest.into_iter().filter(|seen| super::about(scope, &seen.key.subject)).collect();
    let sources = ctx.source_health().await?;
    let mut open = ctx.open_alerts().await?;
    open.retain(|alert| super::about(scope, &alert.subject));
    open.sort_by_key(|alert| std::cmp::Reverse((alert.severity, alert.opened_at)));
    let down: Vec<&SourceHealth> = sources.iter().filter(|source| source.failing_since.is_some()).collect();

    let lately = worrying(&ctx.thresholds().await?, &latest);
    let mut answer = headline(ctx, scope, &open, &down, &latest, &lately);
    if !open.is_empty() {
        let items = open.iter().take(5).map(|alert| words::line(alert, now, ctx.team().timezone)).collect();
        answer = answer.with(Section::List { numbered: false, items });
    }
    let table = figures(&latest);
    if !table.rows.is_empty() {
        answer = answer.with(Section::Table(table));
    }
    let unseen = not_seen(ctx, scope, &latest, &sources, &down).await?;
    if !unseen.is_empty() {
        answer = answer
            .with(Section::Heading("What I can't see".to_owned()))
            .with(Section::List { numbered: false, items: unseen });
    }
    if let Some(undelivered) = undelivered(ctx).await? {
        answer = answer.footnote(undelivered);
    }
    if let Some(worst) = open.first() {
        // Nobody needs to take what somebody has.
        if worst.acknowledged.is_none() {
            answer =
                answer.button(&format!("Acknowledge {}", worst.number), Press::Acknowledge(worst.number));
        }
        answer = answer.button(&format!("Why {}", worst.number), Press::Why(worst.number));
    }
    Ok(answer)
}

fn headline(
    ctx: &Readable,
    scope: &Scope,
    open: &[Alert],
    down: &[&SourceHealth],
    latest: &[Observation],
    lately: &[String],
) -> Answer {
    let of = super::of(scope);
    if let Some(worst) = open.first() {
        let critical = open.iter().filter(|alert| alert.severity == Severity::Critical).count();
        let text = match critical {
            0 => format!("{} open{of}, none critical.", super::count(open.len(), "alert")),
            _ => format!("{} open{of}, {critical} critical.", super::count(open.len(), "alert")),
        };
        return Answer::new(text).marked(worst.severity);
    }
    if let Some(source) = down.first() {
        let since = source.failing_since.map(|at| ctx.shown(at)).unwrap_or_default();
        let why = escape(source.error.as_deref().unwrap_or("no reason given"));
        let text = format!("I can't tell{of}: no data from {} since {since}: {why}.", escape(&source.source));
        return Answer::new(text).marked(Mark::Unknown);
    }
    if latest.is_empty() {
        let text = match of.as_str() {
            "" => "I can't tell yet: no source has answered since I started.".to_owned(),
            of => format!("I can't tell: no source measures anything{of}."),
        };
        return Answer::new(text).marked(Mark::Unknown);
    }
    // An alert waits until a condition has lasted; whoever asks now should hear of it now.
    if !lately.is_empty() {
        let more = if lately.len() > 3 { format!(" and {} more", lately.len() - 3) } else { String::new() };
        let first = lately[..lately.len().min(3)].join("; ");
        return Answer::new(format!("No alert is open{of} yet, but {first}{more}.")).marked(Mark::Warning);
    }
    let mut names: Vec<&str> = latest.iter().map(|seen| seen.key.subject.name()).collect();
    names.sort_unstable();
    names.dedup();
    let text = match names.as_slice() {
        [one] => format!("Nothing is wrong with {} as far as I can see.", escape(one)),
        several => {
            let with = of.replacen(" of ", " with ", 1);
            format!("Nothing is wrong{with} as far as I can see: {} watched, no alert open.", several.len())
        }
    };
    Answer::new(text).marked(Mark::Good)
}

/// Messages that nobody got to see, and why: whoever reads this must know.
async fn undelivered(ctx: &Readable) -> anyhow::Result<Option<String>> {
    let lost = ctx.given_up(ctx.now() - TimeDelta::days(1)).await?;
    Ok(lost.last().map(|last| {
        format!(
            "{} of the last day could not be delivered; the last one to {}: {}",
            super::count(lost.len(), "message"),
            last.outgoing.platform.name(),
            escape(&last.reason)
        )
    }))
}

/// What does not answer, or is over its critical line, in this moment.
fn worrying(thresholds: &Thresholds, latest: &[Observation]) -> Vec<String> {
    let mut found = Vec::new();
    for seen in
        latest.iter().filter(|seen| seen.key.subject.is_owned() && seen.key.subject.endpoint.is_none())
    {
        let (subject, signal) = (&seen.key.subject, seen.key.signal);
        let name = escape(&subject.to_string());
        let critical = thresholds.lines(signal, subject).map(|lines| lines.critical);
        match (signal, critical) {
            (Signal::Answering, _) if seen.value < 0.5 => found.push(format!("{name} does not answer")),
            (Signal::BodyCheck, _) if seen.value < 0.5 => {
                found.push(format!("{name} answers with a wrong body"))
            }
            (_, Some(line)) if seen.value >= line => {
                let (label, unit) = (signal.label(), signal.unit());
                found.push(format!(
                    "{label} of {name} is {} (the line is {})",
                    unit.show(seen.value),
                    unit.show(line)
                ));
            }
            _ => {}
        }
    }
    found
}

/// One row a service, host or database; what is not measured stays empty instead of zero.
fn figures(latest: &[Observation]) -> Table {
    let mut rows: BTreeMap<String, BTreeMap<Signal, f64>> = BTreeMap::new();
    for seen in latest {
        let subject = &seen.key.subject;
        // Endpoints, peers and error kinds are details of what is listed.
        if !subject.is_owned() || subject.endpoint.is_some() {
            continue;
        }
        let name = match subject.environment.as_str() {
            "" => subject.name().to_owned(),
            environment => format!("{} ({environment})", subject.name()),
        };
        let value = rows.entry(name).or_default().entry(seen.key.signal).or_insert(seen.value);
        // Several containers or databases of one service: the worst one counts.
        *value = value.max(seen.value);
    }
    let shown: Vec<Signal> =
        COLUMNS.into_iter().filter(|signal| rows.values().any(|row| row.contains_key(signal))).collect();
    if shown.is_empty() {
        return Table::default();
    }
    let columns =
        std::iter::once(String::new()).chain(shown.iter().map(|signal| signal.label().to_owned())).collect();
    let rows = rows
        .into_iter()
        .filter(|(_, row)| shown.iter().any(|signal| row.contains_key(signal)))
        .take(MAX_ROWS)
        .map(|(name, row)| {
            let cell =
                |signal: &Signal| row.get(signal).map_or(String::new(), |value| signal.unit().show(*value));
            std::iter::once(name).chain(shown.iter().map(cell)).collect()
        })
        .collect();
    Table { columns, rows }
}

async fn not_seen(
    ctx: &Readable,
    scope: &Scope,
    latest: &[Observation],
    sources: &[SourceHealth],
    down: &[&SourceHealth],
) -> anyhow::Result<Vec<String>> {
    let mut items: Vec<String> = down
        .iter()
        .map(|source| {
            let since = source.failing_since.map(|at| ctx.shown(at)).unwrap_or_default();
            let why = escape(source.error.as_deref().unwrap_or("no reason given"));
            format!("no data from {} since {since}: {why}", escape(&source.source))
        })
        .collect();
    let mut services = ctx.services().await?;
    if scope.service.is_some() {
        services.retain(|name| scope.names_service(name));
    }
    if services.is_empty() {
        return Ok(items);
    }
    items.extend(sentences(&coverage(&services, latest, sources)).iter().map(|line| escape(line)));
    Ok(items)
}
