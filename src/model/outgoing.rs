//! One thing that leaves the house. It is a row in the store before it is anything else.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::answer::{Answer, Mark};
use crate::model::page::Page;
use crate::model::person::Person;
use crate::model::time::Moment;

/// Where people talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Slack.
    Slack,
    /// Discord.
    Discord,
    /// E-mail.
    Mail,
    /// quad's own page.
    Page,
    /// The prompt, and `quad ask`.
    Terminal,
    /// PagerDuty, which calls people.
    Pagerduty,
}

impl Platform {
    /// "slack"
    pub fn name(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::Discord => "discord",
            Self::Mail => "mail",
            Self::Page => "page",
            Self::Terminal => "terminal",
            Self::Pagerduty => "pagerduty",
        }
    }

    /// The platform with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Slack, Self::Discord, Self::Mail, Self::Page, Self::Terminal, Self::Pagerduty]
            .into_iter()
            .find(|platform| platform.name() == name)
    }
}

/// The conversation that the page shows: the channel of its messages, and of alerts sent to it.
pub const CONVERSATION: &str = "page";

/// The one channel of a paging service: what it asks to wait for concerns all incidents.
pub const INCIDENTS: &str = "incidents";

/// A place on a platform where something can be said.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Channel, direct message, page conversation or mail address.
    pub channel: String,
    /// The thread's id as the platform knows it (Slack: `thread_ts`; Discord: the thread, which has
    /// the id of the message that it began with; mail: the first Message-ID).
    pub thread: Option<String>,
}

/// Identifies one delivery for ever; sent along where a platform can carry it, so that an unknown
/// outcome can be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeliveryId(pub Uuid);

impl std::fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What kind of thing it is, most urgent first: the outbox sends in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody must be reached: an escalation, and what becomes of it.
    Page,
    /// A new alert.
    Alert,
    /// An answer to a person who waits.
    Answer,
    /// A diagnosis or change in an alert's thread.
    Note,
    /// A new state of a message already sent; only the newest matters.
    Edit,
    /// A report.
    Report,
}

impl Kind {
    /// All, most urgent first.
    pub const ALL: [Self; 6] = [Self::Page, Self::Alert, Self::Answer, Self::Note, Self::Edit, Self::Report];

    /// The lowest is the most urgent. An alert stays 0, as stores already hold it.
    pub fn rank(self) -> i64 {
        self as i64 - Self::Alert as i64
    }
}

/// Where exactly it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A new message at a place.
    Post(Place),
    /// A reply in the thread under an earlier delivery; waits until that one has a receipt.
    Under(DeliveryId),
    /// Replaces the content of an earlier delivery; waits likewise.
    Replace(DeliveryId),
    /// Shown to one person only (Slack: ephemeral).
    Private(Place, String),
    /// An incident of a paging service, by its key; only the newest event about it matters.
    Incident(String),
}

/// One thing to send.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outgoing {
    /// Its own id.
    pub id: DeliveryId,
    /// Through which platform.
    pub platform: Platform,
    /// How urgent, and whether a newer one makes it stale.
    pub kind: Kind,
    /// Where to.
    pub target: Target,
    /// What it says.
    pub answer: Answer,
    /// When it was decided.
    pub at: Moment,
    /// What the platform said about where answers go: where to hand it in should quad not be allowed
    /// to post to the target (Slack), the message or interaction that it answers (Discord).
    #[serde(default)]
    pub reply_url: Option<String>,
    /// Whether a reply in a thread is to be seen in its channel too, where the platform can do that.
    #[serde(default)]
    pub broadcast: bool,
    /// Who gets a sign-in link with it. The link is made when the message leaves and is never kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<Person>,
    /// What a paging service is told; the answer says the same to people.
    #[serde(default)]
    pub page: Option<Page>,
    /// What its thread is called, where it goes under an earlier delivery: mail repeats it as the
    /// subject. The store fills it in.
    #[serde(default)]
    pub title: Option<Title>,
}

/// The first line of a thread's first message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Title {
    /// One line of Markdown.
    pub headline: String,
    /// The mark before it.
    pub mark: Option<Mark>,
}

impl Title {
    /// What a thread is called that begins with this answer.
    pub fn of(answer: &Answer) -> Self {
        Self { headline: answer.headline.clone(), mark: answer.mark }
    }
}

impl Outgoing {
    /// A thing to send, with a fresh id.
    pub fn new(platform: Platform, kind: Kind, target: Target, answer: Answer, at: Moment) -> Self {
        Self {
            id: DeliveryId(Uuid::new_v4()),
            platform,
            kind,
            target,
            answer,
            at,
            reply_url: None,
            broadcast: false,
            sign_in: None,
            page: None,
            title: None,
        }
    }
}

/// What a platform says once it has a message: enough to edit it and to reply under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The channel it landed in (Slack gives the id even where a name was sent to).
    pub channel: String,
    /// The platform's id of the message (Slack: `ts`; mail: the Message-ID).
    pub message: String,
}
