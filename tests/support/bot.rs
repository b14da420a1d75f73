//! The whole of quad, in the words of the domain: the real app on a real store, between a Slack that
//! keeps state and services that exist as numbers, with a clock that the test moves.

use chrono::TimeDelta;
use hmac::{Hmac, KeyInit as _, Mac as _};
use quad::app::App;
use quad::config::{self, Config};
use quad::model::answer::Press;
use quad::model::inbound::{Inbound, Said};
use quad::model::outgoing::{Place, Platform};
use quad::model::person::{Person, Role};
use quad::model::time::{Moment, TimeRange};
use quad::ports::clock::Clock;
use quad::store::Store;
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::pages::Pages;
use super::processes::eventually;
use super::slack::{SIGNING, Slack};

const FORM: &str = "application/x-www-form-urlencoded";

/// A Thursday at 13:52 in Berlin.
pub(crate) const START: &str = "2026-01-08T12:52:00Z";

/// Between two checks.
const CHECK: TimeDelta = TimeDelta::seconds(30);

/// A running quad.
pub(crate) struct Bot {
    app: Option<App>,
    slack: Slack,
    pages: Pages,
    clock: Clock,
    config: Config,
    /// The same database as the app's, to see when it is done.
    store: Store,
    data: tempfile::TempDir,
}

pub(crate) fn minutes(count: i64) -> TimeDelta {
    TimeDelta::minutes(count)
}

impl Bot {
    /// quad, watching `checkout` and `web`, which have been well for five minutes. In Slack everybody
    /// may ask, and the user group `sre` (alice) and bob respond.
    pub(crate) async fn start() -> Self {
        Self::start_with(json!({}), START).await
    }

    /// The same with further configuration, at another time.
    pub(crate) async fn start_with(more: Value, at: &str) -> Self {
        // On the heap: the configuration and the app would else be part of every test's future.
        let bot = Box::pin(Self::asleep(more, at)).await;
        Box::pin(bot.awake()).await
    }

    async fn asleep(more: Value, at: &str) -> Self {
        let slack = Slack::start().await;
        let pages = Pages::start(&["checkout", "web"]).await;
        let data = tempfile::tempdir().expect("a folder");
        let settings = slack.config();
        let mut file = json!({
            "timezone": "Europe/Berlin",
            "data": data.path(),
            "web": {"listen": "127.0.0.1:0"},
            // The test says when a check is due.
            "monitoring": {"enabled": false},
            "alerts": {"slack_channel": "#ops"},
            "slack": {
                "bot_token": settings.bot_token,
                "app_token": settings.app_token,
                "signing_secret": settings.signing_secret,
                "base_url": settings.base_url,
                "timeout_secs": settings.timeout_secs,
                "roles": {"responder": {"groups": ["sre"], "emails": ["bob@example.com"]}},
            },
            // What this machine does is not part of any test.
            "sources": {"scrape": pages.config(), "host": null},
        });
        merge(&mut file, more);
        let config = config::parse("test.yml", &file.to_string()).unwrap_or_else(|error| panic!("{error}"));
        let clock = Clock::manual(at.parse::<Moment>().expect("a time"));
        let url = format!("sqlite:{}", data.path().join("quad.db").display());
        let store = Store::open(&url).await.expect("the store opens");
        Self { app: None, slack, pages, clock, config, store, data }
    }

    async fn awake(mut self) -> Self {
        let opened = self.slack.opened();
        let app = Box::pin(App::start(self.config.clone(), self.clock.clone())).await;
        self.app = Some(app.unwrap_or_else(|error| panic!("quad does not start: {error:#}")));
        if self.config.file.slack.as_ref().is_some_and(|slack| slack.app_token.is_some()) {
            self.slack.connections(2, opened + 2).await;
        }
        self.advance(minutes(5)).await;
        self
    }

    /// Ends quad in order and starts it again `later`, with the same data.
    pub(crate) async fn restart_after(mut self, later: TimeDelta) -> Self {
        Box::pin(self.stop()).await;
        self.clock.advance(later);
        Box::pin(self.awake()).await
    }

    /// The same, and something happens while it is down.
    pub(crate) async fn restart_with<T>(mut self, meanwhile: impl FnOnce() -> T) -> Self {
        Box::pin(self.stop()).await;
        meanwhile();
        Box::pin(self.awake()).await
    }

    /// The people's side.
    pub(crate) fn slack(&self) -> &Slack {
        &self.slack
    }

    /// The services' side.
    pub(crate) fn metrics(&self) -> &Pages {
        &self.pages
    }

    /// The app itself.
    pub(crate) fn app(&self) -> &App {
        self.app.as_ref().expect("it runs")
    }

