//! Calls GitHub's REST API, once each: who asked to wait is not called before, a token of an App that
//! was refused is renewed, and pages are turned.

use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use super::link::next_page;
use super::session::Session;
use super::verdict::{Asked, Scope, refusal, scope, until_reset};
use crate::error::CallError;
use crate::model::time::Moment;
use crate::ports::clock::Clock;
use crate::vendors::http::{Client, Reply};

/// The REST API, for one repository.
pub(super) struct Api {
    pub(super) session: Session,
    /// `acme/shop`
    pub(super) place: String,
    clock: Clock,
    holds: Mutex<Holds>,
}

/// Until when nothing may be asked.
#[derive(Debug, Default)]
struct Holds {
    all: Option<Moment>,
    search: Option<Moment>,
}

/// One call of a path.
#[derive(Debug, Clone, Copy)]
enum Call<'c> {
    Get(&'c [(&'c str, &'c str)]),
    Change(&'c Method, &'c Value),
}

impl Call<'_> {
    async fn once(self, client: &Client, path: &str) -> Result<Reply, CallError> {
        match self {
            Self::Get(params) => client.get(path, params).await,
            Self::Change(method, body) => client.change(method.clone(), path, Some(body)).await,
        }
    }
}

/// What GitHub refused, or what went wrong on the way.
#[derive(Debug)]
pub(super) struct Refused {
    /// The status; 0 where there was no reply.
    pub(super) status: u16,
    /// What it means for the caller.
    pub(super) error: CallError,
}

impl From<CallError> for Refused {
    fn from(error: CallError) -> Self {
        Self { status: 0, error }
    }
}

impl From<Refused> for CallError {
    fn from(refused: Refused) -> Self {
        refused.error
    }
}

impl Api {
    pub(super) fn new(session: Session, place: String, clock: Clock) -> Self {
        Self { session, place, clock, holds: Mutex::default() }
    }

    /// The path of something in the repository.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("repos/{}{rest}", self.place)
    }

    /// Asks something; it can be asked again.
    pub(super) async fn ask(&self, path: &str, params: &[(&str, &str)]) -> Result<Reply, Refused> {
        self.call(path, Call::Get(params)).await
    }

    /// Writes something: a lost reply leaves the outcome open.
    pub(super) async fn change(&self, method: Method, path: &str, body: &Value) -> Result<Value, Refused> {
        let reply = self.call(path, Call::Change(&method, body)).await?;
        // It was done, whatever the reply says of it.
        let why = || CallError::Unknown { why: "GitHub's reply was no JSON".to_owned() };
        reply.json().map_err(|_| why().into())
    }

    /// Asks for a list, page by page, until `each` has enough or `most` pages were read. `false`
    /// where there was more.
    pub(super) async fn pages(
        &self,
        path: &str,
        params: &[(&str, &str)],
        most: usize,
        mut each: impl FnMut(&Value) -> ControlFlow<()> + Send,
    ) -> Result<bool, Refused> {
        let mut params: Vec<(String, String)> =
            params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        for _ in 0..most {
            let borrowed: Vec<(&str, &str)> =
                params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let reply = self.ask(path, &borrowed).await?;
            let body: Value = reply.json()?;
            let items = body.as_array().or_else(|| body["items"].as_array());
            let items = items.ok_or_else(|| CallError::permanent("GitHub's reply is no list"))?;
            for item in items {
                if each(item).is_break() {
                    return Ok(true);
                }
            }
            match next_page(&reply.headers) {
                Some(next) => params = next,
                None => return Ok(true),
            }
        }
        Ok(false)
    }

    /// One call; a second one where an App's token was refused, which is then renewed.
    async fn call(&self, path: &str, call: Call<'_>) -> Result<Reply, Refused> {
        self.turn(path)?;
        let mut reply = call.once(&self.client().await?, path).await?;
        // Refused means not done, so that this repeats nothing.
        if reply.status == 401 && self.session.renew().await {
            reply = call.once(&self.client().await?, path).await?;
        }
        self.judge(reply, matches!(call, Call::Change(..)))
    }

    async fn client(&self) -> Result<Client, CallError> {
        let client = self.session.client().await;
        if let Err(CallError::Busy { retry_after }) = client {
            self.hold(Scope::All, self.clock.now(), retry_after);
        }
        client
    }

    /// An error where somebody asked to wait, and it is too early.
    fn turn(&self, path: &str) -> Result<(), CallError> {
        let until = {
            let holds = self.holds();
            if path.starts_with("search/") { holds.all.max(holds.search) } else { holds.all }
        };
        let left = until.and_then(|until| (until - self.clock.now()).to_std().ok());
        match left.filter(|left| !left.is_zero()) {
            Some(retry_after) => Err(CallError::Busy { retry_after }),
            None => Ok(()),
        }
    }

    fn judge(&self, reply: Reply, changes: bool) -> Result<Reply, Refused> {
        let now = self.clock.now();
        let refusal = refusal(Asked { place: &self.place, changes, now }, &reply);
        match &refusal {
            Some(CallError::Busy { retry_after }) => self.hold(scope(&reply.headers), now, *retry_after),
            // The last one that was free: the next is not even tried.
            _ => {
                if let Some(wait) = until_reset(now, &reply.headers) {
                    self.hold(scope(&reply.headers), now, wait);
                }
            }
        }
        match refusal {
            None => Ok(reply),
            Some(error) => Err(Refused { status: reply.status, error }),
        }
    }

    fn hold(&self, scope: Scope, now: Moment, wait: Duration) {
        // At most an hour.
        let until = now + chrono::TimeDelta::from_std(wait).unwrap_or_default();
        let mut holds = self.holds();
        match scope {
            Scope::All => holds.all = holds.all.max(Some(until)),
            Scope::Search => holds.search = holds.search.max(Some(until)),
        }
    }

    /// A panic elsewhere leaves times that are still good.
    fn holds(&self) -> MutexGuard<'_, Holds> {
        self.holds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
