//! A MariaDB server of the tests' own: its own data folder, a free port, gone with the test.

use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A running server. Stops when it is dropped.
pub(crate) struct MariaDb {
    server: Child,
    port: u16,
    databases: AtomicU32,
    folder: tempfile::TempDir,
}

/// What a server that is watched has switched on, with examples of its statements.
const WATCHED: [&str; 4] = [
    "--performance-schema=ON",
    "--performance-schema-consumer-events-statements-current=ON",
    "--performance-schema-consumer-events-statements-history=ON",
    "--performance-schema-consumer-events-statements-history-long=ON",
];

impl MariaDb {
    /// Starts a server that counts nothing, as Debian's does.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts one that counts statements, and writes each that it is sent into its log.
    pub(crate) fn start_watched() -> Self {
        Self::start_with(&WATCHED)
    }

    fn start_with(settings: &[&str]) -> Self {
        assert!(
            Path::new("/usr/sbin/mariadbd").exists(),
            "these tests need MariaDB: apt-get update && apt-get install -y mariadb-server"
        );
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("a data folder");
        // Servers that share a folder for temporary files delete each other's.
        let scratch = folder.path().join("tmp");
        std::fs::create_dir(&scratch).expect("a scratch folder");
        let scratch_arg = format!("--tmpdir={}", scratch.display());
        let owner = unprivileged();
        if let Some((user, group)) = owner {
            std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).expect("chmod");
            chown(&data, Some(user), Some(group)).expect("chown");
            chown(&scratch, Some(user), Some(group)).expect("chown");
        }
        let made = as_owner("mariadb-install-db", owner)
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
            .arg(format!("--datadir={}", data.display()))
            .arg(&scratch_arg)
            .output()
            .expect("mariadb-install-db");
        assert!(
            made.status.success(),
            "mariadb-install-db: {} {}",
            String::from_utf8_lossy(&made.stdout),
            String::from_utf8_lossy(&made.stderr)
        );
        // Between looking for a free port and using it, somebody else may take it.
        for _ in 0..5 {
            let port = free_port();
            let mut server = as_owner("/usr/sbin/mariadbd", owner)
                .args(["--no-defaults", "--bind-address=127.0.0.1", "--skip-log-bin", "--general-log=ON"])
                .args(["--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0"])
                .arg(format!("--port={port}"))
                .arg(format!("--datadir={}", data.display()))
                .arg(format!("--socket={}", data.join("socket").display()))
                .arg(format!("--pid-file={}", data.join("pid").display()))
                .arg(format!("--general-log-file={}", data.join("general.log").display()))
                .arg(&scratch_arg)
                .args(settings)
                .stdout(Stdio::null())
                .stderr(std::fs::File::create(folder.path().join("log")).expect("a log"))
                .spawn()
                .expect("mariadbd");
            if answers(&mut server, port) {
                return Self { server, port, databases: AtomicU32::new(0), folder };
            }
        }
        panic!("MariaDB did not start on any of five ports");
    }

    /// Every statement that the server was sent.
    pub(crate) fn general_log(&self) -> String {
        let bytes = std::fs::read(self.folder.path().join("data/general.log")).expect("its log");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Runs statements as root; what they give, one line a row.
    pub(crate) fn run(&self, database: &str, sql: &str) -> String {
        let ran = client(self.port).args(["-N", "-e", sql, database]).output().expect("mariadb");
        assert!(ran.status.success(), "{sql}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8_lossy(&ran.stdout).trim().to_owned()
    }

    /// What the client needs to come to a database as root.
    pub(crate) fn client_args(&self, database: &str) -> Vec<String> {
        let args = ["-h", "127.0.0.1", "-u", "root", "-P", &self.port.to_string(), database];
        args.map(str::to_owned).to_vec()
    }

    /// Begins statements that go on while the test does something else; they end with the child.
    pub(crate) fn begin(&self, database: &str, sql: &str) -> Child {
        client(self.port).args(["-N", "-e", sql, database]).stdout(Stdio::null()).spawn().expect("mariadb")
    }

    /// A new, empty database.
    pub(crate) fn fresh_database(&self) -> String {
        let name = format!("quad{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.run("mysql", &format!("CREATE DATABASE {name}"));
        name
    }

    /// The address of a database for a user, made with these grants.
    pub(crate) fn address(&self, database: &str, user: &str, grants: &[&str]) -> String {
        let who = format!("{user}@'127.0.0.1'");
        let mut sql = format!("CREATE USER IF NOT EXISTS {who} IDENTIFIED BY 'hunter2';");
        for grant in grants {
            sql.push_str(&format!("GRANT {grant} TO {who};"));
        }
        self.run("mysql", &sql);
        format!("mysql://{user}:hunter2@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-KILL", &self.server.id().to_string()]).status();
        let _ = self.server.wait();
    }
}

fn client(port: u16) -> Command {
    let mut client = Command::new("mariadb");
    client.args(["--no-defaults", "--comments", "-h", "127.0.0.1", "-u", "root", "-P", &port.to_string()]);
    client
}

/// Whether the server takes connections; `false` once it has ended.
fn answers(server: &mut Child, port: u16) -> bool {
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        if server.try_wait().expect("its state").is_some() {
            return false;
        }
        let asked =
            client(port).args(["-e", "SELECT 1"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        if asked.expect("mariadb").success() {
            return true;
        }
        std::thread::yield_now();
    }
    let _ = server.kill();
    let _ = server.wait();
    panic!("MariaDB did not answer within a minute");
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// A program of the server, run by the user that may run it, and ended with the test.
fn as_owner(program: &str, owner: Option<(u32, u32)>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if let Some((user, group)) = owner {
        command.arg(format!("--reuid={user}")).arg(format!("--regid={group}")).arg("--clear-groups");
    }
    command.arg("--").arg(program).current_dir("/");
    command
}

/// The user `mysql`, where the tests themselves run as root.
fn unprivileged() -> Option<(u32, u32)> {
    let number = |args: &[&str]| -> u32 {
        let output = Command::new("id").args(args).output().expect("id");
        String::from_utf8_lossy(&output.stdout).trim().parse().expect("an id of the user mysql")
    };
    (number(&["-u"]) == 0).then(|| (number(&["-u", "mysql"]), number(&["-g", "mysql"])))
}
