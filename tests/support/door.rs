//! quad's page on a free port, in front of a real store, with the rest of quad played by the test;
//! and a client that speaks HTTP by hand, so that it can also send what no browser would.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use quad::error::UserError;
use quad::model::answer::Answer;
use quad::model::deployment::Deployment;
use quad::model::inbound::{Inbound, Said};
use quad::model::outgoing::{Kind, Outgoing, Place, Platform, Target};
use quad::model::person::{Person, Role};
use quad::model::time::Moment;
use quad::ports::clock::Clock;
use quad::ports::messenger::{Messenger as _, Spot};
use quad::store::Store;
use quad::web::metrics::Metrics;
use quad::web::panels::FaultSwitch;
use quad::web::settings::Settings;
use quad::web::{self, Doors, Faults, PageMessenger, Parts, RecordQuery, Web};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// How long anything may take before a test gives up.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// The page, and what it handed on.
pub(crate) struct House {
    pub(crate) address: SocketAddr,
    pub(crate) web: Web,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) heard: Arc<Mutex<Vec<Inbound>>>,
    pub(crate) deployed: Arc<Mutex<Vec<Deployment>>>,
    pub(crate) switched: Arc<Mutex<Vec<FaultSwitch>>>,
    settings: Settings,
    demo: bool,
    stop: Option<oneshot::Sender<()>>,
    served: Option<tokio::task::JoinHandle<anyhow::Result<()>>>,
}

/// The token of the data folder. Made here, so that no file holds what looks like a secret.
pub(crate) fn cli_token() -> String {
    "cli".repeat(8)
}

/// What pipelines sign with.
pub(crate) fn hook_secret() -> SecretString {
    SecretString::from("hook".repeat(8))
}

