//! Lets `quad demo --fault X` reach a demo that runs in another process: a small page on loopback,
//! whose address and secret lie in a file that only the same person can read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use tokio::task::JoinHandle;

use crate::demo::client::Client;
use crate::demo::fault::Fault;
use crate::demo::shop::Shop;
use crate::demo::topology::Method;
use crate::error::UserError;

const FILE: &str = "demo.json";

/// Where a running demo listens. Never logged: it holds the secret.
#[derive(Serialize, Deserialize)]
struct Card {
    url: String,
    token: String,
}

/// What is asked of it.
#[derive(Debug, Serialize, Deserialize)]
struct Switch {
    fault: Fault,
    on: bool,
    target: Option<String>,
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
struct Reply {
    said: String,
}

/// The open door. Closed, and its file removed, when it is dropped.
#[derive(Debug)]
pub struct Door {
    file: PathBuf,
    task: JoinHandle<()>,
}

impl Drop for Door {
    fn drop(&mut self) {
        self.task.abort();
        // Whoever finds it later learns from the refused connection that the demo has ended.
        let _ = std::fs::remove_file(&self.file);
    }
}

/// Opens the door to `shop` for others who can read `data`.
///
/// # Errors
/// No free port, or a folder that can't be written.
pub async fn open(data: &Path, shop: Arc<Shop>) -> anyhow::Result<Door> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).context("drawing a secret")?;
    let token = hex::encode(secret);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let card = Card { url: format!("http://{}/fault", listener.local_addr()?), token };

    let file = data.join(FILE);
    write_private(&file, &serde_json::to_vec(&card)?)
        .with_context(|| format!("writing {}", file.display()))?;
    let app = Router::new().route("/fault", post(answer)).with_state((shop, Arc::from(card.token)));
    let task = tokio::spawn(async move {
        // It ends when the door is closed.
        let _ = axum::serve(listener, app).await;
    });
    Ok(Door { file, task })
}

/// Switches a fault of the demo that runs with the data folder `data`, and says what was done.
///
/// # Errors
/// A sentence for a person: no demo runs there, or it has no such service.
pub async fn switch(data: &Path, fault: Fault, on: bool, target: Option<&str>) -> anyhow::Result<String> {
    let nobody = || {
        UserError::new(format!(
            "No demo runs with the data folder {}. Start one with `quad demo`.",
            data.display()
        ))
    };
    let card = std::fs::read(data.join(FILE)).map_err(|_| nobody())?;
    let card: Card = serde_json::from_slice(&card).map_err(|_| nobody())?;
    let body = serde_json::to_vec(&Switch { fault, on, target: target.map(str::to_owned) })?;
    let (status, body) = Client::new()
        .exchange(Method::Post, &card.url, Some(&card.token), body.into())
        .await
        .map_err(|_| nobody())?;
    let reply = serde_json::from_slice::<Reply>(&body);
    match (status, reply) {
        (200, Ok(reply)) => Ok(reply.said),
        (_, Ok(reply)) => Err(UserError::new(reply.said).into()),
        _ => Err(nobody().into()),
    }
}

/// Does what a person asks, and says so in a sentence.
///
/// # Errors
/// As [`Shop::fault`].
pub async fn act(shop: &Shop, fault: Fault, on: bool, target: Option<&str>) -> anyhow::Result<String> {
    let targets = shop.fault(fault, on, target).await?;
    Ok(match (on, targets.is_empty()) {
        (true, _) => format!("{fault} is on for {}.", targets.join(", ")),
        (false, true) => format!("{fault} was not on."),
        (false, false) => format!("{fault} is off for {}.", targets.join(", ")),
    })
}

async fn answer(
    State((shop, token)): State<(Arc<Shop>, Arc<str>)>,
    headers: HeaderMap,
    Json(ask): Json<Switch>,
) -> (StatusCode, Json<Reply>) {
    let given = headers.get("authorization").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let known = bool::from(given.as_bytes().ct_eq(format!("Bearer {token}").as_bytes()));
    if !known {
        return (StatusCode::UNAUTHORIZED, Json(Reply { said: "The secret is wrong.".into() }));
    }
    match act(&shop, ask.fault, ask.on, ask.target.as_deref()).await {
        Ok(said) => (StatusCode::OK, Json(Reply { said })),
        Err(error) if error.is::<UserError>() => {
            (StatusCode::BAD_REQUEST, Json(Reply { said: error.to_string() }))
        }
        Err(error) => {
            let said = format!("{} could not be switched: {error:#}", ask.fault);
            (StatusCode::INTERNAL_SERVER_ERROR, Json(Reply { said }))
        }
    }
}

/// Complete or not at all, and never readable by others, not even for a moment.
fn write_private(file: &Path, content: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let fresh = file.with_extension("json.new");
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(&fresh)?.write_all(content)?;
    std::fs::rename(fresh, file)
}
