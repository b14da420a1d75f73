//! A quad of its own: started as a user would, asked as a user would.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use crate::support::processes::{Process, eventually_within, free_port, http_get};
use crate::support::slack::Slack;

/// A running quad with a folder of its own; ends when dropped.
pub(crate) struct Agent {
    process: Process,
    quad: PathBuf,
    folder: tempfile::TempDir,
    listen: String,
}

impl Agent {
    /// Starts `quad ARGS` with this configuration (JSON is YAML), without waiting for anything.
    pub(crate) fn launch(quad: &Path, args: &[&str], config: &Value) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listen = format!("127.0.0.1:{}", free_port());
        std::fs::write(folder.path().join("quad.yml"), config.to_string()).expect("writes");
        let mut command = command(quad, folder.path(), &listen);
        command.args(args);
        let process = Process::start(&command, &folder.path().join("log"));
        Self { process, quad: quad.to_owned(), folder, listen }
    }

    /// Waits until `page` answers with 200.
    pub(crate) async fn wait_for(&mut self, page: &str) {
        let url = format!("http://{}/{page}", self.listen);
        loop {
            assert!(self.process.ended().is_none(), "quad ended: {}", self.log());
            if matches!(http_get(&url).await, Ok((200, _))) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// What `quad ask` prints, from another process.
    pub(crate) fn ask(&self, text: &str) -> String {
        let Output { status, stdout, stderr } = command(&self.quad, self.folder.path(), &self.listen)
            .args(["ask", text])
            .output()
            .expect("quad ask runs");
        assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
        String::from_utf8_lossy(&stdout).into_owned()
    }

    /// Resident memory of this process alone, in MB (10^6 bytes).
    pub(crate) fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux says it");
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kilobytes * 1_024.0 / 1e6
    }

    /// What it logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

fn command(quad: &Path, folder: &Path, listen: &str) -> Command {
    let mut command = Command::new(quad);
    command.arg("--config").arg(folder.join("quad.yml"));
    command.arg("--data").arg(folder.join("data")).args(["--listen", listen]);
    command
}

/// A configuration with Slack, and with a Prometheus where there is one.
pub(crate) fn configured(slack: &Slack, prometheus: Option<&Url>) -> Value {
    let mut config = json!({
        "slack": serde_json::to_value(slack.config()).expect("is plain"),
        "alerts": {"slack_channel": "#ops"},
        "monitoring": {"check_interval_secs": 10},
    });
    if let Some(url) = prometheus {
        config["sources"] = json!({"prometheus": [{"base_url": url}]});
    }
    config
}

/// Waits until quad has opened its sockets to Slack.
pub(crate) async fn connected(slack: &Slack) {
    slack.connections(2, 2).await;
}

/// Waits for something that may take minutes.
pub(crate) async fn patiently<T>(what: &str, minutes: u64, look: impl AsyncFnMut() -> Option<T>) -> T {
    eventually_within(Duration::from_secs(60 * minutes), what, look).await
}
