//! Whether quad can work in this workspace: tokens, permissions, channels. Each line says what to do.

use serde_json::json;

use super::Slack;
use super::api::Effect;
use crate::error::CallError;
use crate::vendors::http::check::{Check, bad, good, warning};

impl Slack {
    /// Looks at the tokens, the permissions and `channels` (ids or names). Posts nothing.
    pub async fn doctor(&self, channels: &[String]) -> Vec<Check> {
        let mut checks = Vec::new();
        match self.api().auth_test().await {
            Ok(reply) => checks.push(good(format!(
                "quad is {} in {}",
                reply["user"].as_str().unwrap_or("a bot"),
                reply["team"].as_str().unwrap_or("the workspace")
            ))),
            Err(error) => {
                checks.push(bad(match error {
                    CallError::Permanent { .. } => format!("the bot token does not work: {error}"),
                    error => format!("whether the bot token works is not known: {error}"),
                }));
                return checks;
            }
        }
        checks.push(match self.app_api() {
            Some(app) => match app.call("apps.connections.open", Effect::Reads, &json!({})).await {
                Ok(_) => good("Socket Mode can be opened"),
                Err(error) => bad(format!("Socket Mode can't be opened: {error}")),
            },
            None if self.signing_secret().is_some() => good("events come over HTTP, signed"),
            None => bad("there is neither an app token nor a signing secret, so nothing can come in"),
        });
        for (scope, method, params) in [
            ("users:read", "users.list", [("limit", "1")].as_slice()),
            ("usergroups:read", "usergroups.list", &[]),
            ("channels:read", "conversations.list", &[("limit", "1")]),
        ] {
            match self.api().ask(method, params).await {
                Ok(_) => {}
                Err(CallError::Permanent { why }) if why.contains("missing_scope") => checks.push(bad(
                    format!("the app lacks {scope}; update it from manifest.yml and install it again"),
                )),
                Err(error) => checks.push(warning(format!("{scope} could not be tried: {error}"))),
            }
        }
        for channel in channels {
            checks.push(self.channel(channel).await);
        }
        checks
    }

    async fn channel(&self, named: &str) -> Check {
        let id = match self.channel_id(named).await {
            Ok(id) => id,
            Err(error) => return bad(format!("{named}: {error}")),
        };
        match self.api().ask("conversations.info", &[("channel", &id)]).await {
            Err(error) => bad(format!("{named}: {error}")),
            Ok(reply) => {
                let channel = &reply["channel"];
                let is = |key: &str| channel[key].as_bool().unwrap_or(false);
                if is("is_archived") {
                    bad(format!("{named} is archived; choose another channel"))
                } else if !is("is_member") {
                    bad(format!("quad is not in {named}; invite it there with /invite @quad"))
                } else if is("is_ext_shared") {
                    warning(format!("{named} is shared with another company, which sees every alert"))
                } else if !is("is_private") && !is("is_im") {
                    warning(format!("{named} is public: everybody in the workspace can read the alerts"))
                } else {
                    good(format!("{named} is private, and quad is in it"))
                }
            }
        }
    }
}
