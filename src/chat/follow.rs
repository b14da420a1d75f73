//! What a follow-up asks: the earlier question with what was said anew. Pure, so that a misread
//! "and payments?" is at worst another question.

use chrono::TimeDelta;

use crate::diagnose::words::Detail;
use crate::model::alert::{Alert, AlertNumber};
use crate::model::answer::{Answer, Choice, Control, Press};
use crate::model::request::{FollowUp, Query, Resource, Scope, Turn};
use crate::model::signal::Signal;
use crate::model::thread::Remembered;
use crate::model::time::{Moment, TimeRange};

/// What a question without a time is about: what "before that" steps back by.
const LATELY: TimeDelta = TimeDelta::minutes(15);

/// What a follow-up comes to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Next {
    /// This question.
    Ask(Box<Query>, Detail),
    /// The diagnosis of this alert, which the last answer offered.
    Why(AlertNumber),
}

/// What `said` asks after `before`.
pub(super) fn follow(before: &Remembered, said: &FollowUp, now: Moment) -> Next {
    if said.turn == Turn::Why
        && said.scope == Scope::default()
        && !explains(&before.query)
        && let Some(number) = before.choices.iter().find_map(|choice| match choice.press {
            Press::Why(number) => Some(number),
            _ => None,
        })
    {
        return Next::Why(number);
    }
    let mut query = before.query.clone();
    let scope = match (&query, query.scope()) {
        (_, Some(scope)) => continued(scope, &said.scope),
        (Query::Report { range, .. }, None) => {
            continued(&Scope { range: *range, ..Scope::default() }, &said.scope)
        }
        (_, None) => said.scope.clone(),
    };
    let detail = match said.turn {
        Turn::Why | Turn::More => Detail::Full,
        _ => Detail::Brief,
    };
    query = match said.turn {
        Turn::Latency => Query::Latency(scope),
        Turn::Errors => Query::Errors { scope, quoted: None },
        Turn::Resources(resource) => Query::Resources { scope, resource: Some(resource) },
        Turn::Alerts => Query::Alerts(scope),
        Turn::Plan => Query::Statement { scope, which: spoken_of(&query) },
        Turn::SlowQueries => Query::SlowQueries { scope, limit: None },
        // Of a list or a state, "why" asks for the cause.
        Turn::Why if !explains(&query) => Query::Latency(scope),
        Turn::Before => {
            let range = scope.range.unwrap_or_else(|| TimeRange::last(LATELY, now));
            placed(query, Scope { range: Some(range.earlier(range.length())), ..scope })
        }
        Turn::Same | Turn::Why | Turn::More => placed(query, scope),
    };
    Next::Ask(Box::new(query), detail)
}

/// The statement that was spoken of.
fn spoken_of(query: &Query) -> Option<String> {
    match query {
        Query::Statement { which, .. } => which.clone(),
        _ => None,
    }
}

/// The earlier scope with what was said anew. A new thing takes the place of the old one whole: who
/// asks "and payments?" after an endpoint of checkout does not mean that endpoint of payments.
pub(super) fn continued(before: &Scope, said: &Scope) -> Scope {
    let other = names_a_thing(said);
    let either = |new: &Option<String>, old: &Option<String>| new.clone().or_else(|| old.clone());
    let thing = if other { said } else { before };
    Scope {
        environment: either(&said.environment, &before.environment),
        region: either(&said.region, &before.region),
        range: said.range.or(before.range),
        ..thing.clone()
    }
}

/// What the thread of an alert is about before anybody asked something in it.
pub(super) fn of_alert(alert: &Alert, at: Moment) -> Remembered {
    let subject = &alert.subject;
    let scope = Scope {
        service: subject.service.clone(),
        endpoint: subject.endpoint.clone(),
        environment: Some(subject.environment.clone()).filter(|name| !name.is_empty()),
        region: subject.region.clone(),
        host: subject.host.clone(),
        container: subject.container.clone(),
        database: subject.database.clone(),
        ..Scope::default()
    };
    let resource = |resource| Query::Resources { scope: scope.clone(), resource: Some(resource) };
    let query = match alert.signal {
        Signal::ErrorRate | Signal::Answering | Signal::BodyCheck => {
            Query::Errors { scope: scope.clone(), quoted: None }
        }
        Signal::Memory | Signal::MemoryUsed => resource(Resource::Memory),
        Signal::Cpu => resource(Resource::Cpu),
        Signal::Disk => resource(Resource::Disk),
        Signal::ApiResponseTime
        | Signal::DatabaseQueryTime
        | Signal::Traffic
        | Signal::DeploymentDuration => Query::Latency(scope.clone()),
    };
    let why = Choice { label: "Why".to_owned(), press: Press::Why(alert.number) };
    Remembered { query, choices: vec![why], at }
}

/// What an answer offers to look at next. What would change something is left out: nobody
/// acknowledges by saying "the first one".
pub(super) fn choices(answer: &Answer) -> Vec<Choice> {
    let all = answer.controls.iter().flat_map(|control| match control {
        Control::Button(choice) => std::slice::from_ref(choice),
        Control::Menu { choices, .. } => choices.as_slice(),
    });
    all.filter(|choice| matches!(choice.press, Press::Ask(_) | Press::Why(_))).cloned().collect()
}

/// "2", "the second one", "option 2": the choice that is meant.
pub(super) fn chosen<'c>(text: &str, choices: &'c [Choice]) -> Option<&'c Press> {
    const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
    let text = text.trim().trim_end_matches(['.', '?', '!']).to_lowercase();
    let mut words: Vec<&str> = text.split_whitespace().collect();
    words.retain(|word| !["the", "one", "option", "number", "no", "please"].contains(word));
    let [word] = words.as_slice() else { return None };
    let place = match ORDINALS.iter().position(|ordinal| ordinal == word) {
        Some(place) => place,
        None => word.parse::<usize>().ok()?.checked_sub(1)?,
    };
    choices.get(place).map(|choice| &choice.press)
}

/// Whether a scope names a service, host or the like.
pub(super) fn names_a_thing(scope: &Scope) -> bool {
    [&scope.service, &scope.endpoint, &scope.host, &scope.container, &scope.database]
        .iter()
        .any(|name| name.is_some())
}

/// Whether a question is answered with a cause.
fn explains(query: &Query) -> bool {
    matches!(query, Query::Latency(_) | Query::Errors { .. } | Query::Resources { .. })
}

fn placed(mut query: Query, scope: Scope) -> Query {
    if let Query::Report { range, .. } = &mut query {
        *range = scope.range;
    } else if let Some(place) = query.scope_mut() {
        *place = scope;
    }
    query
}

#[cfg(test)]
mod tests;
