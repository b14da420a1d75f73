//! The time of day, as a value: whole-app tests hand in a clock that they move themselves.

use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use tokio::sync::watch;

use crate::model::time::Moment;

/// Tells the time and waits for it.
#[derive(Debug, Clone)]
pub struct Clock(Kind);

#[derive(Debug, Clone)]
enum Kind {
    System,
    Manual(Arc<watch::Sender<Moment>>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Kind::System)
    }

    /// A clock that stands still until [`Clock::advance`].
    pub fn manual(start: Moment) -> Self {
        Self(Kind::Manual(Arc::new(watch::Sender::new(start))))
    }

    /// The time now.
    pub fn now(&self) -> Moment {
        match &self.0 {
            // The only place that reads the machine's clock.
            Kind::System => Utc::now(),
            Kind::Manual(now) => *now.borrow(),
        }
    }

    /// Returns once it is `at` or later. Looks at the clock again at least every minute, since a
    /// machine's clock can jump while it sleeps.
    pub async fn wait_until(&self, at: Moment) {
        match &self.0 {
            Kind::System => loop {
                let left = (at - Utc::now()).to_std().unwrap_or_default();
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(Duration::from_secs(60))).await;
            },
            Kind::Manual(now) => {
                let mut seen = now.subscribe();
                // An error means that the clock is gone, and with it the test.
                let _ = seen.wait_for(|now| *now >= at).await;
            }
        }
    }

    /// Returns once so much time has passed, however the machine's clock is set meanwhile.
    pub async fn pass(&self, length: TimeDelta) {
        match &self.0 {
            Kind::System => tokio::time::sleep(length.to_std().unwrap_or_default()).await,
            Kind::Manual(now) => {
                let mut seen = now.subscribe();
                let from = *seen.borrow();
                // Who sets a clock back does not say how much time passed; better too early.
                let _ = seen.wait_for(|now| *now >= from + length || *now < from).await;
            }
        }
    }

    /// Moves a manual clock, back with a negative length. Does nothing to the machine's clock.
    pub fn advance(&self, by: TimeDelta) {
        if let Kind::Manual(now) = &self.0 {
            now.send_modify(|now| *now += by);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_clock_that_is_set_back_holds_nobody_up() {
        let clock = Clock::manual(Moment::UNIX_EPOCH + TimeDelta::days(1));
        let waiting = tokio::spawn({
            let clock = clock.clone();
            async move { clock.pass(TimeDelta::seconds(30)).await }
        });
        tokio::task::yield_now().await;
        clock.advance(TimeDelta::hours(-1));
        waiting.await.expect("it returns");
    }
}
