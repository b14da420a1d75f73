//! Slack as a platform: messages out through the Web API, events in over Socket Mode or HTTP.

mod api;
pub mod config;
mod counts;
pub mod doctor;
mod http_events;
mod inbox;
mod messenger;
mod people;
mod pictures;
pub mod read;
mod socket;
mod views;
mod words;

pub use config::Config;
pub use counts::Counts;
pub use http_events::{Refusal, router, verify};
pub use inbox::Sink;

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::OnceCell;

use crate::error::{CallError, UserError};
use crate::vendors::http::secret::resolve;
use crate::vendors::http::tls::client_config;
use api::Api;
use people::People;
use pictures::Pictures;
use read::Me;

/// A workspace.
pub struct Slack {
    config: Config,
    bot: Api,
    app: Option<Api>,
    signing_secret: Option<SecretString>,
    tls: Arc<rustls::ClientConfig>,
    identity: OnceCell<Identity>,
    people: People,
    pictures: Pictures,
    counts: Counts,
}

#[derive(Debug, Clone, Default)]
struct Identity {
    me: Me,
    team: Option<String>,
    /// Where the workspace is: `https://acme.slack.com/`.
    url: Option<url::Url>,
}

impl Slack {
    /// Reads the tokens; asks Slack nothing yet.
    ///
    /// # Errors
    /// When a token is missing, or looks like another kind of token.
    pub fn new(config: Config) -> Result<Self, UserError> {
        use secrecy::ExposeSecret as _;
        let bot = resolve(&config.bot_token)?;
        if bot.expose_secret().starts_with("xapp-") {
            return Err(UserError::new(format!(
                "{} holds an app token (xapp-); slack.bot_token needs the bot token (xoxb-)",
                config.bot_token
            )));
        }
        let app = config.app_token.as_ref().map(resolve).transpose()?;
        if let (Some(app), Some(place)) = (&app, &config.app_token)
            && app.expose_secret().starts_with("xox")
        {
            return Err(UserError::new(format!(
                "{place} holds a bot or user token (xox...); slack.app_token needs the app token (xapp-)"
            )));
        }
        let signing_secret = config.signing_secret.as_ref().map(resolve).transpose()?;
        if !matches!(config.base_url.scheme(), "http" | "https") {
            return Err(UserError::new("slack.base_url must start with https://"));
        }
        let tls = Arc::new(client_config(None)?);
        let timeout = Duration::from_secs(config.timeout_secs.clamp(1, 120));
        let api = |token: &SecretString| Api::new(&config.base_url, token, timeout, &tls);
        Ok(Self {
            bot: api(&bot),
            app: app.as_ref().map(api),
            signing_secret,
            tls,
            identity: OnceCell::new(),
            people: People::default(),
            pictures: Pictures::default(),
            counts: Counts::default(),
            config,
        })
    }

    /// What became of everything that came in, and how many sockets are open.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Who quad is here. Asked once, then kept.
    ///
    /// # Errors
    /// When Slack can't be asked or refuses the token.
    pub async fn me(&self) -> Result<&Me, CallError> {
        let identity = self
            .identity
            .get_or_try_init(|| async {
                let reply = self.bot.auth_test().await?;
                let text = |key: &str| reply[key].as_str().unwrap_or_default().to_owned();
                // In an organisation-wide installation people come from many workspaces.
                let is_org = reply["is_enterprise_install"].as_bool().unwrap_or(false);
                let team = Some(text("team_id")).filter(|team| !team.is_empty() && !is_org);
                let url = text("url").parse().ok();
                Ok::<_, CallError>(Identity {
                    me: Me { user: text("user_id"), bot: text("bot_id") },
                    team,
                    url,
                })
            })
            .await?;
        Ok(&identity.me)
    }

    /// The permanent address of a message, once it is known which workspace this is.
    fn address(&self, channel: &str, ts: &str) -> Option<String> {
        let workspace = self.identity.get()?.url.as_ref()?;
        let path = format!("archives/{channel}/p{}", ts.replace('.', ""));
        workspace.join(&path).ok().map(|address| address.to_string())
    }

    fn me_now(&self) -> Me {
        self.identity.get().map(|identity| identity.me.clone()).unwrap_or_default()
    }

    async fn team(&self) -> Option<String> {
        let _ = self.me().await;
        self.identity.get().and_then(|identity| identity.team.clone())
    }

    /// What a person is called, where that was learned when their role was looked up.
    pub fn known_name(&self, id: &str) -> Option<String> {
        self.people.name(id)
    }

    fn api(&self) -> &Api {
        &self.bot
    }

    fn app_api(&self) -> Option<&Api> {
        self.app.as_ref()
    }

    fn people(&self) -> &People {
        &self.people
    }

    fn pictures(&self) -> &Pictures {
        &self.pictures
    }

    fn config(&self) -> &Config {
        &self.config
    }

    fn tls(&self) -> &Arc<rustls::ClientConfig> {
        &self.tls
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(self.config.timeout_secs.clamp(1, 120))
    }

    fn signing_secret(&self) -> Option<&SecretString> {
        self.signing_secret.as_ref()
    }
}
