//! Discord as a platform: messages out through the REST API, events in over the gateway.

mod api;
mod buckets;
mod command;
pub mod config;
mod counts;
pub mod doctor;
mod find;
mod gateway;
mod inbox;
pub mod interaction;
mod messenger;
mod people;
mod pictures;
mod places;
pub mod read;
mod reply;
mod session;
mod words;

pub use config::Config;
pub use counts::Counts;
pub use inbox::{Doors, Sink};
pub use messenger::{alone, is_person};
pub use session::Session;

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::OnceCell;

use crate::error::{CallError, UserError};
use crate::vendors::http::secret::resolve;
use crate::vendors::http::tls::client_config;
use api::Api;
use people::People;
use places::Places;
use read::{Me, text};

/// A server on Discord, as its bot sees it.
pub struct Discord {
    config: Config,
    token: SecretString,
    api: Api,
    tls: Arc<rustls::ClientConfig>,
    me: OnceCell<Me>,
    guild: OnceCell<String>,
    people: People,
    places: Places,
    counts: Counts,
}

impl Discord {
    /// Reads the token; asks Discord nothing yet.
    ///
    /// # Errors
    /// When the token is missing, or the address can't be used.
    pub fn new(config: Config) -> Result<Self, UserError> {
        use secrecy::ExposeSecret as _;
        let token = resolve(&config.bot_token)?;
        if token.expose_secret().starts_with("Bot ") {
            return Err(UserError::new(format!(
                "{} must hold the token alone, without `Bot `",
                config.bot_token
            )));
        }
        let timeout = Duration::from_secs(config.timeout_secs.clamp(1, 40));
        Ok(Self {
            api: Api::new(&config.base_url, token.clone(), timeout)?,
            tls: Arc::new(client_config(None)?),
            token,
            me: OnceCell::new(),
            guild: OnceCell::new(),
            people: People::default(),
            places: Places::default(),
            counts: Counts::default(),
            config,
        })
    }

    /// What became of everything that came in, and how the connection is.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Who quad is here. Asked once, then kept.
    ///
    /// # Errors
    /// When Discord can't be asked or refuses the token.
    pub async fn me(&self) -> Result<&Me, CallError> {
        let ask = || async {
            let user = self.api.ask("users/@me", &[]).await?;
            let application = match &self.config.application_id {
                Some(id) => id.clone(),
                None => {
                    let application = self.api.ask("applications/@me", &[]).await?;
                    text(&application["id"]).unwrap_or_default().to_owned()
                }
            };
            Ok(Me { user: text(&user["id"]).unwrap_or_default().to_owned(), application })
        };
        self.me.get_or_try_init(ask).await
    }

    /// The server that roles and channels are looked up on.
    async fn guild(&self) -> Result<&str, CallError> {
        let ask = || async {
            if let Some(guild) = &self.config.guild {
                return Ok(guild.clone());
            }
            let guilds = self.api.ask("users/@me/guilds", &[]).await?;
            match guilds.as_array().map_or(&[][..], Vec::as_slice) {
                [only] => Ok(text(&only["id"]).unwrap_or_default().to_owned()),
                [] => Err(CallError::permanent("quad is on no Discord server; invite it as the README says")),
                _ => Err(CallError::permanent(
                    "quad is on several Discord servers; say in discord.guild which one is meant",
                )),
            }
        };
        self.guild.get_or_try_init(ask).await.map(String::as_str)
    }

    fn me_now(&self) -> Me {
        self.me.get().cloned().unwrap_or_default()
    }

    fn api(&self) -> &Api {
        &self.api
    }

    fn people(&self) -> &People {
        &self.people
    }

    fn places(&self) -> &Places {
        &self.places
    }

    fn config(&self) -> &Config {
        &self.config
    }

    fn token(&self) -> &SecretString {
        &self.token
    }

    fn tls(&self) -> &Arc<rustls::ClientConfig> {
        &self.tls
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(self.config.timeout_secs.clamp(1, 40))
    }
}
