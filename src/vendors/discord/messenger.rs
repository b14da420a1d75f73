//! Sends and edits messages. Each new one carries its delivery's id as nonce, and where it answers no
//! message also in small print, so that a send whose outcome is unknown can be looked up.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method;
use serde_json::{Value, json};

use super::Discord;
use super::api::Refused;
use super::find::{nonce, tells};
use super::read::text;
use super::reply::Reply;
use crate::error::CallError;
use crate::model::answer::Answer;
use crate::model::outgoing::{Outgoing, Place, Platform, Receipt, Target};
use crate::model::person::{Person, Role};
use crate::ports::messenger::{Messenger, Spot};
use crate::render::discord as render;

/// Five messages in five seconds and channel.
const PACE: Duration = Duration::from_secs(1);
/// Before a person's id: the conversation with them alone, which is opened when something is sent.
const ALONE: &str = "user:";
/// Shown to one person only. Source: docs.discord.com, "Message flags".
const EPHEMERAL: u64 = 1 << 6;
/// Still "quad is thinking".
const LOADING: u64 = 1 << 7;
/// A day without a word archives a thread; a word brings it back.
const ARCHIVE_MINUTES: u64 = 24 * 60;

/// Whether a person's id is one of Discord: a number, where Slack's begin with a letter.
pub fn is_person(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|digit| digit.is_ascii_digit())
}

/// The conversation with a person alone, by their id.
pub fn alone(id: &str) -> String {
    format!("{ALONE}{id}")
}

#[async_trait]
impl Messenger for Discord {
    fn platform(&self) -> Platform {
        Platform::Discord
    }

    fn split(&self, answer: Answer) -> Vec<Answer> {
        render::split(answer)
    }

    fn alone(&self, person: &Person, _: &Place) -> Option<String> {
        Some(alone(&person.id))
    }

    fn pace(&self) -> Option<Duration> {
        Some(PACE)
    }

    async fn send(&self, spot: &Spot, outgoing: &Outgoing) -> Result<Receipt, CallError> {
        let reply = outgoing.reply_url.as_deref().and_then(Reply::decode);
        match (spot, &reply) {
            (Spot::Existing(Receipt { channel, message }), _) => {
                let path = format!("channels/{channel}/messages/{message}");
                let form = self.form(outgoing, None).await;
                let edited = self.send_form(Method::PATCH, &path, &form).await?;
                receipt(&edited, channel)
            }
            (Spot::Private { person, .. }, reply) => self.tell(person, reply.as_ref(), outgoing).await,
            (Spot::New { channel, thread }, Some(Reply::Command { application, token }))
                if !matches!(outgoing.target, Target::Under(_)) =>
            {
                match self.answer_command(application, token, outgoing).await? {
                    Some(receipt) => Ok(receipt),
                    // Its 15 minutes are over, or its place is taken by the first part.
                    None => self.post(channel, thread.as_deref(), outgoing, None).await,
                }
            }
            (Spot::New { channel, thread }, Some(Reply::Message { id })) => {
                self.post(channel, thread.as_deref(), outgoing, Some(id)).await
            }
            (Spot::New { channel, thread }, _) => self.post(channel, thread.as_deref(), outgoing, None).await,
        }
    }

    async fn find(&self, spot: &Spot, outgoing: &Outgoing) -> Result<Option<Receipt>, CallError> {
        self.look_up(spot, outgoing).await
    }

    /// "quad is typing"; what came by `/quad` shows that it is thinking.
    async fn working(&self, spot: &Spot) {
        let channel = match spot {
            Spot::New { thread: Some(thread), .. } => thread,
            Spot::New { channel, .. } => channel,
            Spot::Existing(Receipt { channel, .. }) => channel,
            Spot::Private { .. } => return,
        };
        let path = format!("channels/{channel}/typing");
        let call = self.api().change(Method::POST, &path, None);
        // It is only a courtesy: an answer must not wait for it.
        if let Ok(Err(refused)) = tokio::time::timeout(Duration::from_secs(3), call).await {
            tracing::debug!("Could not show that a message is being worked on: {}", refused.error);
        }
    }

    async fn role(&self, person: &Person) -> Result<Option<Role>, CallError> {
        self.people().role(self.api(), self.config(), self.guild().await?, &person.id).await
    }

