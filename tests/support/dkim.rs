//! Signs mails as other mail servers do (RFC 6376), with OpenSSL, and says the key over DNS.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use tokio::net::UdpSocket;

use super::processes::installed;

/// A key of a domain.
pub(crate) struct Key {
    folder: tempfile::TempDir,
}

impl Key {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let key = Self { folder };
        key.openssl(&["genrsa", "-out", "key.pem", "2048"], b"");
        key
    }

    /// What stands in DNS.
    pub(crate) fn record(&self) -> String {
        let public = self.openssl(&["rsa", "-in", "key.pem", "-pubout", "-outform", "DER"], b"");
        format!("v=DKIM1; k=rsa; p={}", STANDARD.encode(public))
    }

    /// The mail with a signature of `domain` on top. Head and body end their lines with CR LF; nothing
    /// is canonicalised.
    pub(crate) fn sign(&self, domain: &str, head: &str, body: &str) -> String {
        let names: Vec<&str> = head.lines().filter_map(|line| line.split(':').next()).collect();
        let unsigned = format!(
            "DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d={domain}; s=s1; h={}; bh={}; b=",
            names.join(":"),
            STANDARD.encode(Sha256::digest(body.as_bytes()))
        );
        let signature =
            self.openssl(&["dgst", "-sha256", "-sign", "key.pem"], format!("{head}{unsigned}").as_bytes());
        format!("{unsigned}{}\r\n{head}\r\n{body}", STANDARD.encode(signature))
    }

    fn openssl(&self, args: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = Command::new(installed("openssl", "openssl"))
            .args(args)
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl starts");
        child.stdin.take().expect("a pipe").write_all(input).expect("writes");
        let done = child.wait_with_output().expect("ends");
        assert!(done.status.success(), "openssl {args:?}");
        done.stdout
    }
}

/// A DNS server that knows a few TXT records and nothing else.
pub(crate) struct NameServer {
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl NameServer {
    pub(crate) async fn start(records: &[(&str, &str)]) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        let address = socket.local_addr().expect("its address");
        let records: Vec<(String, String)> =
            records.iter().map(|(name, text)| (name.to_lowercase(), (*text).to_owned())).collect();
        let task = tokio::spawn(async move {
            let mut buffer = [0_u8; 1_500];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                let reply = reply(&buffer[..length], &records);
                socket.send_to(&reply, from).await.expect("sends");
            }
        });
        Self { address, task }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// RFC 1035, 4.1: the header, the question as it came, and the record where there is one.
fn reply(query: &[u8], records: &[(String, String)]) -> Vec<u8> {
    let (mut at, mut labels) = (12, Vec::new());
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8_lossy(&query[at + 1..end]).to_lowercase());
        at = end;
    }
    let question = &query[12..at + 5];
    let found = records.iter().find(|(name, _)| *name == labels.join("."));
    let mut reply = query[..2].to_vec();
    // An authoritative answer; or there is no such name.
    reply.extend([
        0x85,
        if found.is_some() { 0x80 } else { 0x83 },
        0,
        1,
        0,
        u8::from(found.is_some()),
        0,
        0,
        0,
        0,
    ]);
    reply.extend(question);
    if let Some((_, text)) = found {
        let mut data = Vec::new();
        for chunk in text.as_bytes().chunks(255) {
            data.push(u8::try_from(chunk.len()).expect("fits"));
            data.extend(chunk);
        }
        reply.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60]);
        reply.extend(u16::try_from(data.len()).expect("fits").to_be_bytes());
        reply.extend(data);
    }
    reply
}
