//! A real Postfix and a real Dovecot of the test's own: mailboxes of everybody at example.com, TLS with
//! the test's own CA, free ports of this machine; gone with the test.

use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::processes::{Process, eventually, free_port, installed};

/// The server whose Authentication-Results the tests believe.
pub(crate) const MX: &str = "mx.example.com";
/// Whom quad is written to as.
pub(crate) const QUAD: &str = "quad@example.com";

#[derive(Debug, Clone, Copy)]
struct Ports {
    smtp: u16,
    smtps: u16,
    imap: u16,
    imaps: u16,
    lmtp: u16,
    auth: u16,
}

/// The two servers.
pub(crate) struct MailServers {
    folder: tempfile::TempDir,
    ports: Ports,
    dovecot: Option<Process>,
    postfix: Option<Process>,
}

/// A mail that somebody got.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    raw: String,
}

impl Got {
    /// The head's line of this name, unfolded.
    pub(crate) fn header(&self, name: &str) -> String {
        let head = self.raw.split("\n\n").next().unwrap_or_default().replace("\n ", " ").replace("\n\t", " ");
        let found = head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        });
        found.unwrap_or_default()
    }

    /// Everything as it came, with soft line breaks undone.
    pub(crate) fn raw(&self) -> String {
        self.raw.replace("=\n", "")
    }
}

impl MailServers {
    pub(crate) async fn start() -> Self {
        Self::started(true).await
    }

    /// The same, and the mailbox does not say by itself when mail comes.
    pub(crate) async fn start_without_idle() -> Self {
        Self::started(false).await
    }

