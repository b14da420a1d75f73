//! Takes a message in: read it, decide whether it may be answered and how far its writer is believed,
//! store what was said. Nothing is dropped without being counted, and no address is logged.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::Mail;
use super::dkim::Signed;
use super::letter::{self, Letter};
use crate::mailtext::auto::{self, Head};
use crate::mailtext::thread::{self, ReplyTo};
use crate::mailtext::trust::{self, Belief};
use crate::model::inbound::{Inbound, Said};
use crate::model::outgoing::{Place, Platform};
use crate::model::person::{Person, Role};
use crate::model::time::Moment;

/// Stores what was said, durably, and says whether it was new. After an error the message stays
/// unread and is taken in again.
pub type Sink = Arc<dyn Fn(Inbound) -> BoxFuture<'static, anyhow::Result<bool>> + Send + Sync>;

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It will be answered; the event's id tells when it is.
    Said(String),
    /// It is not answered, by this rule.
    Ignored(&'static str),
    /// It can't be decided or stored now: take it in again later.
    Later,
}

/// The rules by which messages are not answered, beside those of [`auto::Why`].
pub(super) const RULES: [&str; 7] =
    ["unreadable", "stranger", "not_believed", "too_many", "too_large", "empty", "unstored"];

impl Mail {
    /// Takes in one raw message.
    pub async fn take_in(&self, raw: Vec<u8>, sink: &Sink, now: Moment) -> Taken {
        let taken = self.decide(raw, sink, now).await;
        if let Taken::Ignored(rule) = &taken {
            tracing::info!(mail.rule = rule, "a mail is not answered");
            self.counts().add(rule);
        }
        taken
    }

    async fn decide(&self, raw: Vec<u8>, sink: &Sink, now: Moment) -> Taken {
        if raw.len() > self.config().max_bytes {
            return Taken::Ignored("too_large");
        }
        let raw = Arc::new(raw);
        let Some(Ok(letter)) = apart(&raw, Letter::read).await else { return Taken::Ignored("unreadable") };
        let head = Head {
            headers: &letter.headers,
            from: &letter.from,
            message_id: Some(&letter.message_id),
            own: &self.config().from,
        };
        if let Some(why) = auto::forbids(&head) {
            return Taken::Ignored(why.name());
        }
        // Before anything is looked up for them.
        if self.config().role(&letter.from).is_none() {
            return Taken::Ignored("stranger");
        }
        if !self.limits().reserve(&letter.from, self.config().answers_per_sender_and_hour, now) {
            return Taken::Ignored("too_many");
        }
        let (taken, is_new) = self.answer(&letter, raw, sink, now).await;
        if !is_new {
            self.limits().give_back(&letter.from, now);
        }
        taken
    }

    /// Believes and stores it; and whether there will be one more answer for it.
    async fn answer(&self, letter: &Letter, raw: Arc<Vec<u8>>, sink: &Sink, now: Moment) -> (Taken, bool) {
        let believed = match self.believe(letter, Arc::clone(&raw)).await {
            Some(Belief::Signed) => Role::Admin,
            Some(Belief::Sent) => Role::Viewer,
            Some(Belief::None) => return (Taken::Ignored("not_believed"), false),
            None => return (Taken::Later, false),
        };
        let Some(text) = apart(&raw, letter::text).await else {
            return (Taken::Ignored("unreadable"), false);
        };
        let Some(inbound) = self.inbound(letter, &text, believed, now) else {
            return (Taken::Ignored("empty"), false);
        };
        let event_id = inbound.event_id.clone();
        match sink(inbound).await {
            Ok(is_new) => {
                self.counts().add(if is_new { "said" } else { "again" });
                (Taken::Said(event_id), is_new)
            }
            Err(error) => {
                tracing::error!("could not store what a mail says; it is taken in again: {error:#}");
                self.counts().add("unstored");
                (Taken::Later, false)
            }
        }
    }

    /// How far the writer is believed; `None` where that can't be found out now.
    async fn believe(&self, letter: &Letter, raw: Arc<Vec<u8>>) -> Option<Belief> {
        let noted = trust::noted(
            letter.topmost("authentication-results"),
            &self.config().trusted_servers,
            letter.domain(),
        );
        if noted == Belief::Signed {
            return Some(noted);
        }
        let Some(dkim) = self.dkim() else { return Some(noted) };
        let (dkim, from) = (Arc::clone(dkim), letter.domain().to_owned());
        // As above: a panic in there is a signature that does not count.
        let checked = tokio::spawn(async move { dkim.check(&raw, &from).await }).await;
        match checked.unwrap_or(Signed::No) {
            Signed::Yes => Some(Belief::Signed),
            Signed::No => Some(noted),
            Signed::NotNow if noted > Belief::None => Some(noted),
            Signed::NotNow => None,
        }
    }

    /// What was said; `None` where nothing was.
    fn inbound(&self, letter: &Letter, text: &str, believed: Role, now: Moment) -> Option<Inbound> {
        let subject = thread::bare(&letter.subject);
        // A first mail may say it all in its subject.
        let text = match (text, letter.references.as_slice()) {
            ("", []) => subject,
            (text, _) => text.to_owned(),
        };
        if text.is_empty() {
            return None;
        }
        let id = &letter.message_id;
        let root = thread::root(&letter.references, id, self.config().domain());
        let reply = ReplyTo::of(&letter.subject, id, &letter.references);
        Some(Inbound {
            // Of this sender: nobody can use up another's name for a message.
            event_id: format!("{} {id}", letter.from),
            platform: Platform::Mail,
            place: Place { channel: letter.from.clone(), thread: Some(root.to_owned()) },
            person: Person { id: letter.from.clone(), name: letter.name.clone(), role: Some(believed) },
            said: Said::Text(text),
            at: now,
            message: Some(id.clone()),
            reply_url: Some(reply.to_url(&letter.from)),
            aside: false,
            edited: false,
            said_in: None,
        })
    }
}

/// Reads in a task of its own: what a parser does with foreign bytes must not end anything else. `None`
/// where it panicked.
async fn apart<T: Send + 'static>(raw: &Arc<Vec<u8>>, read: fn(&[u8]) -> T) -> Option<T> {
    let raw = Arc::clone(raw);
    tokio::task::spawn_blocking(move || read(&raw)).await.ok()
}
