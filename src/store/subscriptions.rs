//! Reports that people asked for, to themselves. There are few, and they are read together.

use super::{Store, Tx};
use crate::model::subscription::Subscription;

const KEY: &str = "subscriptions";

impl Store {
    /// All of them.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn subscriptions(&self) -> anyhow::Result<Vec<Subscription>> {
        Ok(self.state(KEY).await?.unwrap_or_default())
    }
}

impl Tx {
    /// All of them, as this transaction sees them.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn subscriptions(&mut self) -> anyhow::Result<Vec<Subscription>> {
        Ok(self.state(KEY).await?.unwrap_or_default())
    }

    /// Puts these in the place of those that there were.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn put_subscriptions(&mut self, all: &[Subscription]) -> anyhow::Result<()> {
        self.put_state(KEY, &all).await
    }
}
