//! The loop: read, detect, fold, diagnose, tell. One line a stage in [`Monitor::round`].
//!
//! What detection remembers, the alerts and their messages are written in one transaction: a
//! process that dies in the middle of a round runs the same round again.

pub mod absorb;
mod baselines;
mod explain;
mod facts;
mod history;
mod recent;
mod regressions;
pub mod round;
pub mod statements;

pub use history::FIRST_LOOK;

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use tokio::sync::{Mutex, broadcast, watch};
use tracing::{info, warn};

use crate::alert::{self, Announce, Book, Change, MaintenanceWindow, QuietHours, words};
use crate::deliver::announcer::{Announcer, Outrun};
use crate::detect::{self, Memory};
use crate::gather::readable::Readable;
use crate::model::answer::Answer;
use crate::model::finding::Finding;
use crate::model::time::{Moment, TimeRange};
use crate::monitor::absorb::Sink;
use crate::monitor::baselines::Baselines;
use crate::monitor::round::Sources;
use crate::monitor::statements::StatementWatch;
use crate::ports::clock::Clock;
use crate::store::Store;

/// Key of what detection remembers, in the store's state.
const MEMORY: &str = "monitor.memory";

/// How the loop works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Between two checks.
    pub interval: Duration,
    /// How samples become findings.
    pub detect: detect::Settings,
    /// How alerts live.
    pub alert: alert::Settings,
    /// Planned work.
    pub maintenance: Vec<MaintenanceWindow>,
    /// When warnings wait.
    pub quiet_hours: Option<QuietHours>,
}

/// What one round did.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Summary {
    /// How many rounds there were.
    pub round: u64,
    /// How long it took.
    pub took: Duration,
    /// How many findings there are.
    pub findings: usize,
    /// Whether every stage worked.
    pub complete: bool,
}

/// The watching half of quad.
pub struct Monitor {
    store: Store,
    clock: Clock,
    readable: Readable,
    sources: Arc<Sources>,
    sink: Arc<Sink>,
    statements: Vec<Arc<StatementWatch>>,
    announcer: Announcer,
    settings: Settings,
    baselines: Baselines,
    /// One round at a time, and what detection remembers between them.
    memory: Mutex<Option<Memory>>,
    started_at: Moment,
    rounds: watch::Sender<Summary>,
    news: broadcast::Sender<Answer>,
}

/// What a monitor is made of.
pub struct Parts {
    /// quad's database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// What questions may read.
    pub readable: Readable,
    /// Where numbers come from.
    pub sources: Arc<Sources>,
    /// Where they go.
    pub sink: Arc<Sink>,
    /// Whose statements are watched; each is among the sources too.
    pub statements: Vec<Arc<StatementWatch>>,
    /// Says what changed.
    pub announcer: Announcer,
    /// How it works.
    pub settings: Settings,
    /// Hears of alerts that are new or changed loudly: the prompt.
    pub news: broadcast::Sender<Answer>,
}

impl Monitor {
    /// A monitor that has not looked yet.
    pub fn new(parts: Parts) -> Self {
        let Parts { store, clock, readable, sources, sink, statements, announcer, settings, news } = parts;
        let started_at = clock.now();
        Self {
            baselines: Baselines::new(
                store.clone(),
                readable.team().timezone,
                settings.detect.baseline.clone(),
            ),
            memory: Mutex::default(),
            rounds: watch::Sender::default(),
            store,
            clock,
            readable,
            sources,
            sink,
            statements,
            announcer,
            settings,
            started_at,
            news,
        }
    }

    /// What the last round did; changes after each.
    pub fn rounds(&self) -> watch::Receiver<Summary> {
        self.rounds.subscribe()
    }

