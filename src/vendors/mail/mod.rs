//! Mail as a platform: messages out over SMTP, in over IMAP or as raw messages through the hook.

pub mod compose;
pub mod config;
mod messenger;

pub use config::Config;

use crate::error::UserError;
use messenger::Transport;

/// A mailbox and the server that sends for it.
pub struct Mail {
    config: Config,
    transport: Transport,
}

impl Mail {
    /// Reads the passwords; connects to nothing yet.
    ///
    /// # Errors
    /// When a password or the CA can't be read.
    pub fn new(config: Config) -> Result<Self, UserError> {
        Ok(Self { transport: messenger::transport(&config)?, config })
    }

    fn config(&self) -> &Config {
        &self.config
    }

    fn transport(&self) -> &Transport {
        &self.transport
    }
}
