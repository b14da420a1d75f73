//! Who a person is in Slack and which role they hold: by id, by user group, by the address in their
//! profile. What Slack says is kept for five minutes.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::api::Api;
use super::config::{Config, Members};
use crate::error::CallError;
use crate::model::person::Role;

/// A person who joined a group must not wait longer for their role, nor keep it longer.
const FRESH: Duration = Duration::from_secs(5 * 60);
/// Names and profiles kept at most.
const PROFILES: usize = 10_000;

/// What is known of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Profile {
    name: String,
    email: String,
    /// A full member of this workspace, and a human.
    is_member: bool,
}

impl Profile {
    fn read(user: &Value, team: Option<&str>) -> Self {
        let profile = &user["profile"];
        let first = |texts: [&Value; 4]| {
            texts
                .into_iter()
                .find_map(|text| text.as_str().filter(|text| !text.is_empty()))
                .unwrap_or("")
                .to_owned()
        };
        let is = |key: &str| user[key].as_bool().unwrap_or(false);
        let elsewhere = match (team, user["team_id"].as_str(), user["enterprise_user"].is_object()) {
            // In an organisation, people belong to several workspaces.
            (Some(team), Some(theirs), false) => team != theirs,
            _ => false,
        };
        Self {
            name: first([&profile["display_name"], &profile["real_name"], &user["real_name"], &user["name"]]),
            email: profile["email"].as_str().unwrap_or("").to_lowercase(),
            is_member: !["deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger"]
                .into_iter()
                .any(is)
                && !elsewhere,
        }
    }
}

struct Kept<T> {
    what: T,
    since: Instant,
}

impl<T: Clone> Kept<T> {
    fn new(what: T) -> Self {
        Self { what, since: Instant::now() }
    }

    fn fresh(&self) -> Option<T> {
        (self.since.elapsed() < FRESH).then(|| self.what.clone())
    }
}

/// People and groups, as Slack knows them.
#[derive(Default)]
pub(super) struct People {
    profiles: Mutex<HashMap<String, Kept<Profile>>>,
    groups: Mutex<HashMap<String, Kept<HashSet<String>>>>,
    handles: Mutex<Option<Kept<HashMap<String, String>>>>,
}

impl People {
    /// What they are called, if that was ever learned.
    pub(super) fn name(&self, id: &str) -> Option<String> {
        let profiles = lock(&self.profiles);
        profiles.get(id).map(|kept| kept.what.name.clone()).filter(|name| !name.is_empty())
    }

    /// The same, asking Slack where it is not known; `None` where Slack can't say.
    pub(super) async fn learn_name(&self, api: &Api, team: Option<&str>, id: &str) -> Option<String> {
        // A bot is not a user that could be looked up.
        if self.name(id).is_none() && !id.starts_with('B') {
            // Without it the name that Slack handed in stands, which is good enough.
            let _ = self.profile(api, team, id).await;
        }
        self.name(id)
    }

    /// The highest role that `id` holds.
    pub(super) async fn role(
        &self,
        api: &Api,
        config: &Config,
        team: Option<&str>,
        id: &str,
    ) -> Result<Option<Role>, CallError> {
        // Named by id: no need to ask, so the most important mapping works while Slack is slow.
        let by_id = config.roles.of(|members| members.users.iter().any(|user| user == id));
        if by_id == Some(Role::Admin) {
            return Ok(by_id);
        }
        // A bot's message has no user behind it, so nobody to look up.
        if id.starts_with('B') {
            return Ok(by_id);
        }
        let profile = self.profile(api, team, id).await?;
        for (role, members) in config.roles.highest_first() {
            if by_id == Some(role)
                || named_by_address(members, &profile)
                || self.in_group(api, members, id).await?
            {
                return Ok(Some(role));
            }
        }
        Ok(if profile.is_member { config.everybody() } else { None })
    }

    async fn profile(&self, api: &Api, team: Option<&str>, id: &str) -> Result<Profile, CallError> {
        if let Some(profile) = lock(&self.profiles).get(id).and_then(Kept::fresh) {
            return Ok(profile);
        }
        let profile = match api.ask("users.info", &[("user", id)]).await {
            Ok(reply) => Profile::read(&reply["user"], team),
            // People whom Slack does not show us are strangers.
            Err(CallError::Permanent { why })
                if why.contains("user_not_found") || why.contains("user_not_visible") =>
            {
                Profile::default()
            }
            Err(error) => return Err(error),
        };
        let mut profiles = lock(&self.profiles);
        if profiles.len() >= PROFILES {
            profiles.retain(|_, kept| kept.fresh().is_some());
        }
        if profiles.len() < PROFILES {
            profiles.insert(id.to_owned(), Kept::new(profile.clone()));
        }
        Ok(profile)
    }

    async fn in_group(&self, api: &Api, members: &Members, id: &str) -> Result<bool, CallError> {
        for group in &members.groups {
            let Some(group) = self.group_id(api, group).await? else {
                continue;
            };
            if self.group(api, &group).await?.contains(id) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn group(&self, api: &Api, group: &str) -> Result<HashSet<String>, CallError> {
        if let Some(users) = lock(&self.groups).get(group).and_then(Kept::fresh) {
            return Ok(users);
        }
        let users: HashSet<String> = match api.ask("usergroups.users.list", &[("usergroup", group)]).await {
            Ok(reply) => strings(&reply["users"]).collect(),
            Err(CallError::Permanent { why }) if why.contains("no_such_subteam") => {
                tracing::warn!("The configuration maps the Slack user group {group}, which does not exist");
                HashSet::new()
            }
            Err(error) => return Err(error),
        };
        lock(&self.groups).insert(group.to_owned(), Kept::new(users.clone()));
        Ok(users)
    }

    /// The id of a group that is named by id or handle. `None` where no group has the handle.
    async fn group_id(&self, api: &Api, named: &str) -> Result<Option<String>, CallError> {
        let named = named.trim_start_matches('@');
        let is_id = named.len() >= 8
            && named.starts_with('S')
            && named.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        if is_id {
            return Ok(Some(named.to_owned()));
        }
        let known = lock(&self.handles).as_ref().and_then(Kept::fresh);
        let handles = match known {
            Some(handles) => handles,
            None => {
                let reply = api.ask("usergroups.list", &[]).await?;
                let groups = reply["usergroups"].as_array().into_iter().flatten();
                let handles: HashMap<String, String> = groups
                    .filter_map(|group| {
                        Some((group["handle"].as_str()?.to_owned(), group["id"].as_str()?.to_owned()))
                    })
                    .collect();
                *lock(&self.handles) = Some(Kept::new(handles.clone()));
                handles
            }
        };
        let found = handles.get(named).cloned();
        if found.is_none() {
            tracing::warn!("The configuration maps the Slack user group @{named}, which does not exist");
        }
        Ok(found)
    }
}

fn named_by_address(members: &Members, profile: &Profile) -> bool {
    let Some((_, domain)) = profile.email.rsplit_once('@') else {
        return false;
    };
    members.emails.iter().any(|email| email.eq_ignore_ascii_case(&profile.email))
        // Guests' addresses prove nothing about the company that their domain names.
        || profile.is_member && members.email_domains.iter().any(|one| one.trim_start_matches('@').eq_ignore_ascii_case(domain))
}

fn strings(value: &Value) -> impl Iterator<Item = String> + '_ {
    value.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned))
}

/// A panic elsewhere leaves a cache that is still good.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
