//! The whole quad: in this process on a data folder of its own, or as the built binary.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use quad::app::App;
use quad::config::{self, Config};
use quad::model::alert::{Alert, AlertNumber};
use quad::model::inbound::{Inbound, Said};
use quad::model::outgoing::{Place, Platform};
use quad::ports::clock::Clock;
use quad::render::terminal::{self, Look};
use quad::store::{Content, Message, Store};
use quad::web::CONVERSATION;
use serde_json::Value;

use crate::support::processes::{Process, eventually, eventually_within, free_port, http_get};

/// A quad in this process. Its page listens on a free port.
pub(crate) struct Quad {
    app: App,
    store: Store,
    config: Config,
    data: tempfile::TempDir,
}

impl Quad {
    /// Starts with these settings (YAML as in the configuration file), on the real time.
    pub(crate) async fn start(settings: &str) -> Self {
        Self::start_at(settings, Clock::system()).await
    }

    /// The same on another clock.
    pub(crate) async fn start_at(settings: &str, clock: Clock) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let mut config = config::parse("test.yml", settings).unwrap_or_else(|why| panic!("{why}"));
        config.file.data = data.path().to_owned();
        config.file.web.listen = ([127, 0, 0, 1], 0).into();
        Self::start_on(data, config, clock).await
    }

    async fn start_on(data: tempfile::TempDir, config: Config, clock: Clock) -> Self {
        let app = App::start(config.clone(), clock).await.expect("quad starts");
        let url = format!("sqlite:{}", data.path().join("quad.db").display());
        let store = Store::open(&url).await.expect("its store opens");
        Self { app, store, config, data }
    }

    /// Ends it as SIGTERM would, and starts it again on the same data.
    pub(crate) async fn restart(self) -> Self {
        let Self { app, store, config, data } = self;
        let clock = app.clock().clone();
        store.close().await;
        app.stop().await;
        Self::start_on(data, config, clock).await
    }

    /// The app itself.
    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    /// Alerts that are not over.
    pub(crate) async fn open_alerts(&self) -> Vec<Alert> {
        self.app.readable().open_alerts().await.expect("alerts can be read")
    }

    /// Waits until an open alert is as `is` says.
    pub(crate) async fn expect_alert(
        &self,
        what: &str,
        patience: Duration,
        is: impl Fn(&Alert) -> bool,
    ) -> Alert {
        let deadline = Instant::now() + patience;
        loop {
            let open = self.open_alerts().await;
            if let Some(alert) = open.iter().find(|alert| is(alert)) {
                return alert.clone();
            }
            assert!(
                Instant::now() < deadline,
                "waited {} s in vain: {what}; open: {open:#?}",
                patience.as_secs()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until nothing is open any more.
    pub(crate) async fn expect_calm(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        loop {
            let open = self.open_alerts().await;
            if open.is_empty() {
                return;
            }
            assert!(Instant::now() < deadline, "waited {} s in vain; open: {open:#?}", patience.as_secs());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// What quad answers in a terminal.
    pub(crate) async fn ask(&self, text: &str) -> String {
        let inbound = Inbound {
            event_id: uuid::Uuid::new_v4().to_string(),
            platform: Platform::Terminal,
            place: Place { channel: "terminal".to_owned(), thread: None },
            person: App::local_person(),
            said: Said::Text(text.to_owned()),
            at: self.app.clock().now(),
            message: None,
            reply_url: None,
            aside: false,
            edited: false,
            said_in: None,
        };
        plain(&Content::Answer(self.app.chat().answer(&inbound).await))
    }

    /// The message of an alert as the page shows it now.
    pub(crate) async fn message(&self, number: AlertNumber) -> Option<String> {
        self.root(&self.page().await, number).map(|root| plain(&root.content))
    }

    /// What was said in the thread of an alert, oldest first.
    pub(crate) async fn thread(&self, number: AlertNumber) -> Vec<String> {
        let page = self.page().await;
        let Some(root) = self.root(&page, number).map(|root| root.id.to_string()) else { return Vec::new() };
        let notes = page.iter().filter(|message| message.thread.as_ref() == Some(&root));
        notes.map(|note| plain(&note.content)).collect()
    }

    /// Ends it as SIGTERM would.
    pub(crate) async fn stop(self) {
        self.store.close().await;
        self.app.stop().await;
    }

    async fn page(&self) -> Vec<Message> {
        self.store.newest_messages(CONVERSATION, "nobody", 1_000).await.expect("the page can be read")
    }

    fn root<'a>(&self, page: &'a [Message], number: AlertNumber) -> Option<&'a Message> {
        let named = format!("{number} ");
        page.iter().find(|message| message.thread.is_none() && plain(&message.content).contains(&named))
    }
}

fn plain(content: &Content) -> String {
    match content {
        Content::Text(text) => text.clone(),
        Content::Answer(answer) => terminal::text(answer, Look { colour: false, width: 200 }),
    }
}

/// The built binary, running on a data folder of its own.
pub(crate) struct Child {
    process: Process,
    listen: String,
    data: tempfile::TempDir,
}

impl Child {
    /// Starts `quad ARGS` and waits until it is healthy.
    pub(crate) async fn start(args: &[&str]) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let listen = format!("127.0.0.1:{}", free_port());
        let process = Process::start(&command(args, data.path(), &listen), &data.path().join("log"));
        let mut child = Self { process, listen, data };
        let health = format!("http://{}/healthz", child.listen);
        eventually("quad is healthy", async || {
            let ended = child.process.ended();
            assert!(ended.is_none(), "it ended: {}", child.log());
            matches!(http_get(&health).await, Ok((200, _))).then_some(())
        })
        .await;
        child
    }

    /// Waits until it has looked at everything so often: before, it has nothing to compare with.
    pub(crate) async fn has_looked(&self, times: u32) {
        let metrics = format!("http://{}/metrics", self.listen);
        eventually_within(Duration::from_secs(120), "quad has looked often enough", async || {
            let (_, text) = http_get(&metrics).await.ok()?;
            let done = text.lines().find_map(|line| {
                line.strip_prefix("quad_checks_total{outcome=\"complete\"} ")?.parse::<f64>().ok()
            })?;
            (done >= f64::from(times)).then_some(())
        })
        .await;
    }

    /// What it has printed so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.data.path().join("log")).unwrap_or_default()
    }

    /// Runs `quad ARGS` beside it, on the same data folder: its standard output.
    pub(crate) fn run(&self, args: &[&str]) -> String {
        let output = command(args, self.data.path(), &self.listen).output().expect("quad runs");
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "quad {args:?} failed: {out}{err}");
        out.into_owned()
    }

    /// The specification's alert records of the last hour.
    pub(crate) fn alert_records(&self) -> Vec<Value> {
        serde_json::from_str(&self.run(&["alerts", "--hours", "1", "--json"])).expect("records are JSON")
    }

    /// Waits until the records of the last hour are as wanted; fails with what they are. Each look is
    /// a process of its own, so it does not look all the time.
    pub(crate) async fn expect_records(
        &self,
        what: &str,
        patience: Duration,
        wanted: impl Fn(&[Value]) -> bool,
    ) {
        let deadline = Instant::now() + patience;
        loop {
            let records = self.alert_records();
            if wanted(&records) {
                return;
            }
            assert!(Instant::now() < deadline, "waited in vain: {what}; there is {records:#?}");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Ends it with SIGTERM, which must be clean.
    pub(crate) async fn stop(mut self) {
        let status = self.process.terminate().await;
        assert!(status.success(), "{status}: {}", self.log());
    }
}

fn command(args: &[&str], data: &Path, listen: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quad"));
    command.args(args).arg("--data").arg(data).args(["--listen", listen]);
    // Where tests run, a configuration may lie.
    command.current_dir(data);
    command
}
