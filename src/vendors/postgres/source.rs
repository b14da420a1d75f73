//! A PostgreSQL database as one that is watched and asked about. Each call has a connection of its own,
//! in a transaction that only reads: it works behind poolers, and holds nothing between two looks.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::postgres::PgConnectOptions;

use crate::error::{CallError, UserError};
use crate::model::statement::{IndexAdvice, PlanText, Snapshot, StatementId, StatementText};
use crate::model::subject::Subject;
use crate::model::surroundings::Tables;
use crate::model::time::Moment;
use crate::ports::database::Database;
use crate::sql::advice::Statement;
use crate::vendors::http::secret::Secret;

use super::statements::shown;
use super::{Config, Connected, advise, connect};

/// One database.
pub struct Postgres {
    name: String,
    environment: String,
    url: Secret,
    /// Where plans are asked for, where that is somewhere else.
    explain_url: Option<Secret>,
    /// Whether statements that only read may be carried out to measure them.
    measures: bool,
    /// Statements that turned out to tell nothing of the application.
    idle: Mutex<BTreeSet<StatementId>>,
}

impl Postgres {
    /// The database of `config`.
    ///
    /// # Errors
    /// Where its name is empty.
    pub fn new(config: Config, measures: bool) -> Result<Self, UserError> {
        if config.name.trim().is_empty() {
            return Err(UserError::new("an entry of sources.postgres has no name; say what people call it"));
        }
        Ok(Self {
            name: config.name,
            environment: config.environment,
            url: Secret::Kept(config.url),
            explain_url: config.explain_url.map(Secret::Kept),
            measures,
            idle: Mutex::default(),
        })
    }

    /// The database at an address that somebody typed.
    pub fn at(url: SecretString, measures: bool) -> Self {
        let options: Option<PgConnectOptions> = url.expose_secret().parse().ok();
        let name = options.and_then(|options| options.get_database().map(str::to_owned));
        Self {
            name: name.unwrap_or_else(|| "the database".to_owned()),
            environment: String::new(),
            url: Secret::Typed(url),
            explain_url: None,
            measures,
            idle: Mutex::default(),
        }
    }

    async fn open(&self) -> Result<Connected, CallError> {
        self.connect(&self.url).await
    }

    /// Where plans are asked for.
    async fn open_for_plans(&self) -> Result<Connected, CallError> {
        self.connect(self.explain_url.as_ref().unwrap_or(&self.url)).await
    }

    async fn connect(&self, address: &Secret) -> Result<Connected, CallError> {
        open(address, &self.name).await
    }

    /// Of two who look at once the last one is believed: what it does not know is only read again.
    fn idle(&self) -> MutexGuard<'_, BTreeSet<StatementId>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The statement's text as the server keeps it.
    async fn statement(&self, id: &StatementId) -> Result<String, CallError> {
        let found = self.open().await?.statement(id).await.map_err(failed)?;
        found.ok_or_else(|| {
            CallError::permanent(
                "the server has forgotten this statement (pg_stat_statements was reset, or is full)",
            )
        })
    }
}

#[async_trait]
impl Database for Postgres {
    fn subject(&self) -> Subject {
        Subject::database(&self.environment, &self.name)
    }

    fn kind(&self) -> &'static str {
        "PostgreSQL"
    }

    async fn look(&self, now: Moment, known: &BTreeSet<StatementId>) -> Result<Snapshot, CallError> {
        let mut idle = self.idle().clone();
        let looked = self.open().await?.look(now, known, &mut idle).await.map_err(failed)?;
        *self.idle() = idle;
        Ok(looked)
    }

    async fn text(&self, id: &StatementId) -> Result<Option<StatementText>, CallError> {
        let text = self.open().await?.statement(id).await.map_err(failed)?;
        Ok(text.map(|text| shown(&text)))
    }

    async fn explain(&self, id: &StatementId) -> Result<PlanText, CallError> {
        let sql = self.statement(id).await?;
        let mut server = self.open_for_plans().await?;
        let explained = server.plan(&sql, self.measures).await.map_err(failed)?;
        Ok(PlanText {
            json: explained.json,
            measured: explained.not_measured.is_none(),
            why_not: explained.not_measured.filter(|_| self.measures),
        })
    }

    async fn expected(&self, id: &StatementId) -> Result<PlanText, CallError> {
        let sql = self.statement(id).await?;
        let explained = self.open_for_plans().await?.plan(&sql, false).await.map_err(failed)?;
        Ok(PlanText { json: explained.json, measured: false, why_not: None })
    }

    async fn tables(&self) -> Result<Option<Tables>, CallError> {
        self.open().await?.tables().await.map(Some).map_err(failed)
    }

    async fn advise(&self, id: &StatementId) -> Result<IndexAdvice, CallError> {
        let statement = Statement { id: id.0.clone(), sql: self.statement(id).await?, load: None };
        let mut server = self.open_for_plans().await?;
        let outcome = advise(&mut server, std::slice::from_ref(&statement)).await.map_err(failed)?;
        Ok(outcome.of_one())
    }

    async fn doctor(&self) -> Vec<(bool, String)> {
        let mut says = Vec::new();
        for (place, address) in [("", Some(&self.url)), (" (explain_url)", self.explain_url.as_ref())] {
            let Some(address) = address else { continue };
            let watched = place.is_empty();
            let explains = !watched || self.explain_url.is_none();
            let found = match self.connect(address).await {
                Ok(mut server) => server
                    .needs(watched, explains)
                    .await
                    .unwrap_or_else(|error| vec![(false, format!("{error:#}"))]),
                Err(error) => vec![(false, error.to_string())],
            };
            says.extend(
                found.into_iter().map(|(good, text)| (good, format!("{}{place}: {text}", self.name))),
            );
        }
        says
    }
}

/// A connection to the database that people call `name`.
pub(super) async fn open(address: &Secret, name: &str) -> Result<Connected, CallError> {
    let url = address.read().map_err(|error| CallError::permanent(format!("{name}: {error}")))?;
    connect(url.expose_secret()).await.map_err(failed)
}

/// What went wrong, in one sentence.
fn failed(error: anyhow::Error) -> CallError {
    CallError::transient(format!("{error:#}"))
}
