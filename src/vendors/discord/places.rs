//! Channels and threads: which hangs from which, which quad is in, and what names they have.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::api::Api;
use super::read::{Whereabouts, text};
use crate::error::CallError;

/// Places kept at most.
const KEPT: usize = 20_000;
/// How often a look-up is tried while somebody's words wait for it.
const TRIES: u32 = 3;

/// What is known of places. A channel stays what it is; a thread that quad is in, too.
#[derive(Debug, Default)]
pub(super) struct Places {
    known: Mutex<HashMap<String, Whereabouts>>,
    names: Mutex<HashMap<String, String>>,
}

impl Places {
    /// Where the messages of a channel belong.
    pub(super) async fn whereabouts(&self, api: &Api, channel: &str) -> Result<Whereabouts, CallError> {
        let known = lock(&self.known).get(channel).cloned();
        let parent = match known {
            // quad may have been invited to it since.
            Some(Whereabouts::Thread { parent, joined: false }) => parent,
            Some(at) => return Ok(at),
            None => {
                let asked = patiently(api, &format!("channels/{channel}")).await?;
                match (asked["type"].as_u64(), text(&asked["parent_id"])) {
                    (Some(10..=12), Some(parent)) => parent.to_owned(),
                    (Some(1 | 3), _) => return Ok(self.keep(channel, Whereabouts::Direct)),
                    _ => return Ok(self.keep(channel, Whereabouts::Channel)),
                }
            }
        };
        let path = format!("channels/{channel}/thread-members/@me");
        let joined = match patiently(api, &path).await {
            Ok(_) => true,
            Err(CallError::Permanent { .. }) => false,
            Err(error) => return Err(error),
        };
        Ok(self.keep(channel, Whereabouts::Thread { parent, joined }))
    }

    /// quad has written in a thread, so it is in it.
    pub(super) fn joined(&self, thread: &str, parent: &str) {
        self.keep(thread, Whereabouts::Thread { parent: parent.to_owned(), joined: true });
    }

    fn keep(&self, channel: &str, at: Whereabouts) -> Whereabouts {
        let mut known = lock(&self.known);
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(channel.to_owned(), at.clone());
        at
    }

    /// The id of a channel that the configuration may name as `#ops`.
    pub(super) async fn channel_id(&self, api: &Api, guild: &str, named: &str) -> Result<String, CallError> {
        if is_id(named) {
            return Ok(named.to_owned());
        }
        let name = named.trim_start_matches('#');
        if let Some(id) = lock(&self.names).get(name) {
            return Ok(id.clone());
        }
        let channels = api.ask(&format!("guilds/{guild}/channels"), &[]).await?;
        let mut names = lock(&self.names);
        for channel in channels.as_array().into_iter().flatten() {
            if let (Some(id), Some(name), Some(0 | 5)) =
                (text(&channel["id"]), text(&channel["name"]), channel["type"].as_u64())
            {
                names.insert(name.to_owned(), id.to_owned());
            }
        }
        names.get(name).cloned().ok_or_else(|| {
            CallError::permanent(format!(
                "there is no channel #{name} on the server, or quad can't see it; check discord.channel, or give quad access to it"
            ))
        })
    }

    /// A channel was not there any more: names are looked up anew.
    pub(super) fn forget_names(&self) {
        lock(&self.names).clear();
    }
}

/// Discord's ids are numbers.
pub(super) fn is_id(text: &str) -> bool {
    text.len() >= 6 && text.bytes().all(|byte| byte.is_ascii_digit())
}

async fn patiently(api: &Api, path: &str) -> Result<Value, CallError> {
    let mut tried = 1;
    loop {
        match api.ask(path, &[]).await.map_err(CallError::from) {
            Err(CallError::Transient { .. }) if tried < TRIES => {
                tokio::time::sleep(Duration::from_millis(200) * tried).await;
                tried += 1;
            }
            outcome => return outcome,
        }
    }
}

/// A panic elsewhere leaves a cache that is still good.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
