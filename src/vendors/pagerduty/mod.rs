//! PagerDuty: events out that call people (Events API v2), webhooks in that say who took the call
//! (v3, signed).

pub mod config;
mod event;
mod messenger;
pub mod webhook;

pub use config::Config;

use secrecy::{ExposeSecret as _, SecretString};

use crate::error::UserError;
use crate::vendors::http::secret::resolve;
use crate::vendors::http::{Client, Options};

/// A service at PagerDuty.
pub struct Pagerduty {
    client: Client,
    routing_key: SecretString,
    webhook_secret: Option<SecretString>,
}

impl Pagerduty {
    /// Reads the secrets; calls nobody.
    ///
    /// # Errors
    /// When a secret is missing, or the address makes no sense.
    pub fn new(config: &Config) -> Result<Self, UserError> {
        let timeout = std::time::Duration::from_secs(config.timeout_secs.clamp(1, 40));
        let options =
            Options { timeout, max_body_bytes: 1024 * 1024, ..Options::new(config.base_url.clone()) };
        Ok(Self {
            client: Client::new(options)?,
            routing_key: resolve(&config.routing_key)?,
            webhook_secret: config.webhook_secret.as_ref().map(resolve).transpose()?,
        })
    }

    /// What is right and what is not, each in a sentence; calls nobody.
    ///
    /// # Errors
    /// In a sentence, where nobody could be called.
    pub async fn doctor(&self) -> Result<String, String> {
        let host = self.client.base().host_str().unwrap_or_default().to_owned();
        let length = self.routing_key.expose_secret().chars().count();
        if length != 32 {
            return Err(format!(
                "the routing key has {length} characters; an Events API v2 integration key has 32"
            ));
        }
        // Any status says that it is there. The key itself can't be tried without calling somebody.
        if let Err(error) = self.client.get("", &[]).await {
            return Err(format!("{host} can't be reached: {error}"));
        }
        let back = match self.webhook_secret {
            Some(_) => "acknowledging there counts here",
            None => "acknowledging there does not count here: pagerduty.webhook_secret is not set",
        };
        Ok(format!("{host} answers; the key can't be tried without calling somebody; {back}"))
    }

    fn webhook_secret(&self) -> Option<&SecretString> {
        self.webhook_secret.as_ref()
    }
}
