//! A service that stands in for GitHub: it keeps a repository's issues as the REST reference describes,
//! misbehaves on demand, and has every request judged at the end.

pub(crate) mod judge;
pub(crate) mod server;

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quad::model::time::Moment;
use quad::ports::clock::Clock;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::processes::installed;
use server::{Answer, App, Fault, Issue, QUAD, Request, State};

/// The service.
pub(crate) struct GitHub {
    state: Arc<Mutex<State>>,
    address: std::net::SocketAddr,
    pub(crate) secrets: tempfile::TempDir,
}

/// Put together here, so that no file holds what looks like a secret.
pub(crate) fn token() -> String {
    ["gh", "p_", &"t0ken".repeat(7)].concat()
}

impl GitHub {
    /// Its time is the clock's.
    pub(crate) async fn start(clock: &Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let secrets = tempfile::tempdir().expect("a folder");
        std::fs::write(secrets.path().join("token"), token()).expect("writes");
        let state = Arc::new(Mutex::new(State::new(clock.clone(), address.to_string(), token())));
        let served = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connection(stream, Arc::clone(&served)));
            }
        });
        Self { state, address, secrets }
    }

    /// The section of quad's configuration, with a token.
    pub(crate) fn config(&self) -> Value {
        json!({
            "repo": server::REPOSITORY, "token": {"file": self.path("token")},
            "base_url": format!("http://{}", self.address), "timeout_secs": 1,
            "labels": ["operations"], "code_agent_label": "code-agent",
        })
    }

    /// The same with an App, whose key is in the form that `form` names: `-traditional` is GitHub's own.
    pub(crate) fn app_config(&self, form: &[&str]) -> Value {
        let run = |args: &[&str]| {
            let done = Command::new(installed("openssl", "openssl"))
                .args(args)
                .current_dir(self.secrets.path())
                .output()
                .expect("openssl starts");
            assert!(done.status.success(), "openssl: {}", String::from_utf8_lossy(&done.stderr));
            done.stdout
        };
        run(&["genrsa", "-out", "made.pem", "2048"]);
        run(&[&["rsa", "-in", "made.pem", "-out", "app.pem"], form].concat());
        let public_key = run(&["rsa", "-in", "app.pem", "-RSAPublicKey_out", "-outform", "DER"]);
        self.state().app = Some(App {
            id: 7,
            installation: 99,
            public_key,
            permissions: json!({"issues": "write", "metadata": "read", "pull_requests": "read"}),
        });
        let mut config = self.config();
        config.as_object_mut().expect("a section").remove("token");
        config["app"] = json!({"id": 7, "private_key": {"file": self.path("app.pem")}});
        config
    }

    fn path(&self, name: &str) -> PathBuf {
        self.secrets.path().join(name)
    }

    /// What it knows, to look at and to change.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next request whose method and path begin like this fails.
    pub(crate) fn next(&self, route: &str, fault: Fault) {
        self.state().faults.push_back((route.to_owned(), fault));
    }

    /// What was let go without an answer is done now.
    pub(crate) fn late(&self) {
        let mut state = self.state();
        for request in std::mem::take(&mut state.late) {
            state.answer(&request);
        }
    }

    /// The only issue.
    pub(crate) fn only(&self) -> Issue {
        let state = self.state();
        assert_eq!(state.numbers().len(), 1, "{:?}", state.issues);
        state.issues.iter().find(|issue| issue.pull.is_none()).expect("an issue").clone()
    }

    /// Somebody opens an issue or a pull request.
    pub(crate) fn somebody_opens(&self, change: impl FnOnce(&mut Issue)) -> u64 {
        let mut state = self.state();
        let number = state.next_number();
        let mut issue = Issue {
            number,
            title: "Something".to_owned(),
            body: String::new(),
            open: true,
            labels: Vec::new(),
            author: QUAD,
            app: None,
            created: state.clock.now(),
            comments: Vec::new(),
            pull: None,
            mentioned_in: Vec::new(),
            indexed: true,
        };
        change(&mut issue);
        state.issues.push(issue);
        number
    }

    /// How many requests began like this.
    pub(crate) fn asked(&self, route: &str) -> usize {
        let state = self.state();
        let lines = state.requests.iter().map(|request| format!("{} {}", request.method, request.path));
        lines.filter(|line| line.starts_with(route)).count()
    }

    /// Fails if GitHub's own description would refuse a request, where it is there to be asked.
    pub(crate) fn finish(&self) {
        let state = self.state();
        assert_eq!(state.wrong, Vec::<String>::new());
        assert!(state.faults.is_empty(), "what never happened: {:?}", state.faults);
        for request in &state.requests {
            let wrong = judge::judge(request);
            assert!(wrong.is_empty(), "GitHub would refuse this: {wrong:#?}\n{request:#?}");
        }
    }
}

