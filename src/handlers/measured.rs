//! Why it is slow, why it fails, what eats the machine: what is measured, compared, and explained.

use chrono::TimeDelta;

use crate::alert::words;
use crate::diagnose::Problem;
use crate::diagnose::words::{self as diagnosis, Detail};
use crate::error::UserError;
use crate::gather::Asked;
use crate::gather::readable::Readable;
use crate::handlers::Asking;
use crate::model::alert::{Alert, AlertNumber};
use crate::model::answer::{Answer, Press, Section, Table, escape};
use crate::model::request::Scope;
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
    let kinds = kinds(ctx, scope, range).await?;
    let answer = match quoted {
        Some(text) => answer.footnote(cited(text, &kinds)),
        None => answer,
    };
    if kinds.is_empty() {
        return Ok(answer);
    }
    let rows = kinds.into_iter().take(MAX_KINDS).collect();
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

/// Kinds of error in scope with their mean share, the most frequent first.
async fn kinds(ctx: &Readable, scope: &Scope, range: TimeRange) -> anyhow::Result<Vec<Vec<String>>> {
    let mut found = Vec::new();
    for key in ctx.keys(range.from).await? {
        let Some(kind) = &key.subject.error_kind else { continue };
        if key.signal != Signal::ErrorRate || !super::about(scope, &key.subject) {
            continue;
        }
        let samples = ctx.samples(&key, range).await?;
        let share = samples.iter().map(|sample| sample.value).sum::<f64>() / samples.len().max(1) as f64;
        if share > 0.0 {
            found.push((share, key.subject.name().to_owned(), kind.clone()));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    Ok(found
        .into_iter()
        .map(|(share, service, kind)| vec![service, kind, Signal::ErrorRate.unit().show(share)])
        .collect())
}

/// Whether a text that somebody quoted is among the kinds of error that sources name.
fn cited(text: &str, kinds: &[Vec<String>]) -> String {
    let wanted = text.to_lowercase();
    let named = |kind: &str| {
        let kind = kind.to_lowercase();
        kind.contains(&wanted) || wanted.contains(&kind)
    };
    match kinds.iter().find(|row| row.get(1).is_some_and(|kind| named(kind))) {
        Some(row) => format!("\"{}\" is seen as {} of {}", escape(text), escape(&row[1]), escape(&row[0])),
        None => format!(
            "I can't search for \"{}\": metrics name kinds of error, not their texts, and logs are not built yet",
            escape(text)
        ),
    }
}
