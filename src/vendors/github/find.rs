//! Finds the issue about a matter by the hidden line in its text.
//!
//! GitHub's search is asked last: what it knows lags behind by seconds to minutes, in which a second
//! issue would be opened. Lists are up to date. Among those, a list by author does not work for Apps
//! on every GitHub, so quad's issues are listed by the label `quad`. Where that label was taken away,
//! or dropped because the token may not set labels, the newest issues and then the search are looked
//! through, and only what quad itself wrote is believed: anybody may copy a hidden line.
//!
//! What was once found or opened here is asked for by its number first, so that no list needs to have
//! heard of it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use tokio::sync::OnceCell;

use super::api::{Api, Refused};
use super::read::{is_about, issue};
use crate::error::CallError;
use crate::model::issue::{Issue, IssueKey, IssueNumber};

/// On each issue that quad opens.
pub(super) const LABEL: &str = "quad";

/// A hundred issues each: ten thousand of quad's own are a sign of something else.
const MOST_PAGES: usize = 100;

/// Forgotten together when there are more.
const MOST_KNOWN: usize = 1_000;

/// What is known of earlier.
#[derive(Debug, Default)]
pub(super) struct Known {
    numbers: Mutex<BTreeMap<IssueKey, IssueNumber>>,
    /// quad's own id as a user; `None` inside where the token has none.
    me: OnceCell<Option<u64>>,
}

impl Known {
    /// From now on it is asked for by its number.
    pub(super) fn note(&self, key: &IssueKey, number: IssueNumber) {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        if numbers.len() >= MOST_KNOWN {
            numbers.clear();
        }
        numbers.insert(key.clone(), number);
    }

    fn number(&self, key: &IssueKey) -> Option<IssueNumber> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied()
    }

    fn forget(&self, key: &IssueKey) {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

/// The issue about `key`.
pub(super) async fn find(api: &Api, known: &Known, key: &IssueKey) -> Result<Option<Issue>, CallError> {
    if let Some(issue) = by_number(api, known, key).await? {
        return Ok(Some(issue));
    }
    let mut found = labelled(api, key).await?;
    if found.is_none() {
        found = newest(api, known, key).await?;
    }
    if found.is_none() {
        found = searched(api, known, key).await?;
    }
    if let Some(issue) = &found {
        known.note(key, issue.number);
    }
    Ok(found)
}

async fn by_number(api: &Api, known: &Known, key: &IssueKey) -> Result<Option<Issue>, CallError> {
    let Some(number) = known.number(key) else { return Ok(None) };
    let seen = match api.ask(&api.path(&format!("/issues/{}", number.0)), &[]).await {
        Ok(reply) => reply.json::<Value>()?,
        // Deleted, or moved to another repository.
        Err(Refused { status: 301 | 404 | 410, .. }) => Value::Null,
        Err(refused) => return Err(refused.error),
    };
    let found = issue(&seen).filter(|issue| issue.number == number && is_about(&seen, key));
    if found.is_none() {
        known.forget(key);
    }
    Ok(found)
}

async fn labelled(api: &Api, key: &IssueKey) -> Result<Option<Issue>, CallError> {
    // The oldest first: what is opened meanwhile comes at the end, so that no page skips one.
    let params =
        [("labels", LABEL), ("state", "all"), ("sort", "created"), ("direction", "asc"), ("per_page", "100")];
    let mut best = Best::default();
    let all = api
        .pages(&api.path("/issues"), &params, MOST_PAGES, |seen| {
            let _ = best.look(seen, is_about(seen, key));
            // Whatever follows is newer.
            if best.0.as_ref().is_some_and(|issue| issue.open) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .await?;
    if !all && best.0.is_none() {
        tracing::warn!(repository = %api.place, "there are too many issues with the label quad to look through them all");
    }
    Ok(best.0)
}

async fn newest(api: &Api, known: &Known, key: &IssueKey) -> Result<Option<Issue>, CallError> {
    let Some(me) = me(api, known).await? else { return Ok(None) };
    let params = [("state", "all"), ("sort", "created"), ("direction", "desc"), ("per_page", "100")];
    let mut best = Best::default();
    let ours = |seen: &Value| me.wrote(seen) && is_about(seen, key);
    api.pages(&api.path("/issues"), &params, 1, |seen| best.look(seen, ours(seen))).await?;
    Ok(best.0)
}

async fn searched(api: &Api, known: &Known, key: &IssueKey) -> Result<Option<Issue>, CallError> {
    let Some(me) = me(api, known).await? else { return Ok(None) };
    let query = format!("repo:{} is:issue in:body \"quad:key={key}\"", api.place);
    let params = [("q", query.as_str()), ("per_page", "100")];
    let mut best = Best::default();
    let ours = |seen: &Value| me.wrote(seen) && is_about(seen, key);
    match api.pages("search/issues", &params, 1, |seen| best.look(seen, ours(seen))).await {
        Ok(_) => Ok(best.0),
        // The lists were read. A search that can't be made at all must not keep an issue from being opened.
        Err(Refused { error: CallError::Permanent { why }, .. }) => {
            tracing::warn!(repository = %api.place, "issues without the label quad can't be searched: {why}");
            Ok(None)
        }
        Err(refused) => Err(refused.error),
    }
}

/// Whom quad is to GitHub.
enum Me {
    User(u64),
    App(u64),
}

impl Me {
    fn wrote(&self, seen: &Value) -> bool {
        match self {
            Self::User(id) => seen["user"]["id"].as_u64() == Some(*id),
            Self::App(id) => seen["performed_via_github_app"]["id"].as_u64() == Some(*id),
        }
    }
}

async fn me(api: &Api, known: &Known) -> Result<Option<Me>, CallError> {
    if let Some(app) = api.session.app() {
        return Ok(Some(Me::App(app)));
    }
    let ask = || async {
        match api.ask("user", &[]).await {
            Ok(reply) => Ok(reply.json::<Value>()?["id"].as_u64()),
            // Tokens of GitHub Actions are nobody's.
            Err(Refused { error: CallError::Permanent { .. }, .. }) => Ok(None),
            Err(refused) => Err(refused.error),
        }
    };
    Ok(known.me.get_or_try_init(ask).await?.map(Me::User))
}

/// An open issue is better than a closed one, and an older one than a newer.
#[derive(Default)]
struct Best(Option<Issue>);

impl Best {
    fn look(&mut self, seen: &Value, fits: bool) -> ControlFlow<()> {
        let Some(issue) = issue(seen).filter(|_| fits) else { return ControlFlow::Continue(()) };
        let open = issue.open;
        let older = |known: &Issue| issue.number < known.number;
        if self.0.as_ref().is_none_or(|known| (open && !known.open) || (open == known.open && older(known))) {
            self.0 = Some(issue);
        }
        ControlFlow::Continue(())
    }
}
