//! The page's conversation: showing it, and taking what is said and pressed on it.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use serde::Deserialize;
use uuid::Uuid;

use crate::error::UserError;
use crate::model::alert::AlertNumber;
use crate::model::answer::Press;
use crate::model::inbound::{Inbound, Said};
use crate::model::outgoing::{DeliveryId, Place, Platform};
use crate::model::person::Person;
use crate::model::signal::thousands;
use crate::store::{Content, Message, NewMessage};
use crate::web::message::{self, Line};
use crate::web::refusal::{Body, Refusal};
use crate::web::session::{FromPage, Session};
use crate::web::state::{CONVERSATION, Web};
use crate::web::{live, page};

/// How many messages a fresh page shows.
const HISTORY: u32 = 100;

/// After this long without an answer a reloaded page does not claim that one is coming.
const PATIENCE: TimeDelta = TimeDelta::minutes(2);

/// The page.
pub(super) async fn show(State(web): State<Web>, headers: HeaderMap) -> Result<Response, Refusal> {
    let Some(session) = Session::find(&web, &headers).await? else {
        let from_elsewhere = headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
        return Ok(if from_elsewhere {
            page::knock_again().into_response()
        } else {
            let sentence = "quad shows figures of your systems, so it needs to know who looks.";
            (StatusCode::UNAUTHORIZED, page::signed_out(sentence)).into_response()
        });
    };
    let messages = web.store().newest_messages(CONVERSATION, &session.person.id, HISTORY).await?;
    let revision = messages.iter().map(|message| message.revision).max().unwrap_or(0);
    let lines: Vec<_> = messages.into_iter().map(line).collect();
    let working = lines
        .last()
        .is_some_and(|last| matches!(last.said, message::Said::Words(_)) && web.now() - last.at < PATIENCE);
    let panels = live::panels(&web).await?;
    let page = page::Page {
        person: &session.person.name,
        token: &session.page_token,
        lines: &lines,
        revision,
        working,
        panels: &panels,
    };
    Ok(page::page(&page).into_response())
}

/// What a kept message looks like on the page.
pub(super) fn line(message: Message) -> Line {
    Line {
        id: message.id,
        thread: message.thread.and_then(|thread| thread.parse().ok()),
        author: message.author,
        said: match message.content {
            Content::Text(text) => message::Said::Words(text),
            Content::Answer(answer) => message::Said::Answer(Box::new(answer)),
        },
        at: message.at,
        edited_at: message.edited_at,
    }
}

/// Words of a person.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// Chosen by the page; the same id is taken once.
    id: String,
    text: String,
    #[serde(default)]
    thread: Option<i64>,
}

/// Takes words.
pub(super) async fn say(
    State(web): State<Web>,
    FromPage(session): FromPage,
    Body(words): Body<Words>,
) -> Result<StatusCode, Refusal> {
    let place = place(words.thread);
    hear(&web, &session.person, &words.id, words.text, place).await
}

/// A press.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pressed {
    /// Chosen by the page; the same id is taken once.
    id: String,
    /// `Press::encode`.
    press: String,
    /// The message that carried the control; none for the panels.
    #[serde(default)]
    on: Option<i64>,
}

/// Takes a press.
pub(super) async fn press(
    State(web): State<Web>,
    FromPage(session): FromPage,
    Body(pressed): Body<Pressed>,
) -> Result<StatusCode, Refusal> {
    let press = Press::decode(&pressed.press)
        .ok_or_else(|| Refusal::bad("quad does not know this button. Reload the page."))?;
    let carrier = match pressed.on {
        Some(id) => message_with(&web, id).await?,
        None => None,
    };
    if let Press::Ask(text) = press {
        // The same as typing it, so it is seen as if it had been typed.
        let thread = carrier.and_then(|message| message.thread?.parse().ok());
        return hear(&web, &session.person, &pressed.id, text, place(thread)).await;
    }
    let thread = match carrier {
        Some(message) => Some(message.thread.and_then(|root| root.parse().ok()).unwrap_or(message.id)),
        None => thread_of(&web, &press).await?,
    };
    let on = pressed.on.map(|id| id.to_string());
    take(&web, &session.person, &pressed.id, place(thread), Said::Press { press, on }).await
}

