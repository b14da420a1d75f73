//! Why it is slow, why it fails, what eats the machine: what is measured, compared, and explained.

use chrono::TimeDelta;

use crate::alert::words;
use crate::diagnose::Problem;
use crate::diagnose::words::{self as diagnosis, Detail};
use crate::error::UserError;
use crate::gather::Asked;
use crate::gather::readable::Readable;
use crate::handlers::{Asking, pictures};
use crate::model::alert::{Alert, AlertNumber};
use crate::model::answer::{Answer, Press, Section, Table, escape};
use crate::model::request::Scope;
use crate::model::sample::Sample;
use crate::model::signal::Signal;
use crate::model::time::TimeRange;

/// Kinds of error worth naming; the rest is noise.
const MAX_KINDS: usize = 5;

/// Looks at what was asked. Words without a subject, said in an alert's thread, are about the alert.
pub(super) async fn look_into(
    ctx: &Readable,
    asked: Asked,
    scope: &Scope,
    asking: Asking,
) -> anyhow::Result<Answer> {
    match asking.thread {
        Some(number) if *scope == Scope::default() => why(ctx, number).await,
        _ => ctx.look_into(asked, scope, asking.detail).await,
    }
}

/// As [`look_into`], with the kinds of error that were seen.
pub(super) async fn errors(
    ctx: &Readable,
    scope: &Scope,
    quoted: Option<&str>,
    asking: Asking,
) -> anyhow::Result<Answer> {
    let answer = look_into(ctx, Asked::Errors, scope, asking).await?;
    let range = scope.range.unwrap_or_else(|| TimeRange::last(TimeDelta::minutes(15), ctx.now()));
    let mut kinds = kinds(ctx, scope, range).await?;
    let mut answer = match quoted {
        Some(text) => answer.footnote(cited(text, &kinds)),
        None => answer,
    };
    let Some(worst) = kinds.first().map(|kind| kind.service.clone()) else { return Ok(answer) };
    kinds.truncate(MAX_KINDS);
    let rows = kinds
        .iter()
        .map(|kind| vec![kind.service.clone(), kind.kind.clone(), Signal::ErrorRate.unit().show(kind.share)])
        .collect();
    let of_worst: Vec<(String, Vec<Sample>)> = kinds
        .into_iter()
        .filter(|kind| kind.service == worst)
        .map(|kind| (kind.kind, kind.samples))
        .collect();
    let unit = Signal::ErrorRate.unit();
    if let Some(chart) = pictures::by_kind(&worst, unit, &of_worst, range, ctx.team().timezone) {
        answer = answer.with(Section::Chart(Box::new(chart)));
    }
    let columns = ["service", "kind of error", "of all requests"].map(str::to_owned).to_vec();
    Ok(answer.with(Section::Table(Table { columns, rows })))
}

/// The diagnosis of one alert in full: what was found when it opened, while it is open looked at anew.
pub(super) async fn why(ctx: &Readable, number: AlertNumber) -> anyhow::Result<Answer> {
    let Some(alert) = ctx.alert(number).await? else {
        return Err(UserError::new(format!("I don't know an alert {number}.")).into());
    };
    let problem = Problem::from(&alert);
    let found = match &alert.diagnosis {
        // What was found then is what happened; looking again later would see other numbers.
        Some(diagnosis) if !alert.is_open() || diagnosis.cause().is_some() => diagnosis.clone(),
        _ => ctx.explain(&problem, looked_at(ctx, &alert)).await?.0,
    };
    let mut answer = diagnosis::answer(&problem, &found, None, Detail::Full);
    if let Some(runbook) = ctx.team().runbooks.fitting(&alert) {
        let title = format!("Runbook: {}", escape(&runbook.title));
        answer = answer.footnote(title).button("Runbook", Press::Runbook(number));
    }
    Ok(answer.footnote(words::line(&alert, ctx.now(), ctx.team().timezone)))
}

fn looked_at(ctx: &Readable, alert: &Alert) -> crate::model::time::Moment {
    if alert.is_open() { ctx.now() } else { alert.last_seen }
}

/// A kind of error of a service.
struct Kind {
    service: String,
    kind: String,
    /// Mean share of all requests.
    share: f64,
    samples: Vec<Sample>,
}

/// Kinds of error in scope, the most frequent first.
async fn kinds(ctx: &Readable, scope: &Scope, range: TimeRange) -> anyhow::Result<Vec<Kind>> {
    let mut found = Vec::new();
    for key in ctx.keys(range.from).await? {
        let Some(kind) = &key.subject.error_kind else { continue };
        if key.signal != Signal::ErrorRate || !super::about(scope, &key.subject) {
            continue;
        }
        let samples = ctx.samples(&key, range).await?;
        let share = samples.iter().map(|sample| sample.value).sum::<f64>() / samples.len().max(1) as f64;
        if share > 0.0 {
            let service = key.subject.name().to_owned();
            found.push(Kind { service, kind: kind.clone(), share, samples });
        }
    }
    found.sort_by(|a, b| b.share.total_cmp(&a.share));
    Ok(found)
}

/// Whether a text that somebody quoted is among the kinds of error that sources name.
fn cited(text: &str, kinds: &[Kind]) -> String {
    let wanted = text.to_lowercase();
    let named = |kind: &str| {
        let kind = kind.to_lowercase();
        kind.contains(&wanted) || wanted.contains(&kind)
    };
    match kinds.iter().find(|kind| named(&kind.kind)) {
        Some(seen) => {
            format!("\"{}\" is seen as {} of {}", escape(text), escape(&seen.kind), escape(&seen.service))
        }
        None => format!(
            "I can't search for \"{}\": metrics name kinds of error, not their texts, and logs are not built yet",
            escape(text)
        ),
    }
}
