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
use crate::model::sample::SeriesKey;
use crate::model::signal::Signal;
use crate::model::subject::Subject;
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
    let Some(worst) = kinds.first().map(Kind::of) else { return Ok(answer) };
    kinds.truncate(MAX_KINDS);
    // Shares of the requests of one place can be added up; those of two can't.
    let mut of_worst = Vec::new();
    for kind in kinds.iter().filter(|kind| kind.of() == worst) {
        of_worst.push((kind.kind.clone(), ctx.samples(&kind.key, range).await?));
    }
    let rows = kinds
        .into_iter()
        .map(|kind| {
            let of = kind.of().to_string();
            vec![of, kind.kind, Signal::ErrorRate.unit().show(kind.share)]
        })
        .collect();
    let unit = Signal::ErrorRate.unit();
    if let Some(chart) = pictures::by_kind(&worst.to_string(), unit, &of_worst, range, ctx.team().timezone) {
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
    key: SeriesKey,
    kind: String,
    /// Mean share of all requests.
    share: f64,
}

impl Kind {
    /// Where it was seen.
    fn of(&self) -> Subject {
        Subject { error_kind: None, ..self.key.subject.clone() }
    }
}

/// Kinds of error in scope, the most frequent first.
async fn kinds(ctx: &Readable, scope: &Scope, range: TimeRange) -> anyhow::Result<Vec<Kind>> {
    let mut found = Vec::new();
    for key in ctx.keys(range.from).await? {
        let Some(kind) = key.subject.error_kind.clone() else { continue };
        if key.signal != Signal::ErrorRate || !super::about(scope, &key.subject) {
            continue;
        }
        let samples = ctx.samples(&key, range).await?;
        let share = samples.iter().map(|sample| sample.value).sum::<f64>() / samples.len().max(1) as f64;
        if share > 0.0 {
            found.push(Kind { key, kind, share });
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
            format!(
                "\"{}\" is seen as {} of {}",
                escape(text),
                escape(&seen.kind),
                escape(seen.key.subject.name())
            )
        }
        None => format!(
            "I can't search for \"{}\": metrics name kinds of error, not their texts, and logs are not built yet",
            escape(text)
        ),
    }
}