    async fn started(idles: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let open =
            |path: &Path| std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).expect("chmod");
        open(folder.path());
        for (name, owner) in [
            ("mail", Some("nobody")),
            ("run", None),
            ("postfix", None),
            ("postfix/queue", None),
            ("postfix/data", Some("postfix")),
        ] {
            let path = folder.path().join(name);
            std::fs::create_dir(&path).expect("a folder");
            open(&path);
            if let Some(owner) = owner {
                chown(&path, Some(id(owner)), None).expect("chown");
            }
        }
        certificates(folder.path());
        let ports = Ports {
            smtp: free_port(),
            smtps: free_port(),
            imap: free_port(),
            imaps: free_port(),
            lmtp: free_port(),
            auth: free_port(),
        };
        let mut servers = Self { folder, ports, dovecot: None, postfix: None };
        let able =
            if idles { "" } else { "protocol imap {\n imap_capability = IMAP4rev1 LITERAL+ ENABLE\n}\n" };
        servers.write("dovecot.conf", &(servers.dovecot_conf() + able));
        servers.write("postfix/main.cf", &servers.main_cf());
        servers.write("postfix/master.cf", &master_cf(ports.smtp, ports.smtps));
        servers.start_reading().await;
        let mut check = Command::new(installed("postfix", "postfix"));
        let checked = check.arg("-c").arg(servers.path("postfix")).arg("check").status().expect("runs");
        assert!(checked.success(), "postfix check, see {}", servers.path("postfix/log").display());
        // Not through `postfix start-fg`, whose shell would leave the server behind when it ends.
        let mut command = Command::new("/usr/lib/postfix/sbin/master");
        command.arg("-d").arg("-c").arg(servers.path("postfix"));
        servers.postfix = Some(Process::start(&command, &servers.path("postfix.out")));
        answers(ports.smtp, &servers.path("postfix/log")).await;
        servers
    }

    /// Dovecot starts (again).
    pub(crate) async fn start_reading(&mut self) {
        let mut command = Command::new(installed("dovecot", "dovecot-imapd dovecot-lmtpd"));
        command.arg("-F").arg("-c").arg(self.path("dovecot.conf"));
        self.dovecot = Some(Process::start(&command, &self.path("dovecot.out")));
        for port in [self.ports.imap, self.ports.imaps, self.ports.lmtp] {
            answers(port, &self.path("dovecot.log")).await;
        }
    }

    /// Dovecot ends.
    pub(crate) async fn stop_reading(&mut self) {
        self.dovecot.take().expect("it runs").terminate().await;
    }

    /// The section `mail` of a quad that works with these servers.
    pub(crate) fn config(&self) -> Value {
        let password = json!({"file": self.path("password")});
        self.write("password", "right\n");
        json!({
            "from": QUAD,
            "ca_file": self.path("ca.pem"),
            "smtp": {"host": "localhost", "port": self.ports.smtp, "user": QUAD, "password": password},
            "imap": {"host": "localhost", "port": self.ports.imaps, "user": QUAD, "password": password},
            "trusted_servers": [MX],
            // Nobody answers there, so no test ever asks the world for a key.
            "nameserver": "127.0.0.1:9",
            "roles": {"viewer": {"domains": ["example.com"]}, "responder": {"addresses": ["alice@example.com"]}},
        })
    }

    /// The port for SMTP without TLS (STARTTLS is offered).
    pub(crate) fn plain_smtp(&self) -> u16 {
        self.ports.smtp
    }

    /// The port for SMTP over TLS from the first byte.
    pub(crate) fn implicit_smtp(&self) -> u16 {
        self.ports.smtps
    }

    /// The port for IMAP without TLS (STARTTLS is offered).
    pub(crate) fn plain_imap(&self) -> u16 {
        self.ports.imap
    }

    /// Somebody's mail program hands a mail to the server, as it stands.
    pub(crate) async fn send(&self, from: &str, to: &str, mail: &str) {
        let stream = TcpStream::connect(("127.0.0.1", self.ports.smtp)).await.expect("connects");
        let mut stream = BufReader::new(stream);
        let body = mail.replace("\r\n", "\n").replace("\n.", "\n..").replace('\n', "\r\n");
        for (say, wanted) in [
            ("", "220"),
            ("HELO test.example.com\r\n", "250"),
            (&*format!("MAIL FROM:<{from}>\r\n"), "250"),
            (&*format!("RCPT TO:<{to}>\r\n"), "250"),
            ("DATA\r\n", "354"),
            (&*format!("{body}\r\n.\r\n"), "250"),
            ("QUIT\r\n", "221"),
        ] {
            stream.get_mut().write_all(say.as_bytes()).await.expect("sends");
            let mut line = String::new();
            stream.read_line(&mut line).await.expect("reads");
            assert!(line.starts_with(wanted), "{say:.40}: {line}");
        }
    }

    /// What lies in somebody's inbox, oldest first.
    pub(crate) fn inbox(&self, address: &str) -> Vec<Got> {
        let mut found: Vec<((u64, u64), String)> = Vec::new();
        for name in ["new", "cur"] {
            let Ok(entries) = std::fs::read_dir(self.path(&format!("mail/{address}/{name}"))) else {
                continue;
            };
            for entry in entries.flatten() {
                if let Ok(bytes) = std::fs::read(entry.path()) {
                    let came = came(&entry.file_name().to_string_lossy());
                    found.push((came, String::from_utf8_lossy(&bytes).replace("\r\n", "\n")));
                }
            }
        }
        found.sort();
        found.into_iter().map(|(_, raw)| Got { raw }).collect()
    }

    /// How many mails lie in somebody's inbox.
    pub(crate) fn count(&self, address: &str) -> usize {
        let entries =
            ["new", "cur"].map(|name| std::fs::read_dir(self.path(&format!("mail/{address}/{name}"))));
        entries.into_iter().flatten().map(Iterator::count).sum()
    }

    /// Waits for somebody's `nth` mail (from 1).
    pub(crate) async fn expect(&self, address: &str, nth: usize) -> Got {
        eventually(&format!("mail {nth} to {address}"), async || self.inbox(address).get(nth - 1).cloned())
            .await
    }

    /// How many mails in quad's inbox are marked as seen, and how many are not.
    pub(crate) fn seen(&self) -> (usize, usize) {
        self.seen_in("")
    }

    /// The same of another of quad's folders: ".Support".
    pub(crate) fn seen_in(&self, folder: &str) -> (usize, usize) {
        let mut counted = (0, 0);
        for name in ["new", "cur"] {
            let path = self.path(&format!("mail/{QUAD}/{folder}/{name}"));
            let Ok(entries) = std::fs::read_dir(path) else { continue };
            for entry in entries.flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                if name.split(":2,").nth(1).is_some_and(|flags| flags.contains('S')) {
                    counted.0 += 1;
                } else {
                    counted.1 += 1;
                }
            }
        }
        counted
    }

    /// Puts mails into quad's inbox at once, past the mail server.
    pub(crate) fn put(&self, mails: impl Iterator<Item = String>) {
        self.put_in("", mails);
    }

    /// The same into another of quad's folders: ".Support".
    pub(crate) fn put_in(&self, folder: &str, mails: impl Iterator<Item = String>) {
        let inbox = self.path(&format!("mail/{QUAD}/{folder}"));
        let nobody = Some(id("nobody"));
        if !folder.is_empty() {
            self.put(std::iter::empty());
        }
        for part in ["", "tmp", "new", "cur"] {
            let path = inbox.join(part);
            // There already, where a mail came before.
            let _ = std::fs::create_dir(&path);
            chown(&path, nobody, None).expect("chown");
        }
        for (n, mail) in mails.enumerate() {
            let name = format!("1.{n}.{}", uuid::Uuid::new_v4());
            let (tmp, new) = (inbox.join("tmp").join(&name), inbox.join("new").join(&name));
            std::fs::write(&tmp, mail.replace('\n', "\r\n")).expect("writes");
            chown(&tmp, nobody, None).expect("chown");
            std::fs::rename(&tmp, &new).expect("moves");
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("writes");
    }

    fn dovecot_conf(&self) -> String {
        let Ports { imap, imaps, lmtp, auth, .. } = self.ports;
        let folder = self.folder.path().display();
        format!(
            "base_dir = {folder}/run\nstate_dir = {folder}/run\nlog_path = {folder}/dovecot.log\n\
             protocols = imap lmtp\nlisten = 127.0.0.1\nssl = yes\nssl_cert = <{folder}/cert.pem\n\
             ssl_key = <{folder}/key.pem\ndisable_plaintext_auth = no\nmail_location = maildir:{folder}/mail/%u\n\
             first_valid_uid = 1\nmail_fsync = never\nauth_failure_delay = 0\n\
             passdb {{\n driver = static\n args = password=right\n}}\n\
             userdb {{\n driver = static\n args = uid=nobody gid=nogroup home={folder}/mail/%u allow_all_users=yes\n}}\n\
             service imap-login {{\n inet_listener imap {{\n port = {imap}\n }}\n inet_listener imaps {{\n port = {imaps}\n ssl = yes\n }}\n}}\n\
             service lmtp {{\n inet_listener lmtp {{\n port = {lmtp}\n }}\n}}\n\
             service auth {{\n inet_listener {{\n port = {auth}\n }}\n}}\n"
        )
    }

    fn main_cf(&self) -> String {
        let Ports { lmtp, auth, .. } = self.ports;
        let folder = self.folder.path().display();
        format!(
            "compatibility_level = 3.6\nqueue_directory = {folder}/postfix/queue\ndata_directory = {folder}/postfix/data\n\
             maillog_file = {folder}/postfix/log\nmaillog_file_prefixes = {folder}\nmail_owner = postfix\n\
             setgid_group = postdrop\nmyhostname = mail.example.com\nmydestination =\ninet_interfaces = 127.0.0.1\n\
             inet_protocols = ipv4\nmynetworks = 127.0.0.0/8\nvirtual_mailbox_domains = example.com\n\
             virtual_transport = lmtp:inet:127.0.0.1:{lmtp}\nsmtpd_tls_cert_file = {folder}/cert.pem\n\
             smtpd_tls_key_file = {folder}/key.pem\nsmtpd_tls_security_level = may\nsmtpd_tls_auth_only = yes\n\
             smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = inet:127.0.0.1:{auth}\n\
             smtpd_peername_lookup = no\nsmtpd_client_connection_count_limit = 0\n\
             smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject\n\
             lmtp_destination_recipient_limit = 1\nlmtp_destination_concurrency_limit = 1\n\
             minimal_backoff_time = 1s\nmaximal_backoff_time = 2s\nqueue_run_delay = 1s\ntransport_retry_time = 1s\n\
             message_size_limit = 50000000\nmailbox_size_limit = 0\n"
        )
    }
}

