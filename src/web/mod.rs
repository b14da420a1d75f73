//! The page, live updates, signed webhooks in.
//!
//! Reading order: what it needs (`state`, `settings`), who may come in (`guard`, `origin`,
//! `session`, `signature`), what they see (`page`, `message`, `panels`, `live`, `runbooks`) and do (`talk`),
//! then what is there for programs (`api`, `hooks`, `health`, `metrics`).

mod api;
pub mod assets;
mod guard;
mod health;
pub mod hooks;
mod live;
pub mod message;
pub mod messenger;
pub mod metrics;
pub mod origin;
pub mod page;
pub mod panels;
pub mod refusal;
mod runbooks;
pub mod session;
pub mod settings;
pub mod signature;
pub mod state;
mod talk;

use std::future::Future;

use anyhow::Context as _;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use axum::{Json, Router};
use tokio::net::TcpListener;

pub use messenger::PageMessenger;
pub use state::{CONVERSATION, Door, Doors, Faults, MailHook, Parts, RecordQuery, Web};

/// All routes. `platforms` holds those that chat platforms call (`/slack/events` and the like); what
/// comes in there is checked by their signatures.
pub fn router(web: Web, platforms: Router) -> Router {
    Router::new()
        .route("/", get(talk::show))
        .route("/events", get(live::events))
        .route("/messages", post(talk::say))
        .route("/press", post(talk::press))
        .route("/runbooks/{name}", get(runbooks::show))
        .route("/faults", post(talk::switch_fault))
        .route("/login/{token}", get(session::open_link))
        .route("/login", post(session::sign_in))
        .route("/logout", post(session::sign_out))
        .route("/session", get(signed_in))
        .route("/api/ask", post(api::ask))
        .route("/api/login", post(api::login))
        .route("/api/deployments", post(api::deployed))
        .route("/api/alerts", get(api::alerts))
        .route("/api/metrics", get(api::metrics))
        .route("/api/status", get(api::status))
        .route("/hooks/deployments", post(hooks::deployments))
        .route("/hooks/mail", post(hooks::mail))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .route(assets::JS.path, get(async || assets::JS.response()))
        .route(assets::CSS.path, get(async || assets::CSS.response()))
        .route(assets::ICON.path, get(async || assets::ICON.response()))
        .fallback(nothing_here)
        .with_state(web.clone())
        .merge(platforms)
        // `guard` measures bodies itself, and says the limit in a sentence.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(web, guard::guard))
}

/// Serves until `shutdown` completes, then ends live updates and lets requests finish.
///
/// # Errors
/// Where the listener fails.
pub async fn serve(
    listener: TcpListener,
    web: Web,
    platforms: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let router = router(web.clone(), platforms);
    let ending = async move {
        shutdown.await;
        web.close();
    };
    axum::serve(listener, router).with_graceful_shutdown(ending).await.context("serving the page")
}

async fn nothing_here() -> refusal::Refusal {
    refusal::Refusal::new(StatusCode::NOT_FOUND, "There is nothing here. quad's page is at /.")
}

/// Tells a page whether its session still holds.
async fn signed_in(_: session::Session) -> Json<bool> {
    Json(true)
}
