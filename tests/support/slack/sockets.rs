//! Socket Mode's other side: hands envelopes to one of the open connections and waits for their
//! acknowledgement; what was not acknowledged when its connection ends is handed in again.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_tungstenite::tungstenite::Message;

use super::Shared;

/// What goes to a connection.
#[derive(Debug, Clone)]
pub(crate) enum Order {
    /// An envelope.
    Hand(String),
    /// Slack's request to reconnect, then a close.
    Disconnect,
    /// The connection breaks.
    Cut,
}

#[derive(Debug, Clone)]
pub(crate) struct Pending {
    kind: String,
    payload: Value,
    handed: Instant,
    connection: usize,
}

/// Envelopes and connections.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    open: Vec<(usize, UnboundedSender<Order>)>,
    opened: usize,
    next: usize,
    envelopes: u64,
    pub(crate) waiting: VecDeque<(String, Value)>,
    pub(crate) pending: HashMap<String, Pending>,
    /// How long each acknowledgement took.
    pub(crate) acknowledged: Vec<Duration>,
    /// What came with acknowledgements.
    pub(crate) replies: Vec<Value>,
}

impl Sockets {
    pub(crate) fn opened(&self) -> usize {
        self.opened
    }

    pub(crate) fn open(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn order(&mut self, order: &Order) {
        for (_, connection) in &self.open {
            let _ = connection.send(order.clone());
        }
    }

    /// Hands an envelope to the next connection, or keeps it until there is one.
    pub(crate) fn hand(&mut self, kind: &str, payload: Value) {
        if self.open.is_empty() {
            self.waiting.push_back((kind.to_owned(), payload));
            return;
        }
        self.next = (self.next + 1) % self.open.len();
        let (connection, sender) = &self.open[self.next];
        self.envelopes += 1;
        let id = format!("envelope-{}", self.envelopes);
        let envelope = json!({"envelope_id": id, "type": kind, "payload": payload, "accepts_response_payload": kind == "slash_commands",
            "retry_attempt": 0, "retry_reason": ""});
        let _ = sender.send(Order::Hand(envelope.to_string()));
        self.pending.insert(
            id,
            Pending { kind: kind.to_owned(), payload, handed: Instant::now(), connection: *connection },
        );
    }

    fn joined(&mut self, sender: UnboundedSender<Order>) -> usize {
        self.opened += 1;
        self.open.push((self.opened, sender));
        for (kind, payload) in std::mem::take(&mut self.waiting) {
            self.hand(&kind, payload);
        }
        self.opened
    }

    fn left(&mut self, connection: usize) {
        self.open.retain(|(one, _)| *one != connection);
        let lost: Vec<String> = self
            .pending
            .iter()
            .filter(|(_, pending)| pending.connection == connection)
            .map(|(id, _)| id.clone())
            .collect();
        for id in lost {
            if let Some(pending) = self.pending.remove(&id) {
                self.hand(&pending.kind, pending.payload);
            }
        }
    }

    fn acknowledge(&mut self, frame: &Value) {
        let id = frame["envelope_id"].as_str().unwrap_or_default();
        if let Some(pending) = self.pending.remove(id) {
            self.acknowledged.push(pending.handed.elapsed());
            if frame["payload"].is_object() {
                self.replies.push(frame["payload"].clone());
            }
        }
    }
}

pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(connection(stream, Arc::clone(&shared)));
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else {
        return;
    };
    let (sender, mut orders) = unbounded_channel();
    let hello = json!({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0QUAD001"},
        "debug_info": {"host": "applink-1", "build_number": 12, "approximate_connection_time": 18060}});
    if socket.send(Message::text(hello.to_string())).await.is_err() {
        return;
    }
    let me = shared.sockets().joined(sender);
    shared.changed();
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(Order::Hand(envelope)) => {
                    if socket.send(Message::text(envelope)).await.is_err() {
                        break;
                    }
                }
                Some(Order::Disconnect) => {
                    // Without debug_info, as Slack was seen to send it.
                    let notice = json!({"type": "disconnect", "reason": "refresh_requested"});
                    let _ = socket.send(Message::text(notice.to_string())).await;
                }
                Some(Order::Cut) | None => break,
            },
            frame = socket.next() => match frame {
                Some(Ok(Message::Text(text))) => {
                    let frame: Value = serde_json::from_str(&text).expect("acknowledgements are JSON");
                    shared.sockets().acknowledge(&frame);
                    shared.changed();
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
        }
    }
    shared.sockets().left(me);
    shared.changed();
}