impl Drop for MailServers {
    fn drop(&mut self) {
        // Both end their own children when they end in order; killed, they would leave them behind.
        for server in [&self.postfix, &self.dovecot].into_iter().flatten() {
            let _ = Command::new("kill").arg(server.id().to_string()).stderr(Stdio::null()).status();
        }
        for server in [&mut self.postfix, &mut self.dovecot].into_iter().flatten() {
            for _ in 0..200 {
                if server.ended().is_some() {
                    break;
                }
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
        }
    }
}

fn master_cf(smtp: u16, smtps: u16) -> String {
    let services = [
        "cleanup unix n - n - 0 cleanup",
        "qmgr unix n - n 300 1 qmgr",
        "tlsmgr unix - - n 1000? 1 tlsmgr",
        "rewrite unix - - n - - trivial-rewrite",
        "bounce unix - - n - 0 bounce",
        "defer unix - - n - 0 bounce",
        "trace unix - - n - 0 bounce",
        "verify unix - - n - 1 verify",
        "flush unix n - n 1000? 0 flush",
        "proxymap unix - - n - - proxymap",
        "smtp unix - - n - - smtp",
        "error unix - - n - - error",
        "retry unix - - n - - error",
        "lmtp unix - - n - - lmtp",
        "anvil unix - - n - 1 anvil",
        "postlog unix-dgram n - n - 1 postlogd",
    ];
    format!(
        "127.0.0.1:{smtp} inet n - n - - smtpd\n\
         127.0.0.1:{smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n{}\n",
        services.join("\n")
    )
}

/// A CA, and a certificate of it for this machine: rustls takes no CA's own certificate for a server's.
fn certificates(folder: &Path) {
    let openssl = |args: &[&str]| {
        let done = Command::new(installed("openssl", "openssl"))
            .args(args)
            .current_dir(folder)
            .output()
            .expect("runs");
        assert!(done.status.success(), "openssl: {}", String::from_utf8_lossy(&done.stderr));
    };
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    openssl(
        &[
            &["req", "-x509"],
            &key[..],
            &["-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test CA", "-days", "2"],
        ]
        .concat(),
    );
    openssl(
        &[&["req"], &key[..], &["-keyout", "key.pem", "-out", "leaf.csr", "-subj", "/CN=localhost"]].concat(),
    );
    std::fs::write(
        folder.join("extensions"),
        "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n",
    )
    .expect("writes");
    openssl(&[
        "x509",
        "-req",
        "-in",
        "leaf.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-out",
        "cert.pem",
        "-days",
        "2",
        "-extfile",
        "extensions",
    ]);
}

/// When a mail came, by its file's name: seconds and microseconds ("1764073602.M42P7.host").
fn came(name: &str) -> (u64, u64) {
    let mut numbers = name.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let mut number = || numbers.next().and_then(|part| part.parse().ok()).unwrap_or(0);
    (number(), number())
}

async fn answers(port: u16, log: &Path) {
    eventually(&format!("a mail server answers, see {}", log.display()), async || {
        TcpStream::connect(("127.0.0.1", port)).await.ok()
    })
    .await;
}

fn id(user: &str) -> u32 {
    let output = Command::new("id").args(["-u", user]).output().expect("id");
    String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .unwrap_or_else(|_| panic!("there is no user {user}"))
}