/// A fault to switch.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Switched {
    name: String,
    on: bool,
}

/// Switches a fault of the demo.
pub(super) async fn switch_fault(
    State(web): State<Web>,
    FromPage(_): FromPage,
    Body(switched): Body<Switched>,
) -> Result<StatusCode, Refusal> {
    let Some(faults) = &web.doors().faults else {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "Faults can be switched in `quad demo` only."));
    };
    (faults.switch)((switched.name, switched.on)).await?;
    web.touch();
    Ok(StatusCode::NO_CONTENT)
}

/// Keeps the words, so that everybody on the page sees them, and hands them in.
async fn hear(
    web: &Web,
    person: &Person,
    id: &str,
    text: String,
    place: Place,
) -> Result<StatusCode, Refusal> {
    let text = text.trim();
    let (length, limit) = (text.chars().count(), web.settings().max_message_chars);
    if text.is_empty() {
        return Err(UserError::new("The message is empty.").into());
    }
    if length > limit {
        let (length, limit) = (thousands(length as f64, 0), thousands(limit as f64, 0));
        return Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("The message has {length} characters; quad reads {limit} at most."),
        ));
    }
    if let Some(thread) = place.thread.as_deref().and_then(|thread| thread.parse().ok())
        && message_with(web, thread).await?.is_none()
    {
        return Err(Refusal::bad("This thread does not exist. Reload the page."));
    }
    check_id(id)?;
    let mut tx = web.store().begin().await?;
    // The id makes it one message, however often the page sends it.
    let delivery =
        DeliveryId(Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("said on the page: {id}").as_bytes()));
    let said = NewMessage {
        conversation: CONVERSATION,
        thread: place.thread.as_deref(),
        author: &person.name,
        delivery: Some(delivery),
        at: web.now(),
    };
    tx.say(&said, &Content::Text(text.to_owned())).await?;
    tx.commit().await?;
    take(web, person, id, place, Said::Text(text.to_owned())).await
}

async fn take(web: &Web, person: &Person, id: &str, place: Place, said: Said) -> Result<StatusCode, Refusal> {
    check_id(id)?;
    let inbound = Inbound {
        event_id: id.to_owned(),
        platform: Platform::Page,
        place,
        person: person.clone(),
        said,
        at: web.now(),
        message: None,
        reply_url: None,
        aside: false,
        edited: false,
        said_in: None,
    };
    let taken = (web.doors().accept)(inbound).await;
    let result = match &taken {
        Ok(true) => "accepted",
        Ok(false) => "duplicate",
        Err(_) => "failed",
    };
    web.0.parts.metrics.inbound(Platform::Page, result);
    taken?;
    Ok(StatusCode::ACCEPTED)
}

/// The page's own id of a message or press.
fn check_id(id: &str) -> Result<(), Refusal> {
    if (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Ok(());
    }
    Err(Refusal::bad("`id` has to be 8 to 64 letters, digits or hyphens."))
}

fn place(thread: Option<i64>) -> Place {
    Place { channel: CONVERSATION.to_owned(), thread: thread.map(|id| id.to_string()) }
}

async fn message_with(web: &Web, id: i64) -> anyhow::Result<Option<Message>> {
    let found = web.store().messages(CONVERSATION, id.saturating_sub(1), 1).await?;
    Ok(found.into_iter().find(|message| message.id == id))
}

/// The thread of the alert that a press in the panel is about.
async fn thread_of(web: &Web, press: &Press) -> anyhow::Result<Option<i64>> {
    let number: AlertNumber = match press {
        Press::Acknowledge(n)
        | Press::Silence(n, _)
        | Press::Resolve(n)
        | Press::FalseAlarm(n)
        | Press::Undo(n)
        | Press::Why(n)
        | Press::Runbook(n) => *n,
        Press::Approve(_) | Press::Cancel(_) | Press::TakeBack(_) | Press::Ask(_) => return Ok(None),
    };
    for (platform, delivery) in web.store().alert_announcements(number).await? {
        if platform == Platform::Page
            && let Some(message) = web.store().message_of(delivery).await?
        {
            return Ok(Some(message.id));
        }
    }
    Ok(None)
}
