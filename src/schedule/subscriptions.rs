//! Sends people the reports that they asked for, each at its time, once, over restarts too.

use std::sync::Arc;

use chrono::TimeDelta;
use tokio::sync::watch;
use tracing::{info, warn};

use crate::deliver;
use crate::gather::readable::Readable;
use crate::handlers;
use crate::model::outgoing::{Kind, Outgoing, Place, Target};
use crate::model::person::Role;
use crate::model::request::Period;
use crate::model::subscription::Subscription;
use crate::ports::clock::Clock;
use crate::ports::messenger::Messenger;
use crate::schedule::due::{Due, Schedule, due};
use crate::store::Store;

/// Between two looks: nobody asked for a report to the second.
const LOOK: TimeDelta = TimeDelta::seconds(30);

/// Sends subscribed reports.
pub struct Subscriptions {
    /// quad's database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// What reports may read.
    pub readable: Readable,
    /// Who carries them, and knows who people are.
    pub messengers: Vec<Arc<dyn Messenger>>,
}

impl Subscriptions {
    /// Sends until told to stop.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        loop {
            if let Err(error) = self.look().await {
                warn!("subscribed reports could not be made: {error:#}");
            }
            tokio::select! {
                () = self.clock.wait_until(self.clock.now() + LOOK) => {}
                _ = stop.changed() => return,
            }
        }
    }

    /// Sends what is due.
    ///
    /// # Errors
    /// Where the store can't be read or written; what was not sent is sent the next time.
    pub async fn look(&self) -> anyhow::Result<()> {
        let timezone = self.readable.team().timezone;
        for subscription in self.store.subscriptions().await? {
            let schedule = match subscription.period {
                Period::Daily => Schedule::daily(&subscription.time)?,
                Period::Weekly => Schedule::weekly(&subscription.time)?,
            };
            if let Some(due) = due(Some(subscription.sent), self.clock.now(), &schedule, timezone)
                && let Err(error) = self.send(&subscription, due).await
            {
                warn!("a subscribed report could not be made, and is tried again: {error:#}");
            }
        }
        Ok(())
    }

    async fn send(&self, subscription: &Subscription, due: Due) -> anyhow::Result<()> {
        let platform = subscription.platform;
        let Some(messenger) = self.messengers.iter().find(|one| one.platform() == platform) else {
            return Ok(());
        };
        let may = match messenger.role(&subscription.person).await {
            Ok(role) => role.is_some_and(|role| role >= Role::Viewer),
            Err(error) => {
                warn!("a report waits, since it can't be found out who may read it: {error}");
                return Ok(());
            }
        };
        let report = handlers::report_of(&self.readable, subscription.period, due.for_day).await?;
        let mut tx = self.store.begin().await?;
        tx.take_books().await?;
        let mut all = tx.subscriptions().await?;
        // It may have been ended or changed in between.
        let Some(own) = all.iter_mut().find(|one| *one == subscription) else { return Ok(()) };
        own.sent = due.at;
        if may {
            let place = Place { channel: subscription.channel.clone(), thread: None };
            let report = report.footnote(format!(
                "You asked me for this; `unsubscribe from the {} report` ends it",
                subscription.period.name()
            ));
            let outgoing =
                Outgoing::new(platform, Kind::Report, Target::Post(place), report, self.clock.now());
            deliver::enqueue(&mut tx, &self.messengers, outgoing).await?;
        } else {
            info!("whoever subscribed to a report may not read it any more; it is ended");
            all.retain(|one| !subscription.replaces(one));
        }
        tx.put_subscriptions(&all).await?;
        tx.commit().await
    }
}
