//! How names were read: "did you mean", and which question a follow-up was taken for.

use crate::gather::readable::Readable;
use crate::handlers;
use crate::model::answer::{Answer, Mark, Press, escape};
use crate::model::inventory::Inventory;
use crate::model::request::{Query, Resource};

/// Longer questions are not offered on a button.
const LONGEST: usize = 200;

/// Adds what a name that is not known may have been meant for, and offers the same question about
/// that: `text` with the name replaced.
pub(super) async fn did_you_mean(
    ctx: &Readable,
    answer: Answer,
    text: &str,
    name: &str,
) -> anyhow::Result<Answer> {
    let inventory = ctx.inventory().await?;
    let shown = escape(name);
    let answer = Answer { mark: answer.mark.or(Some(Mark::Unknown)), ..answer };
    Ok(match nearest(&inventory, name) {
        Some(near) => answer
            .footnote(format!(
                "I don't know `{shown}`, so this is about everything; did you mean `{}`?",
                escape(near)
            ))
            .button(&format!("Ask about {near}"), Press::Ask(replaced(text, name, near))),
        None => answer.footnote(format!("I don't know `{shown}`, so this is about everything I see.")),
    })
}

/// The name, of whatever kind, that `said` may have been meant for.
pub(super) fn nearest<'i>(inventory: &'i Inventory, said: &str) -> Option<&'i str> {
    let said = said.to_lowercase();
    let distance = |known: &str| strsim::damerau_levenshtein(&known.to_lowercase(), &said);
    // Farther apart than this they are two names, not one and its misspelling.
    let most = 1 + said.chars().count() / 3;
    inventory
        .known()
        .chain(inventory.aliases.keys())
        .map(|known| (distance(known), known.as_str()))
        .filter(|(far, known)| *far <= most && *far < known.chars().count())
        .min()
        .map(|(_, known)| known)
}

/// `text` with the first `name` in it replaced; what else was said stays.
fn replaced(text: &str, name: &str, near: &str) -> String {
    let text = text.replacen(name, near, 1);
    // Platforms carry only so much on a button.
    text.chars().take(LONGEST).collect()
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
        Query::Trend { .. } => "trend",
        Query::Regions { .. } => "regions",
        Query::Sla(_) => "uptime",
        Query::Thresholds { .. } => "thresholds",
        Query::Deployments { .. } => "deployments",
        Query::Similar { .. } => "similar alerts",
        Query::Capacity { .. } => "capacity",
        Query::Audit { .. } => "audit log",
        Query::OnCall(_) => "who is on call",
        Query::SlowQueries { .. } => "slow queries",
        Query::Statement { .. } => "one query",
        Query::FollowUp(_) | Query::Report { .. } | Query::Help | Query::NotBuilt(_) => return None,
    };
    let when = scope.range.map(|range| format!(", {}", ctx.stretch(range)));
    Some(format!("Read as: {kind}{}{}", handlers::of(scope), when.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_recognised_whatever_it_names() {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let inventory = Inventory {
            services: list(&["checkout", "web"]),
            databases: list(&["shop-db"]),
            hosts: list(&["db-1"]),
            environments: list(&["prod"]),
            ..Inventory::default()
        };
        for (said, near) in [
            ("chekout", Some("checkout")),
            ("shopdb", Some("shop-db")),
            ("db1", Some("db-1")),
            ("pord", Some("prod")),
            ("warehouse", None),
            ("xy", None),
        ] {
            assert_eq!(nearest(&inventory, said), near, "{said}");
        }
        assert_eq!(
            replaced("memory of chekout yesterday", "chekout", "checkout"),
            "memory of checkout yesterday"
        );
    }
}
