//! What an installation says about Slack.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::model::person::Role;
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
    pub roles: Roles,
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

/// The role of a member of the workspace whom no mapping names. Guests, bots and people of other
/// workspaces are strangers and get none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DefaultRole {
    /// Responder while no role is mapped, so that buttons work from the first minute; viewer once
    /// somebody decided who responds.
    #[default]
    Auto,
    /// None: only people who are named may ask.
    Nobody,
    /// May ask.
    Viewer,
    /// May acknowledge, resolve, silence, and mark false alarms.
    Responder,
    /// May approve actions.
    Operator,
    /// May change thresholds and configuration.
    Admin,
}

/// Who holds which role. A person named for several holds the highest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Roles {
    /// May ask.
    pub viewer: Members,
    /// May acknowledge, resolve, silence, and mark false alarms.
    pub responder: Members,
    /// May approve actions.
    pub operator: Members,
    /// May change thresholds and configuration.
    pub admin: Members,
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
    /// Roles with their members, highest first.
    pub(super) fn mapped(&self) -> [(Role, &Members); 4] {
        let Roles { viewer, responder, operator, admin } = &self.roles;
        [
            (Role::Admin, admin),
            (Role::Operator, operator),
            (Role::Responder, responder),
            (Role::Viewer, viewer),
        ]
    }

    /// The role of a member whom no mapping names.
    pub(super) fn everybody(&self) -> Option<Role> {
        match self.default_role {
            DefaultRole::Auto if self.mapped().iter().all(|(_, members)| members.is_empty()) => {
                Some(Role::Responder)
            }
            DefaultRole::Auto | DefaultRole::Viewer => Some(Role::Viewer),
            DefaultRole::Nobody => None,
            DefaultRole::Responder => Some(Role::Responder),
            DefaultRole::Operator => Some(Role::Operator),
            DefaultRole::Admin => Some(Role::Admin),
        }
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
