//! The gateway: hello, identify or resume, events with their numbers, heartbeats; and every way in
//! which it ends. What happens while nobody listens is kept for whoever takes the session up.

use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::Shared;
use super::server::{APPLICATION, GUILD, QUAD};

/// What a connection is told to do.
#[derive(Debug, Clone)]
pub(crate) enum Order {
    /// Send this frame.
    Send(String),
    /// Close with this code.
    Close(u16),
    /// Vanish.
    Cut,
}

/// The session, and who listens to it.
#[derive(Debug, Default)]
pub(crate) struct Gateway {
    pub(super) session: Option<String>,
    pub(super) seq: u64,
    pub(super) log: Vec<(u64, String)>,
    pub(super) listener: Option<UnboundedSender<Order>>,
    pub(crate) identified: usize,
    pub(crate) resumed: usize,
    /// Milliseconds between heartbeats.
    pub(crate) interval: u64,
    /// Heartbeats are not answered.
    pub(crate) is_deaf: bool,
    pub(crate) beats: usize,
    /// The next connection is closed with this code instead of being served.
    pub(crate) refuse_with: Option<u16>,
    pub(crate) intents: u64,
}

impl Gateway {
    /// Hands an event in, now or when the session is taken up.
    pub(crate) fn hand(&mut self, kind: &str, data: &Value) {
        let frame = self.number(kind, data);
        self.order(Order::Send(frame));
    }

    /// Hands two events in, the second first.
    pub(crate) fn hand_swapped(&mut self, kind: &str, first: &Value, second: &Value) {
        let (first, second) = (self.number(kind, first), self.number(kind, second));
        self.order(Order::Send(second));
        self.order(Order::Send(first));
    }

    fn number(&mut self, kind: &str, data: &Value) -> String {
        self.seq += 1;
        let frame = json!({"op": 0, "s": self.seq, "t": kind, "d": data}).to_string();
        self.log.push((self.seq, frame.clone()));
        frame
    }

    pub(crate) fn order(&mut self, order: Order) {
        if let Some(listener) = &self.listener {
            let _ = listener.send(order);
        }
    }

    pub(crate) fn is_listened_to(&self) -> bool {
        self.listener.is_some()
    }

    fn identify(&mut self, url: &str, sender: &UnboundedSender<Order>) {
        self.identified += 1;
        self.seq = 0;
        self.log.clear();
        let session = format!("session-{}", self.identified);
        self.session = Some(session.clone());
        self.listener = Some(sender.clone());
        let ready = json!({"v": 10, "user": {"id": QUAD, "username": "quad"}, "session_id": session, "resume_gateway_url": url,
            "guilds": [{"id": GUILD, "unavailable": true}], "application": {"id": APPLICATION, "flags": 0}});
        self.hand("READY", &ready);
    }

    /// `false` where there is no such session.
    fn resume(&mut self, session: &Value, seq: u64, sender: &UnboundedSender<Order>) -> bool {
        if self.session.as_deref() != session.as_str() || seq > self.seq {
            return false;
        }
        self.resumed += 1;
        self.listener = Some(sender.clone());
        let missed: Vec<String> =
            self.log.iter().filter(|(number, _)| *number > seq).map(|(_, frame)| frame.clone()).collect();
        missed.into_iter().for_each(|frame| self.order(Order::Send(frame)));
        self.hand("RESUMED", &json!({}));
        true
    }
}

pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(connection(stream, Arc::clone(&shared)));
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
    let (sender, mut orders) = unbounded_channel();
    let interval = shared.gateway().interval;
    let hello = json!({"op": 10, "d": {"heartbeat_interval": interval, "_trace": ["x"]}});
    if socket.send(Message::text(hello.to_string())).await.is_err() {
        return;
    }
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(Order::Send(frame)) => {
                    if socket.send(Message::text(frame)).await.is_err() {
                        break;
                    }
                }
                Some(Order::Close(code)) => {
                    let _ = socket.close(Some(CloseFrame { code: code.into(), reason: "as ordered".into() })).await;
                    break;
                }
                Some(Order::Cut) | None => break,
            },
            frame = socket.next() => {
                let Some(Ok(Message::Text(text))) = frame else { break };
                let frame: Value = serde_json::from_str(&text).expect("quad speaks JSON");
                match frame["op"].as_u64() {
                    Some(1) => {
                        let mut gateway = shared.gateway();
                        gateway.beats += 1;
                        if !gateway.is_deaf {
                            let _ = sender.send(Order::Send(json!({"op": 11}).to_string()));
                        }
                    }
                    Some(op @ (2 | 6)) => {
                        let mut gateway = shared.gateway();
                        assert_eq!(frame["d"]["token"], shared.token.as_str());
                        if let Some(code) = gateway.refuse_with.take() {
                            let _ = sender.send(Order::Close(code));
                        } else if op == 2 {
                            gateway.intents = frame["d"]["intents"].as_u64().unwrap_or(0);
                            gateway.identify(&shared.socket_url(), &sender);
                        } else if !gateway.resume(&frame["d"]["session_id"], frame["d"]["seq"].as_u64().unwrap_or(0), &sender) {
                            let _ = sender.send(Order::Send(json!({"op": 9, "d": false}).to_string()));
                        }
                    }
                    other => panic!("quad said {other:?} to the gateway"),
                }
                shared.changed();
            }
        }
    }
    let mut gateway = shared.gateway();
    if gateway.listener.as_ref().is_some_and(|one| one.same_channel(&sender)) {
        gateway.listener = None;
    }
    drop(gateway);
    shared.changed();
}
