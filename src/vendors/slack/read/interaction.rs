//! Interactions: presses, windows that are handed in, and the shortcut on a message.

use serde_json::Value;

use super::{MAX_TEXT, Origin, Read, Rule, Unreadable, lacking, moment, person, place, said_by, text};
use crate::model::answer::Press;
use crate::model::inbound::{Inbound, Said};
use crate::model::outgoing::Platform;
use crate::model::time::Moment;
use crate::model::window::Window;

/// The shortcut of `manifest.yml`.
const ANALYZE: &str = "quad.analyze";
/// Of a message that a shortcut is used on, this much is quoted.
const QUOTED: usize = 1_000;

pub(super) fn read(payload: &Value, now: Moment) -> Result<Read, Unreadable> {
    match text(&payload["type"]).ok_or(lacking("interaction", "a type"))? {
        "block_actions" => press(payload, now),
        "view_submission" => window(payload, now),
        "message_action" => shortcut(payload, now),
        _ => Ok(Read::Ignored(Rule::OtherInteraction)),
    }
}

fn press(payload: &Value, now: Moment) -> Result<Read, Unreadable> {
    const KIND: &str = "press";
    let actions =
        payload["actions"].as_array().filter(|all| !all.is_empty()).ok_or(lacking(KIND, "an action"))?;
    let Some((action, control)) = actions.iter().find_map(|action| Some((action, control(action)?))) else {
        return Ok(Read::Ignored(Rule::ForeignControl));
    };
    let container = &payload["container"];
    let message = &payload["message"];
    let user = text(&payload["user"]["id"]).ok_or(lacking(KIND, "a person"))?;
    let channel = text(&payload["channel"]["id"])
        .or(text(&container["channel_id"]))
        .or(text(&message["channel"]))
        // On the home tab there is no channel: the answer goes to the person alone.
        .or((container["type"] == "view").then_some(user))
        .ok_or(lacking(KIND, "a channel"))?;
    let on = text(&container["message_ts"]).or(text(&message["ts"]));
    let thread = text(&message["thread_ts"]).or(text(&container["thread_ts"])).or(on);
    let press = match control {
        Pressed::Means(press) => press,
        Pressed::Opens(window) => {
            let trigger = text(&payload["trigger_id"]).ok_or(lacking(KIND, "a trigger"))?.to_owned();
            let from = Origin {
                channel: channel.to_owned(),
                thread: thread.map(str::to_owned),
                reply_url: text(&payload["response_url"]).map(str::to_owned),
            };
            return Ok(Read::Opens { window, trigger, from });
        }
    };
    let pressed_at = text(&action["action_ts"]);
    // The same delivery again has the same trigger.
    let id = match (text(&payload["trigger_id"]), pressed_at) {
        (Some(trigger), _) => format!("press:{trigger}"),
        (None, Some(at)) => format!("press:{channel}:{user}:{at}"),
        (None, None) => return Err(lacking(KIND, "a trigger")),
    };
    Ok(said_by(Inbound {
        event_id: id,
        platform: Platform::Slack,
        place: place(channel, thread),
        person: person(user, name(payload, user)),
        said: Said::Press { press, on: on.map(str::to_owned) },
        at: moment(pressed_at).unwrap_or(now),
        message: None,
        reply_url: text(&payload["response_url"]).map(str::to_owned),
        aside: false,
        edited: false,
        said_in: None,
    }))
}

/// A window that was filled in: the words that it stands for, said where it was opened.
fn window(payload: &Value, now: Moment) -> Result<Read, Unreadable> {
    const KIND: &str = "window";
    let view = &payload["view"];
    let Some(window) = text(&view["callback_id"]).and_then(Window::decode) else {
        return Ok(Read::Ignored(Rule::OtherInteraction));
    };
    let id = text(&view["id"]).ok_or(lacking(KIND, "an id"))?;
    let user = text(&payload["user"]["id"]).ok_or(lacking(KIND, "a person"))?;
    let from: Origin = text(&view["private_metadata"])
        .and_then(|origin| serde_json::from_str(origin).ok())
        .ok_or(lacking(KIND, "its origin"))?;
    let mut inputs = view["state"]["values"].as_object().into_iter().flat_map(|blocks| blocks.values());
    let typed = inputs
        .find_map(|block| block.as_object()?.values().find_map(|input| text(&input["value"])))
        .ok_or(lacking(KIND, "words"))?;
    let said: String = window.words(typed).chars().take(MAX_TEXT).collect();
    Ok(said_by(Inbound {
        event_id: format!("window:{id}"),
        platform: Platform::Slack,
        place: place(&from.channel, from.thread.as_deref()),
        person: person(user, name(payload, user)),
        said: Said::Text(said),
        at: now,
        message: None,
        reply_url: from.reply_url,
        aside: false,
        edited: false,
        said_in: None,
    }))
}

/// "Analyze this" on a message, whose words are somebody else's.
fn shortcut(payload: &Value, now: Moment) -> Result<Read, Unreadable> {
    const KIND: &str = "shortcut";
    if text(&payload["callback_id"]) != Some(ANALYZE) {
        return Ok(Read::Ignored(Rule::OtherInteraction));
    }
    let channel = text(&payload["channel"]["id"]).ok_or(lacking(KIND, "a channel"))?;
    let user = text(&payload["user"]["id"]).ok_or(lacking(KIND, "a person"))?;
    let trigger = text(&payload["trigger_id"]).ok_or(lacking(KIND, "a trigger"))?;
    let message = &payload["message"];
    let on = text(&message["thread_ts"]).or(text(&message["ts"])).or(text(&payload["message_ts"]));
    Ok(said_by(Inbound {
        event_id: format!("shortcut:{trigger}"),
        platform: Platform::Slack,
        place: place(channel, on),
        person: person(user, name(payload, user)),
        said: Said::Quoted(quoted(message)),
        at: now,
        message: None,
        reply_url: text(&payload["response_url"]).map(str::to_owned),
        aside: false,
        edited: false,
        said_in: None,
    }))
}

/// A message's words; of one that another app wrote, those of its attachments, too.
fn quoted(message: &Value) -> String {
    let attached = message["attachments"].as_array().into_iter().flatten();
    let attached =
        attached.flat_map(|one| [&one["title"], &one["text"], &one["fallback"]].into_iter().find_map(text));
    let words: Vec<&str> = text(&message["text"]).into_iter().chain(attached).collect();
    let words = super::words::plain(&words.join(" "), "");
    words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(QUOTED).collect()
}

fn name<'p>(payload: &'p Value, user: &'p str) -> &'p str {
    text(&payload["user"]["name"]).or(text(&payload["user"]["username"])).unwrap_or(user)
}

enum Pressed {
    Means(Press),
    Opens(Window),
}

/// What a button or a menu entry means, if it is quad's.
fn control(action: &Value) -> Option<Pressed> {
    let value = text(&action["selected_option"]["value"]).or(text(&action["value"]))?;
    Window::decode(value).map(Pressed::Opens).or_else(|| Press::decode(value).map(Pressed::Means))
}