async fn connection(stream: TcpStream, state: Arc<Mutex<State>>) {
    let lock = || state.lock().unwrap_or_else(PoisonError::into_inner);
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream).await {
        let (fault, now) = {
            let mut state = lock();
            state.requests.push(request.clone());
            (state.fault(&request), state.clock.now())
        };
        let spent = |seconds: u64| {
            let reset = now.timestamp() + i64::try_from(seconds).expect("a short time");
            vec![("x-ratelimit-remaining", "0".to_owned()), ("x-ratelimit-reset", reset.to_string())]
        };
        let answer = match fault {
            None => lock().answer(&request),
            Some(Fault::Busy(seconds)) => Answer(429, vec![("retry-after", seconds.to_string())], json!({})),
            Some(Fault::Spent(seconds)) => {
                let mut headers = spent(seconds);
                let search = request.path.starts_with("/search/");
                headers.push(("x-ratelimit-resource", if search { "search" } else { "core" }.to_owned()));
                Answer(403, headers, json!({"message": "API rate limit exceeded for user ID 41."}))
            }
            Some(Fault::TooFast) => {
                server::refusal(403, "You have exceeded a secondary rate limit. Please wait a few minutes.")
            }
            Some(Fault::LastOne(seconds)) => {
                let mut answer = lock().answer(&request);
                answer.1.extend(spent(seconds));
                answer
            }
            Some(Fault::Status(status)) => {
                server::refusal(status, &format!("Sorry: Authorization: Bearer {}", request.token))
            }
            Some(Fault::DoneAnd502) => {
                lock().answer(&request);
                server::refusal(502, "Server Error")
            }
            Some(Fault::AcceptThenDrop) => {
                lock().answer(&request);
                return;
            }
            Some(Fault::DropThenAccept) => {
                lock().late.push(request);
                return;
            }
            Some(Fault::Close) => return,
            Some(Fault::Hang) => {
                // Until the other side gives up.
                let _ = stream.read_u8().await;
                return;
            }
        };
        write(&mut stream, now, answer).await;
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut first = String::new();
    stream.read_line(&mut first).await.ok().filter(|length| *length > 0)?;
    let (method, rest) = first.split_once(' ')?;
    let (target, _) = rest.rsplit_once(' ')?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (mut length, mut token) = (0, String::new());
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "authorization" => token = value.trim().strip_prefix("Bearer ")?.to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
        token,
    })
}

async fn write(stream: &mut BufReader<TcpStream>, now: Moment, Answer(status, headers, body): Answer) {
    use std::fmt::Write as _;
    let body = body.to_string();
    let mut head = format!(
        "HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\ndate: {}\r\ncontent-length: {}\r\n",
        now.format("%a, %d %b %Y %H:%M:%S GMT"),
        body.len()
    );
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").expect("writes");
    }
    // Who is gone does not listen.
    let _ = stream.write_all(format!("{head}\r\n{body}").as_bytes()).await;
}
