//! Reads interactions: `/quad`, presses, windows, and names that are being typed; and says how each
//! is acknowledged within its three seconds.

use serde_json::{Value, json};

use super::read::{
    MAX_TEXT, Me, Read, Rule, Unreadable, Whereabouts, lacking, moment_of, person, place, text,
};
use super::reply::Reply;
use crate::model::answer::Press;
use crate::model::inbound::{Inbound, Said};
use crate::model::outgoing::{Place, Platform};
use crate::model::time::Moment;
use crate::model::window::Window;

/// How an interaction that will be worked on is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acknowledge {
    /// "quad is thinking", for everybody in the channel.
    Thinking,
    /// Nothing is shown: what it does is the sign.
    Quietly,
}

impl Acknowledge {
    /// The body of the callback. Source: docs.discord.com, "Receiving and responding".
    pub(super) fn body(self) -> Value {
        match self {
            Self::Thinking => json!({"type": 5}),
            Self::Quietly => json!({"type": 6}),
        }
    }
}

/// The body of the callback that opens a window.
pub(super) fn opening(window: Window) -> Value {
    let input = json!({
        "type": 4, "custom_id": "words", "style": if window.is_long() { 2 } else { 1 },
        "label": window.question(), "placeholder": window.example(),
        "min_length": 1, "max_length": window.most(), "required": true,
    });
    let rows = json!([{"type": 1, "components": [input]}]);
    json!({"type": 9, "data": {"custom_id": window.encode(), "title": window.title(), "components": rows}})
}

/// Names that fit what was typed so far, for the option `service`.
pub(super) fn completions(typed: &str, names: &[String]) -> Value {
    let typed = typed.trim().to_lowercase();
    let mut fitting: Vec<&String> =
        names.iter().filter(|name| name.to_lowercase().contains(&typed)).collect();
    fitting.sort_by_key(|name| (!name.to_lowercase().starts_with(&typed), name.len(), name.to_lowercase()));
    let choices: Vec<Value> = fitting
        .into_iter()
        // A name that has to be cut would be another name.
        .filter(|name| name.chars().count() <= 100)
        .take(25)
        .map(|name| json!({"name": name, "value": name}))
        .collect();
    json!({"type": 8, "data": {"choices": choices}})
}

pub(super) fn read(data: &Value, me: &Me, now: Moment) -> Result<Read, Unreadable> {
    match data["type"].as_u64().ok_or(lacking("interaction", "a type"))? {
        2 => command(data, me, now),
        3 => press(data, me, now),
        4 => completes(data),
        5 => window(data, me, now),
        _ => Ok(Read::Ignored(Rule::OtherInteraction)),
    }
}

fn command(data: &Value, me: &Me, now: Moment) -> Result<Read, Unreadable> {
    const KIND: &str = "command";
    if text(&data["data"]["name"]).ok_or(lacking(KIND, "a name"))? != "quad" {
        return Ok(Read::Ignored(Rule::ForeignCommand));
    }
    let option = |name: &str| {
        let all = data["data"]["options"].as_array().into_iter().flatten();
        all.into_iter().find(|option| option["name"] == name).and_then(|option| text(&option["value"]))
    };
    let said = match (option("text"), option("service")) {
        (Some(words), Some(service)) if !words.contains(service) => format!("{service}: {words}"),
        (Some(words), _) => words.to_owned(),
        (None, Some(service)) => format!("status of {service}"),
        (None, None) => "help".to_owned(),
    };
    let (application, token) = answered_by(data, me, KIND)?;
    let reply = Reply::Command { application, token };
    inbound(data, KIND, Said::Text(said), None, reply, now)
        .map(|said| Read::Said(said, Some(Acknowledge::Thinking)))
}

fn press(data: &Value, me: &Me, now: Moment) -> Result<Read, Unreadable> {
    const KIND: &str = "press";
    let value = text(&data["data"]["values"][0]).or(text(&data["data"]["custom_id"]));
    let value = value.ok_or(lacking(KIND, "a control"))?;
    if let Some(window) = Window::decode(value) {
        return Ok(Read::Opens(window));
    }
    let Some(press) = Press::decode(value) else { return Ok(Read::Ignored(Rule::ForeignControl)) };
    let on = text(&data["message"]["id"]).map(str::to_owned);
    let (application, token) = answered_by(data, me, KIND)?;
    let reply = Reply::Press { application, token };
    let said = Said::Press { press, on: on.clone() };
    inbound(data, KIND, said, on, reply, now).map(|said| Read::Said(said, Some(Acknowledge::Quietly)))
}

