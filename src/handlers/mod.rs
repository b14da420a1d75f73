//! One file a kind of question. A handler reads and words; only `act` writes, and only quad's own
//! books.

mod alerts;
mod audit;
mod capacity;
mod compare;
mod deployments;
mod feedback;
mod help;
mod measured;
mod on_call;
mod pictures;
pub(crate) mod queries;
mod regions;
mod report;
mod runbook;
mod similar;
mod sla;
mod status;
mod talk;
mod thresholds;
mod trend;
mod unbuilt;
mod weekly;

pub mod act;

use chrono::NaiveDate;

use crate::diagnose::words::Detail;
use crate::gather::Asked;
use crate::gather::readable::Readable;
use crate::model::alert::AlertNumber;
use crate::model::answer::{Answer, escape};
use crate::model::request::{Period, Query, Scope, Talk, Unbuilt};
use crate::model::sample::SeriesKey;
use crate::model::signal::Signal;
use crate::model::subject::Subject;
use crate::model::time::Moment;

/// How a question is asked, beside what it says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asking {
    /// The alert in whose thread it was asked.
    pub thread: Option<AlertNumber>,
    /// How much to say.
    pub detail: Detail,
}

/// Answers a question.
///
/// # Errors
/// A [`crate::error::UserError`] where the person can do something about it, anything else where
/// quad itself failed.
pub async fn answer(ctx: &Readable, query: &Query, asking: Asking) -> anyhow::Result<Answer> {
    match query {
        Query::Latency(scope) => measured::look_into(ctx, Asked::Latency, scope, asking).await,
        Query::Errors { scope, quoted } => measured::errors(ctx, scope, quoted.as_deref(), asking).await,
        Query::Resources { scope, resource } => {
            measured::look_into(ctx, Asked::Resources(*resource), scope, asking).await
        }
        Query::Status(scope) => status::status(ctx, scope).await,
        Query::Alerts(scope) => alerts::alerts(ctx, scope, asking.detail).await,
        Query::Report { period, range } => report::report(ctx, *period, *range).await,
        Query::Trend { scope, signal } => trend::trend(ctx, scope, *signal).await,
        Query::Regions { scope, signal } => regions::regions(ctx, scope, *signal).await,
        Query::Sla(scope) => sla::sla(ctx, scope).await,
        Query::Thresholds { scope, signal } => thresholds::thresholds(ctx, scope, *signal).await,
        Query::Deployments { scope, version } => {
            deployments::deployments(ctx, scope, version.as_deref()).await
        }
        Query::Similar { scope, number } => similar::similar(ctx, scope, *number, asking).await,
        Query::Capacity { scope, resource } => capacity::capacity(ctx, scope, *resource).await,
        Query::Audit { scope, number, deed } => audit::audit(ctx, scope, *number, *deed, asking.detail).await,
        Query::OnCall(scope) => Ok(on_call::on_call(ctx, scope)),
        Query::SlowQueries { scope, limit } => queries::slowest(ctx, scope, *limit).await,
        Query::Statement { scope, which } => queries::explained(ctx, scope, which.as_deref(), asking).await,
        Query::FollowUp(_) => Ok(talk::follows_nothing()),
        Query::Help => Ok(help::help()),
        Query::NotBuilt(asked) => Ok(unbuilt::unbuilt(asked)),
    }
}

/// The report of a period, about the day or the week that holds `day`.
///
/// # Errors
/// As [`answer`].
pub async fn report_of(ctx: &Readable, period: Period, day: NaiveDate) -> anyhow::Result<Answer> {
    match period {
        Period::Daily => ctx.daily_report(day).await,
        Period::Weekly => weekly::weekly(ctx, day).await,
    }
}

/// Shows the diagnosis of one alert in full: the menu entry Why.
///
/// # Errors
/// As [`answer`].
pub async fn why(ctx: &Readable, number: AlertNumber) -> anyhow::Result<Answer> {
    measured::why(ctx, number).await
}

/// Shows the runbook that fits one alert: the menu entry Runbook.
///
/// # Errors
/// As [`answer`].
pub async fn runbook(ctx: &Readable, number: AlertNumber) -> anyhow::Result<Answer> {
    runbook::runbook(ctx, number).await
}

/// Answers words that ask for nothing.
pub fn talk(kind: Talk) -> Answer {
    talk::talk(kind)
}

/// Answers a wish that nobody can carry out yet.
pub fn not_built(asked: &Unbuilt) -> Answer {
    unbuilt::unbuilt(asked)
}

/// Whether a subject is within what was asked.
fn about(scope: &Scope, subject: &Subject) -> bool {
    fn fits(asked: &Option<String>, has: Option<&str>) -> bool {
        asked.as_deref().is_none_or(|asked| has == Some(asked))
    }
    (scope.service.is_none() || subject.service.as_deref().is_some_and(|name| scope.names_service(name)))
        && fits(&scope.environment, Some(subject.environment.as_str()))
        && fits(&scope.region, subject.region.as_deref())
        && fits(&scope.host, subject.host.as_deref())
        && fits(&scope.container, subject.container.as_deref())
        && fits(&scope.database, subject.database.as_deref())
}

/// Series of `signals` within `scope`, seen since then: whole services, hosts and databases, and
/// endpoints only of whom one was asked for.
async fn whole_series(
    ctx: &Readable,
    scope: &Scope,
    signals: &[Signal],
    since: Moment,
) -> anyhow::Result<Vec<SeriesKey>> {
    let mut keys = ctx.keys(since).await?;
    keys.retain(|key| {
        signals.contains(&key.signal)
            && key.subject.is_owned()
            && about(scope, &key.subject)
            && scope.endpoint.as_deref() == key.subject.endpoint.as_deref()
    });
    Ok(keys)
}

/// " of checkout", " in prod", or nothing: what was asked about, inside a sentence.
pub fn of(scope: &Scope) -> String {
    let thing = [&scope.service, &scope.container, &scope.host, &scope.database].into_iter().flatten().next();
    let among = match scope.among.as_slice() {
        [] => String::new(),
        names => format!(" ({})", escape(&names.join(", "))),
    };
    let thing = thing.map(|name| format!(" of {}{among}", escape(name))).unwrap_or_default();
    let place = [&scope.environment, &scope.region].into_iter().flatten();
    place.fold(thing, |text, place| format!("{text} in {}", escape(place)))
}

/// "1 alert", "3 alerts"
fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
