//! A platform that can carry what quad says.

use std::time::Duration;

use async_trait::async_trait;

use crate::error::CallError;
use crate::model::answer::Answer;
use crate::model::outgoing::{Outgoing, Place, Platform, Receipt};
use crate::model::person::{Person, Role};

/// How a delivery refers to an earlier one, looked up by the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// A new message in a channel, or in a thread of it.
    New {
        /// The channel.
        channel: String,
        /// The thread.
        thread: Option<String>,
    },
    /// The message to replace.
    Existing(Receipt),
    /// A new message that only this person sees.
    Private {
        /// The channel.
        channel: String,
        /// The thread.
        thread: Option<String>,
        /// Who sees it.
        person: String,
    },
}

/// Sends, edits, and looks up what became of a send.
#[async_trait]
pub trait Messenger: Send + Sync {
    /// Which platform it carries to.
    fn platform(&self) -> Platform;

    /// Cuts an answer that is too long for one message of this platform into several that fit, in
    /// order. The outbox stores each as a delivery of its own, the later ones under the first, so
    /// that nothing is ever cut off and each part is retried by itself. Pure.
    fn split(&self, answer: Answer) -> Vec<Answer>;

    /// Whether what is said there is one page, however long, and is not cut into messages.
    fn is_page(&self, channel: &str) -> bool {
        let _ = channel;
        false
    }

    /// Where this person, who spoke at `place`, alone reads what is sent; `None` where the platform has
    /// no such place that quad can begin.
    fn alone(&self, person: &Person, place: &Place) -> Option<String> {
        let _ = (person, place);
        None
    }

    /// Where quad's own page of this person stands, if it was there that they pressed something, at
    /// `place`: it shows what was, and must be renewed.
    fn pressed_page(&self, person: &Person, place: &Place) -> Option<String> {
        let _ = (person, place);
        None
    }

    /// How far apart messages to one channel should be after a small burst; `None` where the
    /// platform doesn't mind. Alerts and answers are never held back for it.
    fn pace(&self) -> Option<Duration> {
        None
    }

    /// Whether what was sent can be replaced. Where it can't, an alert's later states follow up in
    /// its thread, each once.
    fn edits(&self) -> bool {
        true
    }

    /// Sends one message once, without retrying: pacing and retries belong to the outbox.
    async fn send(&self, spot: &Spot, outgoing: &Outgoing) -> Result<Receipt, CallError>;

    /// Looks whether an earlier send with an unknown outcome arrived.
    async fn find(&self, spot: &Spot, outgoing: &Outgoing) -> Result<Option<Receipt>, CallError>;

    /// Shows the person that their message is being worked on: at the place where the answer goes,
    /// or on the message itself. Best effort, never retried.
    async fn working(&self, spot: &Spot);

    /// The role that a person holds on this platform; `None` for strangers. May ask the platform
    /// (user groups, e-mail address), so it can fail.
    async fn role(&self, person: &Person) -> Result<Option<Role>, CallError>;

    /// The address under which people find a message, as far as that is known without asking.
    fn link(&self, receipt: &Receipt) -> Option<String> {
        let _ = receipt;
        None
    }

    /// What a person is called where people see it; `None` where that is not known better than the
    /// platform said when it handed in what they did.
    async fn name(&self, person: &Person) -> Option<String> {
        let _ = person;
        None
    }
}