fn window(data: &Value, me: &Me, now: Moment) -> Result<Read, Unreadable> {
    const KIND: &str = "window";
    let id = text(&data["data"]["custom_id"]).ok_or(lacking(KIND, "an id"))?;
    let typed = typed(&data["data"]["components"]).ok_or(lacking(KIND, "words"))?;
    let Some(window) = Window::decode(id) else { return Ok(Read::Ignored(Rule::ForeignControl)) };
    let on = text(&data["message"]["id"]).map(str::to_owned);
    let (application, token) = answered_by(data, me, KIND)?;
    let reply = Reply::Press { application, token };
    inbound(data, KIND, Said::Text(window.words(typed)), on, reply, now)
        .map(|said| Read::Said(said, Some(Acknowledge::Quietly)))
}

fn completes(data: &Value) -> Result<Read, Unreadable> {
    if data["data"]["name"] != "quad" {
        return Ok(Read::Ignored(Rule::ForeignCommand));
    }
    let mut all = data["data"]["options"].as_array().into_iter().flatten();
    match all.find(|option| option["focused"] == true) {
        Some(option) => Ok(Read::Completes(option["value"].as_str().unwrap_or_default().to_owned())),
        None => Err(lacking("completion", "an option that is typed")),
    }
}

/// The first text that was typed, in rows or labels.
fn typed(components: &Value) -> Option<&str> {
    components.as_array()?.iter().find_map(|component| {
        text(&component["value"])
            .or_else(|| typed(&component["components"]))
            .or_else(|| text(&component["component"]["value"]))
    })
}

/// `on`: the message whose thread the answer belongs to.
fn inbound(
    data: &Value,
    kind: &'static str,
    said: Said,
    on: Option<String>,
    reply: Reply,
    now: Moment,
) -> Result<Box<Inbound>, Unreadable> {
    let id = text(&data["id"]).ok_or(lacking(kind, "an id"))?;
    let channel =
        text(&data["channel_id"]).or(text(&data["channel"]["id"])).ok_or(lacking(kind, "a channel"))?;
    let user = if data["user"].is_object() { &data["user"] } else { &data["member"]["user"] };
    let who = text(&user["id"]).ok_or(lacking(kind, "a person"))?;
    let at = whereabouts(data);
    let place = match (place(channel, &at), &at) {
        // In a channel, what a press leads to is said in the thread of the message pressed on.
        (Place { channel, thread: None }, Whereabouts::Channel) => Place { channel, thread: on },
        (place, _) => place,
    };
    let said = match said {
        Said::Text(words) => Said::Text(words.chars().take(MAX_TEXT).collect()),
        press => press,
    };
    Ok(Box::new(Inbound {
        event_id: format!("interaction:{id}"),
        platform: Platform::Discord,
        place,
        person: person(user, &data["member"], who),
        said,
        at: moment_of(id).unwrap_or(now),
        message: None,
        reply_url: Some(reply.encode()),
        aside: false,
        edited: false,
        said_in: None,
    }))
}

/// Interactions bring their channel with them.
fn whereabouts(data: &Value) -> Whereabouts {
    let channel = &data["channel"];
    match (channel["type"].as_u64(), text(&channel["parent_id"])) {
        (Some(10..=12), Some(parent)) => Whereabouts::Thread { parent: parent.to_owned(), joined: true },
        (Some(1 | 3), _) => Whereabouts::Direct,
        _ if data["guild_id"].is_null() => Whereabouts::Direct,
        _ => Whereabouts::Channel,
    }
}

fn answered_by(data: &Value, me: &Me, kind: &'static str) -> Result<(String, String), Unreadable> {
    let token = text(&data["token"]).ok_or(lacking(kind, "a token"))?;
    let application = text(&data["application_id"]).unwrap_or(&me.application);
    Ok((application.to_owned(), token.to_owned()))
}
