//! What an installation says about PagerDuty.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::model::secret::SecretRef;

/// The section `pagerduty` of the configuration. Add an "Events API V2" integration to a service in
/// PagerDuty and name its key here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The integration key, 32 characters. Default: the environment variable PAGERDUTY_ROUTING_KEY.
    pub routing_key: SecretRef,
    /// The secret of a webhook subscription (v3) that calls `POST /hooks/pagerduty`: who acknowledges
    /// or resolves in PagerDuty does so here. Default: none, the hook is closed.
    pub webhook_secret: Option<SecretRef>,
    /// Where events go. Default: https://events.pagerduty.com/v2; in the EU service region
    /// https://events.eu.pagerduty.com/v2.
    pub base_url: Url,
    /// Seconds until a call is given up and repeated, up to 40. Default: 10.
    pub timeout_secs: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            routing_key: SecretRef::Env("PAGERDUTY_ROUTING_KEY".to_owned()),
            webhook_secret: None,
            base_url: official(),
            timeout_secs: 10,
        }
    }
}

fn official() -> Url {
    Url::parse("https://events.pagerduty.com/v2").expect("a constant that a test reads")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_section_means_one_environment_variable() {
        let config: Config = serde_json::from_str("{}").expect("reads");
        assert_eq!(config.base_url.as_str(), "https://events.pagerduty.com/v2");
        assert_eq!(config.routing_key.to_string(), "the environment variable PAGERDUTY_ROUTING_KEY");
    }
}
