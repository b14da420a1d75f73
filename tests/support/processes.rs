//! Real servers as children that end with the test, free ports, and waiting for a condition.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long to wait for something that takes milliseconds on an idle machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A child that is killed when it is dropped, and by the kernel when the test is.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    child: Child,
}

impl Process {
    /// Starts `command`, with nothing on its standard input. Its output goes to `log`.
    pub(crate) fn start(command: &Command, log: &Path) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let file = std::fs::File::create(log).expect("the log can be written");
        let mut tied = tied_to_us(command);
        tied.stdin(Stdio::null());
        tied.stdout(file.try_clone().expect("a file handle can be doubled")).stderr(file);
        let child = tied.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Self { name, child }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// Ends it at once (SIGKILL) and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        // It may be gone already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to end (SIGTERM) and waits for that.
    pub(crate) async fn terminate(&mut self) -> ExitStatus {
        let kill = Command::new("kill").arg(self.id().to_string()).status();
        assert!(kill.is_ok_and(|status| status.success()), "{} can't be signalled", self.name);
        let name = self.name.clone();
        eventually(&format!("{name} ends"), async || self.ended()).await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The same command below `setpriv --pdeathsig`, so that not even a killed test leaves it behind.
/// The signal comes when the thread that started it ends: start it on the test's own thread.
fn tied_to_us(command: &Command) -> Command {
    let mut tied = Command::new("setpriv");
    tied.args(["--pdeathsig", "KILL", "--"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => tied.env(name, value),
            None => tied.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        tied.current_dir(folder);
    }
    tied
}

/// Where Debian puts `program`. A missing one fails the test and says how to get it.
pub(crate) fn installed(program: &str, package: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::env::split_paths(&path).chain(["/usr/lib/postgresql/15/bin".into(), "/usr/sbin".into()]);
    folders.map(|folder| folder.join(program)).find(|file| file.is_file()).unwrap_or_else(|| {
        panic!(
            "`{program}` is missing. Install it with `apt-get update && apt-get install -y \
             --no-install-recommends {package}`, or run scripts/test, which does."
        )
    })
}

/// A port of 127.0.0.1 that was free a moment ago, for servers that can't choose one themselves.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
    listener.local_addr().expect("it has an address").port()
}

/// Asks `look` again and again until it returns something. Fails after [`PATIENCE`] and names
/// what it waited for.
pub(crate) async fn eventually<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    eventually_within(PATIENCE, what, look).await
}

/// The same with another deadline.
pub(crate) async fn eventually_within<T>(
    patience: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {} s in vain: {what}", patience.as_secs());
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// The body of a GET on `url` (`http://127.0.0.1:PORT/path`), with its status. Needs no client
/// library, so that what is tested and what tests it share nothing.
pub(crate) async fn http_get(url: &str) -> io::Result<(u16, String)> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let rest = url.strip_prefix("http://").ok_or(io::ErrorKind::InvalidInput)?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    assert!(host.starts_with("127.0.0.1:"), "tests stay on this machine: {url}");
    let mut stream = tokio::net::TcpStream::connect(host).await?;
    let request = format!("GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await?;
    let (head, body) = reply.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.split_whitespace().nth(1).and_then(|s| s.parse().ok());
    Ok((status.ok_or(io::ErrorKind::InvalidData)?, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_child_ends_when_it_is_asked_and_when_it_is_dropped() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = folder.path().join("log");
        let mut sleep = Command::new("sleep");
        sleep.arg("600");

        let mut asked = Process::start(&sleep, &log);
        assert!(asked.ended().is_none());
        assert!(!asked.terminate().await.success());

        let dropped = Process::start(&sleep, &log);
        let entry = PathBuf::from(format!("/proc/{}", dropped.id()));
        drop(dropped);
        assert!(!entry.exists());
    }

    #[test]
    fn a_free_port_can_be_bound() {
        assert!(std::net::TcpListener::bind(("127.0.0.1", free_port())).is_ok());
    }
}
