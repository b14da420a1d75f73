//! How names were read: "did you mean", and which question a follow-up was taken for.

use crate::gather::readable::Readable;
use crate::handlers;
use crate::model::answer::{Answer, Mark, Press, escape};
use crate::model::request::{Query, Resource};

/// Adds what a name that is not known may have been meant for.
pub(super) async fn did_you_mean(ctx: &Readable, answer: Answer, name: &str) -> anyhow::Result<Answer> {
    let services = ctx.inventory().await?.services;
    let distance = |known: &str| strsim::damerau_levenshtein(known, name);
    let nearest = services.iter().min_by_key(|known| distance(known));
    // Farther apart than this they are two names, not one and its misspelling.
    let nearest = nearest.filter(|known| distance(known) <= 1 + name.chars().count() / 3);
    let shown = escape(name);
    let answer = Answer { mark: answer.mark.or(Some(Mark::Unknown)), ..answer };
    Ok(match nearest {
        Some(near) => answer
            .footnote(format!(
                "I don't know `{shown}`, so this is about everything; did you mean `{}`?",
                escape(near)
            ))
            .button(&format!("Ask about {near}"), Press::Ask(format!("why is {near} slow?"))),
        None => answer.footnote(format!("I don't know `{shown}`, so this is about everything I see.")),
    })
}

/// "Read as: errors of payments, from Wed 7 Jan 00:00 to Thu 8 Jan 00:00."
pub(super) fn reading(ctx: &Readable, query: &Query) -> Option<String> {
    let scope = query.scope()?;
    let kind = match query {
        Query::Latency(_) => "latency",
        Query::Errors { .. } => "errors",
        Query::Resources { resource: Some(Resource::Cpu), .. } => "CPU",
        Query::Resources { resource: Some(Resource::Memory), .. } => "memory",
        Query::Resources { resource: Some(Resource::Disk), .. } => "disk",
        Query::Resources { resource: None, .. } => "resources",
        Query::Status(_) => "status",
        Query::Alerts(_) => "alerts",
        Query::FollowUp(_) | Query::Report { .. } | Query::Help | Query::NotBuilt(_) => return None,
    };
    let when = scope.range.map(|range| format!(", {}", ctx.stretch(range)));
    Some(format!("Read as: {kind}{}{}", handlers::of(scope), when.unwrap_or_default()))
}
