//! What an installation says about Discord.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::model::person::Role;
use crate::model::request::Period;
use crate::model::roles::{DefaultRole, Roles};
use crate::model::secret::SecretRef;

/// The section `discord` of the configuration. Make an application with a bot in Discord's developer
/// portal, switch its Message Content Intent on, invite it, and name its token here.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The bot's token. Default: the environment variable DISCORD_BOT_TOKEN.
    pub bot_token: SecretRef,
    /// The application's id. Default: asked from Discord.
    pub application_id: Option<String>,
    /// The server's (guild's) id. Default: the only one that the bot is in.
    pub guild: Option<String>,
    /// The channel for alerts, by name (`#ops`) or id. Default: #infrastructure.
    pub channel: String,
    /// Where the daily report goes. Default: `channel`.
    pub report_channels: Vec<String>,
    /// Where the weekly report goes. Default: where the daily report goes.
    pub weekly_report_channels: Vec<String>,
    /// Read messages that don't mention quad in threads that it is in. Needs the Message Content
    /// Intent, switched on in the developer portal. Default: true.
    pub message_content: bool,
    /// Where Discord's API answers. Default: https://discord.com/api/v10.
    pub base_url: Url,
    /// Seconds until a call to Discord is given up. Default: 10.
    pub timeout_secs: u64,
    /// What everybody on the server may do. Default: auto, which is responder as long as no role is
    /// mapped below, and viewer from then on.
    pub default_role: DefaultRole,
    /// Who may do more.
    pub roles: Roles<Members>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            bot_token: SecretRef::Env("DISCORD_BOT_TOKEN".to_owned()),
            application_id: None,
            guild: None,
            channel: "#infrastructure".to_owned(),
            report_channels: Vec::new(),
            weekly_report_channels: Vec::new(),
            message_content: true,
            base_url: official(),
            timeout_secs: 10,
            default_role: DefaultRole::Auto,
            roles: Roles::default(),
        }
    }
}

fn official() -> Url {
    Url::parse("https://discord.com/api/v10").expect("a constant that a test reads")
}

/// People, named in either of two ways.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Members {
    /// Ids of Discord users, `80351110224678912`.
    pub users: Vec<String>,
    /// Roles of the server, by id or name (`sre`).
    pub roles: Vec<String>,
}

impl Config {
    /// The role of a member whom no mapping names.
    pub(super) fn everybody(&self) -> Option<Role> {
        self.default_role.role(
            self.roles
                .highest_first()
                .iter()
                .any(|(_, members)| !(members.users.is_empty() && members.roles.is_empty())),
        )
    }

    /// Every channel that quad writes to by itself.
    pub fn channels(&self) -> Vec<String> {
        let mut all = self.reports_to(Period::Daily);
        all.extend(self.reports_to(Period::Weekly));
        all.push(self.channel.clone());
        all.sort();
        all.dedup();
        all
    }

    /// Where a report goes.
    pub fn reports_to(&self, period: Period) -> Vec<String> {
        match (period, self.weekly_report_channels.as_slice(), self.report_channels.as_slice()) {
            (Period::Weekly, [_, ..], _) => self.weekly_report_channels.clone(),
            (_, _, []) => vec![self.channel.clone()],
            (_, _, named) => named.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_section_means_one_environment_variable() {
        let config: Config = serde_json::from_str("{}").expect("reads");
        assert_eq!(config.bot_token, SecretRef::Env("DISCORD_BOT_TOKEN".to_owned()));
        assert_eq!(config.base_url.as_str(), "https://discord.com/api/v10");
        assert_eq!(config.everybody(), Some(Role::Responder));
        let config: Config =
            serde_json::from_str(r#"{"roles": {"responder": {"roles": ["sre"]}}}"#).expect("reads");
        assert_eq!(config.everybody(), Some(Role::Viewer));
    }
}