    async fn name(&self, person: &Person) -> Option<String> {
        self.people().name(&person.id)
    }
}

impl Discord {
    /// A new message in a channel or a thread, which is made where it does not exist yet.
    async fn post(
        &self,
        channel: &str,
        thread: Option<&str>,
        outgoing: &Outgoing,
        answers: Option<&str>,
    ) -> Result<Receipt, CallError> {
        // The rest of a long answer stands in a thread of its own, where the question does not.
        let answers = answers.filter(|_| !matches!(outgoing.target, Target::Under(_)));
        let Some(thread) = thread else {
            let channel = self.channel_id(channel).await?;
            return Ok(self.post_in(&channel, outgoing, answers).await.inspect_err(|refused| {
                if refused.code == 10_003 {
                    self.places().forget_names();
                }
            })?);
        };
        match self.post_in(thread, outgoing, answers).await {
            // No such channel: the thread has the id of its message, and has not been begun.
            Err(Refused { code: 10_003, .. }) => {}
            // Archived and locked by somebody: what is to be said is said beside it.
            Err(Refused { code: 50_083 | 160_005, .. }) => {
                return Ok(self.post_in(channel, outgoing, Some(thread)).await?);
            }
            outcome => {
                if outcome.is_ok() {
                    self.places().joined(thread, channel);
                }
                return Ok(outcome?);
            }
        }
        match self.begin_thread(channel, thread).await {
            Ok(()) => {
                let posted = self.post_in(thread, outgoing, None).await?;
                self.places().joined(thread, channel);
                Ok(posted)
            }
            // Direct messages have no threads, nor has a thread; a message that is gone begins none.
            Err(Refused { code: 10_008 | 50_024 | 50_013 | 50_001, .. }) => {
                Ok(self.post_in(channel, outgoing, Some(thread)).await?)
            }
            Err(refused) => Err(refused.error),
        }
    }

    async fn post_in(
        &self,
        channel: &str,
        outgoing: &Outgoing,
        answers: Option<&str>,
    ) -> Result<Receipt, Refused> {
        let mut form = self.form(outgoing, answers).await;
        form.set("nonce", json!(nonce(outgoing)));
        // Discord itself refuses to post the same twice within a few minutes.
        form.set("enforce_nonce", json!(true));
        let posted = self.send_form(Method::POST, &format!("channels/{channel}/messages"), &form).await?;
        Ok(receipt(&posted, channel)?)
    }

    /// Begins the thread of a message, named by its first line.
    async fn begin_thread(&self, channel: &str, message: &str) -> Result<(), Refused> {
        let path = format!("channels/{channel}/messages/{message}");
        let root = self.api().ask(&path, &[]).await?;
        let name = root["content"].as_str().unwrap_or_default().replace(['*', '`', '\\'], "");
        let name = render::limits::short(&without_times(&name), render::limits::THREAD_NAME);
        let body = json!({"name": name, "auto_archive_duration": ARCHIVE_MINUTES});
        match self.api().change(Method::POST, &format!("{path}/threads"), Some(&body)).await {
            // Somebody was first, perhaps quad before it died.
            Ok(_) | Err(Refused { code: 160_004, .. }) => Ok(()),
            Err(Refused { code: 0, error: CallError::Unknown { why } }) => {
                // Beginning it again changes nothing.
                Err(CallError::Transient { why }.into())
            }
            Err(refused) => Err(refused),
        }
    }

    /// Puts the answer where "quad is thinking" stands. `None` where its place is taken, or its time is
    /// over.
    async fn answer_command(
        &self,
        application: &str,
        token: &str,
        outgoing: &Outgoing,
    ) -> Result<Option<Receipt>, CallError> {
        let path = format!("webhooks/{application}/{token}/messages/@original");
        let shown = match self.api().ask(&path, &[]).await {
            Ok(shown) => shown,
            Err(refused) if is_over(&refused) => return Ok(None),
            Err(refused) => return Err(refused.error),
        };
        if tells(&shown, &self.me_now().user, outgoing) {
            return receipt(&shown, "").map(Some);
        }
        if shown["flags"].as_u64().unwrap_or(0) & LOADING == 0 {
            return Ok(None);
        }
        let form = self.form(outgoing, None).await;
        match self.send_form(Method::PATCH, &path, &form).await {
            Ok(edited) => receipt(&edited, "").map(Some),
            Err(refused) if is_over(&refused) => Ok(None),
            Err(refused) => Err(refused.error),
        }
    }

