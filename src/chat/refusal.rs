//! The sentences for what is not done: no role, nobody known, something failed.

use tracing::warn;

use crate::chat::understand::Wish;
use crate::error::UserError;
use crate::model::answer::{Answer, Mark, escape};
use crate::model::outgoing::Platform;
use crate::model::person::{Person, Role};
use crate::model::request::{Request, WorldChange};

/// What to say where the platform can't be asked: better a refusal that can be repeated than an
/// act that should not have been.
pub(super) fn not_looked_up(platform: Platform) -> Answer {
    Answer::new(format!(
        "I could not look up your role at {} just now, so nothing was done. Please say it again in a minute.",
        platform.name()
    ))
    .marked(Mark::Unknown)
}

/// The role that a person lacks for their wish.
pub(super) fn lacks(person: &Person, wish: &Wish) -> Option<Role> {
    let needed = match wish {
        Wish::Request(request) => match &**request {
            Request::AlertChange(_) => Role::Responder,
            Request::WorldChange(WorldChange::NotBuilt(_)) => Role::Operator,
            // Who may approve is another question, asked when somebody does.
            Request::WorldChange(_) => Role::Responder,
            Request::Query(_) | Request::Talk(_) => Role::Viewer,
        },
        // The refusal of a decision is written down by the decision itself.
        Wish::Why(_)
        | Wish::Runbook(_)
        | Wish::SignIn
        | Wish::Settle(..)
        | Wish::Home
        | Wish::Link(_)
        | Wish::Subscribe(_)
        | Wish::Rate(_) => Role::Viewer,
    };
    (!person.may(needed)).then_some(needed)
}

/// What a person lacks, in words for them alone.
pub(super) fn refusal(person: &Person, needed: Role) -> Answer {
    let verb = match needed {
        Role::Viewer => "ask me about operations",
        Role::Responder => "change alerts",
        Role::Operator | Role::Admin => "change anything outside my books",
    };
    let holds = person.role.map_or("no role".to_owned(), |role| format!("the role {}", role.name()));
    let so = if needed == Role::Viewer { "" } else { ", so nothing was changed" };
    Answer::new(format!(
        "You need the role {} to {verb}; you hold {holds}{so}. Whoever runs quad can give it to you in its configuration.",
        needed.name()
    ))
}

/// What a wish would have changed, and of what: for the audit log.
pub(super) fn tried(wish: &Wish) -> Option<(String, String)> {
    let Wish::Request(request) = wish else { return None };
    match &**request {
        Request::AlertChange(change) => {
            let which = change.which();
            let subject = match (&which.number, &which.scope.service) {
                (Some(number), _) => format!("alert {number}"),
                (None, Some(service)) => service.clone(),
                (None, None) => "no alert was named".to_owned(),
            };
            Some((change.verb().to_owned(), subject))
        }
        Request::WorldChange(change) => Some((change.name(), "outside quad's books".to_owned())),
        Request::Query(_) | Request::Talk(_) => None,
    }
}

/// A change of something that is not known: nothing is guessed.
pub(super) fn about_nobody(verb: &str, name: &str) -> Answer {
    Answer::new(format!(
        "I don't know `{}`. Nothing was changed; `alerts` lists what can be named, as in `{} 12`.",
        escape(name),
        verb
    ))
    .marked(Mark::Unknown)
}

/// A failure in words. A person can mend a `UserError`; anything else is quad's own.
pub(super) fn failure(error: &anyhow::Error) -> Answer {
    match error.downcast_ref::<UserError>() {
        Some(told) => Answer::new(escape(&told.0)),
        None => {
            warn!("could not answer: {error:#}");
            Answer::new("I could not look that up: something failed on my side, and the log says what.")
                .marked(Mark::Unknown)
        }
    }
}
