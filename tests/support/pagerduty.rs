//! A service that stands in for PagerDuty: it keeps incidents as the Events API v2 is described to,
//! calls back when somebody takes one, misbehaves on demand, and has every request judged at the end.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::processes::eventually;
use super::shared::shared;

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// 429 with Retry-After.
    Busy(u64),
    /// Another status.
    Status(u16),
    /// It is done, and the answer never comes.
    AcceptThenDrop,
    /// Nothing is done, and no answer comes.
    Close,
}

/// An incident.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Incident {
    /// `triggered`, `acknowledged` or `resolved`.
    pub(crate) status: &'static str,
    /// How often somebody was called: opened, not what was added to an open one.
    pub(crate) calls: usize,
    /// The event that opened it last.
    pub(crate) event: Value,
}

#[derive(Default)]
struct State {
    incidents: BTreeMap<String, Incident>,
    requests: Vec<Value>,
    faults: VecDeque<Fault>,
    events: usize,
}

/// The service.
pub(crate) struct PagerDuty {
    state: Arc<Mutex<State>>,
    address: std::net::SocketAddr,
    secrets: tempfile::TempDir,
}

/// Put together here, so that no file holds what looks like a secret.
pub(crate) fn routing_key() -> String {
    "r0ut".repeat(8)
}

fn webhook_secret() -> String {
    "hush".repeat(8)
}

