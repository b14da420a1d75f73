//! `/runbooks/NAME`: one runbook, for whoever is signed in.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::web::page;
use crate::web::refusal::Refusal;
use crate::web::session::Session;
use crate::web::state::Web;

/// The runbook with this name.
pub(super) async fn show(
    State(web): State<Web>,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Response, Refusal> {
    if Session::find(&web, &headers).await?.is_none() {
        // The link was opened from a chat or a phone, so the cookie may come with the second load.
        let here = format!("/runbooks/{name}");
        let from_elsewhere = headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
        return Ok(if from_elsewhere {
            page::knock_again_at(&here).into_response()
        } else {
            let sentence = "quad shows its runbooks to people who are signed in.";
            (StatusCode::UNAUTHORIZED, page::signed_out(sentence)).into_response()
        });
    }
    match web.0.parts.runbooks.named(&name) {
        Some(runbook) => Ok(page::runbook(&runbook.title, &runbook.answer()).into_response()),
        None => Err(Refusal::new(StatusCode::NOT_FOUND, "There is no runbook with this name.")),
    }
}
