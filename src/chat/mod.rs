//! A message becomes an answer: receive, understand, check the role, answer.
//!
//! What comes in is stored before it is acknowledged, and marked as done in the transaction that
//! stores its answer: a crash in between means that it is worked on again, never that it is lost
//! or answered twice. Reading order: here what comes in, `work` from there to the answer, `decide`
//! and `understand` what it leads to, `follow` how one question continues another, `taken_back` what
//! ends, `deleted` what is unsaid, `plan` and `confirm` how a change waits for its click, `refusal`, `names` and `sign_in` their sentences.

mod aside;
mod confirm;
mod decide;
mod deleted;
mod edited;
mod follow;
mod home;
mod linked;
mod names;
mod plan;
mod readings;
mod refusal;
mod sign_in;
mod subscribe;
mod taken_back;
mod typed;
mod understand;
mod work;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tracing::warn;

use crate::gather::readable::Readable;
use crate::handlers::act::Books;
use crate::model::inbound::{Inbound, Said};
use crate::ports::clock::Clock;
use crate::ports::messenger::Messenger;
use crate::ports::sign_in::SignIn;
use crate::store::Store;

/// How many messages are worked on at once: enough that a slow look-up holds nobody up, few
/// enough that a flood doesn't.
const AT_ONCE: u32 = 8;

/// The talking half of quad.
#[derive(Clone)]
pub struct Chat(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    store: Store,
    clock: Clock,
    readable: Readable,
    books: Books,
    messengers: Vec<Arc<dyn Messenger>>,
    links: Option<Arc<dyn SignIn>>,
}

impl Chat {
    /// Puts the talking half together.
    pub fn new(
        store: Store,
        clock: Clock,
        readable: Readable,
        books: Books,
        messengers: Vec<Arc<dyn Messenger>>,
    ) -> Self {
        Self(Arc::new(Inner { store, clock, readable, books, messengers, links: None }))
    }

    /// The same, and people who ask for it get a sign-in link from `links`. For a chat that nobody
    /// uses yet.
    pub fn signing_in_by(self, links: Arc<dyn SignIn>) -> Self {
        let Inner { store, clock, readable, books, messengers, .. } = Arc::unwrap_or_clone(self.0);
        Self(Arc::new(Inner { store, clock, readable, books, messengers, links: Some(links) }))
    }

    /// Takes in what a platform hands over. Once this returns it will be answered, whatever
    /// happens to the process; `false` means that it had been taken in before, or is no concern of
    /// quad's.
    ///
    /// # Errors
    /// Where it could not be stored. The platform must then deliver it again.
    pub async fn accept(&self, inbound: &Inbound) -> anyhow::Result<bool> {
        if inbound.said == Said::Deleted {
            return self.forget(inbound).await;
        }
        if inbound.aside && !self.is_in_its_thread(inbound).await? {
            return Ok(false);
        }
        self.0.store.accept(inbound, self.0.clock.now()).await
    }

    /// Whether quad was asked something in the thread, or said there that something is wrong.
    async fn is_in_its_thread(&self, inbound: &Inbound) -> anyhow::Result<bool> {
        let readable = &self.0.readable;
        let Some(key) = understand::places(inbound).into_iter().find(|key| !key.thread.starts_with('@'))
        else {
            return Ok(false);
        };
        Ok(readable.remembered(&key).await?.is_some()
            || readable.alert_under(inbound.platform, &inbound.place).await?.is_some())
    }

    /// Works on what has come in until told to stop.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        if let Err(error) = self.0.store.take_over_inbound().await {
            // Leases of the process before this one then end by themselves.
            warn!("could not take over what was being answered: {error:#}");
        }
        let places = Arc::new(Semaphore::new(AT_ONCE as usize));
        while !*stop.borrow() {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            match self.0.store.next_inbound(self.0.clock.now()).await {
                Ok(Some((id, inbound))) => {
                    let chat = self.clone();
                    tokio::spawn(async move {
                        chat.work(id, inbound).await;
                        drop(place);
                    });
                }
                Ok(None) => {
                    drop(place);
                    if let Err(error) = self.own_up().await {
                        warn!("can't say that a message was left without an answer: {error:#}");
                    }
                    tokio::select! {
                        () = self.0.store.inbound_came() => {}
                        // A message whose worker died is claimed again when its lease ends.
                        () = tokio::time::sleep(Duration::from_secs(5)) => {}
                        _ = stop.changed() => {}
                    }
                }
                Err(error) => {
                    warn!("can't look for messages to answer: {error:#}");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
        // Let those at work finish; what does not is claimed again after the restart.
        let _ = tokio::time::timeout(Duration::from_secs(5), places.acquire_many(AT_ONCE)).await;
    }
}

#[cfg(test)]
mod tests;
