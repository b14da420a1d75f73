//! Sends, edits and looks up messages. Each carries its delivery's id as metadata, so that a send
//! whose outcome is unknown can be looked up instead of repeated.

use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::Slack;
use super::api::Effect;
use super::views::{HOME, LINK};
use crate::error::CallError;
use crate::model::answer::Answer;
use crate::model::outgoing::{Outgoing, Place, Platform, Receipt};
use crate::model::person::{Person, Role};
use crate::model::time::Moment;
use crate::ports::messenger::{Messenger, Spot};
use crate::render::slack as render;

/// The name of our metadata.
const DELIVERY: &str = "quad_delivery";
/// Messages a page when looking something up.
const PAGE: &str = "100";
/// Pages looked through at most: a channel does not get more messages while a send is in doubt.
const PAGES: usize = 20;
/// One message a second and channel. Source: docs.slack.dev, "Rate limits".
const PACE: Duration = Duration::from_secs(1);
/// Clocks differ: look back a little further than the delivery was decided, and where nothing is found
/// there, as far as a clock that was set to another zone or season.
const CLOCKS_DIFFER: [TimeDelta; 2] = [TimeDelta::minutes(5), TimeDelta::hours(3)];

#[async_trait]
impl Messenger for Slack {
    fn platform(&self) -> Platform {
        Platform::Slack
    }

    fn split(&self, answer: Answer) -> Vec<Answer> {
        render::split(answer)
    }

    fn is_page(&self, channel: &str) -> bool {
        channel.starts_with(HOME)
    }

    /// Slack takes a person's id for the conversation with them.
    fn alone(&self, person: &Person, _: &Place) -> Option<String> {
        Some(person.id.clone())
    }

    /// A press on the home tab has no channel: its answer goes to the person.
    fn pressed_page(&self, person: &Person, place: &Place) -> Option<String> {
        (place.channel == person.id).then(|| format!("{HOME}{}", person.id))
    }

    fn pace(&self) -> Option<Duration> {
        Some(PACE)
    }

    async fn send(&self, spot: &Spot, outgoing: &Outgoing) -> Result<Receipt, CallError> {
        if let Spot::New { channel, thread: None } | Spot::Private { channel, .. } = spot
            && let Some(person) = channel.strip_prefix(HOME)
        {
            return self.show_home(person, &outgoing.answer).await;
        }
        if let Spot::New { channel, thread: None } = spot
            && let Some(place) = channel.strip_prefix(LINK)
        {
            return self.show_link(place, &outgoing.answer).await;
        }
        let files = self.files_of(&outgoing.answer).await;
        let mut body = message(outgoing, &files);
        let method = match spot {
            Spot::New { channel, thread } => {
                body["channel"] = json!(channel);
                in_thread(&mut body, thread.as_deref());
                if outgoing.broadcast && thread.is_some() {
                    body["reply_broadcast"] = json!(true);
                }
                body["unfurl_links"] = json!(false);
                body["unfurl_media"] = json!(false);
                "chat.postMessage"
            }
            Spot::Existing(receipt) => {
                body["channel"] = json!(receipt.channel);
                body["ts"] = json!(receipt.message);
                "chat.update"
            }
            // Nobody else reads there.
            Spot::Private { channel, person, .. } if channel == person => {
                body["channel"] = json!(person);
                "chat.postMessage"
            }
            Spot::Private { channel, thread, person } => {
                body["channel"] = json!(channel);
                body["user"] = json!(person);
                in_thread(&mut body, thread.as_deref());
                // Nobody can look an ephemeral message up, so it takes no metadata.
                if let Some(body) = body.as_object_mut() {
                    body.remove("metadata");
                }
                "chat.postEphemeral"
            }
        };
        let sent = self.call_in_words_at_last(method, body, &outgoing.answer, &files).await;
        let reply = match sent {
            Err(CallError::Permanent { why }) => return self.hand_in(spot, outgoing, why).await,
            outcome => outcome?,
        };
        let (asked, ts) = match spot {
            Spot::New { channel, .. } => (channel, &reply["ts"]),
            Spot::Existing(receipt) => (&receipt.channel, &reply["ts"]),
            Spot::Private { channel, person, .. } if channel == person => (channel, &reply["ts"]),
            Spot::Private { channel, .. } => (channel, &reply["message_ts"]),
        };
        let Some(ts) = ts.as_str().filter(|ts| !ts.is_empty()) else {
            return Err(CallError::Unknown {
                why: format!("{method}: Slack did not say which message it made"),
            });
        };
        Ok(Receipt { channel: reply["channel"].as_str().unwrap_or(asked).to_owned(), message: ts.to_owned() })
    }

