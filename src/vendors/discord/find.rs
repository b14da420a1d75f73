//! What a delivery looks like as a message, and how it is known again.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::Discord;
use super::read::{id_of, text};
use super::reply::Reply;
use crate::error::CallError;
use crate::model::outgoing::{Outgoing, Receipt, Target};
use crate::ports::messenger::Spot;
use crate::render::discord::{Message, message, tagged};

/// Messages a page when looking something up.
const PAGE: usize = 100;
/// Pages looked through at most: a channel does not get more messages while a send is in doubt.
const PAGES: usize = 20;
/// Clocks differ: look back a little further than the delivery was decided, and where nothing is found
/// there, as far as a clock that was set to another zone or season.
const CLOCKS_DIFFER: [TimeDelta; 2] = [TimeDelta::minutes(5), TimeDelta::hours(3)];

/// The message for a delivery. `answers`: the message that it refers to; `pictures`: the files that its
/// charts are, in order.
pub(super) fn body(outgoing: &Outgoing, answers: Option<&str>, pictures: &[Option<String>]) -> Value {
    let Message { content, embeds, components, allowed_mentions } = shown(outgoing, pictures);
    let mut body = json!({
        "content": content,
        "embeds": embeds,
        "components": components,
        "allowed_mentions": allowed_mentions,
    });
    if let Some(message) = answers {
        body["message_reference"] = json!({"message_id": message, "fail_if_not_exists": false});
    }
    body
}

/// What people see. An answer to a message is known by that; anything else carries its mark.
fn shown(outgoing: &Outgoing, pictures: &[Option<String>]) -> Message {
    let message = message(&outgoing.answer, pictures);
    let unmarked = matches!(outgoing.target, Target::Private(..) | Target::Replace(_));
    let answers = message.embeds.is_empty() && answered(outgoing).is_some();
    if unmarked || answers { message } else { tagged(message, &tag(outgoing)) }
}

/// The message that a delivery answers.
fn answered(outgoing: &Outgoing) -> Option<String> {
    match (outgoing.reply_url.as_deref().and_then(Reply::decode), &outgoing.target) {
        (Some(Reply::Message { id }), Target::Post(_)) => Some(id),
        _ => None,
    }
}

/// At most 25 characters, by which Discord knows a repeated send for a few minutes.
pub(super) fn nonce(outgoing: &Outgoing) -> String {
    URL_SAFE_NO_PAD.encode(outgoing.id.0.as_bytes())
}

fn tag(outgoing: &Outgoing) -> String {
    let id = outgoing.id.0.simple().to_string();
    format!("ref {}", &id[..12])
}

/// Whether a message is this delivery.
pub(super) fn tells(message: &Value, me: &str, outgoing: &Outgoing) -> bool {
    if message["author"]["id"] != me {
        return false;
    }
    if message["nonce"] == nonce(outgoing).as_str() {
        return true;
    }
    let tag = tag(outgoing);
    let marked = |embed: &Value| embed["footer"]["text"].as_str().is_some_and(|text| text.ends_with(&tag));
    if message["embeds"].as_array().into_iter().flatten().any(marked) {
        return true;
    }
    // Without a mark: the same words to the same question.
    let Some(answered) = answered(outgoing) else { return false };
    let shown = shown(outgoing, &[]);
    shown.embeds.is_empty()
        && message["message_reference"]["message_id"] == answered.as_str()
        && message["content"] == shown.content.as_str()
}

impl Discord {
    /// Looks through what was posted since the delivery was decided. What one person alone was told
    /// can't be looked up; telling them twice harms less than not at all.
    pub(super) async fn look_up(
        &self,
        spot: &Spot,
        outgoing: &Outgoing,
    ) -> Result<Option<Receipt>, CallError> {
        let me = self.me().await?.user.clone();
        match spot {
            Spot::Private { .. } | Spot::Existing(_) => Ok(None),
            Spot::New { channel, thread: None } => {
                let channel = self.channel_id(channel).await?;
                self.look_through(&channel, &me, outgoing).await
            }
            Spot::New { channel, thread: Some(thread) } => {
                match self.look_through(thread, &me, outgoing).await {
                    Ok(Some(found)) => return Ok(Some(found)),
                    // It may not have been begun, or had to be said beside it.
                    Ok(None) | Err(CallError::Permanent { .. }) => {}
                    Err(error) => return Err(error),
                }
                self.look_through(channel, &me, outgoing).await
            }
        }
    }

    async fn look_through(
        &self,
        channel: &str,
        me: &str,
        outgoing: &Outgoing,
    ) -> Result<Option<Receipt>, CallError> {
        for back in CLOCKS_DIFFER {
            if let Some(found) = self.look_since(channel, me, outgoing, back).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    async fn look_since(
        &self,
        channel: &str,
        me: &str,
        outgoing: &Outgoing,
        back: TimeDelta,
    ) -> Result<Option<Receipt>, CallError> {
        let path = format!("channels/{channel}/messages");
        let mut after = id_of(outgoing.at - back);
        for _ in 0..PAGES {
            let page = self.api().ask(&path, &[("limit", &PAGE.to_string()), ("after", &after)]).await?;
            let page = page.as_array().map_or(&[][..], Vec::as_slice);
            if let Some(id) =
                page.iter().find(|one| tells(one, me, outgoing)).and_then(|one| text(&one["id"]))
            {
                return Ok(Some(Receipt { channel: channel.to_owned(), message: id.to_owned() }));
            }
            let newest = page.iter().filter_map(|one| text(&one["id"])?.parse::<u64>().ok()).max();
            match newest {
                Some(newest) if page.len() == PAGE => after = newest.to_string(),
                _ => return Ok(None),
            }
        }
        // Not found is not "not there": posting again would be a guess.
        Err(CallError::transient("too many messages to look through"))
    }
}
