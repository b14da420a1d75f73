//! Socket Mode: Slack hands events in over a WebSocket that quad opens, so no public address is
//! needed. Every envelope is stored before it is acknowledged, several at a time; a connection that
//! ends is opened again. (The loop is our own: slack-morphism's acknowledges what it could not
//! read, does not see a `disconnect` without `debug_info`, and logs addresses that hold tickets.)

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream};

use super::Slack;
use super::api::Effect;
use super::inbox::{Kind, Sink, Verdict};
use super::read::Unreadable;
use crate::error::CallError;
use crate::ports::clock::Clock;

/// Slack pings every few seconds; a connection that is silent for this long is dead.
const SILENCE: Duration = Duration::from_secs(45);
/// We ask for a sign of life this often.
const PING: Duration = Duration::from_secs(15);
/// Envelopes in work at a time; more wait in the connection.
const IN_WORK: usize = 256;
/// No envelope is larger.
const MAX_FRAME: usize = 16 * 1024 * 1024;
/// First and longest pause before a connection is opened again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(30));

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Why a connection ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// Slack asked for it, or the connection broke: open the next one at once.
    Reopen,
    /// Socket Mode was switched off for the app.
    SwitchedOff,
}

impl Slack {
    /// Listens until dropped. Connections that end are opened again; while Slack can't be reached
    /// the pauses grow to 30 s. Dropping it loses nothing: what was not acknowledged comes again.
    ///
    /// # Errors
    /// When Slack refuses the app token, which only a person can mend, or when there is none.
    pub async fn listen(self: &Arc<Self>, sink: Sink, clock: Clock) -> Result<(), CallError> {
        // Own messages are told apart by who quad is, so that must be known before the first event.
        let mut pause = PAUSES.0;
        while let Err(error) = self.me().await {
            pause = self.pause_after(&error, pause).await?;
        }
        let sockets = (0..self.config().sockets.clamp(1, 10)).map(|_| self.keep_connected(&sink, &clock));
        futures_util::future::try_join_all(sockets).await.map(|_| ())
    }

    async fn keep_connected(&self, sink: &Sink, clock: &Clock) -> Result<(), CallError> {
        let mut pause = PAUSES.0;
        loop {
            match self.connect().await {
                Ok(stream) => {
                    pause = PAUSES.0;
                    self.counts().connected();
                    let end = self.serve(stream, sink, clock).await;
                    self.counts().disconnected();
                    if end == End::SwitchedOff {
                        tracing::error!(
                            "Socket Mode is switched off for the Slack app; switch it on again on the app's page"
                        );
                        tokio::time::sleep(PAUSES.1).await;
                    }
                }
                Err(error) => pause = self.pause_after(&error, pause).await?,
            }
        }
    }

    /// Waits, and says how long to wait the next time.
    async fn pause_after(&self, error: &CallError, pause: Duration) -> Result<Duration, CallError> {
        let wait = match error {
            CallError::Permanent { .. } => return Err(error.clone()),
            CallError::Busy { retry_after } => *retry_after,
            CallError::Transient { .. } | CallError::Unknown { .. } => {
                tracing::warn!("Slack's socket could not be opened, trying again in {pause:?}: {error}");
                pause
            }
        };
        tokio::time::sleep(wait).await;
        Ok((pause * 2).min(PAUSES.1))
    }

    async fn connect(&self) -> Result<Stream, CallError> {
        let Some(app) = self.app_api() else {
            return Err(CallError::permanent("Socket Mode needs the app token; set slack.app_token"));
        };
        let reply = app.call("apps.connections.open", Effect::Reads, &json!({})).await?;
        let url = reply["url"]
            .as_str()
            .ok_or_else(|| CallError::transient("Slack gave no address for the socket"))?;
        let mut limits = WebSocketConfig::default();
        limits.max_message_size = Some(MAX_FRAME);
        limits.max_frame_size = Some(MAX_FRAME);
        let tls = Connector::Rustls(Arc::clone(self.tls()));
        let opening = tokio_tungstenite::connect_async_tls_with_config(url, Some(limits), true, Some(tls));
        // The address holds a ticket, so it must not be part of any error.
        match tokio::time::timeout(self.timeout(), opening).await {
            Ok(Ok((stream, _))) => Ok(stream),
            Ok(Err(_)) => Err(CallError::transient("Slack's socket could not be opened")),
            Err(_) => Err(CallError::transient("Slack's socket did not open in time")),
        }
    }

