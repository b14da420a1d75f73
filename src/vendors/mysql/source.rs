//! A MySQL or MariaDB database as one that is watched and asked about. Each call has a connection of its own, in a
//! transaction that only reads: it holds nothing between two looks.

use std::collections::BTreeSet;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::mysql::MySqlConnectOptions;
use tokio::sync::Mutex;

use super::explain::NOT_ASKED;
use super::slow_log::{Logged, is_of_log};
use super::statements::shown;
use super::{Config, Connected, connect};
use crate::error::{CallError, UserError};
use crate::model::secret::SecretRef;
use crate::model::statement::{IndexAdvice, PlanText, Snapshot, StatementId, StatementText};
use crate::model::subject::Subject;
use crate::model::surroundings::Tables;
use crate::model::time::Moment;
use crate::ports::database::Database;
use crate::sql::fingerprint::{Dialect, fingerprint};
use crate::sql::hints;
use crate::vendors::http::secret::resolve;

/// One database.
pub struct MySql {
    name: String,
    environment: String,
    url: Address,
    /// Where plans are asked for, where that is somewhere else.
    explain_url: Option<Address>,
    /// Whether statements that only read may be carried out to measure them.
    measures: bool,
    /// What was read of the slow log, where the server counts nothing.
    logged: Mutex<Logged>,
}

/// Where a database is.
enum Address {
    /// In a place that the configuration names.
    Kept(SecretRef),
    /// As somebody typed it.
    Typed(SecretString),
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
            url: Address::Kept(config.url),
            explain_url: config.explain_url.map(Address::Kept),
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
            url: Address::Typed(url),
            explain_url: None,
            measures,
            logged: Mutex::default(),
        }
    }

    async fn open(&self) -> Result<Connected, CallError> {
        self.url.open(&self.name).await
    }

    async fn planned(
        &self,
        id: &StatementId,
        measure: bool,
        by_example: bool,
    ) -> Result<PlanText, CallError> {
        let explained = if is_of_log(id) {
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

    async fn open_for_plans(&self) -> Result<Connected, CallError> {
        self.explain_url.as_ref().unwrap_or(&self.url).open(&self.name).await
    }
}

#[async_trait]
impl Database for MySql {
    fn subject(&self) -> Subject {
        Subject {
            environment: self.environment.clone(),
            database: Some(self.name.clone()),
            ..Subject::default()
        }
    }

    fn kind(&self) -> &'static str {
        "MySQL"
    }

    async fn look(&self, now: Moment, known: &BTreeSet<StatementId>) -> Result<Snapshot, CallError> {
        let mut server = self.open().await?;
        let mut logged = self.logged.lock().await;
        server.look(now, known, &mut logged).await.map_err(failed)
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

    async fn advise(&self, _: &StatementId) -> Result<IndexAdvice, CallError> {
        Ok(IndexAdvice {
            because: "the optimizer of MySQL is not yet asked about indexes that are not there".to_owned(),
            ..IndexAdvice::default()
        })
    }

    async fn doctor(&self) -> Vec<(bool, String)> {
        let mut says = Vec::new();
        for (place, address) in [("", Some(&self.url)), (" (explain_url)", self.explain_url.as_ref())] {
            let Some(address) = address else { continue };
            let found = match address.open(&self.name).await {
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

impl Address {
    async fn open(&self, name: &str) -> Result<Connected, CallError> {
        let url = match self {
            Self::Kept(place) => resolve(place),
            Self::Typed(url) => Ok(url.clone()),
        };
        let url = url.map_err(|error| CallError::permanent(format!("{name}: {error}")))?;
        connect(url.expose_secret()).await.map_err(failed)
    }
}

fn forgotten() -> CallError {
    CallError::permanent("the server has forgotten this statement (its statistics began anew, or are full)")
}

/// What went wrong, in one sentence.
fn failed(error: anyhow::Error) -> CallError {
    CallError::transient(format!("{error:#}"))
}