    /// Watches until told to stop. Rounds start on time, however long the one before took, and are
    /// spread by a tenth of the interval so that many quads don't ask one server at once.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut next = self.clock.now();
        while !*stop.borrow() {
            tokio::select! {
                // A clock that is set back meanwhile must not stop the watch for as long.
                () = self.clock.pass(next - self.clock.now()) => {}
                _ = stop.changed() => return,
            }
            self.round().await;
            let interval = TimeDelta::from_std(self.settings.interval).unwrap_or(TimeDelta::seconds(30));
            // A clock that jumped, or a round that took long: don't make up for what is past.
            next = following(next, jittered(interval), self.clock.now());
        }
    }

    /// One round, also for tests that move the clock.
    pub async fn round(&self) {
        let mut memory = self.memory.lock().await;
        let began = Instant::now();
        let now = self.clock.now();
        self.sources.read(now).await;
        let outcome = self.judge(now, &mut memory).await;
        if let Err(error) = &outcome {
            warn!("a round was cut short: {error:#}");
        }
        self.rounds.send_modify(|summary| {
            *summary = Summary {
                round: summary.round + 1,
                took: began.elapsed(),
                findings: outcome.as_ref().copied().unwrap_or_default(),
                complete: outcome.is_ok(),
            };
        });
    }

    /// Detects, folds and tells what the readings say; how many findings there are.
    async fn judge(&self, now: Moment, memory: &mut Option<Memory>) -> anyhow::Result<usize> {
        let known = match memory.take() {
            Some(known) => known,
            None => self.store.state(MEMORY).await?.unwrap_or_default(),
        };
        let facts = self.facts(now).await?;
        let (findings, next) = detect::judge(now, &facts, &self.settings.detect, &known);
        // A person may press a button meanwhile; then their change is seen and folded anew.
        for attempt in 1..=5 {
            match self.tell(now, &findings, &next).await {
                Ok(()) => break,
                Err(error) if error.is::<Outrun>() && attempt < 5 => info!("folding again: {error}"),
                Err(error) => return Err(error),
            }
        }
        *memory = Some(next);
        Ok(findings.len())
    }

    async fn tell(&self, now: Moment, findings: &[Finding], memory: &Memory) -> anyhow::Result<()> {
        let book = self.book(now).await?;
        let mut changes = alert::fold(&book, findings, now, &self.settings.alert);
        let found = self.explain(&mut changes, &book, now).await;
        let mut tx = self.store.begin().await?;
        tx.take_books().await?;
        for (change, found) in changes.iter().zip(&found) {
            let carried = self.announcer.carry(&mut tx, change, now).await?;
            if let Some(found) = found {
                self.announcer.note(&mut tx, &carried.roots, &found.note, now).await?;
                tx.keep_evidence(carried.number, &found.recorded).await?;
            }
            if change.announce != Announce::Nothing {
                info!(alert.number = carried.number.0, "{}", change.because);
            }
        }
        tx.put_state(MEMORY, memory).await?;
        tx.commit().await?;
        self.spread(&changes, now);
        Ok(())
    }

    async fn book(&self, now: Moment) -> anyhow::Result<Book> {
        let since = now - self.settings.alert.look_back();
        let mut alerts = self.store.open_alerts().await?;
        let ended = self.store.alerts_between(TimeRange::new(since, now + TimeDelta::seconds(1))).await?;
        alerts.extend(ended.into_iter().filter(|alert| !alert.is_open()));
        let mut calls = self.store.calls(now - TimeDelta::days(1)).await?;
        calls.extend(self.readable.team().declared_calls.iter().cloned());
        let silences = self.readable.silences().await?;
        let mut maintenance = self.settings.maintenance.clone();
        maintenance.extend(self.readable.said().await?.windows);
        let tz = self.readable.team().timezone;
        let quiet_hours = self.settings.quiet_hours.clone().map(|hours| (hours, tz));
        Ok(Book { alerts, calls, silences, maintenance, quiet_hours })
    }

    /// Tells the prompt what people should hear of.
    fn spread(&self, changes: &[Change], now: Moment) {
        let tz = self.readable.team().timezone;
        for change in changes {
            let loud = change.because.is_loud() || !change.alert.is_open();
            if loud && change.announce != Announce::Nothing {
                // Nobody may be listening.
                let _ = self.news.send(words::message(&change.alert, now, tz));
            }
        }
    }
}

/// When the round after the one of `last` is due: never in the past, and never further away than one
/// interval, whatever became of the clock.
fn following(last: Moment, interval: TimeDelta, now: Moment) -> Moment {
    (last + interval).clamp(now, now + interval)
}

/// The interval, up to a tenth shorter or longer.
fn jittered(interval: TimeDelta) -> TimeDelta {
    let mut byte = [0_u8; 1];
    // Without randomness there is no jitter, which harms nobody.
    let _ = getrandom::fill(&mut byte);
    let tenth = interval.num_milliseconds() / 10;
    interval + TimeDelta::milliseconds(tenth * (i64::from(byte[0]) - 128) / 128)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_jumps_neither_stops_the_watch_nor_makes_it_hurry() {
        let (start, interval) = (Moment::UNIX_EPOCH + TimeDelta::days(1), TimeDelta::seconds(30));
        let after = |passed| (following(start, interval, start + passed) - start).num_seconds();
        assert_eq!(after(TimeDelta::seconds(2)), 30);
        assert_eq!(after(TimeDelta::seconds(90)), 90);
        assert_eq!(after(TimeDelta::hours(1)), 3_600);
        assert_eq!(after(TimeDelta::hours(-1)), -3_570);
    }
}
