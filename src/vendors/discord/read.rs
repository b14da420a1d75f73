//! Reads what the gateway hands in: messages and interactions. Plain JSON on purpose: typed models
//! lose payloads that Discord does send, and what can't be read must be counted, not dropped. Each
//! event ends as something said, ignored by a named rule, or a counted error.

use serde_json::Value;

use super::interaction;
use super::words;
use crate::model::inbound::{Inbound, Said};
use crate::model::outgoing::{Place, Platform};
use crate::model::person::Person;
use crate::model::time::Moment;
use crate::model::window::Window;

/// Longer messages are not questions; the front is read. Discord itself stops at 4,000.
pub(super) const MAX_TEXT: usize = 4_000;

/// Who quad is, from `GET /users/@me` and `GET /applications/@me`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Me {
    /// quad's user, which mentions name.
    pub user: String,
    /// quad's application, which owns interactions.
    pub application: String,
}

/// Where a channel's messages belong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Whereabouts {
    /// A conversation with quad alone.
    Direct,
    /// A channel of a server, or one of which nothing is known.
    #[default]
    Channel,
    /// A thread.
    Thread {
        /// The channel that it hangs from.
        parent: String,
        /// Whether quad is in it, so that it need not be mentioned.
        joined: bool,
    },
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// Somebody said or pressed something; an interaction wants to be acknowledged so.
    Said(Box<Inbound>, Option<interaction::Acknowledge>),
    /// Somebody types a service's name and wants to see which there are.
    Completes(String),
    /// Somebody wants a window to type into.
    Opens(Window),
    /// Nothing for us, by this rule.
    Ignored(Rule),
}

/// Why an event is nothing for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// quad's own message.
    Own,
    /// Another bot's or a webhook's message: two bots would talk for ever.
    Bot,
    /// A message was reacted to, looked through for links, deleted by a moderator with others, or deleted
    /// without having asked quad anything: news about a message, not a message.
    MessageNews,
    /// Joins, pins, boosts and the like: messages that Discord wrote.
    SystemMessage,
    /// A message that does not mention quad, outside of the threads that it is in.
    NotAddressed,
    /// News about servers, channels, roles and people.
    ServerNews,
    /// An event that quad did not ask for.
    OtherEvent,
    /// A press on a control that is not quad's.
    ForeignControl,
    /// A command that is not quad's.
    ForeignCommand,
    /// Pings, and kinds of interaction that quad does not offer.
    OtherInteraction,
}

impl Rule {
    /// All, for counting.
    pub const ALL: [Self; 10] = [
        Self::Own,
        Self::Bot,
        Self::MessageNews,
        Self::SystemMessage,
        Self::NotAddressed,
        Self::ServerNews,
        Self::OtherEvent,
        Self::ForeignControl,
        Self::ForeignCommand,
        Self::OtherInteraction,
    ];

    /// As it is counted: `not_addressed`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Bot => "bot",
            Self::MessageNews => "message_news",
            Self::SystemMessage => "system_message",
            Self::NotAddressed => "not_addressed",
            Self::ServerNews => "server_news",
            Self::OtherEvent => "other_event",
            Self::ForeignControl => "foreign_control",
            Self::ForeignCommand => "foreign_command",
            Self::OtherInteraction => "other_interaction",
        }
    }
}

/// An event that lacks what it must have. Holds the field, never the payload.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a Discord {kind} without {lacks}")]
pub struct Unreadable {
    /// Which kind of event.
    pub kind: &'static str,
    /// What it lacks.
    pub lacks: &'static str,
}

pub(super) fn lacking(kind: &'static str, lacks: &'static str) -> Unreadable {
    Unreadable { kind, lacks }
}

/// A dispatched event of type `kind`. `at` says where its channel belongs; `now` stands in where
/// Discord gives no time.
///
/// # Errors
/// When it lacks what such an event must have.
pub fn event(kind: &str, data: &Value, me: &Me, at: &Whereabouts, now: Moment) -> Result<Read, Unreadable> {
    Ok(Read::Ignored(match kind {
        "MESSAGE_CREATE" => return message(data, me, at, now),
        "INTERACTION_CREATE" => return interaction::read(data, me, now),
        // Pictures of links change a message, too, and don't say when its words were changed.
        "MESSAGE_UPDATE" if text(&data["edited_timestamp"]).is_some() => return message(data, me, at, now),
        "MESSAGE_DELETE" => return deleted(data, now),
        "MESSAGE_UPDATE" | "MESSAGE_DELETE_BULK" => Rule::MessageNews,
        kind if kind.starts_with("MESSAGE_REACTION") || kind.starts_with("MESSAGE_POLL") => Rule::MessageNews,
        kind if ["GUILD", "CHANNEL", "THREAD", "STAGE", "VOICE", "USER", "PRESENCE", "INTEGRATION"]
            .iter()
            .any(|front| kind.starts_with(front)) =>
        {
            Rule::ServerNews
        }
        _ => Rule::OtherEvent,
    }))
}

