//! What an installation says about Slack.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::model::person::Role;
use crate::model::roles::{DefaultRole, Roles};
use crate::model::secret::SecretRef;

/// The section `slack` of the configuration. Make the app from `manifest.yml`, then name its two
/// tokens here.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The bot token, `xoxb-...`. Default: the environment variable SLACK_BOT_TOKEN.
    pub bot_token: SecretRef,
    /// The app token for Socket Mode, `xapp-...`, with the scope connections:write. Null where
    /// events come over HTTP. Default: the environment variable SLACK_APP_TOKEN.
    pub app_token: Option<SecretRef>,
    /// The signing secret, needed only where Slack sends events over HTTP. Default: none.
    pub signing_secret: Option<SecretRef>,
    /// Where Slack's Web API answers. Default: https://slack.com/api.
    pub base_url: Url,
    /// Socket Mode connections kept open, 1 to 10; with two, Slack can replace one without a gap.
    /// Default: 2.
    pub sockets: u8,
    /// Seconds until a call to Slack is given up. Default: 10.
    pub timeout_secs: u64,
    /// What everybody in the workspace may do. Default: auto, which is responder as long as no
    /// role is mapped below, and viewer from then on.
    pub default_role: DefaultRole,
    /// Who may do more.
    pub roles: Roles<Members>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            bot_token: SecretRef::Env("SLACK_BOT_TOKEN".to_owned()),
            app_token: Some(SecretRef::Env("SLACK_APP_TOKEN".to_owned())),
            signing_secret: None,
            base_url: official(),
            sockets: 2,
            timeout_secs: 10,
            default_role: DefaultRole::Auto,
            roles: Roles::default(),
        }
    }
}

fn official() -> Url {
    Url::parse("https://slack.com/api").expect("a constant that a test reads")
}

/// People, named in any of four ways.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Members {
    /// Ids of Slack users, `U024BE7LH`.
    pub users: Vec<String>,
    /// Slack user groups, by id (`S0614TZR7`) or handle (`sre`).
    pub groups: Vec<String>,
    /// E-mail addresses of Slack profiles.
    pub emails: Vec<String>,
    /// Domains of e-mail addresses of Slack profiles, `example.com`.
    pub email_domains: Vec<String>,
}

impl Members {
    fn is_empty(&self) -> bool {
        self.users.is_empty()
            && self.groups.is_empty()
            && self.emails.is_empty()
            && self.email_domains.is_empty()
    }
}

impl Config {
    /// The role of a member whom no mapping names.
    pub(super) fn everybody(&self) -> Option<Role> {
        self.default_role.role(self.roles.highest_first().iter().any(|(_, members)| !members.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_section_means_two_environment_variables() {
        let config: Config = serde_json::from_str("{}").expect("reads");
        assert_eq!(config.bot_token, SecretRef::Env("SLACK_BOT_TOKEN".to_owned()));
        assert_eq!(config.base_url.as_str(), "https://slack.com/api");
        assert_eq!(config.everybody(), Some(Role::Responder));
    }

    #[test]
    fn once_a_role_is_mapped_everybody_else_only_asks() {
        let config: Config =
            serde_json::from_str(r#"{"roles": {"responder": {"groups": ["sre"]}}}"#).expect("reads");
        assert_eq!(config.everybody(), Some(Role::Viewer));
    }
}
