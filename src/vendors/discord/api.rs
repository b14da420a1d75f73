//! Calls Discord's REST API and says what a failure means: worth repeating, to be waited for,
//! hopeless, or of unknown outcome. Bodies of errors are read for their code and never shown.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use reqwest::Method;
use secrecy::SecretString;
use serde_json::Value;

use super::buckets::{Buckets, SHORT, busy};
use crate::error::{CallError, UserError};
use crate::vendors::http::{Auth, Client, File, Options, Reply, failure};

/// The REST API, for one bot.
pub(super) struct Api {
    client: Client,
    /// The same without the token: interactions prove themselves by their own.
    bare: Client,
    buckets: Mutex<Buckets>,
}

/// What Discord refused, by its own number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    /// Discord's code; 0 where it gave none.
    pub(super) code: u64,
    /// What it means for the caller.
    pub(super) error: CallError,
}

impl From<CallError> for Refused {
    fn from(error: CallError) -> Self {
        Self { code: 0, error }
    }
}

impl From<Refused> for CallError {
    fn from(refused: Refused) -> Self {
        refused.error
    }
}

impl Api {
    pub(super) fn new(
        base_url: &url::Url,
        token: SecretString,
        timeout: Duration,
    ) -> Result<Self, UserError> {
        let options = Options { timeout, ..Options::new(base_url.clone()) };
        let bare = Client::new(options.clone())?;
        let client = Client::new(Options { auth: Auth::Token("Bot", token), ..options })?;
        Ok(Self { client, bare, buckets: Mutex::default() })
    }

    /// Asks something; it can be asked again.
    pub(super) async fn ask(&self, path: &str, params: &[(&str, &str)]) -> Result<Value, Refused> {
        let route = route("GET", path);
        self.turn(&route).await?;
        let reply = self.client_for(path).get(path, params).await?;
        self.judge(&route, reply, false)
    }

    /// Posts, edits or deletes something: a lost reply leaves the outcome open.
    pub(super) async fn change(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Refused> {
        let route = route(method.as_str(), path);
        self.turn(&route).await?;
        let reply = self.client_for(path).change(method, path, body).await?;
        self.judge(&route, reply, true)
    }

    /// The same with files.
    pub(super) async fn attach(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        files: &[File],
    ) -> Result<Value, Refused> {
        let route = route(method.as_str(), path);
        self.turn(&route).await?;
        let reply = self.client_for(path).attach(method, path, body, files).await?;
        self.judge(&route, reply, true)
    }

    /// Interactions are answered with their own token, and are not held up by the bot's limits.
    fn client_for(&self, path: &str) -> &Client {
        let own_token = path.starts_with("interactions/") || path.starts_with("webhooks/");
        if own_token { &self.bare } else { &self.client }
    }

    /// Waits for the route's turn where that is soon; otherwise says for how long.
    async fn turn(&self, route: &str) -> Result<(), CallError> {
        let wait = lock(&self.buckets).wait(route, Instant::now());
        match wait {
            None => Ok(()),
            Some(wait) if wait <= SHORT => {
                tokio::time::sleep(wait).await;
                Ok(())
            }
            Some(wait) => Err(busy(wait)),
        }
    }

    fn judge(&self, route: &str, reply: Reply, changes: bool) -> Result<Value, Refused> {
        let header = |name: &str| reply.headers.get(name).and_then(|value| value.to_str().ok());
        lock(&self.buckets).note(route, reply.status, header, Instant::now());
        match reply.status {
            204 => Ok(Value::Null),
            200..=299 => serde_json::from_slice(&reply.body).map_err(|_| {
                let why = "Discord's reply was no JSON".to_owned();
                if changes { CallError::Unknown { why } } else { CallError::Transient { why } }.into()
            }),
            429 => {
                let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
                let wait = header("retry-after").and_then(|text| text.trim().parse().ok());
                let wait: f64 = body["retry_after"].as_f64().or(wait).unwrap_or(30.0);
                let wait = Duration::try_from_secs_f64(wait.clamp(0.0, 86_400.0)).unwrap_or(SHORT);
                Err(busy(wait).into())
            }
            status @ 500.. => {
                let why = format!("Discord answered {status}");
                Err(if changes { CallError::Unknown { why } } else { CallError::Transient { why } }.into())
            }
            status => {
                let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
                let code = body["code"].as_u64().unwrap_or(0);
                Err(Refused { code, error: refused(status, code, &reply) })
            }
        }
    }
}

/// What one of Discord's codes means, and what to do. Source: docs.discord.com, "Opcodes and status
/// codes", "JSON error codes".
fn refused(status: u16, code: u64, reply: &Reply) -> CallError {
    let says = |what: &str| CallError::permanent(format!("Discord says {status}, code {code}: {what}"));
    match (status, code) {
        (401, _) | (_, 40_001 | 50_014) => {
            says("the token is not accepted; copy it again from the bot's page in the developer portal")
        }
        (_, 10_003) => {
            says("no such channel, or quad can't see it; check its name, or give quad access to it")
        }
        (_, 10_004) => says("no such server; check discord.guild, or invite quad"),
        (_, 10_008) => says("the message is gone"),
        (_, 50_001) => says("quad has no access to that channel; give it the permission View Channel"),
        (_, 50_013) => says(
            "quad lacks a permission there; it needs View Channel, Send Messages, Embed Links, Create Public Threads, Send Messages in Threads and Read Message History",
        ),
        (_, 50_007) => says("that person takes no direct messages from quad"),
        (_, 50_083) => says("the thread is archived and locked"),
        (_, 50_035) => says("the message is not formed as Discord wants it"),
        (_, 160_005) => says("the thread is locked"),
        (_, 0) => failure::of_status(status, &reply.headers),
        _ => says("refused"),
    }
}

/// Calls are counted by method and path; channel, guild and webhook ids count, others don't.
fn route(method: &str, path: &str) -> String {
    let mut out = String::from(method);
    let mut major = false;
    for part in path.split('/') {
        let is_id = part.len() >= 6 && part.bytes().all(|byte| byte.is_ascii_digit());
        out.push('/');
        out.push_str(if is_id && !major { ":id" } else { part });
        major = matches!(part, "channels" | "guilds" | "webhooks");
    }
    out
}

/// A panic elsewhere leaves counters that are still good.
fn lock(buckets: &Mutex<Buckets>) -> std::sync::MutexGuard<'_, Buckets> {
    buckets.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_has_a_bucket_of_its_own_and_messages_share_it() {
        assert_eq!(route("PATCH", "channels/123456/messages/654321"), "PATCH/channels/123456/messages/:id");
        assert_eq!(route("GET", "users/123456"), "GET/users/:id");
    }
}
