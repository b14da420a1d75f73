//! Reads what Slack hands in: events, slash commands, presses. Plain JSON on purpose: typed models
//! lose payloads that Slack does send (org-wide installs without a team, presses without a
//! container, mentions written by bots), and what can't be read must not be acknowledged unseen.
//! Each payload ends as something said, ignored by a named rule, or a counted error.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::words;
use crate::model::inbound::{Inbound, Said};
use crate::model::outgoing::{Place, Platform};
use crate::model::person::Person;
use crate::model::time::Moment;
use crate::model::window::Window;

/// Longer messages are not questions; the front is read. Slack itself stops at 40,000.
const MAX_TEXT: usize = 40_000;

/// Who quad is in this workspace, from `auth.test`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Me {
    /// quad's user, which mentions name.
    pub user: String,
    /// quad's bot, which its own messages name.
    pub bot: String,
}

/// What became of a payload.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// Somebody said or pressed something.
    Said(Box<Inbound>),
    /// Somebody wants a window to type into; it must be opened with this trigger, within 3 s.
    Opens {
        /// Which.
        window: Window,
        /// What permits it.
        trigger: String,
        /// Where what is typed will be said.
        from: Origin,
    },
    /// Nothing for us, by this rule.
    Ignored(Rule),
}

/// Where a window was opened. Travels with it through Slack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The channel.
    pub channel: String,
    /// The thread.
    pub thread: Option<String>,
    /// Where Slack takes an answer for a short while, even where quad can't post.
    #[serde(default)]
    pub reply_url: Option<String>,
}

/// Why a payload is nothing for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// quad's own message.
    Own,
    /// A message was answered, changed by others than its writer, or deleted without having asked quad
    /// anything: news about a message, not a message.
    MessageNews,
    /// Joins, topic changes, files and the like: messages that Slack wrote.
    SystemMessage,
    /// A message in a channel that does not mention quad. One that does arrives as a mention, too.
    NotAddressed,
    /// A bot's message in a conversation with quad: two bots would talk for ever.
    BotInDirectMessage,
    /// Slack withholds events because there are too many.
    Withheld,
    /// An event that quad did not ask for.
    OtherEvent,
    /// A press on a control that is not quad's, or one that only opens a link.
    ForeignControl,
    /// Dialogs, suggestions and shortcuts that quad does not offer.
    OtherInteraction,
    /// A slash command that is not quad's.
    ForeignCommand,
}

impl Rule {
    /// All, for counting.
    pub const ALL: [Self; 10] = [
        Self::Own,
        Self::MessageNews,
        Self::SystemMessage,
        Self::NotAddressed,
        Self::BotInDirectMessage,
        Self::Withheld,
        Self::OtherEvent,
        Self::ForeignControl,
        Self::OtherInteraction,
        Self::ForeignCommand,
    ];

    /// As it is counted: `not_addressed`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::MessageNews => "message_news",
            Self::SystemMessage => "system_message",
            Self::NotAddressed => "not_addressed",
            Self::BotInDirectMessage => "bot_in_direct_message",
            Self::Withheld => "withheld",
            Self::OtherEvent => "other_event",
            Self::ForeignControl => "foreign_control",
            Self::OtherInteraction => "other_interaction",
            Self::ForeignCommand => "foreign_command",
        }
    }
}

/// A payload that lacks what it must have. Holds the field, never the payload.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a Slack {kind} without {lacks}")]
pub struct Unreadable {
    /// Which kind of payload.
    pub kind: &'static str,
    /// What it lacks.
    pub lacks: &'static str,
}

fn lacking(kind: &'static str, lacks: &'static str) -> Unreadable {
    Unreadable { kind, lacks }
}

