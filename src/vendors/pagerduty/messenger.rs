//! Sends events. Each names its incident by a key, so that one whose outcome is not known is simply
//! sent again: PagerDuty takes the same event twice for once.

use async_trait::async_trait;
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::Pagerduty;
use super::event::event;
use crate::error::CallError;
use crate::model::answer::Answer;
use crate::model::outgoing::{Outgoing, Platform, Receipt};
use crate::model::person::{Person, Role};
use crate::ports::messenger::{Messenger, Spot};

#[async_trait]
impl Messenger for Pagerduty {
    fn platform(&self) -> Platform {
        Platform::Pagerduty
    }

    /// An event has no second part; what is too long was left out when it was made.
    fn split(&self, answer: Answer) -> Vec<Answer> {
        vec![answer]
    }

    async fn send(&self, _: &Spot, outgoing: &Outgoing) -> Result<Receipt, CallError> {
        let Some(page) = &outgoing.page else {
            return Err(CallError::permanent("PagerDuty takes events about incidents, and nothing else"));
        };
        let body = event(page, self.routing_key.expose_secret());
        let reply = self.client.post_json("enqueue", &body).await?;
        if reply.status == 400 {
            return Err(CallError::permanent(
                "PagerDuty refused the event (HTTP 400): is the routing key right?",
            ));
        }
        let reply = reply.success()?;
        // Accepted is accepted, whatever else the reply says.
        let key = reply.json::<Value>().ok().and_then(|said| Some(said["dedup_key"].as_str()?.to_owned()));
        Ok(Receipt { channel: "pagerduty".to_owned(), message: key.unwrap_or_else(|| page.key.clone()) })
    }

    /// Can't be looked up, and need not be.
    async fn find(&self, _: &Spot, _: &Outgoing) -> Result<Option<Receipt>, CallError> {
        Ok(None)
    }

    async fn working(&self, _: &Spot) {}

    /// Whoever takes a call there was put on call there.
    async fn role(&self, _: &Person) -> Result<Option<Role>, CallError> {
        Ok(Some(Role::Responder))
    }
}