    /// Looks through what was posted since the delivery was decided. An ephemeral message can't be
    /// looked up; showing it twice to one person harms less than not at all.
    async fn find(&self, spot: &Spot, outgoing: &Outgoing) -> Result<Option<Receipt>, CallError> {
        for back in CLOCKS_DIFFER {
            if let Some(found) = self.find_since(spot, outgoing, outgoing.at - back).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn link(&self, receipt: &Receipt) -> Option<String> {
        self.address(&receipt.channel, &receipt.message)
    }

    /// In Slack's assistant view as a status line, elsewhere as eyes on the message. A command has
    /// no message to put them on; Slack itself shows what was typed.
    async fn working(&self, spot: &Spot) {
        let (channel, thread) = match spot {
            Spot::New { channel, thread: Some(thread) } => (channel, thread),
            Spot::Existing(Receipt { channel, message }) => (channel, message),
            Spot::New { thread: None, .. } | Spot::Private { .. } => return,
        };
        let status = json!({"channel_id": channel, "thread_ts": thread, "status": "is looking into it"});
        let eyes = json!({"channel": channel, "timestamp": thread, "name": "eyes"});
        let tried = async {
            if channel.starts_with('D')
                && self.api().call("assistant.threads.setStatus", Effect::Posts, &status).await.is_ok()
            {
                return;
            }
            if let Err(error) = self.api().call("reactions.add", Effect::Posts, &eyes).await {
                tracing::debug!("Could not show that a message is being worked on: {error}");
            }
        };
        // It is only a courtesy: an answer must not wait for it.
        let _ = tokio::time::timeout(Duration::from_secs(3), tried).await;
    }

    async fn role(&self, person: &Person) -> Result<Option<Role>, CallError> {
        let team = self.team().await;
        self.people().role(self.api(), self.config(), team.as_deref(), &person.id).await
    }

    /// What they call themselves: Slack hands in account names with presses, and ids with messages.
    async fn name(&self, person: &Person) -> Option<String> {
        let team = self.team().await;
        self.people().learn_name(self.api(), team.as_deref(), &person.id).await
    }
}

impl Slack {
    /// Hands an answer in where Slack takes it for half an hour, though quad may not post there:
    /// in private channels and conversations that it is not in. `why` is what Slack refused with.
    async fn hand_in(&self, spot: &Spot, outgoing: &Outgoing, why: String) -> Result<Receipt, CallError> {
        let not_there = ["not_in_channel", "channel_not_found", "user_not_in_channel"]
            .iter()
            .any(|code| why.contains(code));
        let url = outgoing.reply_url.as_ref().filter(|_| not_there).and_then(|url| self.own_url(url));
        let (channel, kind) = match spot {
            Spot::New { channel, .. } => (channel, "in_channel"),
            Spot::Private { channel, .. } => (channel, "ephemeral"),
            Spot::Existing(_) => return Err(CallError::Permanent { why }),
        };
        let Some(url) = url else { return Err(CallError::Permanent { why }) };
        let mut body = message(outgoing, &[]);
        body["blocks"] = json!(render::in_words(&outgoing.answer).blocks);
        body["response_type"] = json!(kind);
        // What carried the control stays as it is.
        body["replace_original"] = json!(false);
        if let Some(body) = body.as_object_mut() {
            body.remove("metadata");
        }
        self.api().hand_in(url, &body).await?;
        // Slack does not say which message it made; nothing refers to it.
        Ok(Receipt { channel: channel.clone(), message: String::new() })
    }

    /// The address, if it is Slack's: it comes from outside, and what quad says goes there.
    pub(super) fn own_url(&self, url: &str) -> Option<url::Url> {
        let url = url::Url::parse(url).ok()?;
        let official = url.scheme() == "https"
            && url.host_str().is_some_and(|host| host == "slack.com" || host.ends_with(".slack.com"));
        (official || url.origin() == self.config().base_url.origin()).then_some(url)
    }

    async fn find_since(
        &self,
        spot: &Spot,
        outgoing: &Outgoing,
        since: Moment,
    ) -> Result<Option<Receipt>, CallError> {
        let oldest = format!("{}.000000", since.timestamp());
        match spot {
            Spot::Private { .. } => Ok(None),
            Spot::New { channel, .. } if channel.starts_with(HOME) || channel.starts_with(LINK) => Ok(None),
            Spot::New { channel, thread: Some(thread) } => {
                let channel = self.channel_id(channel).await?;
                let params =
                    [("channel", channel.as_str()), ("ts", thread), ("oldest", &oldest), ("limit", PAGE)];
                self.look_up("conversations.replies", &channel, &params, outgoing).await
            }
            Spot::New { channel, thread: None } => {
                let channel = self.channel_id(channel).await?;
                let params = [("channel", channel.as_str()), ("oldest", &oldest), ("limit", PAGE)];
                self.look_up("conversations.history", &channel, &params, outgoing).await
            }
            Spot::Existing(Receipt { channel, message }) => {
                // One message, wherever it stands: this finds replies in threads, too.
                let params = [
                    ("channel", channel.as_str()),
                    ("ts", message),
                    ("oldest", message),
                    ("latest", message),
                    ("inclusive", "true"),
                    ("limit", "1"),
                ];
                self.look_up("conversations.replies", channel, &params, outgoing).await
            }
        }
    }

    async fn look_up(
        &self,
        method: &str,
        channel: &str,
        params: &[(&str, &str)],
        outgoing: &Outgoing,
    ) -> Result<Option<Receipt>, CallError> {
        let id = outgoing.id.to_string();
        let mut cursor = String::new();
        for _ in 0..PAGES {
            let mut params = params.to_vec();
            params.push(("include_all_metadata", "true"));
            if !cursor.is_empty() {
                params.push(("cursor", &cursor));
            }
            let reply = self.api().ask(method, &params).await?;
            let found = reply["messages"].as_array().into_iter().flatten().find(|message| {
                message["metadata"]["event_type"] == DELIVERY
                    && message["metadata"]["event_payload"]["id"] == id
            });
            if let Some(ts) = found.and_then(|message| message["ts"].as_str()) {
                return Ok(Some(Receipt { channel: channel.to_owned(), message: ts.to_owned() }));
            }
            cursor = reply["response_metadata"]["next_cursor"].as_str().unwrap_or_default().to_owned();
            if cursor.is_empty() {
                return Ok(None);
            }
        }
        // Not found is not "not there": posting again would be a guess.
        Err(CallError::transient(format!("{method}: too many messages to look through")))
    }

    /// The id of a channel that the configuration may name as `#ops`: looking up wants ids, while
    /// posting takes names.
    pub(super) async fn channel_id(&self, channel: &str) -> Result<String, CallError> {
        let is_id = channel.len() >= 2
            && channel.starts_with(['C', 'D', 'G'])
            && channel.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        if is_id {
            return Ok(channel.to_owned());
        }
        if channel.starts_with(['U', 'W'])
            && channel.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        {
            // A person: what is said to them alone.
            let opened =
                self.api().call("conversations.open", Effect::Reads, &json!({"users": channel})).await?;
            let id = opened["channel"]["id"].as_str();
            return id.map(str::to_owned).ok_or_else(|| {
                CallError::transient("conversations.open: Slack did not say which conversation it is")
            });
        }
        let name = channel.trim_start_matches('#');
        let mut cursor = String::new();
        for _ in 0..PAGES {
            let mut params = vec![
                ("types", "public_channel,private_channel"),
                ("exclude_archived", "true"),
                ("limit", "200"),
            ];
            if !cursor.is_empty() {
                params.push(("cursor", &cursor));
            }
            let reply = self.api().ask("conversations.list", &params).await?;
            let found =
                reply["channels"].as_array().into_iter().flatten().find(|channel| channel["name"] == name);
            if let Some(id) = found.and_then(|channel| channel["id"].as_str()) {
                return Ok(id.to_owned());
            }
            cursor = reply["response_metadata"]["next_cursor"].as_str().unwrap_or_default().to_owned();
            if cursor.is_empty() {
                break;
            }
        }
        Err(super::api::refused("conversations.list", Effect::Reads, "channel_not_found"))
    }
}

fn message(outgoing: &Outgoing, files: &[Option<String>]) -> Value {
    let render::Message { text, blocks } = render::message(&outgoing.answer, files);
    json!({
        "text": text,
        "blocks": blocks,
        "metadata": {"event_type": DELIVERY, "event_payload": {"id": outgoing.id.to_string()}},
    })
}

fn in_thread(body: &mut Value, thread: Option<&str>) {
    if let Some(thread) = thread {
        body["thread_ts"] = json!(thread);
    }
}
