//! Takes an event in: read it, acknowledge an interaction, and store what was said.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::Method;
use serde_json::Value;

use super::Discord;
use super::interaction;
use super::read::{self, Me, Read, Rule, Unreadable, Whereabouts, text};
use super::session::Session;
use crate::model::inbound::{Inbound, Said};
use crate::model::time::Moment;

/// Stores what was said, durably, and says whether it was new. After an error Discord is asked to
/// hand it in again.
pub type Sink = Arc<dyn Fn(Inbound) -> BoxFuture<'static, anyhow::Result<bool>> + Send + Sync>;

/// What Discord's events need of the house.
#[derive(Clone)]
pub struct Doors {
    /// Takes in what was said.
    pub sink: Sink,
    /// The names of the services that are known now.
    pub services: Arc<dyn Fn() -> BoxFuture<'static, Vec<String>> + Send + Sync>,
    /// How far an earlier process came.
    pub load: Arc<dyn Fn() -> BoxFuture<'static, Option<Session>> + Send + Sync>,
    /// Notes down how far this one has come. Best effort: an older note only means that more is
    /// handed in again.
    pub keep: Arc<dyn Fn(Session) -> BoxFuture<'static, ()> + Send + Sync>,
}

/// An interaction fails after 3 s; later there is nothing to acknowledge.
const ACKNOWLEDGE: Duration = Duration::from_millis(2_800);

impl Discord {
    /// Whether the event is in safe hands, or nothing for us; otherwise it must come again.
    pub(super) async fn take_in(&self, kind: &str, data: &Value, doors: &Doors, now: Moment) -> bool {
        let me = self.me_now();
        let at = match kind {
            "MESSAGE_CREATE" | "MESSAGE_UPDATE" => self.whereabouts(data, &me).await,
            _ => Whereabouts::default(),
        };
        if kind == "INTERACTION_CREATE" {
            self.people().learn(&data["member"]);
        }
        match read::event(kind, data, &me, &at, now) {
            Ok(Read::Ignored(rule)) => {
                tracing::debug!(discord.rule = rule.name(), "Ignored what Discord handed in");
                self.counts().ignored(rule);
                true
            }
            Err(error) => {
                self.unreadable(&error);
                true
            }
            Ok(Read::Completes(typed)) => {
                let names = (doors.services)().await;
                self.acknowledge(data, &interaction::completions(&typed, &names)).await;
                self.counts().assisted();
                true
            }
            Ok(Read::Opens(window)) => {
                self.acknowledge(data, &interaction::opening(window)).await;
                self.counts().assisted();
                true
            }
            Ok(Read::Said(inbound, acknowledge)) => {
                if let Some(acknowledge) = acknowledge {
                    // First, since the answer takes the place of what this shows. Should the process
                    // die in between, the event comes again.
                    self.acknowledge(data, &acknowledge.body()).await;
                }
                self.store(*inbound, doors).await
            }
        }
    }

    async fn store(&self, inbound: Inbound, doors: &Doors) -> bool {
        let event_id = inbound.event_id.clone();
        let (aside, gone) = (inbound.aside, inbound.said == Said::Deleted);
        match (doors.sink)(inbound).await {
            Ok(false) if gone => {
                self.counts().ignored(Rule::MessageNews);
                true
            }
            Ok(false) if aside => {
                self.counts().ignored(Rule::NotAddressed);
                true
            }
            Ok(is_new) => {
                tracing::debug!(discord.event = event_id, is_new, "Took in what was said");
                self.counts().said(is_new);
                true
            }
            Err(error) => {
                tracing::error!(
                    discord.event = event_id,
                    "Could not store what was said; Discord will send it again: {error:#}"
                );
                self.counts().unstored();
                false
            }
        }
    }

    pub(super) fn unreadable(&self, error: &Unreadable) {
        tracing::warn!("Could not read what Discord handed in: {error}");
        self.counts().unreadable();
    }

    /// Answers an interaction's callback. Where that fails the person sees that it did, and what they
    /// asked for is done all the same.
    async fn acknowledge(&self, data: &Value, body: &Value) {
        let (Some(id), Some(token)) = (text(&data["id"]), text(&data["token"])) else { return };
        let path = format!("interactions/{id}/{token}/callback");
        let call = self.api().change(Method::POST, &path, Some(body));
        match tokio::time::timeout(ACKNOWLEDGE, call).await {
            Ok(Ok(_)) => {}
            // Acknowledged before: the same event came again.
            Ok(Err(refused)) if refused.code == 40_060 => {}
            Ok(Err(refused)) => {
                tracing::warn!("Discord did not take an acknowledgement: {}", refused.error);
                self.counts().unacknowledged();
            }
            Err(_) => {
                tracing::warn!("Discord did not take an acknowledgement in time");
                self.counts().unacknowledged();
            }
        }
    }

    /// Where a message was written. Asked only where it matters: for what is addressed to quad, and
    /// for what may stand in a thread that quad is in.
    async fn whereabouts(&self, data: &Value, me: &Me) -> Whereabouts {
        let is_ours = data["author"]["id"] == me.user.as_str() || data["author"]["bot"] == true;
        let Some(channel) = text(&data["channel_id"]).filter(|_| !is_ours) else {
            return Whereabouts::Channel;
        };
        if data["guild_id"].is_null() {
            return Whereabouts::Direct;
        }
        match self.places().whereabouts(self.api(), channel).await {
            Ok(at) => at,
            Err(error) => {
                tracing::warn!("Could not ask which kind of channel a message came from: {error}");
                Whereabouts::Channel
            }
        }
    }
}
