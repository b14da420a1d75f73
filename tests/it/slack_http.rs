//! Slack's events over HTTP: signed, stored, then acknowledged.

use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use quad::model::answer::Press;
use quad::model::inbound::{Inbound, Said};
use quad::model::time::Moment;
use quad::ports::clock::Clock;
use quad::vendors::slack::{Sink, Slack as Vendor, router};
use sha2::Sha256;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::slack::{SIGNING, Slack};

struct Door {
    address: std::net::SocketAddr,
    clock: Clock,
    heard: Arc<Mutex<Vec<Inbound>>>,
    full: Arc<Mutex<bool>>,
    task: tokio::task::JoinHandle<()>,
    vendor: Arc<Vendor>,
    _slack: Slack,
}

impl Drop for Door {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Door {
    async fn open() -> Self {
        let slack = Slack::start().await;
        let vendor = Arc::new(Vendor::new(slack.config()).expect("the configuration is fine"));
        let clock = Clock::manual(Moment::from_timestamp(1_767_880_920, 0).expect("a moment"));
        let (heard, full) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(false)));
        let (keeps, is_full) = (Arc::clone(&heard), Arc::clone(&full));
        let sink: Sink = Arc::new(move |inbound| {
            let result = if *is_full.lock().expect("no panic") {
                Err(anyhow::anyhow!("the disk is full"))
            } else {
                keeps.lock().expect("no panic").push(inbound);
                Ok(true)
            };
            async move { result }.boxed()
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let routes = router(Arc::clone(&vendor), "/hooks/slack", sink, clock.clone());
        let task = tokio::spawn(async move { axum::serve(listener, routes).await.expect("serves") });
        Self { address, clock, heard, full, task, vendor, _slack: slack }
    }

    /// Sends what Slack would send, signed `age` seconds ago.
    async fn send(&self, kind: &str, body: &str, secret: &str, age: i64) -> (u16, String) {
        let stamp = self.clock.now().timestamp() - age;
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
        mac.update(format!("v0:{stamp}:{body}").as_bytes());
        let signature = hex::encode(mac.finalize().into_bytes());
        let head = format!(
            "POST /hooks/slack HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nX-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0={signature}\r\n\r\n",
            body.len()
        );
        let mut stream = TcpStream::connect(self.address).await.expect("connects");
        stream.write_all(format!("{head}{body}").as_bytes()).await.expect("sends");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.expect("reads");
        let status = reply.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, reply.split_once("\r\n\r\n").map_or(String::new(), |(_, body)| body.to_owned()))
    }

    fn heard(&self) -> Vec<Said> {
        self.heard.lock().expect("no panic").iter().map(|inbound| inbound.said.clone()).collect()
    }
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const MENTION: &str = r#"{"type":"event_callback","event_id":"Ev1","event":{"type":"app_mention","user":"U0ALICE01",
    "text":"<@U0QUAD001> status","ts":"1767880920.000100","channel":"C0OPS0001"}}"#;

#[tokio::test]
async fn slack_may_check_the_address() {
    let door = Door::open().await;
    let (status, body) =
        door.send(JSON, r#"{"type":"url_verification","challenge":"abc"}"#, SIGNING, 0).await;
    assert_eq!((status, body.as_str()), (200, "abc"));
}

#[tokio::test]
async fn events_commands_and_presses_come_in_over_http() {
    let door = Door::open().await;
    assert_eq!(door.send(JSON, MENTION, SIGNING, 0).await.0, 200);
    let command =
        "command=%2Fquad&text=ack+12&channel_id=C0OPS0001&user_id=U0ALICE01&user_name=alice&trigger_id=1.2.a";
    assert_eq!(
        door.send(FORM, command, SIGNING, 0).await,
        (200, r#"{"response_type":"in_channel"}"#.to_owned())
    );
    let press = r#"{"type":"block_actions","user":{"id":"U0ALICE01"},"trigger_id":"1.3.a","channel":{"id":"C0OPS0001"},"actions":[{"type":"button","value":"ask:status of web & db","action_ts":"1.2"}]}"#;
    let press: String =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("payload", press).finish();
    assert_eq!(door.send(FORM, &press, SIGNING, 0).await.0, 200);
    assert_eq!(
        door.heard(),
        [
            Said::Text("status".to_owned()),
            Said::Text("ack 12".to_owned()),
            Said::Press { press: Press::Ask("status of web & db".to_owned()), on: None }
        ]
    );
}

#[tokio::test]
async fn forged_and_replayed_requests_are_refused() {
    let door = Door::open().await;
    assert_eq!(door.send(JSON, MENTION, "a guess", 0).await.0, 401);
    assert_eq!(door.send(JSON, MENTION, SIGNING, 6 * 60).await.0, 401);
    assert_eq!(door.send(JSON, MENTION, SIGNING, -6 * 60).await.0, 401);
    assert!(door.heard().is_empty());
    assert!(door.vendor.counts().outcomes().contains(&("refused", 3)));
}

#[tokio::test]
async fn what_could_not_be_stored_is_asked_for_again() {
    let door = Door::open().await;
    *door.full.lock().expect("no panic") = true;
    assert_eq!(door.send(JSON, MENTION, SIGNING, 0).await.0, 503);
}

#[tokio::test]
async fn nonsense_from_slack_is_counted_and_not_asked_for_again() {
    let door = Door::open().await;
    for (kind, body) in
        [(JSON, "{\"type\": \"event_c"), (JSON, "[]"), (FORM, "payload=%7B"), (FORM, "a=b"), (JSON, "\u{0}")]
    {
        assert_eq!(door.send(kind, body, SIGNING, 0).await.0, 200);
    }
    assert!(door.vendor.counts().outcomes().contains(&("unreadable", 5)));
    let huge = format!("{{\"type\":\"{}\"}}", "x".repeat(3 * 1024 * 1024));
    assert_eq!(door.send(JSON, &huge, SIGNING, 0).await.0, 413);
}
