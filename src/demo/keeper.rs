//! Keeps one service running: starts it, tells it how to behave, kills it at its memory limit,
//! and starts it again when it fell over.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, oneshot};

use crate::demo::fault::Behaviour;
use crate::demo::service::process::resident_bytes;
use crate::demo::service::{Orders, Ready, SUBCOMMAND};
use crate::demo::topology::Service;

const LOOK_AT_MEMORY: Duration = Duration::from_millis(500);
/// A service that starts takes a moment in production too.
const RESTART_PAUSE: Duration = Duration::from_secs(1);
/// A debug build on a busy machine needs some of it.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// What a service should be like: the keeper makes it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wish {
    /// Runs at all.
    pub(super) up: bool,
    /// The version that it says it runs. Another one than before restarts it.
    pub(super) version: String,
    /// How it misbehaves.
    pub(super) behaviour: Behaviour,
}

/// A wish, and whom to tell once it is fulfilled.
pub(super) type Request = (Wish, oneshot::Sender<anyhow::Result<()>>);

/// What is needed to start one service.
pub(super) struct Keeper {
    program: PathBuf,
    service: Service,
    environment: String,
    peers: BTreeMap<String, String>,
    data: PathBuf,
    listen: SocketAddr,
    wish: Wish,
}

/// A running child. Killed when it is dropped.
struct Running {
    child: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
}

/// A service that was started once and is kept running.
pub(super) struct Kept {
    /// Where it answers, also after a restart.
    pub(super) url: String,
    /// Takes wishes. When it is dropped, the service ends.
    pub(super) requests: mpsc::Sender<Request>,
    /// Ends after the service has.
    pub(super) task: tokio::task::JoinHandle<()>,
}

/// Starts `service` and keeps it.
pub(super) async fn keep(
    program: PathBuf,
    service: Service,
    environment: String,
    peers: BTreeMap<String, String>,
    data: PathBuf,
) -> anyhow::Result<Kept> {
    let wish = Wish { up: true, version: service.version.clone(), behaviour: Behaviour::default() };
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut keeper = Keeper { program, service, environment, peers, data, listen, wish };
    let running = keeper.start().await?;
    let (requests, inbox) = mpsc::channel(4);
    let url = format!("http://{}", keeper.listen);
    Ok(Kept { url, requests, task: tokio::spawn(keeper.watch(running, inbox)) })
}

impl Keeper {
    async fn start(&mut self) -> anyhow::Result<Running> {
        let name = self.service.name.clone();
        let mut command = Command::new(&self.program);
        command.arg(SUBCOMMAND).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        // Ctrl-C on the terminal is for the parent, which then ends them in order.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().with_context(|| format!("starting {name}"))?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            anyhow::bail!("{name} has no pipes");
        };
        let mut running = Running { child, stdin, stdout: BufReader::new(stdout).lines() };
        let mut service = self.service.clone();
        service.version.clone_from(&self.wish.version);
        let orders = Orders {
            service,
            environment: self.environment.clone(),
            listen: self.listen,
            peers: self.peers.clone(),
            data: self.data.clone(),
            behaviour: self.wish.behaviour,
        };
        let reply = running.tell(&serde_json::to_string(&orders)?).await;
        let reply = reply.with_context(|| format!("{name} did not start"))?;
        let ready: Ready = serde_json::from_str(&reply).context("reading where it listens")?;
        self.listen = ready.listening;
        Ok(running)
    }

    async fn watch(mut self, first: Running, mut inbox: mpsc::Receiver<Request>) {
        let mut running = Some(first);
        let mut look = tokio::time::interval(LOOK_AT_MEMORY);
        loop {
            tokio::select! {
                request = inbox.recv() => match request {
                    Some((wish, done)) => {
                        let result = self.fulfil(wish, &mut running).await;
                        // Whoever asked may not want to know any more.
                        let _ = done.send(result);
                    }
                    None => break,
                },
                _ = look.tick(), if self.wish.up => self.look(&mut running).await,
            }
        }
        end(running).await;
    }

    /// Kills it over its limit, as the kernel does with a container, and starts it again after a
    /// moment whenever it is gone.
    async fn look(&mut self, running: &mut Option<Running>) {
        let limit = u64::from(self.service.memory_limit_mb) * 1_000_000;
        if let Some(child) = running {
            let gone = child.child.try_wait().is_ok_and(|status| status.is_some());
            if !gone && child.resident() <= limit {
                return;
            }
            *running = end(running.take()).await;
        }
        tokio::time::sleep(RESTART_PAUSE).await;
        match self.start().await {
            Ok(child) => *running = Some(child),
            // The next look tries again.
            Err(error) => tracing::warn!(service.name = self.service.name, "sample shop: {error:#}"),
        }
    }

    async fn fulfil(&mut self, wish: Wish, running: &mut Option<Running>) -> anyhow::Result<()> {
        let other_version = wish.version != self.wish.version;
        self.wish = wish;
        if !self.wish.up {
            *running = end(running.take()).await;
            return Ok(());
        }
        if other_version {
            *running = end(running.take()).await;
        }
        if let Some(child) = running
            && child.tell(&serde_json::to_string(&self.wish.behaviour)?).await.is_ok()
        {
            return Ok(());
        }
        // It was down, or fell over just now; it learns how to behave when it starts.
        *running = end(running.take()).await;
        *running = Some(self.start().await?);
        Ok(())
    }
}

impl Running {
    /// Says one line and waits for the answer.
    async fn tell(&mut self, line: &str) -> anyhow::Result<String> {
        tokio::time::timeout(START_TIMEOUT, async {
            self.stdin.write_all(format!("{line}\n").as_bytes()).await?;
            self.stdin.flush().await?;
            self.stdout.next_line().await?.context("it ended")
        })
        .await
        .context("no answer in time")?
    }

    /// In bytes; 0 where it can't be known.
    fn resident(&self) -> u64 {
        self.child.id().and_then(|pid| resident_bytes(&pid.to_string())).unwrap_or(0)
    }
}

/// Kills it and waits until it is gone.
async fn end(running: Option<Running>) -> Option<Running> {
    if let Some(mut running) = running {
        // It may have ended by itself already.
        let _ = running.child.kill().await;
    }
    None
}
