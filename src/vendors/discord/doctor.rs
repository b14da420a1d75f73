//! Whether quad can work on this server: token, intents, permissions, channels. Each line says what
//! to do.

use serde_json::Value;

use super::Discord;
use super::read::text;
use crate::error::CallError;
use crate::vendors::http::check::{Check, bad, good, warning};

/// What quad needs in its channels, by name. Source: docs.discord.com, "Permissions".
const NEEDED: [(&str, u64); 6] = [
    ("View Channel", VIEW),
    ("Send Messages", 1 << 11),
    ("Embed Links", 1 << 14),
    ("Read Message History", 1 << 16),
    ("Create Public Threads", 1 << 35),
    ("Send Messages in Threads", 1 << 38),
];
const VIEW: u64 = 1 << 10;
const ADMINISTRATOR: u64 = 1 << 3;
/// The Message Content Intent is on: for bots on many servers, or for others.
const MESSAGE_CONTENT: u64 = 1 << 18 | 1 << 19;

impl Discord {
    /// Looks at the token, the intents, the server, its roles and the channels. Posts nothing.
    pub async fn doctor(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        let user = match self.api().ask("users/@me", &[]).await {
            Ok(user) => user,
            Err(refused) => return vec![bad(format!("the bot token does not work: {}", refused.error))],
        };
        let me = text(&user["id"]).unwrap_or_default().to_owned();
        let guild = match self.guild().await {
            Ok(guild) => guild.to_owned(),
            Err(error) => return vec![bad(error.to_string())],
        };
        match self.server(&guild, &me).await {
            Ok((server, mine)) => {
                let (bot, server) = (text(&user["username"]), text(&server["name"]));
                checks.push(good(format!(
                    "quad is {} on {}",
                    bot.unwrap_or("a bot"),
                    server.unwrap_or("the server")
                )));
                checks.extend(self.intent().await);
                checks.extend(self.roles(&mine.roles));
                for channel in self.config().channels() {
                    checks.push(self.channel(&guild, &me, &mine, &channel).await);
                }
            }
            Err(error) => checks.push(bad(format!("the server can't be seen: {error}"))),
        }
        checks
    }

    async fn server(&self, guild: &str, me: &str) -> Result<(Value, Mine), CallError> {
        let server = self.api().ask(&format!("guilds/{guild}"), &[]).await?;
        let roles = self.api().ask(&format!("guilds/{guild}/roles"), &[]).await?;
        let member = self.api().ask(&format!("guilds/{guild}/members/{me}"), &[]).await?;
        let held =
            member["roles"].as_array().into_iter().flatten().filter_map(text).map(str::to_owned).collect();
        Ok((server, Mine { roles, held }))
    }

    async fn intent(&self) -> Option<Check> {
        let application = match self.api().ask("applications/@me", &[]).await {
            Ok(application) => application,
            Err(refused) => {
                return Some(warning(format!("the application can't be looked at: {}", refused.error)));
            }
        };
        let on = application["flags"].as_u64().unwrap_or(0) & MESSAGE_CONTENT != 0;
        match (self.config().message_content, on) {
            (true, true) => Some(good("the Message Content Intent is on, so threads need no mention")),
            (true, false) => Some(bad(
                "the Message Content Intent is off; switch it on at the bot's page in the developer portal, or set discord.message_content: false",
            )),
            (false, _) => None,
        }
    }

    fn roles(&self, roles: &Value) -> Vec<Check> {
        let is =
            |named: &str, role: &Value| role["name"] == named.trim_start_matches('@') || role["id"] == named;
        let mapped = self.config().roles.highest_first();
        let named = mapped.iter().flat_map(|(_, members)| &members.roles);
        named
            .filter(|named| !roles.as_array().into_iter().flatten().any(|role| is(named, role)))
            .map(|named| bad(format!("the server has no role {named}, which discord.roles names")))
            .collect()
    }

    async fn channel(&self, guild: &str, me: &str, mine: &Mine, named: &str) -> Check {
        let asked = async {
            let id = self.channel_id(named).await?;
            Ok::<_, CallError>(self.api().ask(&format!("channels/{id}"), &[]).await?)
        };
        let channel = match asked.await {
            Ok(channel) => channel,
            Err(error) => return bad(format!("{named}: {error}")),
        };
        let may = permissions(guild, &mine.roles, &channel, Some(me), &mine.held);
        let lacking: Vec<&str> =
            NEEDED.iter().filter(|(_, bit)| may & bit == 0).map(|(name, _)| *name).collect();
        if !lacking.is_empty() {
            return bad(format!("quad lacks permissions in {named}: {}", lacking.join(", ")));
        }
        if permissions(guild, &mine.roles, &channel, None, &[]) & VIEW != 0 {
            return warning(format!("{named} is open to everybody on the server, who can read the alerts"));
        }
        good(format!("{named} is private, and quad may write there"))
    }
}

/// The server's roles, and those that quad holds.
struct Mine {
    roles: Value,
    held: Vec<String>,
}

/// What somebody may do in a channel. Nobody in particular: what everybody may.
/// Source: docs.discord.com, "Permission overwrites".
fn permissions(guild: &str, roles: &Value, channel: &Value, who: Option<&str>, held: &[String]) -> u64 {
    let bits = |value: &Value| value.as_str().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let holds = |id: &str| id == guild || held.iter().any(|role| role == id);
    let all = roles.as_array().into_iter().flatten();
    let base = all
        .filter(|role| text(&role["id"]).is_some_and(holds))
        .fold(0, |sum, role| sum | bits(&role["permissions"]));
    if base & ADMINISTRATOR != 0 {
        return u64::MAX;
    }
    let overwrites = || channel["permission_overwrites"].as_array().into_iter().flatten();
    let apply = |may: u64, allow: u64, deny: u64| may & !deny | allow;
    let everybody = overwrites().find(|one| one["id"] == guild);
    let may = everybody.map_or(base, |one| apply(base, bits(&one["allow"]), bits(&one["deny"])));
    let mine = overwrites().filter(|one| text(&one["id"]).is_some_and(|id| id != guild && holds(id)));
    let (allow, deny) =
        mine.fold((0, 0), |(allow, deny), one| (allow | bits(&one["allow"]), deny | bits(&one["deny"])));
    let may = apply(may, allow, deny);
    let own = overwrites().find(|one| who.is_some_and(|who| one["id"] == who));
    own.map_or(may, |one| apply(may, bits(&one["allow"]), bits(&one["deny"])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn permissions_come_from_roles_and_the_channel_s_own_rules() {
        let roles = json!([{"id": "1", "permissions": "1024"}, {"id": "2", "permissions": "2048"}]);
        let open = json!({});
        assert_eq!(permissions("1", &roles, &open, None, &[]), 1024);
        let held = ["2".to_owned()];
        assert_eq!(permissions("1", &roles, &open, Some("9"), &held), 1024 | 2048);
        let private = json!({"permission_overwrites": [
            {"id": "1", "allow": "0", "deny": "1024"}, {"id": "9", "allow": "1024", "deny": "2048"}]});
        assert_eq!(permissions("1", &roles, &private, None, &[]), 0);
        assert_eq!(permissions("1", &roles, &private, Some("9"), &held), 1024);
        let admin = json!([{"id": "2", "permissions": "8"}]);
        assert_eq!(permissions("1", &admin, &private, Some("9"), &held), u64::MAX);
    }
}
