//! What a platform hands in: a message or a press, exactly once in effect.

use serde::{Deserialize, Serialize};

use crate::model::answer::Press;
use crate::model::outgoing::{Place, Platform};
use crate::model::person::Person;
use crate::model::time::Moment;

/// One thing that a person said or pressed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inbound {
    /// Unique in its platform. The same id is answered once, however often it is delivered.
    pub event_id: String,
    /// Where it came from.
    pub platform: Platform,
    /// Where the answer goes.
    pub place: Place,
    /// Who. Their role is looked up when the message is worked on, not when it comes in.
    pub person: Person,
    /// What they said or pressed.
    pub said: Said,
    /// When the platform says that it happened.
    pub at: Moment,
    /// The platform's id of the message that they wrote, where they wrote one that can be marked.
    #[serde(default)]
    pub message: Option<String>,
    /// Where the platform takes an answer for a short while, even in places that quad can't post
    /// to (Slack: `response_url`; Discord: the interaction), or the message that is answered (mail: a
    /// `mailto:` with the subject and what it replies to).
    #[serde(default)]
    pub reply_url: Option<String>,
    /// Said in a thread without naming quad: only to be read where quad is in that thread.
    #[serde(default)]
    pub aside: bool,
    /// Its writer changed it after it was said: it may ask, and do nothing.
    #[serde(default)]
    pub edited: bool,
    /// The platform's id of the message it was said in, by which it is found should that be deleted.
    #[serde(default)]
    pub said_in: Option<String>,
}

/// Said or pressed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// Words.
    Text(String),
    /// A button or menu entry; `on` is the platform's id of the message that carried it.
    Press {
        /// What was pressed.
        press: Press,
        /// The message that carried the control.
        on: Option<String>,
    },
    /// Somebody's message, which they want looked into: it says what to look at, never what to do.
    Quoted(String),
    /// Somebody posted this link to quad's page, which is to be shown in place.
    Link(String),
    /// They opened quad's own page in their chat (Slack: the home tab).
    Home,
    /// The message [`Inbound::said_in`] was deleted: what was asked in it needs no answer any more.
    Deleted,
}