pub(crate) fn alice() -> Person {
    Person { id: "page".to_owned(), name: "Alice".to_owned(), role: Some(Role::Responder) }
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::open_with(Settings::default(), false).await
    }

    pub(crate) async fn open_with(settings: Settings, demo: bool) -> Self {
        let store = Store::open("sqlite::memory:").await.expect("a store");
        let clock = Clock::manual(Moment::from_timestamp(1_767_873_600, 0).expect("a moment"));
        Self::start(store, clock, settings, demo, "127.0.0.1:0").await
    }

    /// The same house after a restart: same address, same store.
    pub(crate) async fn reopen(self) -> Self {
        let address = self.address.to_string();
        Self::start(self.store, self.clock, self.settings, self.demo, &address).await
    }

    async fn start(store: Store, clock: Clock, settings: Settings, demo: bool, address: &str) -> Self {
        let listener = TcpListener::bind(address).await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let deployed = Arc::new(Mutex::new(Vec::new()));
        let switched = Arc::new(Mutex::new(vec![FaultSwitch { name: "slow-query".to_owned(), on: false }]));
        let web = Web::new(Parts {
            store: store.clone(),
            clock: clock.clone(),
            settings: settings.clone(),
            listen: address,
            doors: doors(&heard, &deployed, demo.then_some(&switched)),
            metrics: Arc::new(Metrics::default()),
            cli_token: SecretString::from(cli_token()),
            cli_person: Person {
                id: "terminal".to_owned(),
                name: "terminal".to_owned(),
                role: Some(Role::Admin),
            },
            deployments_secret: Some(hook_secret()),
            runbooks: Default::default(),
        });
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            // Dropped without a word also means: stop.
            let _ = stopped.await;
        };
        let served = tokio::spawn(web::serve(listener, web.clone(), axum::Router::new(), shutdown));
        let (stop, served) = (Some(stop), Some(served));
        Self { address, web, store, clock, heard, deployed, switched, settings, demo, stop, served }
    }

    /// Ends the server, as SIGTERM would; fails if it does not end.
    pub(crate) async fn close(&mut self) {
        drop(self.stop.take());
        let served = self.served.take().expect("still open");
        tokio::time::timeout(DEADLINE, served).await.expect("ends").expect("no panic").expect("no error");
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The path of a fresh sign-in link.
    pub(crate) async fn link(&self) -> String {
        let link = self.web.login_link(&alice()).await.expect("a link");
        assert_eq!(link.authority(), self.address.to_string());
        link.path().to_owned()
    }

    /// Signs in as a browser would; the cookie to send from then on.
    pub(crate) async fn sign_in(&self) -> String {
        let path = self.link().await;
        let reply = self.take_link(&path).await;
        assert_eq!(reply.status, 303, "{}", reply.body);
        reply.cookie()
    }

    /// Presses the button behind a sign-in link.
    pub(crate) async fn take_link(&self, path: &str) -> Reply {
        let token = path.strip_prefix("/login/").expect("a sign-in link");
        let form = format!("token={token}");
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.call("POST", "/login", &[kind], form.as_bytes()).await
    }

    /// The token that the page of this session carries.
    pub(crate) async fn page_token(&self, cookie: &str) -> String {
        let page = self.call("GET", "/", &[("cookie", cookie)], b"").await;
        let (_, rest) = page.body.split_once("data-token=\"").expect("a token on the page");
        rest.split_once('"').expect("its end").0.to_owned()
    }

    /// One request under the server's own name.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        let own = self.address.to_string();
        let host = headers.iter().find(|(name, _)| *name == "host").map_or(own.as_str(), |(_, host)| host);
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
        for (name, value) in headers.iter().filter(|(name, _)| *name != "host") {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        let mut stream = TcpStream::connect(self.address).await.expect("connects");
        stream.write_all(head.as_bytes()).await.expect("sends");
        stream.write_all(body).await.expect("sends all of it");
        let mut raw = Vec::new();
        tokio::time::timeout(DEADLINE, stream.read_to_end(&mut raw)).await.expect("in time").expect("reads");
        Reply::read(&String::from_utf8_lossy(&raw))
    }

    /// Says something as the page does.
    pub(crate) async fn say(&self, cookie: &str, id: &str, text: &str) -> Reply {
        let body = serde_json::json!({ "id": id, "text": text }).to_string();
        self.post(cookie, "/messages", &body).await
    }

    /// Posts JSON as the page does.
    pub(crate) async fn post(&self, cookie: &str, path: &str, body: &str) -> Reply {
        let token = self.page_token(cookie).await;
        let origin = format!("http://{}", self.address);
        let headers = [
            ("cookie", cookie),
            ("x-quad-token", &token),
            ("origin", &origin),
            ("sec-fetch-site", "same-origin"),
            ("content-type", "application/json"),
        ];
        self.call("POST", path, &headers, body.as_bytes()).await
    }

    /// What quad sends to the page.
    pub(crate) async fn deliver(&self, answer: Answer, thread: Option<&str>) -> Outgoing {
        let place = Place { channel: web::CONVERSATION.to_owned(), thread: thread.map(str::to_owned) };
        let target = Target::Post(place.clone());
        let outgoing = Outgoing::new(Platform::Page, Kind::Answer, target, answer, self.clock.now());
        let spot = Spot::New { channel: place.channel, thread: place.thread };
        self.messenger().send(&spot, &outgoing).await.expect("kept");
        outgoing
    }

    pub(crate) fn messenger(&self) -> PageMessenger {
        PageMessenger::new(self.web.clone())
    }

    /// An open stream of live updates.
    pub(crate) async fn events(&self, cookie: &str, last: Option<&str>) -> Events {
        let mut stream = TcpStream::connect(self.address).await.expect("connects");
        let last = last.map(|id| format!("last-event-id: {id}\r\n")).unwrap_or_default();
        let head =
            format!("GET /events HTTP/1.1\r\nhost: {}\r\ncookie: {cookie}\r\n{last}\r\n", self.address);
        stream.write_all(head.as_bytes()).await.expect("sends");
        Events { stream, seen: String::new() }
    }

    /// What was said to quad, so far.
    pub(crate) fn words(&self) -> Vec<String> {
        let heard = self.heard.lock().expect("no panic");
        heard
            .iter()
            .map(|inbound| match &inbound.said {
                Said::Text(text) => text.clone(),
                Said::Press { press, .. } => press.encode(),
                Said::Quoted(words) => words.clone(),
                Said::Link(url) => url.clone(),
                Said::Home => "home".to_owned(),
                Said::Deleted => "deleted".to_owned(),
            })
            .collect()
    }
}

