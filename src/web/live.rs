//! Live updates: whatever changes reaches open pages without a reload. Server-sent events, each
//! with the revision it brings the page to, so that a page that was away is told what it missed.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use chrono::TimeDelta;
use futures_util::Stream;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::model::finding::Severity;
use crate::model::signal::Signal;
use crate::web::message;
use crate::web::panels::{self, Panels};
use crate::web::refusal::Refusal;
use crate::web::session::Session;
use crate::web::state::{CONVERSATION, Web};
use crate::web::talk::line;

/// How often a page looks for what nobody announces: ages, sources, sessions that ended.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Messages sent at one go.
const BATCH: u32 = 100;

/// A signal counts as seen if a value came within this time.
const SEEN: TimeDelta = TimeDelta::minutes(10);

/// Where a page's knowledge ends.
#[derive(Deserialize)]
pub(super) struct After {
    #[serde(default)]
    after: i64,
}

/// The stream of one open page.
pub(super) async fn events(
    State(web): State<Web>,
    session: Session,
    headers: HeaderMap,
    Query(from): Query<After>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let (send, receive) = mpsc::channel(16);
    let follower =
        Follower { web, session, send, revision: last.unwrap_or(from.after), shown: BTreeMap::new() };
    tokio::spawn(follower.follow());
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(20));
    Ok(Sse::new(ReceiverStream::new(receive)).keep_alive(keep_alive))
}

/// The page went away; nothing is left to do.
struct Gone;

struct Follower {
    web: Web,
    session: Session,
    send: mpsc::Sender<Result<Event, Infallible>>,
    revision: i64,
    /// The panels as this page has them.
    shown: BTreeMap<&'static str, String>,
}

impl Follower {
    async fn follow(mut self) {
        // Subscribed before the first look, so that nothing falls between.
        let mut talk = self.web.store().talk_changes();
        let mut touched = self.web.0.touched.subscribe();
        let mut working = self.web.0.working.subscribe();
        let mut closing = self.web.0.closing.subscribe();
        let send = self.send.clone();
        loop {
            if self.catch_up().await.is_err() {
                return;
            }
            tokio::select! {
                _ = send.closed() => return,
                _ = async { closing.wait_for(|closing| *closing).await.is_ok() } => break,
                _ = talk.changed() => {}
                _ = touched.changed() => {}
                heard = working.recv() => {
                    if matches!(heard, Ok(()) | Err(RecvError::Lagged(_)))
                        && self.tell(Event::default().event("working").data("1")).await.is_err()
                    {
                        return;
                    }
                }
                () = tokio::time::sleep(LOOK_AGAIN) => {
                    if !self.session.holds(&self.web).await {
                        break;
                    }
                }
            }
        }
        // Nobody may be left to hear it.
        let _ = self.tell(Event::default().event("end").data("1")).await;
    }

    async fn catch_up(&mut self) -> Result<(), Gone> {
        if let Err(error) = self.look().await? {
            // The next look may succeed; the page keeps what it has.
            tracing::warn!("could not update an open page: {error:#}");
        }
        Ok(())
    }

    async fn look(&mut self) -> Result<anyhow::Result<()>, Gone> {
        loop {
            let reader = &self.session.person.id;
            let changed = self.web.store().changed_since(CONVERSATION, reader, self.revision, BATCH).await;
            let changed = match changed {
                Ok(changed) => changed,
                Err(error) => return Ok(Err(error)),
            };
            let more = changed.len() == BATCH as usize;
            for message in changed {
                let revision = message.revision;
                let line = line(message);
                let told = json!({
                    "id": line.id,
                    "thread": line.thread,
                    "answer": matches!(line.said, message::Said::Answer(_)),
                    "html": message::bubble(&line).into_string(),
                });
                self.tell(Event::default().id(revision.to_string()).data(told.to_string())).await?;
                self.revision = revision;
            }
            if !more {
                break;
            }
        }
        let panels = match panels(&self.web).await {
            Ok(panels) => panels,
            Err(error) => return Ok(Err(error)),
        };
        let mut news = BTreeMap::new();
        for (id, markup) in [
            ("health", panels::health(&panels)),
            ("alerts", panels::alerts(&panels)),
            ("watched", panels::watched(&panels)),
            ("faults", panels::faults(&panels)),
        ] {
            let html = markup.into_string();
            if self.shown.get(id) != Some(&html) {
                news.insert(id, html);
            }
        }
        if !news.is_empty() {
            self.tell(Event::default().event("panels").data(json!(news).to_string())).await?;
            self.shown.extend(news);
        }
        Ok(Ok(()))
    }

    async fn tell(&self, event: Event) -> Result<(), Gone> {
        self.send.send(Ok(event)).await.map_err(|_| Gone)
    }
}

/// The state of things now.
pub(super) async fn panels(web: &Web) -> anyhow::Result<Panels> {
    let mut alerts = web.store().open_alerts().await?;
    alerts.sort_by_key(|alert| {
        (
            alert.status != crate::model::alert::Status::Firing,
            alert.severity != Severity::Critical,
            alert.since,
        )
    });
    let mut seen: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for observation in web.store().latest(web.now() - SEEN).await? {
        let subject = observation.key.subject;
        if subject.is_owned() {
            let name = (subject.environment.clone(), subject.name().to_owned());
            // Its share and its bytes are one thing to people.
            let signal = match observation.key.signal {
                Signal::MemoryUsed => Signal::Memory,
                signal => signal,
            };
            seen.entry(signal).or_default().insert(name);
        }
    }
    let known: BTreeSet<_> = seen.values().flatten().collect();
    let names: BTreeSet<&String> = known.iter().map(|(_, name)| name).collect();
    let names = names.into_iter().cloned().collect();
    let known = known.len();
    let faults = match &web.doors().faults {
        Some(faults) => (faults.list)(()).await?,
        None => Vec::new(),
    };
    Ok(Panels {
        alerts,
        sources: web.store().source_health().await?,
        signals: seen.into_iter().map(|(signal, names)| (signal, names.len())).collect(),
        known,
        names,
        faults,
    })
}
