//! As whom quad calls GitHub: with a token that somebody made, or as an App, whose tokens live for an
//! hour and are renewed before they end.

use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::config::{App, Config};
use super::jwt::Key;
use super::verdict::{Asked, refusal};
use crate::error::{CallError, UserError};
use crate::model::secret::SecretRef;
use crate::model::time::Moment;
use crate::ports::clock::Clock;
use crate::vendors::http::secret::resolve;
use crate::vendors::http::{Auth, Client, HeaderText, Options, Reply};

/// A token is renewed when it has less than this left, so that none ends in the middle of a task.
const SPARE: TimeDelta = TimeDelta::minutes(5);

/// As whom quad calls.
pub(super) enum Session {
    /// With a token.
    Token(Client),
    /// As an App.
    App(Box<Installed>),
}

/// An App that is installed for the repository.
pub(super) struct Installed {
    options: Options,
    app: App,
    key: Key,
    repo: String,
    clock: Clock,
    held: Mutex<Option<Held>>,
}

/// A token that is good for a while.
struct Held {
    client: Client,
    until: Moment,
    permissions: Value,
}

impl Session {
    /// Reads the secrets; calls nobody.
    pub(super) fn new(config: &Config, clock: Clock) -> Result<Self, UserError> {
        let mut options = Options {
            timeout: Duration::from_secs(config.timeout_secs.clamp(1, 40)),
            max_body_bytes: 32 * 1024 * 1024,
            ..Options::new(config.base_url.clone())
        };
        for (name, value) in
            [("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")]
        {
            options.headers.insert(name.to_owned(), HeaderText::Plain(value.to_owned()));
        }
        let Some(app) = &config.app else {
            let place = config.token.clone().unwrap_or_else(|| SecretRef::Env("GITHUB_TOKEN".to_owned()));
            return Ok(Self::Token(Client::new(Options {
                auth: Auth::Bearer(resolve(&place)?),
                ..options
            })?));
        };
        let key = Key::read(&resolve(&app.private_key)?, &app.private_key)?;
        // The address is tried now, not at the first call.
        Client::new(options.clone())?;
        let (app, repo) = (app.clone(), config.repo.clone());
        Ok(Self::App(Box::new(Installed { options, app, key, repo, clock, held: Mutex::default() })))
    }

    /// A client whose token is good.
    pub(super) async fn client(&self) -> Result<Client, CallError> {
        match self {
            Self::Token(client) => Ok(client.clone()),
            Self::App(installed) => installed.held(|held| held.client.clone()).await,
        }
    }

    /// Whether another token may be had: this one was refused.
    pub(super) async fn renew(&self) -> bool {
        match self {
            Self::Token(_) => false,
            Self::App(installed) => installed.held.lock().await.take().is_some(),
        }
    }

    /// The App's id and what it may do here; `None` for a token, which doesn't say.
    pub(super) async fn permissions(&self) -> Result<Option<(u64, Value)>, CallError> {
        match self {
            Self::Token(_) => Ok(None),
            Self::App(installed) => {
                let permissions = installed.held(|held| held.permissions.clone()).await?;
                Ok(Some((installed.app.id, permissions)))
            }
        }
    }

    /// The App's id.
    pub(super) fn app(&self) -> Option<u64> {
        match self {
            Self::Token(_) => None,
            Self::App(installed) => Some(installed.app.id),
        }
    }
}

impl Installed {
    /// Of several who need a token at once one fetches it.
    async fn held<T>(&self, take: impl FnOnce(&Held) -> T) -> Result<T, CallError> {
        let mut held = self.held.lock().await;
        match &*held {
            Some(good) if self.clock.now() < good.until => Ok(take(good)),
            _ => {
                let fresh = self.fetch().await?;
                let taken = take(&fresh);
                *held = Some(fresh);
                Ok(taken)
            }
        }
    }

    async fn fetch(&self) -> Result<Held, CallError> {
        let proof = self.key.token(self.app.id, self.clock.now())?;
        let client = self.client(proof)?;
        let installation = match self.app.installation_id {
            Some(id) => id,
            None => self.installation(&client).await?,
        };
        // A token for this repository alone can do less harm than one for all that the App is installed for.
        let name = self.repo.rsplit('/').next().unwrap_or_default();
        let body = json!({"repositories": [name]});
        let path = format!("app/installations/{installation}/access_tokens");
        let reply = client.change(Method::POST, &path, Some(&body)).await;
        // A token that was lost on its way is simply not used; another one does no harm.
        let reply = reply.map_err(|error| match error {
            CallError::Unknown { why } => CallError::Transient { why },
            other => other,
        })?;
        let reply = self.judged(reply)?;
        let said: Value = reply.json()?;
        let (Some(token), Some(until)) = (said["token"].as_str(), said["expires_at"].as_str()) else {
            return Err(CallError::permanent("GitHub's reply holds no token for the App"));
        };
        let until = DateTime::parse_from_rfc3339(until)
            .map_err(|_| CallError::permanent("GitHub does not say until when the App's token is good"))?;
        Ok(Held {
            client: self.client(SecretString::from(token.to_owned()))?,
            until: until.to_utc() - SPARE,
            permissions: said["permissions"].clone(),
        })
    }

    async fn installation(&self, client: &Client) -> Result<u64, CallError> {
        let reply = self.judged(client.get(&format!("repos/{}/installation", self.repo), &[]).await?)?;
        let said: Value = reply.json()?;
        said["id"].as_u64().ok_or_else(|| CallError::permanent("GitHub names no installation of the App"))
    }

    fn client(&self, token: SecretString) -> Result<Client, CallError> {
        let options = Options { auth: Auth::Bearer(token), ..self.options.clone() };
        Client::new(options).map_err(|error| CallError::permanent(error.to_string()))
    }

    /// The reply where it is a success; the errors of an App are others than those of a token.
    fn judged(&self, reply: Reply) -> Result<Reply, CallError> {
        let asked = Asked { place: &self.repo, changes: false, now: self.clock.now() };
        let says = |what: String| CallError::permanent(format!("GitHub says {}: {what}", reply.status));
        let repo = &self.repo;
        match refusal(asked, &reply) {
            None => Ok(reply),
            Some(CallError::Permanent { .. }) if reply.status == 401 => Err(says(
                "the App is not accepted; check github.app.id, that the key is that App's, and this machine's clock"
                    .to_owned(),
            )),
            Some(CallError::Permanent { .. }) if matches!(reply.status, 404 | 422) => {
                Err(says(format!("the App is not installed for {repo}; install it there")))
            }
            Some(error) => Err(error),
        }
    }
}