fn doors(
    heard: &Arc<Mutex<Vec<Inbound>>>,
    deployed: &Arc<Mutex<Vec<Deployment>>>,
    switched: Option<&Arc<Mutex<Vec<FaultSwitch>>>>,
) -> Doors {
    let (heard, deployed) = (heard.clone(), deployed.clone());
    Doors {
        mail: None,
        ask: Arc::new(|inbound| {
            Box::pin(async move {
                let Said::Text(text) = inbound.said else { anyhow::bail!("not words") };
                match text.as_str() {
                    "break" => anyhow::bail!("the inner reason"),
                    "who" => Err(UserError::new("I don't know `chekout`; did you mean `checkout`?").into()),
                    _ => Ok(Answer::new(format!("you asked: {text}"))),
                }
            })
        }),
        accept: Arc::new(move |inbound: Inbound| {
            let mut heard = heard.lock().expect("no panic");
            let new = heard.iter().all(|known| known.event_id != inbound.event_id);
            if new {
                heard.push(inbound);
            }
            Box::pin(async move { Ok(new) })
        }),
        deployed: Arc::new(move |deployment| {
            let mut deployed = deployed.lock().expect("no panic");
            let new = !deployed.contains(&deployment);
            deployed.push(deployment);
            Box::pin(async move { Ok(new) })
        }),
        records: Arc::new(|query: RecordQuery| {
            Box::pin(async move { Ok(serde_json::json!([format!("{query:?}")])) })
        }),
        faults: switched.map(|switched| {
            let (list, switch) = (switched.clone(), switched.clone());
            Faults {
                list: Arc::new(move |()| {
                    let list = list.lock().expect("no panic").clone();
                    Box::pin(async move { Ok(list) })
                }),
                switch: Arc::new(move |(name, on)| {
                    *switch.lock().expect("no panic") = vec![FaultSwitch { name, on }];
                    Box::pin(async { Ok(()) })
                }),
            }
        }),
    }
}

/// A response.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    fn read(raw: &str) -> Self {
        let (head, body) = raw.split_once("\r\n\r\n").unwrap_or((raw, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    /// A header's value, lowercased.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// The cookie that it set, as a browser sends it back.
    pub(crate) fn cookie(&self) -> String {
        let set = self.header("set-cookie").expect("a cookie");
        set.split(';').next().unwrap_or_default().to_owned()
    }
}

/// Live updates as they come in.
pub(crate) struct Events {
    stream: TcpStream,
    seen: String,
}

impl Events {
    /// Reads on until `needle` came; everything so far.
    pub(crate) async fn until(&mut self, needle: &str) -> &str {
        let read = async {
            let mut buffer = [0; 4096];
            while !self.seen.contains(needle) {
                let n = self.stream.read(&mut buffer).await.expect("reads");
                assert!(n > 0, "ended without {needle}: {}", self.seen);
                self.seen.push_str(&String::from_utf8_lossy(&buffer[..n]));
            }
        };
        let late = tokio::time::timeout(DEADLINE, read).await.is_err();
        assert!(!late, "no {needle} in {}", self.seen);
        &self.seen
    }

    /// Reads until the server ends it.
    pub(crate) async fn rest(mut self) -> String {
        let mut raw = Vec::new();
        let read = self.stream.read_to_end(&mut raw);
        tokio::time::timeout(DEADLINE, read).await.expect("ends in time").expect("reads");
        self.seen + &String::from_utf8_lossy(&raw)
    }
}

/// Long enough for a session to end.
pub(crate) fn days(n: i64) -> TimeDelta {
    TimeDelta::days(n)
}
