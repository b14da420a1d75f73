//! One service of the shop, as a process of its own.
//!
//! Its parent writes lines of JSON to its standard input: first its [`Orders`], later how to
//! behave. It answers each with a line. When standard input ends, the parent is gone, however
//! that came about, and the service ends too.

mod answer;
mod database;
mod leak;
mod metrics;
pub(super) mod process;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::demo::fault::Behaviour;
use crate::demo::topology::Service;

/// The hidden subcommand that makes a process a service. Only a parent with a shop uses it.
pub const SUBCOMMAND: &str = "demo-service";

/// What a service is told when it starts.
#[derive(Debug, Serialize, Deserialize)]
pub struct Orders {
    /// What it is.
    pub service: Service,
    /// Shown in its `target_info`.
    pub environment: String,
    /// Where it answers; port 0 for any.
    pub listen: SocketAddr,
    /// Where the services that it calls answer, by name.
    pub peers: BTreeMap<String, String>,
    /// Where its database lies.
    pub data: PathBuf,
    /// How it behaves from the start.
    pub behaviour: Behaviour,
}

/// What it answers when it is ready.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ready {
    /// Where it answers.
    pub listening: SocketAddr,
}

/// Runs as a service if the command line says so. To be called first thing in `main`, before a
/// runtime exists: a service brings its own small one.
pub fn if_asked() -> Option<ExitCode> {
    (std::env::args().nth(1).as_deref() == Some(SUBCOMMAND)).then(|| match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sample shop: {error:#}");
            ExitCode::FAILURE
        }
    })
}

/// Serves until standard input ends.
///
/// # Errors
/// Orders that make no sense, an address that is taken, a database that can't be written.
pub fn run() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(serve());
    // Reading standard input holds a thread that may never return.
    runtime.shutdown_background();
    result
}

async fn serve() -> anyhow::Result<()> {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let orders = lines.next_line().await?.context("no orders came")?;
    let orders: Orders = serde_json::from_str(&orders).context("reading the orders")?;

    let listener = bind(orders.listen).await?;
    let limit = u64::from(orders.service.memory_limit_mb) * 1_000_000;
    let ready = Ready { listening: listener.local_addr()? };
    let behaviour = watch::Sender::new(orders.behaviour);
    let app = answer::app(orders, &behaviour).await?;
    tell(&serde_json::to_string(&ready)?).await?;

    let leak = leak::leak(limit, behaviour.subscribe());
    let obey = async {
        while let Some(line) = lines.next_line().await? {
            behaviour.send_replace(serde_json::from_str(&line).context("reading how to behave")?);
            tell("{}").await?;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        result = obey => result,
        result = async { axum::serve(listener, app).await } => result.context("serving"),
        () = leak => Ok(()),
    }
}

/// After a crash the address is the same, and may be free only a moment later.
async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let mut tries = 50;
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(_) if tries > 0 => tries -= 1,
            Err(error) => return Err(error).with_context(|| format!("listening on {address}")),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn tell(line: &str) -> anyhow::Result<()> {
    let mut out = tokio::io::stdout();
    out.write_all(format!("{line}\n").as_bytes()).await?;
    out.flush().await?;
    Ok(())
}