impl PagerDuty {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let secrets = tempfile::tempdir().expect("a folder");
        std::fs::write(secrets.path().join("routing"), routing_key()).expect("writes");
        std::fs::write(secrets.path().join("webhook"), webhook_secret()).expect("writes");
        let state = Arc::new(Mutex::new(State::default()));
        let served = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connection(stream, Arc::clone(&served)));
            }
        });
        Self { state, address, secrets }
    }

    /// The section of quad's configuration.
    pub(crate) fn config(&self) -> Value {
        json!({
            "routing_key": {"file": self.path("routing")},
            "webhook_secret": {"file": self.path("webhook")},
            "base_url": format!("http://{}/v2", self.address),
            "timeout_secs": 5,
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.secrets.path().join(name)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next requests fail like this, one each.
    pub(crate) fn next(&self, faults: &[Fault]) {
        self.state().faults.extend(faults);
    }

    /// Nothing goes wrong any more.
    pub(crate) fn recover(&self) {
        self.state().faults.clear();
    }

    /// All incidents, by key.
    pub(crate) fn incidents(&self) -> BTreeMap<String, Incident> {
        self.state().incidents.clone()
    }

    /// How many events arrived in all.
    pub(crate) fn requests(&self) -> usize {
        self.state().requests.len()
    }

    /// Waits for `count` incidents of which the newest by key has this status.
    pub(crate) async fn expect(&self, count: usize, status: &str) -> (String, Incident) {
        eventually(&format!("incident {count} is {status}"), async || {
            let incidents = self.incidents();
            let (key, incident) = incidents.iter().next_back()?;
            let fits = incidents.len() == count && incident.status == status;
            fits.then(|| (key.clone(), incident.clone()))
        })
        .await
    }

    /// Nobody was called.
    pub(crate) fn expect_silence(&self) {
        assert_eq!(self.incidents(), BTreeMap::new());
    }

    /// What the webhook says when `agent` did `what` to an incident: the body and its signature. A
    /// person's doing changes the incident.
    pub(crate) fn webhook(&self, key: &str, what: &'static str, agent: Value) -> (String, String) {
        let mut state = self.state();
        if let Some(incident) = state.incidents.get_mut(key) {
            incident.status = what;
        }
        state.events += 1;
        let body = json!({"event": {
            "id": format!("01EVENT{}", state.events), "event_type": format!("incident.{what}"),
            "resource_type": "incident", "occurred_at": "2026-01-08T13:00:00.000Z",
            "agent": agent, "client": null,
            "data": {"id": "PGR0VU2", "type": "incident", "number": 2, "status": what,
                "incident_key": key, "title": "A little bump in the road"},
        }})
        .to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(webhook_secret().as_bytes()).expect("any length");
        mac.update(body.as_bytes());
        // While a secret is changed there are two signatures.
        let signature = format!("v1={},v1={}", "0".repeat(64), hex::encode(mac.finalize().into_bytes()));
        (body, signature)
    }

    /// Fails if PagerDuty's own description would refuse a request, where it is there to be asked.
    pub(crate) fn finish(&self) {
        let Some(judge) = judge() else { return };
        for request in &self.state().requests {
            let wrong: Vec<String> = judge.iter_errors(request).map(|error| error.to_string()).collect();
            assert!(wrong.is_empty(), "PagerDuty would refuse this: {wrong:#?}\n{request:#}");
        }
    }
}

/// The description of `POST /enqueue` as a judge; `None`, said loudly, where it is absent.
pub(crate) fn judge() -> Option<jsonschema::Validator> {
    let text = std::fs::read_to_string(shared("specs/pagerduty-events-v2.json")?).expect("the description");
    let mut schema: Value = serde_json::from_str(&text).expect("is JSON");
    schema["$ref"] = json!("#/paths/~1enqueue/post/requestBody/content/application~1json/schema");
    let options = jsonschema::draft7::options().should_validate_formats(true);
    Some(options.build(&schema).expect("the description can be used"))
}

/// A person as PagerDuty names them.
pub(crate) fn user(id: &str, name: &str) -> Value {
    json!({"id": id, "type": "user_reference", "summary": name,
        "html_url": format!("https://acme.pagerduty.com/users/{id}")})
}

/// The integration that quad sends through.
pub(crate) fn integration() -> Value {
    json!({"id": "PINT", "type": "events_api_v2_inbound_integration_reference", "summary": "quad"})
}

async fn connection(stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut stream = BufReader::new(stream);
    while let Some((target, body)) = read(&mut stream).await {
        if target != "POST /v2/enqueue" {
            write(&mut stream, 404, "", "{}").await;
            continue;
        }
        let fault = state.lock().unwrap_or_else(PoisonError::into_inner).faults.pop_front();
        match fault {
            Some(Fault::Close) => return,
            Some(Fault::Busy(seconds)) => {
                write(&mut stream, 429, &format!("Retry-After: {seconds}\r\n"), "{}").await;
            }
            Some(Fault::Status(status)) => write(&mut stream, status, "", "{}").await,
            Some(Fault::AcceptThenDrop) => {
                take(&state, &body);
                return;
            }
            None => {
                let (status, reply) = take(&state, &body);
                write(&mut stream, status, "", &reply.to_string()).await;
            }
        }
    }
}

/// Carries an event out: the status and the reply.
fn take(state: &Mutex<State>, body: &[u8]) -> (u16, Value) {
    let refused = |why: &str| (400, json!({"status": "invalid event", "message": why}));
    let Ok(event) = serde_json::from_slice::<Value>(body) else { return refused("not JSON") };
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    state.requests.push(event.clone());
    if event["routing_key"] != routing_key() {
        return refused("the routing key is not known");
    }
    let Some(key) = event["dedup_key"].as_str().map(str::to_owned) else { return refused("no key") };
    let known = state.incidents.get_mut(&key);
    match (event["event_action"].as_str(), known) {
        (Some("trigger"), Some(open)) if open.status != "resolved" => {}
        (Some("trigger"), Some(over)) => {
            *over = Incident { status: "triggered", calls: over.calls + 1, event };
        }
        (Some("trigger"), None) => {
            state.incidents.insert(key.clone(), Incident { status: "triggered", calls: 1, event });
        }
        (Some("acknowledge"), Some(open)) if open.status == "triggered" => open.status = "acknowledged",
        (Some("resolve"), Some(open)) => open.status = "resolved",
        // About nothing that is open: accepted, and nothing happens.
        (Some("acknowledge" | "resolve"), _) => {}
        _ => return refused("no such action"),
    }
    (202, json!({"status": "success", "message": "Event processed", "dedup_key": key}))
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut first = String::new();
    stream.read_line(&mut first).await.ok().filter(|length| *length > 0)?;
    let target = first.rsplit_once(' ')?.0.to_owned();
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((target, body))
}

async fn write(stream: &mut BufReader<TcpStream>, status: u16, extra: &str, body: &str) {
    let head = format!(
        "HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\n{extra}Content-Length: {}\r\n\r\n",
        body.len()
    );
    // Who is gone does not listen.
    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
}