    /// Tells one person alone: through what they pressed or typed, else as a direct message; and where
    /// they take none, as a sign on their words that says nothing to others.
    async fn tell(
        &self,
        person: &str,
        reply: Option<&Reply>,
        outgoing: &Outgoing,
    ) -> Result<Receipt, CallError> {
        if let Some(Reply::Command { application, token } | Reply::Press { application, token }) = reply {
            let hook = format!("webhooks/{application}/{token}");
            if matches!(reply, Some(Reply::Command { .. })) {
                // Everybody sees "quad is thinking"; what comes of it is for one person.
                let thinking = format!("{hook}/messages/@original");
                if let Err(refused) = self.api().change(Method::DELETE, &thinking, None).await {
                    tracing::debug!("Could not take a sign back: {}", refused.error);
                }
            }
            let mut form = self.form(outgoing, None).await;
            form.set("flags", json!(EPHEMERAL));
            match self.send_form(Method::POST, &hook, &form).await {
                Ok(told) => return receipt(&told, ""),
                Err(refused) if is_over(&refused) => {}
                Err(refused) => return Err(refused.error),
            }
        }
        let opened = self
            .api()
            .change(Method::POST, "users/@me/channels", Some(&json!({"recipient_id": person})))
            .await;
        let told = match opened {
            Ok(channel) => self.post_in(text(&channel["id"]).unwrap_or_default(), outgoing, None).await,
            Err(refused) => Err(refused),
        };
        match (told, &outgoing.target, reply) {
            (Err(Refused { code: 50_007, .. }), Target::Private(place, _), Some(Reply::Message { id })) => {
                let channel = place.thread.as_deref().unwrap_or(&place.channel);
                let sign = format!("channels/{channel}/messages/{id}/reactions/%F0%9F%94%92/@me");
                self.api().change(Method::PUT, &sign, None).await?;
                Ok(Receipt { channel: channel.to_owned(), message: id.clone() })
            }
            (told, ..) => Ok(told?),
        }
    }

    /// The id of a channel that the configuration may name as `#ops`.
    pub(super) async fn channel_id(&self, channel: &str) -> Result<String, CallError> {
        if let Some(person) = channel.strip_prefix(ALONE) {
            // What is said to a person alone.
            let opened = self
                .api()
                .change(Method::POST, "users/@me/channels", Some(&json!({"recipient_id": person})))
                .await?;
            let id = text(&opened["id"]).map(str::to_owned);
            return id.ok_or_else(|| CallError::transient("Discord did not say which conversation it is"));
        }
        if super::places::is_id(channel) {
            return Ok(channel.to_owned());
        }
        self.places().channel_id(self.api(), self.guild().await?, channel).await
    }
}

/// Whether an interaction takes no more answers.
fn is_over(refused: &Refused) -> bool {
    matches!(refused.code, 10_015 | 10_062 | 50_027 | 10_008)
}

fn receipt(message: &Value, channel: &str) -> Result<Receipt, CallError> {
    let Some(id) = text(&message["id"]) else {
        return Err(CallError::Unknown { why: "Discord did not say which message it made".to_owned() });
    };
    Ok(Receipt {
        channel: text(&message["channel_id"]).unwrap_or(channel).to_owned(),
        message: id.to_owned(),
    })
}

/// A thread's name shows no times: `<t:1767880920:t>` would stand there as it is.
fn without_times(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("<t:") {
        let before = &rest[..at];
        out.push_str(before.strip_suffix(" since ").or(before.strip_suffix(" at ")).unwrap_or(before));
        rest = rest[at..].find('>').map_or("", |end| &rest[at + end + 1..]);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::without_times;

    #[test]
    fn a_thread_is_named_by_what_broke() {
        assert_eq!(without_times("#12 checkout is slow since <t:1767880920:t>"), "#12 checkout is slow");
        assert_eq!(without_times("a <t:1"), "a ");
        assert_eq!(without_times("plain"), "plain");
    }
}
