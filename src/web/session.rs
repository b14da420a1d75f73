//! Signing in by a link that works once, and staying signed in by a cookie. Tokens are 256 random
//! bits; the store sees only their SHA-256 hashes.

use axum::Form;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::TimeDelta;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::model::person::Person;
use crate::web::origin::{is_ours, page_token, same_secret};
use crate::web::page;
use crate::web::refusal::Refusal;
use crate::web::state::Web;

/// Carries the page's token with every change.
pub const TOKEN_HEADER: &str = "x-quad-token";

/// 256 random bits as text.
///
/// # Errors
/// Where the system has no random numbers.
pub(super) fn fresh_token() -> anyhow::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(hex::encode(bytes))
}

/// What the store keeps of a token.
pub(super) fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

/// Somebody who is signed in on the page.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who.
    pub person: Person,
    /// What their page sends along with every change.
    pub page_token: String,
    hash: String,
}

impl Session {
    /// Who a request's cookie belongs to.
    ///
    /// # Errors
    /// Where the store can't be read.
    pub async fn find(web: &Web, headers: &HeaderMap) -> anyhow::Result<Option<Self>> {
        let Some(token) = cookie(headers, &cookie_name(web)) else { return Ok(None) };
        let hash = hash(&token);
        let person = web.store().session(&hash, web.now()).await?;
        Ok(person.map(|person| Self { person, page_token: page_token(&token), hash }))
    }

    /// Whether it still holds.
    pub(super) async fn holds(&self, web: &Web) -> bool {
        // A store that can't be read for a moment is no reason to sign anybody out.
        !matches!(web.store().session(&self.hash, web.now()).await, Ok(None))
    }
}

impl FromRequestParts<Web> for Session {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Refusal> {
        Self::find(web, &parts.headers).await?.ok_or_else(Refusal::signed_out)
    }
}

/// Somebody whose own page made this request: signed in, from our origin, with the page's token.
#[derive(Debug, Clone)]
pub struct FromPage(pub Session);

impl FromRequestParts<Web> for FromPage {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Refusal> {
        let session = Session::from_request_parts(parts, web).await?;
        let token = parts.headers.get(TOKEN_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if is_ours(&parts.headers, web.settings().public_url.as_ref())
            && same_secret(token, &session.page_token)
        {
            return Ok(Self(session));
        }
        Err(foreign())
    }
}

/// Whoever holds the token of the data folder, or is signed in on the page.
#[derive(Debug, Clone)]
pub struct Caller(pub Person);

impl FromRequestParts<Web> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Refusal> {
        match Bearer::from_request_parts(parts, web).await {
            Ok(Bearer(person)) => Ok(Self(person)),
            Err(refusal) if parts.headers.contains_key(header::AUTHORIZATION) => Err(refusal),
            Err(_) => Session::from_request_parts(parts, web).await.map(|session| Self(session.person)),
        }
    }
}

/// Whoever holds the token of the data folder.
#[derive(Debug, Clone)]
pub struct Bearer(pub Person);

impl FromRequestParts<Web> for Bearer {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Refusal> {
        let given = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        if same_secret(given.trim(), web.0.parts.cli_token.expose_secret()) {
            return Ok(Self(web.0.parts.cli_person.clone()));
        }
        Err(Refusal::new(
            StatusCode::UNAUTHORIZED,
            "This needs the token of quad's data folder: `Authorization: Bearer ...`. Is it the same data folder?",
        ))
    }
}

/// The page behind a sign-in link; see [`page::sign_in`] for why it does not sign in by itself.
pub(super) async fn open_link(Path(token): Path<String>) -> Response {
    page::sign_in(&token).into_response()
}

/// A sign-in link's token.
#[derive(Deserialize)]
pub(super) struct Token {
    token: String,
}

/// Takes the link, and gives a session for it.
pub(super) async fn sign_in(
    State(web): State<Web>,
    headers: HeaderMap,
    Form(link): Form<Token>,
) -> Result<Response, Refusal> {
    if !is_ours(&headers, web.settings().public_url.as_ref()) {
        return Err(foreign());
    }
    let Some(person) = web.store().take_login(&hash(&link.token), web.now()).await? else {
        let sentence = "This link was used before, or it is too old.";
        return Ok((StatusCode::FORBIDDEN, page::signed_out(sentence)).into_response());
    };
    let token = fresh_token()?;
    let lasts = TimeDelta::hours(web.settings().session_hours.into());
    web.store().put_session(&hash(&token), &person, web.now() + lasts).await?;
    let cookie = set_cookie(&web, &token, lasts.num_seconds());
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

/// Ends the session.
pub(super) async fn sign_out(
    State(web): State<Web>,
    headers: HeaderMap,
    session: Session,
    Form(given): Form<Token>,
) -> Result<Response, Refusal> {
    if !is_ours(&headers, web.settings().public_url.as_ref())
        || !same_secret(&given.token, &session.page_token)
    {
        return Err(foreign());
    }
    web.store().end_session(&session.hash).await?;
    Ok(([(header::SET_COOKIE, set_cookie(&web, "", 0))], Redirect::to("/")).into_response())
}

fn foreign() -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, "This request did not come from quad's own page. Reload the page.")
}

/// Cookies don't tell ports apart, so that two quads on one machine would sign each other out.
fn cookie_name(web: &Web) -> String {
    format!("quad_{}", web.0.parts.listen.port())
}

fn set_cookie(web: &Web, token: &str, seconds: i64) -> String {
    let secure = web.settings().public_url.as_ref().is_some_and(|url| url.scheme() == "https");
    let secure = if secure { "; Secure" } else { "" };
    format!("{}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}", cookie_name(web))
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(given, _)| *given == name)
        .map(|(_, value)| value.to_owned())
}
