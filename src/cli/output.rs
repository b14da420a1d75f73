//! How subcommands print: colours only on a terminal, JSON where asked, a pipe that closes early
//! is not an error.

use std::future::Future;
use std::io::{BufWriter, IsTerminal as _, Write as _};
use std::process::ExitCode;

use serde::Serialize;

use url::Url;

use crate::model::answer::Answer;
use crate::render::terminal::{self, Look};

/// The manifest that `quad manifest` prints: the file in the repository.
const MANIFEST: &str = include_str!("../../manifest.yml");

pub(super) const MANIFEST_EXAMPLES: &str = "\
Examples:
  quad manifest
  quad manifest > manifest.yml

At api.slack.com/apps: Create New App, From a manifest, paste it.";

/// Prints the Slack app manifest; with the domain of quad's page where it has one, so that links to it
/// are shown in place.
pub fn manifest(page: Option<&Url>) -> ExitCode {
    match page.and_then(Url::host_str) {
        Some(host) => print(&MANIFEST.replacen(
            "features:\n",
            &format!("features:\n  unfurl_domains:\n    - {host}\n"),
            1,
        )),
        None => print(MANIFEST),
    }
    ExitCode::SUCCESS
}

/// Runs a subcommand that waits for the store or the network.
///
/// # Errors
/// Whatever the subcommand fails with, or a runtime that can't start.
pub fn block_on(work: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let code = runtime.block_on(work);
    // Work that is still blocked (a prompt that reads) must not keep the process alive.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    code
}

/// Waits for something of the network, in a subcommand that otherwise waits for nothing.
///
/// # Errors
/// Whatever the work fails with, or a runtime that can't start.
pub fn block_on_value<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// How standard output wants its answers.
pub fn look() -> Look {
    let terminal = std::io::stdout().is_terminal();
    let width = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(100);
    Look { colour: terminal && std::env::var_os("NO_COLOR").is_none(), width }
}

/// Prints an answer, as text or as JSON.
pub fn answer(answer: &Answer, json: bool) {
    if json { self::json(answer) } else { print(&terminal::text(answer, look())) }
}

/// Prints one JSON document, as it is made.
pub fn json(value: &impl Serialize) {
    let mut out = BufWriter::new(std::io::stdout().lock());
    match serde_json::to_writer_pretty(&mut out, value) {
        Ok(()) => {
            let _ = writeln!(out).and_then(|()| out.flush());
        }
        // Whoever reads may have gone away.
        Err(error) if error.is_io() => {}
        Err(error) => eprintln!("quad: can't be written as JSON: {error}"),
    }
}

/// Prints text. Whoever reads may have gone away (`quad alerts | head`); that is their right.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// Waits for `work`, and where it takes longer than a second says what for, on a terminal.
pub async fn patiently<T>(what: &'static str, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    let second = tokio::time::sleep(std::time::Duration::from_secs(1));
    tokio::select! {
        done = &mut work => return done,
        () = second => {}
    }
    // indicatif draws only on a terminal.
    let bar = indicatif::ProgressBar::new_spinner().with_message(what);
    bar.enable_steady_tick(std::time::Duration::from_millis(100));
    let done = work.await;
    bar.finish_and_clear();
    done
}

/// Logs as sentences on standard error: warnings only beside a prompt, where they would disturb.
/// `RUST_LOG` says otherwise.
pub fn start_logging(quiet: bool) {
    let usual = if quiet { "error" } else { "quad=info,warn" };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(usual));
    // A second start in the same process keeps the first.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .try_init();
}
