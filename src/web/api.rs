//! JSON for programs: `quad ask` and its like, and whoever reads the records.

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::model::deployment::Learned;
use crate::model::inbound::{Inbound, Said};
use crate::model::outgoing::{Place, Platform};
use crate::model::signal::Signal;
use crate::model::time::{Moment, TimeRange};
use crate::render::terminal::{self, Look};
use crate::web::hooks::{self, Announced};
use crate::web::refusal::{Body, Refusal};
use crate::web::session::{Bearer, Caller};
use crate::web::state::{RecordQuery, Web};

/// A question, and how the terminal that asks wants its answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    text: String,
    #[serde(default)]
    colour: bool,
    #[serde(default = "eighty")]
    width: usize,
}

fn eighty() -> usize {
    80
}

/// Answers at once, as data and as text.
pub(super) async fn ask(
    State(web): State<Web>,
    Bearer(person): Bearer,
    Body(question): Body<Question>,
) -> Result<Json<Value>, Refusal> {
    let inbound = Inbound {
        event_id: Uuid::new_v4().to_string(),
        platform: Platform::Terminal,
        place: Place { channel: "terminal".to_owned(), thread: None },
        person,
        said: Said::Text(question.text),
        at: web.now(),
        message: None,
        reply_url: None,
        aside: false,
        edited: false,
        said_in: None,
    };
    let answer = (web.doors().ask)(inbound).await?;
    let look = Look { colour: question.colour, width: question.width.clamp(20, 400) };
    Ok(Json(json!({ "text": terminal::text(&answer, look), "answer": answer })))
}

/// A new sign-in link for the person at the machine.
pub(super) async fn login(State(web): State<Web>, Bearer(person): Bearer) -> Result<Json<Value>, Refusal> {
    Ok(Json(json!({ "url": web.login_link(&person).await? })))
}

/// `quad deployed`: as the hook, for whoever holds the data folder's token.
pub(super) async fn deployed(
    State(web): State<Web>,
    Bearer(_): Bearer,
    Body(announced): Body<Announced>,
) -> Result<Json<Value>, Refusal> {
    let deployment = announced.deployment(web.now(), web.now(), Learned::Command)?;
    hooks::take(&web, deployment).await
}

/// A stretch of time in a request; both ends or none.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Asked {
    from: Option<Moment>,
    to: Option<Moment>,
    signal: Option<String>,
    service: Option<String>,
}

impl Asked {
    fn range(&self, now: Moment) -> Result<Option<TimeRange>, Refusal> {
        match (self.from, self.to.unwrap_or(now)) {
            (None, _) if self.to.is_some() => Err(Refusal::bad("`to` needs a `from`.")),
            (None, _) => Ok(None),
            (Some(from), to) if from < to => Ok(Some(TimeRange::new(from, to))),
            _ => Err(Refusal::bad("`from` has to lie before `to`.")),
        }
    }

    fn signal(&self) -> Result<Option<Signal>, Refusal> {
        let Some(name) = &self.signal else { return Ok(None) };
        let known = || Signal::ALL.map(Signal::name).join(", ");
        let signal = Signal::from_name(name).ok_or_else(|| {
            Refusal::bad(format!("There is no signal of this name. Known are {}.", known()))
        })?;
        Ok(Some(signal))
    }
}

/// Alert records.
pub(super) async fn alerts(
    State(web): State<Web>,
    _: Caller,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>, Refusal> {
    let range = asked.range(web.now())?;
    Ok(Json((web.doors().records)(RecordQuery::Alerts(range)).await?))
}

/// Metric records.
pub(super) async fn metrics(
    State(web): State<Web>,
    _: Caller,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>, Refusal> {
    let query = RecordQuery::Metrics {
        signal: asked.signal()?,
        range: asked.range(web.now())?,
        service: asked.service,
    };
    Ok(Json((web.doors().records)(query).await?))
}

/// What is watched and how it is.
pub(super) async fn status(State(web): State<Web>, _: Caller) -> Result<Json<Value>, Refusal> {
    Ok(Json((web.doors().records)(RecordQuery::Status).await?))
}