/// An `event_callback` of the Events API, over HTTP or a socket. `now` stands in where Slack gives
/// no time.
///
/// # Errors
/// When it lacks what an event must have.
pub fn event(payload: &Value, me: &Me, now: Moment) -> Result<Read, Unreadable> {
    let event = &payload["event"];
    if !event.is_object() {
        return match text(&payload["type"]) {
            // A notice about the app itself has no event inside.
            Some("app_rate_limited") => Ok(Read::Ignored(Rule::Withheld)),
            _ => Err(lacking("event", "an event")),
        };
    }
    let kind = text(&event["type"]).ok_or(lacking("event", "a type"))?;
    let direct = text(&event["channel_type"]) == Some("im")
        || text(&event["channel"]).is_some_and(|channel| channel.starts_with('D'));
    let mut aside = false;
    match kind {
        "app_mention" => {}
        "message" => match text(&event["subtype"]) {
            Some("message_changed") => return changed::changed(payload, me, now),
            Some("message_deleted") => return changed::deleted(payload, me, now),
            Some("message_replied") => return Ok(Read::Ignored(Rule::MessageNews)),
            // A person wrote these: with a file, also to the channel, or as /me.
            None | Some("file_share" | "thread_broadcast" | "me_message") if direct => {}
            // Said by a person in a thread, without naming quad: with its name it comes as a mention, too.
            None | Some("file_share" | "thread_broadcast" | "me_message")
                if text(&event["thread_ts"]).is_some()
                    && text(&event["bot_id"]).is_none()
                    && !words::mentions(event["text"].as_str().unwrap_or_default(), &me.user) =>
            {
                aside = true;
            }
            None | Some("bot_message" | "file_share" | "thread_broadcast" | "me_message") if !direct => {
                return Ok(Read::Ignored(if is_own(event, me) { Rule::Own } else { Rule::NotAddressed }));
            }
            Some("bot_message") => return Ok(Read::Ignored(Rule::BotInDirectMessage)),
            _ => return Ok(Read::Ignored(Rule::SystemMessage)),
        },
        "app_home_opened" if text(&event["tab"]) == Some("home") => return home(payload, now),
        "link_shared" => return link(payload, me, now),
        "app_rate_limited" => return Ok(Read::Ignored(Rule::Withheld)),
        _ => return Ok(Read::Ignored(Rule::OtherEvent)),
    }
    if is_own(event, me) {
        return Ok(Read::Ignored(Rule::Own));
    }
    let bot = text(&event["bot_id"]);
    if direct && bot.is_some() {
        return Ok(Read::Ignored(Rule::BotInDirectMessage));
    }

    let channel = text(&event["channel"]).ok_or(lacking(known(kind), "a channel"))?;
    let ts = text(&event["ts"]).or(text(&event["event_ts"])).ok_or(lacking(known(kind), "a time"))?;
    let author = text(&event["user"]).or(bot).ok_or(lacking(known(kind), "an author"))?;
    let id = text(&payload["event_id"]).map_or_else(|| format!("message:{channel}:{ts}"), str::to_owned);
    let name = text(&event["user_profile"]["display_name"])
        .or(text(&event["username"]))
        .or(text(&event["bot_profile"]["name"]))
        .unwrap_or(author);
    let said = words::plain(event["text"].as_str().unwrap_or_default(), &me.user);
    Ok(said_by(Inbound {
        event_id: id,
        platform: Platform::Slack,
        place: place(channel, text(&event["thread_ts"]).or(Some(ts))),
        person: person(author, name),
        said: Said::Text(said.chars().take(MAX_TEXT).collect()),
        at: moment(text(&event["event_ts"]).or(Some(ts))).unwrap_or(now),
        message: Some(ts.to_owned()),
        reply_url: None,
        aside,
        edited: false,
        said_in: Some(said_in(channel, ts)),
    }))
}

/// Somebody posted a link to quad's page. While they are still typing there is no message to show it in.
fn link(payload: &Value, me: &Me, now: Moment) -> Result<Read, Unreadable> {
    const KIND: &str = "link";
    let event = &payload["event"];
    let url = event["links"].as_array().into_iter().flatten().find_map(|link| text(&link["url"]));
    let url = url.ok_or(lacking(KIND, "a URL"))?;
    let user = text(&event["user"]).ok_or(lacking(KIND, "a person"))?;
    if is_own(event, me) || text(&event["source"]) == Some("composer") {
        return Ok(Read::Ignored(Rule::OtherEvent));
    }
    let channel = text(&event["channel"]).ok_or(lacking(KIND, "a channel"))?;
    let ts = text(&event["message_ts"]).ok_or(lacking(KIND, "a message"))?;
    let id = text(&payload["event_id"]).map_or_else(|| format!("link:{channel}:{ts}"), str::to_owned);
    Ok(said_by(Inbound {
        event_id: id,
        platform: Platform::Slack,
        place: place(&super::views::unfurled(channel, ts, url), None),
        person: person(user, user),
        said: Said::Link(url.to_owned()),
        at: moment(text(&event["event_ts"]).or(Some(ts))).unwrap_or(now),
        message: None,
        reply_url: None,
        aside: false,
        edited: false,
        said_in: None,
    }))
}

