//! Takes a payload in: read it, store what was said, and only then let it be acknowledged.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::Slack;
use super::read::{self, Read, Rule, Unreadable};
use crate::model::inbound::{Inbound, Said};
use crate::model::time::Moment;

/// Stores what was said, durably, and says whether it was new. An error leaves the event
/// unacknowledged, so Slack delivers it again.
pub type Sink = Arc<dyn Fn(Inbound) -> BoxFuture<'static, anyhow::Result<bool>> + Send + Sync>;

/// What Slack may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is in safe hands, or nothing for us, or will never be readable: don't send it again.
    Done,
    /// It could not be stored.
    Again,
}

/// Which kind of payload a door hands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Event,
    Command,
    Interaction,
}

impl Slack {
    pub(super) async fn take_in(&self, kind: Kind, payload: &Value, sink: &Sink, now: Moment) -> Verdict {
        let me = self.me_now();
        let read = match kind {
            Kind::Event => read::event(payload, &me, now),
            Kind::Command => read::command(payload, &me, now),
            Kind::Interaction => read::interaction(payload, now),
        };
        match read {
            Ok(Read::Ignored(rule)) => {
                if rule == Rule::Withheld {
                    tracing::warn!("Slack withholds events, because this workspace sends too many");
                }
                tracing::debug!(slack.rule = rule.name(), "Ignored what Slack handed in");
                self.counts().ignored(rule);
                Verdict::Done
            }
            Err(error) => self.unreadable(&error),
            Ok(Read::Opens { window, trigger, from }) => {
                self.open(window, &trigger, &from).await;
                self.counts().assisted();
                Verdict::Done
            }
            Ok(Read::Said(mut inbound)) => {
                if inbound.person.name == inbound.person.id
                    && let Some(name) = self.known_name(&inbound.person.id)
                {
                    inbound.person.name = name;
                }
                let event_id = inbound.event_id.clone();
                let (aside, gone) = (inbound.aside, inbound.said == Said::Deleted);
                match sink(*inbound).await {
                    Ok(false) if gone => {
                        self.counts().ignored(Rule::MessageNews);
                        Verdict::Done
                    }
                    Ok(false) if aside => {
                        self.counts().ignored(Rule::NotAddressed);
                        Verdict::Done
                    }
                    Ok(is_new) => {
                        self.counts().said(is_new);
                        Verdict::Done
                    }
                    Err(error) => {
                        tracing::error!(
                            slack.event = event_id,
                            "Could not store what was said; Slack will send it again: {error:#}"
                        );
                        self.counts().unstored();
                        Verdict::Again
                    }
                }
            }
        }
    }

    pub(super) fn unreadable(&self, error: &Unreadable) -> Verdict {
        tracing::warn!("Could not read what Slack handed in: {error}");
        self.counts().unreadable();
        Verdict::Done
    }
}
