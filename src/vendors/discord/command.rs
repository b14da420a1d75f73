//! `/quad` as Discord offers it: words, and a service whose name is completed while it is typed.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::Discord;
use crate::error::CallError;

/// Between two tries.
const PAUSE: Duration = Duration::from_secs(30);

impl Discord {
    /// Makes `/quad` known to the server, again and again until it is. The same command twice is one.
    ///
    /// # Errors
    /// When Discord refuses it, which only a person can mend.
    pub async fn offer_command(&self) -> Result<(), CallError> {
        loop {
            match self.offer_once().await {
                Ok(()) => return Ok(()),
                Err(error @ CallError::Permanent { .. }) => return Err(error),
                Err(CallError::Busy { retry_after }) => tokio::time::sleep(retry_after).await,
                Err(error) => {
                    tracing::warn!("Discord could not be told of /quad, trying again in {PAUSE:?}: {error}");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn offer_once(&self) -> Result<(), CallError> {
        let application = &self.me().await?.application;
        let path = format!("applications/{application}/guilds/{}/commands", self.guild().await?);
        self.api().change(Method::PUT, &path, Some(&commands())).await?;
        Ok(())
    }
}

fn commands() -> Value {
    json!([{
        "type": 1,
        "name": "quad",
        "description": "Ask quad about your services, or tell it what you do about an alert",
        "options": [
            {"type": 3, "name": "text", "required": false, "max_length": 2_000,
                "description": "In your own words: why is it slow? ack 12. silence 12 for 2 h"},
            {"type": 3, "name": "service", "required": false, "autocomplete": true,
                "description": "Which service it is about"},
        ],
    }])
}
