//! The real binary in a folder of its own: one command to its end, or a running quad.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::processes::{Process, eventually};

/// Where quad is started: an empty folder, and an environment that only holds what a test puts there.
pub(crate) struct Program {
    folder: tempfile::TempDir,
    env: Vec<(String, String)>,
}

/// How a command ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The same, once it is certain that it ended well.
    pub(crate) fn good(self) -> Self {
        assert_eq!(self.status, Some(0), "{self:?}");
        self
    }
}

impl Program {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), env: Vec::new() }
    }

    /// With this in `.quad/infrastructure-agent.yml`.
    pub(crate) fn configured(yaml: &str) -> Self {
        let program = Self::new();
        program.write(".quad/infrastructure-agent.yml", yaml);
        program
    }

    /// With this variable in its environment.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("writes");
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quad"));
        command.args(args).current_dir(self.folder.path()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", self.folder.path());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command to its end, with nothing on its standard input.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.run_on(args, "")
    }

    /// Runs a command to its end, with this on its standard input.
    pub(crate) fn run_on(&self, args: &[&str], input: &str) -> Ran {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        let mut stdin = child.stdin.take().expect("is piped");
        let input = input.to_owned();
        // Beside it, since it may answer before it has read everything.
        let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
        let output = child.wait_with_output().expect("ends");
        writer.join().expect("no panic");
        Ran {
            status: output.status.code(),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }

    /// Starts quad on a port that the system chooses, and waits until it has said where to chat.
    pub(crate) async fn start(&self, args: &[&str]) -> Running {
        let log = self.path("quad.log");
        let mut all = vec!["--listen", "127.0.0.1:0"];
        all.extend(args);
        let mut process = Process::start(&self.command(&all), &log);
        let link = eventually("quad says where to chat", async || {
            let said = std::fs::read_to_string(&log).expect("a log");
            if let Some(status) = process.ended() {
                panic!("quad ended with {status}: {said}");
            }
            let (_, rest) = said.split_once("  chat     ")?;
            let (link, _) = rest.split_once("  (signs you in, once)\n")?;
            // The banner is whole once its last line is there.
            said.contains("  next     ").then(|| link.to_owned())
        })
        .await;
        let address = link.strip_prefix("http://").and_then(|rest| rest.split_once('/'));
        let address = address.and_then(|(address, _)| address.parse().ok()).expect("an address");
        Running { process, log, link, address }
    }
}

/// A quad that runs. Ends with the test.
pub(crate) struct Running {
    process: Process,
    log: PathBuf,
    pub(crate) link: String,
    pub(crate) address: SocketAddr,
}

impl Running {
    /// Everything it wrote, standard output and log.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.log).expect("a log")
    }

    /// What pulling the plug does.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    pub(crate) async fn terminate(&mut self) -> ExitStatus {
        self.process.terminate().await
    }

    /// What Ctrl-C sends.
    pub(crate) async fn interrupt(&mut self) -> ExitStatus {
        let kill = Command::new("kill").args(["-INT", &self.process.id().to_string()]).status();
        assert!(kill.is_ok_and(|status| status.success()), "can't be signalled");
        eventually("quad ends", async || self.process.ended()).await
    }

    /// Status, head and body of one request.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> (u16, String, String) {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        let mut stream = TcpStream::connect(self.address).await.expect("connects");
        stream.write_all(head.as_bytes()).await.expect("sends");
        stream.write_all(body).await.expect("sends all of it");
        let mut raw = Vec::new();
        stream.read_to_end(&mut raw).await.expect("reads");
        let raw = String::from_utf8_lossy(&raw).into_owned();
        let status = raw.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        let (head, body) = raw.split_once("\r\n\r\n").expect("a head");
        (status, head.to_owned(), body.to_owned())
    }

    pub(crate) async fn get(&self, path: &str) -> String {
        self.call("GET", path, &[], b"").await.2
    }

    /// Signs in with a link, as a browser does.
    pub(crate) async fn sign_in(&self, link: &str) -> Visitor<'_> {
        let (_, token) = link.rsplit_once('/').expect("a link");
        let form = ("content-type", "application/x-www-form-urlencoded");
        let (status, head, body) =
            self.call("POST", "/login", &[form], format!("token={token}").as_bytes()).await;
        assert_eq!(status, 303, "{body}");
        let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let mut visitor = Visitor { at: self, cookie, token: String::new() };
        let page = visitor.page().await;
        let (_, rest) = page.split_once("data-token=\"").expect("a token on the page");
        visitor.token = rest.split_once('"').expect("its end").0.to_owned();
        visitor
    }
}

/// Somebody at the page.
pub(crate) struct Visitor<'a> {
    at: &'a Running,
    cookie: String,
    token: String,
}

impl Visitor<'_> {
    /// The page as it is now.
    pub(crate) async fn page(&self) -> String {
        self.at.call("GET", "/", &[("cookie", &self.cookie)], b"").await.2
    }

    /// Says something as the page does; the status and what came back.
    pub(crate) async fn say(&self, text: &str) -> (u16, String) {
        let origin = format!("http://{}", self.at.address);
        let headers = [
            ("cookie", self.cookie.as_str()),
            ("x-quad-token", &self.token),
            ("origin", &origin),
            ("sec-fetch-site", "same-origin"),
            ("content-type", "application/json"),
        ];
        let id = uuid::Uuid::new_v4().to_string();
        let body = serde_json::json!({ "id": id, "text": text }).to_string();
        let (status, _, body) = self.at.call("POST", "/messages", &headers, body.as_bytes()).await;
        (status, body)
    }
}

/// A file of the repository.
pub(crate) fn repository(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}
