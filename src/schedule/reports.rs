//! Sends the daily or the weekly report when it is due: once, also over restarts. That it was sent and
//! what was sent are written in one transaction.

use std::sync::Arc;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tracing::{info, warn};

use crate::deliver;
use crate::deliver::announcer::Destination;
use crate::gather::readable::Readable;
use crate::handlers;
use crate::model::answer::Answer;
use crate::model::outgoing::{Kind, Outgoing, Place, Target};
use crate::model::request::Period;
use crate::model::time::Moment;
use crate::ports::clock::Clock;
use crate::ports::messenger::Messenger;
use crate::schedule::due::{Due, Schedule, due};
use crate::store::Store;

/// Key of when a report was sent last, in the store's state.
fn sent_key(period: Period) -> &'static str {
    match period {
        Period::Daily => "schedule.daily_report",
        Period::Weekly => "schedule.weekly_report",
    }
}

/// When the last report was due that has been sent, or from when on they are sent at all.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Sent {
    at: Moment,
}

/// Sends one kind of report.
pub struct Reports {
    /// Which.
    pub period: Period,
    /// quad's database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// What reports may read.
    pub readable: Readable,
    /// When.
    pub schedule: Schedule,
    /// Where to.
    pub destinations: Vec<Destination>,
    /// Who cuts what is too long.
    pub messengers: Vec<Arc<dyn Messenger>>,
}

impl Reports {
    /// Sends until told to stop. A report that was missed is sent at once, marked late.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        loop {
            if let Err(error) = self.send_what_is_due().await {
                warn!("the {} report could not be made: {error:#}", self.period.name());
            }
            let now = self.clock.now();
            let next = self.schedule.next(now, self.readable.team().timezone);
            // A report that could not be made is tried again soon.
            let soon = now + TimeDelta::minutes(5);
            let next = next.map_or(soon, |next| next.min(soon));
            tokio::select! {
                () = self.clock.wait_until(next) => {}
                _ = stop.changed() => return,
            }
        }
    }

    /// Sends the report that is due, if one is.
    ///
    /// # Errors
    /// Where the store can't be read or written; nothing was sent then.
    pub async fn send_what_is_due(&self) -> anyhow::Result<()> {
        let now = self.clock.now();
        let last: Option<Sent> = self.store.state(sent_key(self.period)).await?;
        let timezone = self.readable.team().timezone;
        let Some(due) = due(last.map(|last| last.at), now, &self.schedule, timezone) else {
            if last.is_none() {
                // From here on a missed report is known to be missed.
                self.remember(now).await?;
            }
            return Ok(());
        };
        let report = handlers::report_of(&self.readable, self.period, due.for_day).await?;
        let report = late(report, &due, &self.readable);
        let mut tx = self.store.begin().await?;
        for destination in &self.destinations {
            let place = Place { channel: destination.channel.clone(), thread: None };
            let outgoing =
                Outgoing::new(destination.platform, Kind::Report, Target::Post(place), report.clone(), now);
            deliver::enqueue(&mut tx, &self.messengers, outgoing).await?;
        }
        tx.put_state(sent_key(self.period), &Sent { at: due.at }).await?;
        tx.commit().await?;
        info!("the {} report of {} is on its way", self.period.name(), due.for_day);
        Ok(())
    }

    async fn remember(&self, at: Moment) -> anyhow::Result<()> {
        let mut tx = self.store.begin().await?;
        tx.put_state(sent_key(self.period), &Sent { at }).await?;
        tx.commit().await
    }
}

fn late(report: Answer, due: &Due, ctx: &Readable) -> Answer {
    if !due.late {
        return report;
    }
    report.footnote(format!("Late: it was due at {}, and quad was not running then", ctx.shown(due.at)))
}