    /// The same database as the app's.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Where it keeps things.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.data.path()
    }

    /// Every byte that quad keeps on disk.
    pub(crate) fn kept(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.data.path()).expect("a folder");
        files.flat_map(|file| std::fs::read(file.expect("a file").path()).expect("is read")).collect()
    }

    /// The time that quad sees.
    pub(crate) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// The next check.
    pub(crate) async fn tick(&self) {
        self.clock.advance(CHECK);
        self.app().monitor().expect("it watches").round().await;
        self.app().on_call().expect("it looks").look().await.expect("the store answers");
    }

    /// Time passes, with its checks.
    pub(crate) async fn advance(&self, by: TimeDelta) {
        for _ in 0..by.num_seconds() / CHECK.num_seconds() {
            self.tick().await;
        }
    }

    /// Time passes in which nothing is checked.
    pub(crate) fn sleep(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// Calls quad's door as Slack would with an event, signed `age` seconds ago; the status.
    pub(crate) async fn call_events(&self, event: &Value, secret: &str, age: i64) -> u16 {
        self.call("application/json", &event.to_string(), secret, age).await
    }

    /// The same for a slash command, whose body is a form.
    pub(crate) async fn call_command(&self, channel: &str, by: &str, text: &str) -> u16 {
        let command = self.slack.command_of(channel, by, text);
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in command.as_object().expect("fields") {
            form.append_pair(name, value.as_str().expect("text"));
        }
        self.call(FORM, &form.finish(), SIGNING, 0).await
    }

    /// The same for a press, which comes as JSON in a form.
    pub(crate) async fn call_press(&self, press: &Value) -> u16 {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("payload", &press.to_string());
        self.call(FORM, &form.finish(), SIGNING, 0).await
    }

    async fn call(&self, kind: &str, body: &str, secret: &str, age: i64) -> u16 {
        let stamp = self.clock.now().timestamp() - age;
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
        mac.update(format!("v0:{stamp}:{body}").as_bytes());
        let signature = hex::encode(mac.finalize().into_bytes());
        let head = format!(
            "POST /slack/events HTTP/1.1\r\nHost: quad.example.com\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nX-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0={signature}\r\n\r\n",
            body.len()
        );
        let address = self.app().config().file.web.listen;
        let mut stream = TcpStream::connect(address).await.expect("connects");
        stream.write_all(format!("{head}{body}").as_bytes()).await.expect("sends");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.expect("reads");
        reply.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
    }

    /// Calls another of quad's doors; the status.
    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> u16 {
        let mut head = format!("POST {path} HTTP/1.1\r\nHost: quad.example.com\r\nConnection: close\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let reply = self.exchange(&format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())).await;
        reply.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
    }

    /// quad's own figures.
    pub(crate) async fn own_metrics(&self) -> String {
        let host = self.app().config().file.web.listen;
        self.exchange(&format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await
    }

    async fn exchange(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.app().config().file.web.listen).await.expect("connects");
        stream.write_all(request.as_bytes()).await.expect("sends");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.expect("reads");
        reply
    }

    /// The message on the page about a service that is slow, as it is kept.
    pub(crate) async fn page_alert(&self) -> String {
        let messages = self.store.newest_messages(quad::web::CONVERSATION, "page", 50).await;
        let messages = messages.expect("the store answers");
        let shown = messages.iter().rev().map(|message| format!("{:?}", message.content));
        shown.into_iter().find(|content| content.contains("has been slow")).unwrap_or_default()
    }

    /// The address of the alert's message on the page, as others post it.
    pub(crate) async fn page_link(&self) -> String {
        let messages = self.store.newest_messages(quad::web::CONVERSATION, "page", 50).await;
        let messages = messages.expect("the store answers");
        let alert =
            messages.iter().find(|message| format!("{:?}", message.content).contains("has been slow"));
        format!("https://quad.example.com/#m{}", alert.expect("an alert").id)
    }

    /// Somebody who responds presses something on the page.
    pub(crate) async fn press_on_page(&self, press: Press) {
        let inbound = Inbound {
            event_id: format!("press-{}", self.clock.now()),
            platform: Platform::Page,
            place: Place { channel: quad::web::CONVERSATION.to_owned(), thread: None },
            person: Person { id: "page".to_owned(), name: "Pat".to_owned(), role: Some(Role::Responder) },
            said: Said::Press { press, on: None },
            at: self.clock.now(),
            message: None,
            reply_url: None,
            aside: false,
            edited: false,
            said_in: None,
        };
        self.app().chat().accept(&inbound).await.expect("the store answers");
    }

    /// The audit log, one line an entry: who did what to what.
    pub(crate) async fn audit(&self) -> String {
        let range = TimeRange::new(Moment::UNIX_EPOCH, self.clock.now() + minutes(1));
        let lines = self.store.audit(range).await.expect("the store answers");
        let lines = lines.iter().map(|l| format!("{} {} {} {}", l.who_id, l.who_name, l.what, l.subject));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Returns once everything that was handed in is answered, and everything to say is said.
    pub(crate) async fn settled(&self) {
        self.slack.acknowledged().await;
        eventually("everything is said", async || self.is_settled().await.then_some(())).await;
    }

    /// The same where something waits for its time: a second look, another try.
    pub(crate) async fn settled_in_time(&self) {
        eventually("everything is said", async || {
            self.clock.advance(TimeDelta::seconds(1));
            self.is_settled().await.then_some(())
        })
        .await;
    }

    async fn is_settled(&self) -> bool {
        let waiting = self.store.inbound_waiting().await.expect("the store answers");
        let mut lanes = self.store.outbox_lanes(Platform::Slack).await.expect("the store answers");
        lanes.extend(self.store.outbox_lanes(Platform::Discord).await.expect("the store answers"));
        waiting == 0 && lanes.is_empty()
    }

    /// Nothing was said since the last look.
    pub(crate) async fn expect_silence(&self) {
        self.settled().await;
        self.slack.expect_silence();
    }

    /// Fails if anything was said that no line of the test expected, or that Slack would refuse.
    pub(crate) async fn finish(mut self) {
        self.settled().await;
        self.slack.finish();
        self.stop().await;
    }

    async fn stop(&mut self) {
        self.app.take().expect("it runs").stop().await;
    }
}

/// Puts `more` over `base`.
fn merge(base: &mut Value, more: Value) {
    match (base, more) {
        (Value::Object(base), Value::Object(more)) => {
            for (key, value) in more {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, more) => *base = more,
    }
}
