//! A PostgreSQL server of the tests' own: its own data folder, a free port, gone with the test.

use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A running server. Stops when it is dropped.
pub(crate) struct Postgres {
    server: Child,
    port: u16,
    databases: AtomicU32,
    folder: tempfile::TempDir,
}

/// What a server that is watched needs to have loaded.
const WATCHED: [&str; 6] = [
    "-c",
    "shared_preload_libraries=pg_stat_statements",
    "-c",
    "log_statement=all",
    "-c",
    "log_min_messages=warning",
];

impl Postgres {
    /// Starts a server with an empty data folder.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts one that counts statements, and writes each that it is sent into its log.
    pub(crate) fn start_watched() -> Self {
        Self::start_with(&WATCHED)
    }

    fn start_with(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("a data folder");
        if let Some((user, group)) = unprivileged() {
            // initdb refuses to work for root, so the server's own user must reach the folder.
            std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).expect("chmod");
            chown(&data, Some(user), Some(group)).expect("chown");
        }
        let made = run_as_owner("initdb")
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", "-D"])
            .arg(&data)
            .output()
            .expect("initdb");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));

        // Between looking for a free port and using it, somebody else may take it.
        for _ in 0..5 {
            let port = free_port();
            let mut server = run_as_owner("postgres")
                .arg("-D")
                .arg(&data)
                .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"])
                .args(["-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "shared_buffers=16MB"])
                .args(settings)
                .stdout(Stdio::null())
                .stderr(std::fs::File::create(folder.path().join("log")).expect("a log"))
                .spawn()
                .expect("postgres");
            if answers(&mut server, port) {
                return Self { server, port, databases: AtomicU32::new(0), folder };
            }
        }
        panic!("PostgreSQL did not start on any of five ports");
    }

    /// What the server has written into its log.
    pub(crate) fn log(&self) -> String {
        let bytes = std::fs::read(self.folder.path().join("log")).expect("its log");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// What `psql` prints for these statements, as the owner of the database.
    pub(crate) fn run(address: &str, sql: &str) -> String {
        let ran = Command::new(bin().join("psql"))
            .args([address, "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", sql])
            .output()
            .expect("psql");
        assert!(ran.status.success(), "{sql}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8_lossy(&ran.stdout).trim().to_owned()
    }

    /// The address of a new, empty database.
    pub(crate) fn fresh_database(&self) -> String {
        let name = format!("quad{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let made = Command::new(bin().join("createdb"))
            .args(["-h", "127.0.0.1", "-U", "postgres", "-p", &self.port.to_string(), &name])
            .output()
            .expect("createdb");
        assert!(made.status.success(), "createdb: {}", String::from_utf8_lossy(&made.stderr));
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown: its own children end with it.
        let _ = Command::new("kill").args(["-INT", &self.server.id().to_string()]).status();
        let _ = self.server.wait();
    }
}

/// Whether the server takes connections; `false` once it has ended.
fn answers(server: &mut Child, port: u16) -> bool {
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        if server.try_wait().expect("its state").is_some() {
            return false;
        }
        let ready = Command::new(bin().join("pg_isready"))
            .args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()])
            .status()
            .expect("pg_isready");
        if ready.success() {
            return true;
        }
        std::thread::yield_now();
    }
    let _ = server.kill();
    let _ = server.wait();
    panic!("PostgreSQL did not answer within a minute");
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// A program of the server, run by the user that may run it.
fn run_as_owner(program: &str) -> Command {
    let program = bin().join(program);
    match unprivileged() {
        None => Command::new(program),
        Some((user, group)) => {
            let mut command = Command::new("setpriv");
            command
                .arg(format!("--reuid={user}"))
                .arg(format!("--regid={group}"))
                .args(["--clear-groups", "--"])
                .arg(program)
                .current_dir("/");
            command
        }
    }
}

/// The user `postgres`, where the tests themselves run as root.
fn unprivileged() -> Option<(u32, u32)> {
    let number = |args: &[&str]| -> u32 {
        let output = Command::new("id").args(args).output().expect("id");
        String::from_utf8_lossy(&output.stdout).trim().parse().expect("an id of the user postgres")
    };
    (number(&["-u"]) == 0).then(|| (number(&["-u", "postgres"]), number(&["-g", "postgres"])))
}

/// Debian's folder of server programs.
fn bin() -> PathBuf {
    let folder = Path::new("/usr/lib/postgresql/15/bin");
    assert!(
        folder.join("postgres").exists(),
        "these tests need PostgreSQL 15: apt-get update && apt-get install -y postgresql-15"
    );
    folder.to_owned()
}