/// Somebody looks at quad's home tab.
fn home(payload: &Value, now: Moment) -> Result<Read, Unreadable> {
    const KIND: &str = "visit";
    let event = &payload["event"];
    let user = text(&event["user"]).ok_or(lacking(KIND, "a person"))?;
    let at = text(&event["event_ts"]);
    let id = text(&payload["event_id"]).map(str::to_owned);
    let id = id.or(at.map(|at| format!("home:{user}:{at}"))).ok_or(lacking(KIND, "an id"))?;
    Ok(said_by(Inbound {
        event_id: id,
        platform: Platform::Slack,
        place: place(&format!("{}{user}", super::views::HOME), None),
        person: person(user, user),
        said: Said::Home,
        at: moment(at).unwrap_or(now),
        message: None,
        reply_url: None,
        aside: false,
        edited: false,
        said_in: None,
    }))
}

/// A slash command. Its answer has no thread to go to, so it is said in the channel.
///
/// # Errors
/// When it lacks what a command must have.
pub fn command(payload: &Value, me: &Me, now: Moment) -> Result<Read, Unreadable> {
    const KIND: &str = "command";
    let command = text(&payload["command"]).ok_or(lacking(KIND, "a name"))?;
    // Workspaces may give it another name where /quad is taken, so the front decides.
    if !command.trim_start_matches('/').starts_with("quad") {
        return Ok(Read::Ignored(Rule::ForeignCommand));
    }
    let channel = text(&payload["channel_id"]).ok_or(lacking(KIND, "a channel"))?;
    let user = text(&payload["user_id"]).ok_or(lacking(KIND, "a person"))?;
    let trigger = text(&payload["trigger_id"]).ok_or(lacking(KIND, "a trigger"))?;
    let said = words::plain(payload["text"].as_str().unwrap_or_default(), &me.user);
    Ok(said_by(Inbound {
        event_id: format!("command:{trigger}"),
        platform: Platform::Slack,
        place: place(channel, None),
        person: person(user, text(&payload["user_name"]).unwrap_or(user)),
        said: Said::Text(if said.is_empty() {
            "help".to_owned()
        } else {
            said.chars().take(MAX_TEXT).collect()
        }),
        at: now,
        message: None,
        reply_url: text(&payload["response_url"]).map(str::to_owned),
        aside: false,
        edited: false,
        said_in: None,
    }))
}

/// A press, a window handed in, a shortcut, or another interaction.
///
/// # Errors
/// When it lacks what it must have.
pub fn interaction(payload: &Value, now: Moment) -> Result<Read, Unreadable> {
    interaction::read(payload, now)
}

fn is_own(event: &Value, me: &Me) -> bool {
    let same = |value: &Value, mine: &str| !mine.is_empty() && value.as_str() == Some(mine);
    same(&event["user"], &me.user) || same(&event["bot_id"], &me.bot)
}

/// Slack leaves fields out, sets them to null, and sometimes to nothing: all the same.
fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

fn known(kind: &str) -> &'static str {
    if kind == "app_mention" { "mention" } else { "message" }
}

fn said_by(inbound: Inbound) -> Read {
    Read::Said(Box::new(inbound))
}

fn place(channel: &str, thread: Option<&str>) -> Place {
    Place { channel: channel.to_owned(), thread: thread.map(str::to_owned) }
}

fn person(id: &str, name: &str) -> Person {
    Person { id: id.to_owned(), name: name.to_owned(), role: None }
}

/// `1767880920.000100`: seconds and microseconds.
fn moment(ts: Option<&str>) -> Option<Moment> {
    let (seconds, fraction) = ts?.split_once('.').unwrap_or((ts?, "0"));
    let micros: u32 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    Moment::from_timestamp(seconds.parse().ok()?, micros * 1_000)
}

/// How a message is called over all channels, since each channel counts its own.
fn said_in(channel: &str, ts: &str) -> String {
    format!("{channel}:{ts}")
}

mod changed;
mod interaction;
#[cfg(test)]
mod tests;
