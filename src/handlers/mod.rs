//! One file a kind of question. A handler reads and words; only `act` writes, and only quad's own
//! books.

mod alerts;
mod help;
mod measured;
mod report;
mod runbook;
mod status;
mod talk;
mod unbuilt;

pub mod act;

use crate::gather::Asked;
use crate::gather::readable::Readable;
use crate::model::alert::AlertNumber;
use crate::model::answer::{Answer, escape};
use crate::model::request::{Query, Scope, Talk, WorldChange};
use crate::model::subject::Subject;

/// Answers a question. `thread` is the alert in whose thread it was asked.
///
/// # Errors
/// A [`crate::error::UserError`] where the person can do something about it, anything else where
/// quad itself failed.
pub async fn answer(ctx: &Readable, query: &Query, thread: Option<AlertNumber>) -> anyhow::Result<Answer> {
    match query {
        Query::Latency(scope) => measured::look_into(ctx, Asked::Latency, scope, thread).await,
        Query::Errors { scope, quoted } => measured::errors(ctx, scope, quoted.as_deref(), thread).await,
        Query::Resources { scope, resource } => {
            measured::look_into(ctx, Asked::Resources(*resource), scope, thread).await
        }
        Query::Status(scope) => status::status(ctx, scope).await,
        Query::Alerts(scope) => alerts::alerts(ctx, scope).await,
        Query::Report { period, range } => report::report(ctx, *period, *range).await,
        Query::Help => Ok(help::help()),
        Query::NotBuilt(asked) => Ok(unbuilt::unbuilt(asked)),
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

/// Answers a wish to change the world: none can be carried out yet.
pub fn world_change(change: &WorldChange) -> Answer {
    unbuilt::unbuilt(&change.0)
}

/// Whether a subject is within what was asked.
fn about(scope: &Scope, subject: &Subject) -> bool {
    fn fits(asked: &Option<String>, has: Option<&str>) -> bool {
        asked.as_deref().is_none_or(|asked| has == Some(asked))
    }
    fits(&scope.service, subject.service.as_deref())
        && fits(&scope.environment, Some(subject.environment.as_str()))
        && fits(&scope.region, subject.region.as_deref())
        && fits(&scope.host, subject.host.as_deref())
        && fits(&scope.container, subject.container.as_deref())
        && fits(&scope.database, subject.database.as_deref())
}

/// " of checkout", " in prod", or nothing: what was asked about, inside a sentence.
fn of(scope: &Scope) -> String {
    let thing = [&scope.service, &scope.container, &scope.host, &scope.database].into_iter().flatten().next();
    let thing = thing.map(|name| format!(" of {}", escape(name))).unwrap_or_default();
    let place = [&scope.environment, &scope.region].into_iter().flatten();
    place.fold(thing, |text, place| format!("{text} in {}", escape(place)))
}

/// "1 alert", "3 alerts"
fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
