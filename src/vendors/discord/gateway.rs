//! The gateway: Discord hands events in over a WebSocket that quad opens, so no public address is
//! needed. An event counts as seen once it is stored: what could not be stored, or came while quad was
//! down, is handed in again when the session is taken up. (The loop is our own for that reason:
//! docs/adr tells.)

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::FuturesOrdered;
use futures_util::{SinkExt as _, StreamExt as _};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream};

use super::session::{Next, Session, after_close, identify, intents, resume};
use super::{Discord, Doors};
use crate::error::CallError;
use crate::ports::clock::Clock;

/// Events in work at a time; more wait in the connection.
const IN_WORK: usize = 256;
/// No event is larger.
const MAX_FRAME: usize = 16 * 1024 * 1024;
/// First and longest pause before a connection is opened again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(30));
/// A connection that lived for so long was a good one: the next pause is short again.
const GOOD: Duration = Duration::from_secs(20);
/// How often it is noted down how far quad has come. What is handed in again is known by its id.
const NOTE: Duration = Duration::from_secs(10);
/// Until Discord says hello.
const HELLO: Duration = Duration::from_secs(15);

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Discord {
    /// Listens until dropped. Connections that end are opened again, and the session is taken up;
    /// while Discord can't be reached the pauses grow to 30 s.
    ///
    /// # Errors
    /// When Discord refuses the bot in a way that only a person can mend.
    pub async fn listen(self: &Arc<Self>, doors: Doors, clock: Clock) -> Result<(), CallError> {
        let mut pause = PAUSES.0;
        // Own messages are told apart by who quad is, so that must be known before the first event.
        while let Err(error) = self.me().await {
            pause = pause_after(&error, pause).await?;
        }
        let wanted = intents(self.config().message_content);
        let mut session = (doors.load)().await.filter(|session| session.intents == wanted);
        let mut pause = PAUSES.0;
        let mut failures = 0;
        loop {
            let stream = match self.connect(session.as_ref().filter(|_| failures < 2)).await {
                Ok(stream) => stream,
                Err(error) => {
                    failures += 1;
                    pause = pause_after(&error, pause).await?;
                    continue;
                }
            };
            failures = 0;
            let began = Instant::now();
            let next = self.serve(stream, &mut session, wanted, &doors, &clock).await;
            self.counts().connected(false);
            if let Some(session) = &session {
                (doors.keep)(session.clone()).await;
            }
            match next {
                Next::GiveUp(why) => return Err(CallError::permanent(why)),
                Next::Identify => session = None,
                Next::Resume => {}
            }
            if began.elapsed() > GOOD {
                pause = PAUSES.0;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Opens the socket where the session lives, else where Discord says.
    async fn connect(&self, session: Option<&Session>) -> Result<Stream, CallError> {
        let url = match session {
            Some(session) => session.resume_url.clone(),
            None => {
                let reply = self.api().ask("gateway", &[]).await?;
                let url = reply["url"].as_str();
                url.ok_or_else(|| CallError::transient("Discord gave no address for the gateway"))?.to_owned()
            }
        };
        let url = format!("{}/?v=10&encoding=json", url.trim_end_matches('/'));
        let mut limits = WebSocketConfig::default();
        limits.max_message_size = Some(MAX_FRAME);
        limits.max_frame_size = Some(MAX_FRAME);
        let tls = Connector::Rustls(Arc::clone(self.tls()));
        let opening = tokio_tungstenite::connect_async_tls_with_config(url, Some(limits), true, Some(tls));
        match tokio::time::timeout(self.timeout(), opening).await {
            Ok(Ok((stream, _))) => Ok(stream),
            Ok(Err(_)) => Err(CallError::transient("Discord's gateway could not be opened")),
            Err(_) => Err(CallError::transient("Discord's gateway did not open in time")),
        }
    }

    async fn serve(
        self: &Arc<Self>,
        mut stream: Stream,
        session: &mut Option<Session>,
        wanted: u64,
        doors: &Doors,
        clock: &Clock,
    ) -> Next {
        let Some(interval) = hello(&mut stream).await else { return Next::Resume };
        let first = match session {
            Some(session) => resume(session, self.token().expose_secret()),
            None => identify(self.token().expose_secret(), wanted),
        };
        if stream.send(Message::text(first.to_string())).await.is_err() {
            return Next::Resume;
        }
        // Tasks of their own: one that waits for the store must not keep this loop from noting how far it
        // came, nor be cut off in the middle when the connection ends.
        let mut work: FuturesOrdered<JoinHandle<(u64, bool)>> = FuturesOrdered::new();
        // Spread, so that many bots don't beat together after an outage.
        let mut beat = tokio::time::interval_at(Instant::now() + interval.mul_f64(spread()), interval);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut note = tokio::time::interval(NOTE);
        let (mut heard, mut is_alive, mut noted) = (session.as_ref().map(|session| session.seq), true, None);
        loop {
            tokio::select! {
                biased;
                Some(done) = work.next(), if !work.is_empty() => match done {
                    Ok((seq, true)) => if let Some(session) = session {
                        session.seq = session.seq.max(seq);
                    },
                    Ok((_, false)) => {
                        // Handed in again when the session is taken up after the last that is safe.
                        leave(&mut stream).await;
                        return Next::Resume;
                    }
                    // Handing it in again would end the same way.
                    Err(_) => self.unreadable(&super::read::Unreadable { kind: "event", lacks: "sense" }),
                },
                _ = beat.tick() => {
                    let frame = json!({"op": 1, "d": heard}).to_string();
                    if !is_alive || stream.send(Message::text(frame)).await.is_err() {
                        leave(&mut stream).await;
                        return Next::Resume;
                    }
                    is_alive = false;
                }
                _ = note.tick(), if *session != noted => {
                    if let Some(session) = session {
                        (doors.keep)(session.clone()).await;
                    }
                    noted.clone_from(session);
                }
                frame = stream.next(), if work.len() < IN_WORK => {
                    let text = match frame {
                        Some(Ok(Message::Text(text))) => text,
                        Some(Ok(Message::Close(why))) => {
                            return after_close(why.map(|why| u16::from(why.code)));
                        }
                        Some(Err(_)) | None => return Next::Resume,
                        Some(Ok(_)) => continue,
                    };
                    let Ok(mut frame) = serde_json::from_str::<Value>(&text) else {
                        self.unreadable(&super::read::Unreadable { kind: "frame", lacks: "valid JSON" });
                        continue;
                    };
                    match frame["op"].as_u64() {
                        Some(0) => {
                            let Some(seq) = frame["s"].as_u64() else {
                                self.unreadable(&super::read::Unreadable { kind: "event", lacks: "a number" });
                                continue;
                            };
                            heard = heard.max(Some(seq));
                            let kind = frame["t"].as_str().unwrap_or_default().to_owned();
                            match kind.as_str() {
                                "READY" => *session = self.ready(&frame["d"], seq, wanted).or(session.take()),
                                "RESUMED" => {
                                    tracing::info!("Discord's gateway goes on where it was left");
                                    self.counts().resumed();
                                    self.counts().connected(true);
                                }
                                _ => {}
                            }
                            let data = frame["d"].take();
                            let (discord, doors, now) = (Arc::clone(self), doors.clone(), clock.now());
                            work.push_back(tokio::spawn(async move {
                                (seq, discord.take_in(&kind, &data, &doors, now).await)
                            }));
                        }
                        Some(1) => {
                            let frame = json!({"op": 1, "d": heard}).to_string();
                            if stream.send(Message::text(frame)).await.is_err() {
                                return Next::Resume;
                            }
                        }
                        Some(7) => {
                            leave(&mut stream).await;
                            return Next::Resume;
                        }
                        Some(9) => {
                            let lives = frame["d"].as_bool().unwrap_or(false);
                            leave(&mut stream).await;
                            return if lives { Next::Resume } else { Next::Identify };
                        }
                        Some(11) => is_alive = true,
                        _ => self.unreadable(&super::read::Unreadable { kind: "frame", lacks: "a known operation" }),
                    }
                }
            }
        }
    }

    fn ready(&self, data: &Value, seq: u64, intents: u64) -> Option<Session> {
        let text = |key: &str| data[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        tracing::info!("Discord's gateway is open");
        self.counts().identified();
        self.counts().connected(true);
        let session =
            Session { id: text("session_id")?, seq, resume_url: text("resume_gateway_url")?, intents };
        Some(session)
    }
}

/// How often Discord wants a sign of life, which it says first.
async fn hello(stream: &mut Stream) -> Option<Duration> {
    let frame = tokio::time::timeout(HELLO, stream.next()).await.ok()??.ok()?;
    let hello: Value = serde_json::from_str(frame.to_text().ok()?).ok()?;
    let interval = hello["d"]["heartbeat_interval"].as_u64().filter(|_| hello["op"] == 10)?;
    Some(Duration::from_millis(interval.clamp(100, 10 * 60 * 1_000)))
}

/// Closes without ending the session: 1000 and 1001 would end it.
async fn leave(stream: &mut Stream) {
    let frame = CloseFrame { code: CloseCode::from(4000), reason: "".into() };
    let _ = tokio::time::timeout(Duration::from_secs(1), stream.close(Some(frame))).await;
}

/// Waits, and says how long to wait the next time.
async fn pause_after(error: &CallError, pause: Duration) -> Result<Duration, CallError> {
    let wait = match error {
        CallError::Permanent { .. } => return Err(error.clone()),
        CallError::Busy { retry_after } => *retry_after,
        CallError::Transient { .. } | CallError::Unknown { .. } => {
            tracing::warn!("Discord's gateway could not be opened, trying again in {pause:?}: {error}");
            pause
        }
    };
    tokio::time::sleep(wait).await;
    Ok((pause * 2).min(PAUSES.1))
}

/// Somewhere between 0 and 1.
fn spread() -> f64 {
    let mut byte = [0_u8; 1];
    // Without randomness all beat in the middle, which is as good for one bot.
    let _ = getrandom::fill(&mut byte);
    f64::from(byte[0]).max(1.0) / 256.0
}
