//! A MySQL or MariaDB database as one that is watched and asked about. Each call has a connection of its own, in a
//! transaction that only reads: it holds nothing between two looks.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::mysql::MySqlConnectOptions;

use super::explain::NOT_ASKED;
use super::slow_log::{Logged, is_of_log};
use super::statements::shown;
use super::{Config, Connected, advise, connect};
use crate::error::{CallError, UserError};
use crate::model::statement::{IndexAdvice, PlanText, Snapshot, StatementId, StatementText};
use crate::model::subject::Subject;
use crate::model::surroundings::Tables;
use crate::model::time::Moment;
use crate::ports::database::Database;
use crate::sql::advice::Statement;
use crate::sql::fingerprint::{Dialect, fingerprint};
use crate::sql::hints;
use crate::vendors::http::secret::Secret;

/// One database.
pub struct MySql {
    name: String,
    environment: String,
    url: Secret,
    /// Where plans are asked for, where that is somewhere else.
    explain_url: Option<Secret>,
    /// Whether statements that only read may be carried out to measure them.
    measures: bool,
    /// What was read of the slow log, where the server counts nothing.
    logged: Mutex<Logged>,
}

impl MySql {
    /// The database of `config`.
    ///
    /// # Errors
    /// Where its name is empty.
    pub fn new(config: Config, measures: bool) -> Result<Self, UserError> {
        if config.name.trim().is_empty() {
            return Err(UserError::new("an entry of sources.mysql has no name; say what people call it"));
        }
        Ok(Self {
            name: config.name,
            environment: config.environment,
            url: Secret::Kept(config.url),
            explain_url: config.explain_url.map(Secret::Kept),
            measures,
            logged: Mutex::default(),
        })
    }

    /// The database at an address that somebody typed.
    pub fn at(url: SecretString, measures: bool) -> Self {
        let options: Option<MySqlConnectOptions> = url.expose_secret().parse().ok();
        let name = options.and_then(|options| options.get_database().map(str::to_owned));
        Self {
            name: name.unwrap_or_else(|| "the database".to_owned()),
            environment: String::new(),
            url: Secret::Typed(url),
            explain_url: None,
            measures,
            logged: Mutex::default(),
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
        let url = address.read().map_err(|error| CallError::permanent(error.to_string()))?;
        connect(url.expose_secret()).await.map_err(failed)
    }

    /// Of two who look at once the last one is believed: both went on from the same state.
    fn logged(&self) -> MutexGuard<'_, Logged> {
        self.logged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn planned(
        &self,
        id: &StatementId,
        measure: bool,
        by_example: bool,
    ) -> Result<PlanText, CallError> {
        let explained = if is_of_log(id) {
            if !by_example {
                // Plans that are compared must be of the same values, and the log has others each time.
                return Err(CallError::permanent("what the slow log holds is planned by example only"));
            }
            let example = self.open().await?.logged(id).await.map_err(failed)?.ok_or_else(forgotten)?;
            self.open_for_plans().await?.plan(&example, measure).await
        } else {
            let digest = self.open().await?.digest(id).await.map_err(failed)?.ok_or_else(forgotten)?;
            self.open_for_plans().await?.plan_of(id, &digest, measure, by_example).await
        };
        let explained = explained.map_err(failed)?;
        Ok(PlanText {
            json: explained.json,
            measured: explained.not_measured.is_none(),
            why_not: explained.not_measured.filter(|why| why != NOT_ASKED),
        })
    }
}

#[async_trait]
impl Database for MySql {
    fn subject(&self) -> Subject {
        Subject::database(&self.environment, &self.name)
    }

    fn kind(&self) -> &'static str {
        "MySQL"
    }

    async fn look(&self, now: Moment, known: &BTreeSet<StatementId>) -> Result<Snapshot, CallError> {
        let mut logged = self.logged().clone();
        let looked = self.open().await?.look(now, known, &mut logged).await.map_err(failed)?;
        *self.logged() = logged;
        Ok(looked)
    }

    async fn text(&self, id: &StatementId) -> Result<Option<StatementText>, CallError> {
        let mut server = self.open().await?;
        if is_of_log(id) {
            let example = server.logged(id).await.map_err(failed)?;
            return Ok(example.map(|sql| StatementText {
                fingerprint: fingerprint(&sql, Dialect::MySql),
                owner: hints::owner(sql.as_bytes()),
            }));
        }
        Ok(server.digest(id).await.map_err(failed)?.map(|digest| shown(&digest)))
    }

    async fn explain(&self, id: &StatementId) -> Result<PlanText, CallError> {
        self.planned(id, self.measures, true).await
    }

    async fn expected(&self, id: &StatementId) -> Result<PlanText, CallError> {
        self.planned(id, false, false).await
    }

    async fn tables(&self) -> Result<Option<Tables>, CallError> {
        self.open().await?.tables().await.map(Some).map_err(failed)
    }

    async fn advise(&self, id: &StatementId) -> Result<IndexAdvice, CallError> {
        let sql = if is_of_log(id) {
            self.open().await?.logged(id).await.map_err(failed)?.ok_or_else(forgotten)?
        } else {
            let mut server = self.open().await?;
            let digest = server.digest(id).await.map_err(failed)?.ok_or_else(forgotten)?;
            server.statement(id, digest).await.map_err(failed)?
        };
        let statement = Statement { id: id.0.clone(), sql, load: None };
        let mut server = self.open_for_plans().await?;
        let outcome = advise(&mut server, std::slice::from_ref(&statement)).await.map_err(failed)?;
        Ok(outcome.of_one())
    }

    async fn doctor(&self) -> Vec<(bool, String)> {
        let mut says = Vec::new();
        for (place, address) in [("", Some(&self.url)), (" (explain_url)", self.explain_url.as_ref())] {
            let Some(address) = address else { continue };
            let found = match self.connect(address).await {
                Ok(mut server) => server
                    .needs(place.is_empty())
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

fn forgotten() -> CallError {
    CallError::permanent("the server has forgotten this statement (its statistics began anew, or are full)")
}

/// What went wrong, in one sentence.
fn failed(error: anyhow::Error) -> CallError {
    CallError::transient(format!("{error:#}"))
}