    async fn serve(&self, mut stream: Stream, sink: &Sink, clock: &Clock) -> End {
        let mut work = FuturesUnordered::new();
        let mut heard = Instant::now();
        let mut ping = tokio::time::interval(PING);
        ping.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut end = None;
        loop {
            tokio::select! {
                biased;
                Some(ack) = work.next(), if !work.is_empty() => {
                    if let Some(ack) = ack && stream.send(Message::text(ack)).await.is_err() {
                        return End::Reopen;
                    }
                }
                frame = stream.next(), if end.is_none() && work.len() < IN_WORK => {
                    heard = Instant::now();
                    match frame {
                        Some(Ok(Message::Text(text))) => match self.envelope(&text) {
                            Envelope::Work { id, kind, payload } => work.push(self.answer(id, kind, payload, sink, clock)),
                            Envelope::Acknowledge(id) => {
                                if stream.send(Message::text(acknowledgement(&id, None))).await.is_err() {
                                    return End::Reopen;
                                }
                            }
                            Envelope::Ends(why) => end = Some(why),
                            Envelope::Nothing => {}
                        },
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return End::Reopen,
                        Some(Ok(_)) => {}
                    }
                }
                _ = ping.tick() => {
                    if heard.elapsed() > SILENCE || stream.send(Message::Ping(Vec::new().into())).await.is_err() {
                        return End::Reopen;
                    }
                }
            }
            // What is in work is still acknowledged on the old connection.
            if work.is_empty()
                && let Some(end) = end.take()
            {
                let _ = stream.close(None).await;
                return end;
            }
        }
    }

    /// The acknowledgement, once the payload is in safe hands.
    async fn answer(
        &self,
        id: String,
        kind: Kind,
        payload: Value,
        sink: &Sink,
        clock: &Clock,
    ) -> Option<String> {
        match self.take_in(kind, &payload, sink, clock.now()).await {
            // Shows everybody in the channel what was asked, since the answer stands there.
            Verdict::Done if kind == Kind::Command => {
                Some(acknowledgement(&id, Some(json!({"response_type": "in_channel"}))))
            }
            Verdict::Done => Some(acknowledgement(&id, None)),
            Verdict::Again => None,
        }
    }

    fn envelope(&self, text: &str) -> Envelope {
        let unreadable = |lacks| {
            self.unreadable(&Unreadable { kind: "envelope", lacks });
            Envelope::Nothing
        };
        let Ok(mut envelope) = serde_json::from_str::<Value>(text) else {
            return unreadable("valid JSON");
        };
        let id = envelope["envelope_id"].as_str().map(str::to_owned);
        let kind = match (envelope["type"].as_str(), &id) {
            (Some("hello"), _) => {
                tracing::info!("Slack's socket is open");
                return Envelope::Nothing;
            }
            (Some("disconnect"), _) => {
                let is_off = envelope["reason"] == "link_disabled";
                return Envelope::Ends(if is_off { End::SwitchedOff } else { End::Reopen });
            }
            (Some("events_api"), Some(_)) => Kind::Event,
            (Some("slash_commands"), Some(_)) => Kind::Command,
            (Some("interactive"), Some(_)) => Kind::Interaction,
            (_, None) => return unreadable("an id"),
            (_, Some(id)) => {
                let _ = unreadable("a known type");
                return Envelope::Acknowledge(id.clone());
            }
        };
        match id {
            Some(id) => Envelope::Work { id, kind, payload: envelope["payload"].take() },
            None => Envelope::Nothing,
        }
    }
}

enum Envelope {
    Work { id: String, kind: Kind, payload: Value },
    Acknowledge(String),
    Ends(End),
    Nothing,
}

fn acknowledgement(id: &str, payload: Option<Value>) -> String {
    match payload {
        Some(payload) => json!({"envelope_id": id, "payload": payload}).to_string(),
        None => json!({"envelope_id": id}).to_string(),
    }
}
