//! GitHub: issues that quad opens and keeps, and pull requests that belong to them, over the REST API,
//! with a token or as an App.
//!
//! `tracker` is what the port asks for, `find` how an issue is found again; `api` calls, `verdict` says
//! what a reply means, `session` and `jwt` prove who calls.

mod api;
pub mod config;
pub mod doctor;
mod find;
mod fit;
mod jwt;
mod link;
mod read;
mod session;
mod tracker;
mod verdict;

pub use config::Config;

use crate::error::UserError;
use crate::ports::clock::Clock;

/// A repository on GitHub.
pub struct Github {
    api: api::Api,
    labels: Vec<String>,
    known: find::Known,
}

impl Github {
    /// Reads the secrets; calls nobody.
    ///
    /// # Errors
    /// When a secret is missing or can't be used, or the address makes no sense.
    pub fn new(config: &Config, clock: Clock) -> Result<Self, UserError> {
        let session = session::Session::new(config, clock.clone())?;
        let labels = config.labels.iter().chain(&config.code_agent_label).cloned().collect();
        Ok(Self {
            api: api::Api::new(session, config.repo.clone(), clock),
            labels,
            known: find::Known::default(),
        })
    }
}
