//! Who a person is on the server and which role they hold: by id, or by the server's roles. What
//! Discord says is kept for five minutes.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::api::{Api, Refused};
use super::config::Config;
use super::places::is_id;
use super::read::{called, text};
use crate::error::CallError;
use crate::model::person::Role;

/// A person who was given a role must not wait longer for it, nor keep it longer.
const FRESH: Duration = Duration::from_secs(5 * 60);
/// Members kept at most.
const MEMBERS: usize = 10_000;

/// What is known of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Member {
    name: Option<String>,
    roles: Vec<String>,
    /// On the server, a human, and past its screening.
    belongs: bool,
}

impl Member {
    fn read(member: &Value) -> Self {
        Self {
            name: called(&member["user"], member),
            roles: member["roles"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(text)
                .map(str::to_owned)
                .collect(),
            belongs: member["user"]["bot"] != true && member["pending"] != true,
        }
    }
}

/// People and roles, as Discord knows them.
#[derive(Debug, Default)]
pub(super) struct People {
    members: Mutex<HashMap<String, (Member, Instant)>>,
    role_ids: Mutex<Option<(HashMap<String, String>, Instant)>>,
}

impl People {
    /// Interactions bring the member with them, roles and all.
    pub(super) fn learn(&self, member: &Value) {
        if let Some(id) = text(&member["user"]["id"]) {
            self.keep(id, Member::read(member));
        }
    }

    /// What they are called on the server, where that is known.
    pub(super) fn name(&self, id: &str) -> Option<String> {
        lock(&self.members).get(id).and_then(|(member, _)| member.name.clone())
    }

    /// The highest role that `id` holds.
    pub(super) async fn role(
        &self,
        api: &Api,
        config: &Config,
        guild: &str,
        id: &str,
    ) -> Result<Option<Role>, CallError> {
        // Named by id: no need to ask, so the most important mapping works while Discord is slow.
        let by_id = config.roles.of(|members| members.users.iter().any(|user| user == id));
        if by_id == Some(Role::Admin) {
            return Ok(by_id);
        }
        let member = self.member(api, guild, id).await?;
        for (role, members) in config.roles.highest_first() {
            if by_id == Some(role) {
                return Ok(by_id);
            }
            for named in members.roles.iter().filter(|_| member.belongs) {
                let wanted = self.role_id(api, guild, named).await?;
                if wanted.is_some_and(|wanted| member.roles.contains(&wanted)) {
                    return Ok(Some(role));
                }
            }
        }
        Ok(if member.belongs { config.everybody() } else { None })
    }

    async fn member(&self, api: &Api, guild: &str, id: &str) -> Result<Member, CallError> {
        let known = lock(&self.members).get(id).cloned();
        if let Some((member, _)) = known.filter(|(_, since)| since.elapsed() < FRESH) {
            return Ok(member);
        }
        let member = match api.ask(&format!("guilds/{guild}/members/{id}"), &[]).await {
            Ok(member) => Member::read(&member),
            // Not on the server: a stranger.
            Err(Refused { code: 10_007 | 10_013, .. }) => Member::default(),
            Err(refused) => return Err(refused.error),
        };
        self.keep(id, member.clone());
        Ok(member)
    }

    fn keep(&self, id: &str, member: Member) {
        let mut members = lock(&self.members);
        if members.len() >= MEMBERS {
            members.retain(|_, (_, since)| since.elapsed() < FRESH);
        }
        if members.len() < MEMBERS {
            members.insert(id.to_owned(), (member, Instant::now()));
        }
    }

    /// The id of a role that is named by id or name. `None` where no role has the name.
    async fn role_id(&self, api: &Api, guild: &str, named: &str) -> Result<Option<String>, CallError> {
        let named = named.trim_start_matches('@');
        if is_id(named) {
            return Ok(Some(named.to_owned()));
        }
        let known = lock(&self.role_ids).clone();
        let ids = match known.filter(|(_, since)| since.elapsed() < FRESH) {
            Some((ids, _)) => ids,
            None => {
                let roles = api.ask(&format!("guilds/{guild}/roles"), &[]).await?;
                let pair =
                    |role: &Value| Some((text(&role["name"])?.to_owned(), text(&role["id"])?.to_owned()));
                let ids: HashMap<_, _> = roles.as_array().into_iter().flatten().filter_map(pair).collect();
                *lock(&self.role_ids) = Some((ids.clone(), Instant::now()));
                ids
            }
        };
        if !ids.contains_key(named) {
            tracing::warn!("The configuration maps the Discord role {named}, which does not exist");
        }
        Ok(ids.get(named).cloned())
    }
}

/// A panic elsewhere leaves a cache that is still good.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
