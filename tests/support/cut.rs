//! A way to a mail server that breaks at the worst moment: the server has taken a mail, and whoever sent
//! it never learns so.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Ends a mail in SMTP.
const END: &[u8] = b"\r\n.\r\n";

/// A relay on a port of its own. It breaks under the first `cuts` mails.
pub(crate) struct Cut {
    port: u16,
    broke: Arc<AtomicUsize>,
}

impl Cut {
    pub(crate) async fn start(server: u16, cuts: usize) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("there is a free port");
        let port = listener.local_addr().expect("it has an address").port();
        let broke = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&broke);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else { continue };
                tokio::spawn(relay(client, server, cuts, Arc::clone(&counted)));
            }
        });
        Self { port, broke }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Under how many mails it broke.
    pub(crate) fn broke(&self) -> usize {
        self.broke.load(Ordering::SeqCst)
    }
}

/// Carries both ways until one side ends, or until the server's answer to a mail is to be lost.
async fn relay(mut client: TcpStream, mut server: TcpStream, cuts: usize, broke: Arc<AtomicUsize>) {
    let (mut said, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    let mut tail: Vec<u8> = Vec::new();
    loop {
        tokio::select! {
            read = client.read(&mut said) => {
                let Ok(length @ 1..) = read else { return };
                tail.extend(&said[..length]);
                tail.drain(..tail.len().saturating_sub(END.len()));
                if server.write_all(&said[..length]).await.is_err() {
                    return;
                }
            }
            read = server.read(&mut answered) => {
                let Ok(length @ 1..) = read else { return };
                if tail == END && broke.fetch_add(1, Ordering::SeqCst) < cuts {
                    return;
                }
                if client.write_all(&answered[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}