fn message(data: &Value, me: &Me, at: &Whereabouts, now: Moment) -> Result<Read, Unreadable> {
    const KIND: &str = "message";
    let id = text(&data["id"]).ok_or(lacking(KIND, "an id"))?;
    let channel = text(&data["channel_id"]).ok_or(lacking(KIND, "a channel"))?;
    let author = text(&data["author"]["id"]).ok_or(lacking(KIND, "an author"))?;
    if author == me.user {
        return Ok(Read::Ignored(Rule::Own));
    }
    if data["author"]["bot"] == true || text(&data["webhook_id"]).is_some() {
        return Ok(Read::Ignored(Rule::Bot));
    }
    // 0 and 19: written by a person, the latter as a reply.
    if !matches!(data["type"].as_u64().unwrap_or(0), 0 | 19) {
        return Ok(Read::Ignored(Rule::SystemMessage));
    }
    let named = is_addressed(data, me) || matches!(at, Whereabouts::Direct);
    if !named && !matches!(at, Whereabouts::Thread { joined: true, .. }) {
        return Ok(Read::Ignored(Rule::NotAddressed));
    }
    let edited = text(&data["edited_timestamp"]);
    let said = words::plain(data["content"].as_str().unwrap_or_default(), &me.user);
    Ok(Read::Said(
        Box::new(Inbound {
            event_id: match edited {
                Some(at) => format!("edit:{id}:{at}"),
                None => format!("message:{id}"),
            },
            platform: Platform::Discord,
            place: place(channel, at),
            person: person(&data["author"], &data["member"], author),
            said: Said::Text(said.chars().take(MAX_TEXT).collect()),
            at: moment_of(id).unwrap_or(now),
            message: None,
            reply_url: Some(super::reply::Reply::Message { id: id.to_owned() }.encode()),
            aside: !named,
            edited: edited.is_some(),
            said_in: Some(id.to_owned()),
        }),
        None,
    ))
}

/// A message was deleted. What it said and who wrote it is not told by the event.
fn deleted(data: &Value, now: Moment) -> Result<Read, Unreadable> {
    const KIND: &str = "deletion";
    let id = text(&data["id"]).ok_or(lacking(KIND, "an id"))?;
    let channel = text(&data["channel_id"]).ok_or(lacking(KIND, "a channel"))?;
    Ok(Read::Said(
        Box::new(Inbound {
            event_id: format!("delete:{id}"),
            platform: Platform::Discord,
            place: place(channel, &Whereabouts::Channel),
            person: person(&Value::Null, &Value::Null, "somebody"),
            said: Said::Deleted,
            at: now,
            message: None,
            reply_url: None,
            aside: false,
            edited: false,
            said_in: Some(id.to_owned()),
        }),
        None,
    ))
}

/// Whether a message speaks to quad: by mention, or as a reply to quad's own words.
pub(super) fn is_addressed(data: &Value, me: &Me) -> bool {
    let mine = |user: &Value| !me.user.is_empty() && user["id"] == me.user.as_str();
    data["guild_id"].is_null()
        || data["mentions"].as_array().into_iter().flatten().any(mine)
        || words::mentions(data["content"].as_str().unwrap_or_default(), &me.user)
        || mine(&data["referenced_message"]["author"])
}

pub(super) fn place(channel: &str, at: &Whereabouts) -> Place {
    match at {
        Whereabouts::Thread { parent, .. } => {
            Place { channel: parent.clone(), thread: Some(channel.to_owned()) }
        }
        Whereabouts::Direct | Whereabouts::Channel => Place { channel: channel.to_owned(), thread: None },
    }
}

/// As the server shows them.
pub(super) fn person(user: &Value, member: &Value, id: &str) -> Person {
    let name = called(user, member).unwrap_or_else(|| id.to_owned());
    Person { id: id.to_owned(), name, role: None }
}

/// What a person is called on the server, else everywhere.
pub(super) fn called(user: &Value, member: &Value) -> Option<String> {
    let names = [&member["nick"], &user["global_name"], &user["username"]];
    names.into_iter().find_map(text).map(str::to_owned)
}

/// Discord leaves fields out, sets them to null, and sometimes to nothing: all the same.
pub(super) fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

/// When something with this id was made: ids hold the time. Source: docs.discord.com, "Snowflakes".
pub(super) fn moment_of(id: &str) -> Option<Moment> {
    let id: i64 = id.parse().ok()?;
    Moment::from_timestamp_millis((id >> 22) + EPOCH)
}

/// The smallest id that something made at `at` can have.
pub(super) fn id_of(at: Moment) -> String {
    ((at.timestamp_millis() - EPOCH).max(0) << 22).to_string()
}

/// The first millisecond of 2015, from which ids count.
const EPOCH: i64 = 1_420_070_400_000;

#[cfg(test)]
mod tests;
