//! Mail as a platform: messages out over SMTP, in over IMAP or as raw messages through the hook.
//!
//! In: `watch` finds what is new over a `connection`, `letter` reads it, `intake` decides whether it is
//! answered and believed (`dkim`, `limits`) and stores it. Out: `compose` and `messenger`.

pub mod compose;
pub mod config;
mod connection;
mod counts;
mod dkim;
pub mod doctor;
mod intake;
pub mod letter;
mod limits;
mod messenger;
mod watch;

pub use config::Config;
pub use counts::Counts;
pub use intake::{Sink, Taken};
pub use watch::{Door, Unanswered};

use std::sync::Arc;

use secrecy::SecretString;

use crate::error::{CallError, UserError};
use crate::vendors::http::secret::resolve;
use crate::vendors::http::tls::client_config;
use dkim::Dkim;
use limits::Limits;
use messenger::Transport;

/// A mailbox and the server that sends for it.
pub struct Mail {
    config: Arc<Config>,
    transport: Transport,
    password: Option<SecretString>,
    tls: Arc<rustls::ClientConfig>,
    dkim: Option<Arc<Dkim>>,
    limits: Limits,
    counts: Counts,
}

impl Mail {
    /// Reads the passwords; connects to nothing yet.
    ///
    /// # Errors
    /// When a password or the CA can't be read.
    pub fn new(config: Config) -> Result<Self, UserError> {
        let dkim = match Dkim::new(config.nameserver) {
            Ok(dkim) => Some(Arc::new(dkim)),
            Err(why) => {
                // What a trusted server noted still counts; `doctor` says so too.
                tracing::warn!("{why}");
                None
            }
        };
        Ok(Self {
            transport: messenger::transport(&config)?,
            password: config.imap.as_ref().map(|imap| resolve(&imap.password)).transpose()?,
            tls: Arc::new(client_config(config.ca_file.as_deref())?),
            dkim,
            limits: Limits::default(),
            counts: Counts::default(),
            config: Arc::new(config),
        })
    }

    /// What became of everything that came in.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The largest message that is read, in bytes.
    pub fn max_bytes(&self) -> usize {
        self.config.max_bytes
    }

    fn config(&self) -> &Config {
        &self.config
    }

    fn transport(&self) -> &Transport {
        &self.transport
    }

    fn password(&self) -> Result<&SecretString, CallError> {
        self.password.as_ref().ok_or_else(|| CallError::permanent("`mail.imap` names no password"))
    }

    fn tls(&self) -> &Arc<rustls::ClientConfig> {
        &self.tls
    }

    fn dkim(&self) -> Option<&Arc<Dkim>> {
        self.dkim.as_ref()
    }

    fn limits(&self) -> &Limits {
        &self.limits
    }
}
