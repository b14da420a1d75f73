//! A server that misbehaves on demand, byte by byte.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use crate::support::processes::eventually;

/// How it misbehaves.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Trouble {
    /// Exactly these bytes, then the connection is closed.
    Bytes(String),
    /// It takes the request and says nothing.
    Silence,
    /// It closes the connection without a word.
    HangUp,
}

impl Trouble {
    /// A whole reply.
    pub(crate) fn reply(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        Self::Bytes(format!(
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
        ))
    }

    /// The first half of a reply that promised twice as much.
    pub(crate) fn half(body: &str) -> Self {
        let promised = body.len() * 2;
        Self::Bytes(format!("HTTP/1.1 200 OK\r\ncontent-length: {promised}\r\n\r\n{body}"))
    }
}

/// The server. Remembers the heads of the requests it got.
pub(crate) struct Broken {
    address: std::net::SocketAddr,
    trouble: Arc<Mutex<Trouble>>,
    heads: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Broken {
    pub(crate) async fn start(trouble: Trouble) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (trouble, heads) = (Arc::new(Mutex::new(trouble)), Arc::new(Mutex::new(Vec::new())));
        let (shared, seen) = (Arc::clone(&trouble), Arc::clone(&heads));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let trouble = shared.lock().expect("no test panicked").clone();
                tokio::spawn(serve(stream, trouble, Arc::clone(&seen)));
            }
        });
        Self { address, trouble, heads, task }
    }

    /// From now on it misbehaves like this.
    pub(crate) fn now(&self, trouble: Trouble) {
        *self.trouble.lock().expect("no test panicked") = trouble;
    }

    /// Where it answers, if that is the word.
    pub(crate) fn url(&self) -> Url {
        format!("http://{}", self.address).parse().expect("a URL")
    }

    /// It is gone: connections are refused.
    pub(crate) async fn stop(&self) {
        self.task.abort();
        eventually("the server is gone", async || {
            TcpStream::connect(self.address).await.is_err().then_some(())
        })
        .await;
    }

    /// The heads of all requests so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no test panicked").clone()
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, trouble: Trouble, heads: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(count) => head.extend_from_slice(&buffer[..count]),
        }
    }
    heads.lock().expect("no test panicked").push(String::from_utf8_lossy(&head).into_owned());
    match trouble {
        Trouble::Bytes(bytes) => {
            // The other side may have hung up by now, which is its right.
            let _ = stream.write_all(bytes.as_bytes()).await;
        }
        Trouble::Silence => {
            // Until the other side gives up.
            let _ = stream.read(&mut buffer).await;
        }
        Trouble::HangUp => {}
    }
}
