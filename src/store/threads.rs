//! The last question of each place, so that the next may continue it, after a restart too.

use sqlx::Row as _;

use super::{Store, Tx};
use crate::model::outgoing::Platform;
use crate::model::thread::Remembered;

/// Where a question was asked: a thread, or a person's side of a conversation without threads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadKey {
    /// On which platform.
    pub platform: Platform,
    /// In which channel or conversation.
    pub channel: String,
    /// The thread's id; where there is no thread, `@` and the person's id.
    pub thread: String,
}

impl Store {
    /// What was asked there last. `None` also where another version of quad kept it in other words.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn remembered(&self, key: &ThreadKey) -> anyhow::Result<Option<Remembered>> {
        let row =
            sqlx::query("SELECT body FROM threads WHERE platform = $1 AND channel = $2 AND thread = $3")
                .bind(key.platform.name())
                .bind(key.channel.as_str())
                .bind(key.thread.as_str())
                .fetch_optional(&self.0.read)
                .await?;
        let Some(row) = row else { return Ok(None) };
        let body: String = row.try_get(0)?;
        Ok(serde_json::from_str(&body).ok())
    }
}

impl Tx {
    /// Keeps what was asked there, in place of what was asked before.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn remember(&mut self, key: &ThreadKey, asked: &Remembered) -> anyhow::Result<()> {
        sqlx::query(
            "INSERT INTO threads (platform, channel, thread, at, body) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (platform, channel, thread) DO UPDATE SET at = excluded.at, body = excluded.body",
        )
        .bind(key.platform.name())
        .bind(key.channel.as_str())
        .bind(key.thread.as_str())
        .bind(asked.at.timestamp_millis())
        .bind(serde_json::to_string(asked)?)
        .execute(self.on())
        .await?;
        Ok(())
    }
}
