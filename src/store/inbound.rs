//! What platforms handed in: accepted once, worked on until it is done.

use std::collections::HashSet;

use chrono::TimeDelta;
use sqlx::Row as _;

use super::instant::MINUTE;
use super::{Engine, Store, Tx};
use crate::model::inbound::Inbound;
use crate::model::outgoing::{DeliveryId, Platform};
use crate::model::time::{Moment, TimeRange};

/// How long what people said is kept.
pub const SAID_KEPT: TimeDelta = TimeDelta::days(30);

/// How long a worker has before its message counts as forgotten.
const LEASE: i64 = 2 * MINUTE;

/// A message that was begun so often without an end takes the process down with it: leave it alone.
const ATTEMPTS: i64 = 5;

impl Store {
    /// Keeps what a platform handed in, so that it may be acknowledged. `false` where the same
    /// event was accepted before.
    ///
    /// # Errors
    /// Where the database refuses: then don't acknowledge, and the platform sends it again.
    pub async fn accept(&self, inbound: &Inbound, at: Moment) -> anyhow::Result<bool> {
        let body = serde_json::to_string(inbound)?;
        let mut tx = self.begin().await?;
        let id = tx.next("inbound").await?;
        let done = sqlx::query(
            "INSERT INTO inbound (id, platform, event_id, accepted_at, lease_until, attempts, done, body, \
                    said_in) \
             VALUES ($1, $2, $3, $4, 0, 0, 0, $5, $6) ON CONFLICT (platform, event_id) DO NOTHING",
        )
        .bind(id)
        .bind(inbound.platform.name())
        .bind(inbound.event_id.as_str())
        .bind(at.timestamp_millis())
        .bind(body)
        .bind(inbound.said_in.as_deref())
        .execute(tx.on())
        .await?;
        let new = done.rows_affected() == 1;
        if let (true, true, Some(message)) = (new, inbound.edited, &inbound.said_in) {
            // Nobody can read the old words any more: they need no answer where they have none yet.
            sqlx::query(
                "UPDATE inbound SET done = 1 WHERE platform = $1 AND said_in = $2 AND done = 0 AND id < $3",
            )
            .bind(inbound.platform.name())
            .bind(message.as_str())
            .bind(id)
            .execute(tx.on())
            .await?;
        }
        tx.commit().await?;
        if new {
            self.0.inbound_came.notify_one();
        }
        Ok(new)
    }

    /// Returns once something was accepted since the last call. Wakes one of those who wait.
    pub async fn inbound_came(&self) {
        self.0.inbound_came.notified().await;
    }

    /// Claims the oldest message that nobody works on, with its id for [`Tx::inbound_done`]. Whoever
    /// is not done with it after two minutes loses it to the next who asks; five times at most.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn next_inbound(&self, now: Moment) -> anyhow::Result<Option<(i64, Inbound)>> {
        let now = now.timestamp_millis();
        loop {
            let free = sqlx::query(
                // What was put off waits behind what is new.
                "SELECT id FROM inbound WHERE done = 0 AND lease_until <= $1 AND attempts < $2 \
                 ORDER BY lease_until, id LIMIT 1",
            )
            .bind(now)
            .bind(ATTEMPTS)
            .fetch_optional(&self.0.read)
            .await?;
            let Some(free) = free else { return Ok(None) };
            let id: i64 = free.try_get(0)?;

            let mut tx = self.begin().await?;
            // The test again, in the statement that takes it: another worker may have been faster.
            let row = sqlx::query(
                "UPDATE inbound SET lease_until = $3, attempts = attempts + 1 \
                 WHERE id = $1 AND done = 0 AND lease_until <= $2 RETURNING body",
            )
            .bind(id)
            .bind(now)
            .bind(now + LEASE)
            .fetch_optional(tx.on())
            .await?;
            let body: Option<String> = row.map(|row| row.try_get(0)).transpose()?;
            let inbound = body.as_deref().map(serde_json::from_str::<Inbound>);
            if let Some(Err(error)) = &inbound {
                // Written by another version of quad, and readable by none that runs.
                tracing::error!(inbound.id = id, %error, "a message in the store can't be read and is left out");
                tx.inbound_done(id, None).await?;
            }
            tx.commit().await?;
            if let Some(Ok(inbound)) = inbound {
                return Ok(Some((id, inbound)));
            }
        }
    }

    /// Puts a claimed message off until `until`, where it came in after `since`: what it needs can't be
    /// had just now. Does not count as begun. `false` where it has waited long enough.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn put_off_inbound(&self, id: i64, until: Moment, since: Moment) -> anyhow::Result<bool> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE inbound SET lease_until = $2, attempts = attempts - 1 \
             WHERE id = $1 AND done = 0 AND accepted_at > $3",
        )
        .bind(id)
        .bind(until.timestamp_millis())
        .bind(since.timestamp_millis())
        .execute(tx.on())
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Wakes one of those who wait for messages: one that was put off may be due.
    pub fn wake_inbound(&self) {
        self.0.inbound_came.notify_one();
    }

    /// The oldest message that was begun five times and never ended, for a word to its person and
    /// [`Tx::inbound_done`].
    ///
    /// # Errors
    /// Where the database can't be read, or the message was written by another version of quad.
    pub async fn forsaken_inbound(&self, now: Moment) -> anyhow::Result<Option<(i64, Inbound)>> {
        let row = sqlx::query(
            "SELECT id, body FROM inbound WHERE done = 0 AND lease_until <= $1 AND attempts >= $2 \
             ORDER BY id LIMIT 1",
        )
        .bind(now.timestamp_millis())
        .bind(ATTEMPTS)
        .fetch_optional(&self.0.read)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let body: String = row.try_get(1)?;
        Ok(Some((row.try_get(0)?, serde_json::from_str(&body)?)))
    }

    /// Whether anything was accepted that stood in this message.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn was_said_in(&self, platform: Platform, message: &str) -> anyhow::Result<bool> {
        let row = sqlx::query("SELECT 1 FROM inbound WHERE platform = $1 AND said_in = $2 LIMIT 1")
            .bind(platform.name())
            .bind(message)
            .fetch_optional(&self.0.read)
            .await?;
        Ok(row.is_some())
    }

    /// How many messages have been accepted and are not answered yet.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn inbound_waiting(&self) -> anyhow::Result<i64> {
        let row = sqlx::query("SELECT COUNT(*) FROM inbound WHERE done = 0 AND attempts < $1")
            .bind(ATTEMPTS)
            .fetch_one(&self.0.read)
            .await?;
        Ok(row.try_get(0)?)
    }

    /// What people said in a stretch of time, oldest first, as far as it is kept: 30 days.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn said_between(&self, range: TimeRange) -> anyhow::Result<Vec<Inbound>> {
        let rows =
            sqlx::query("SELECT body FROM inbound WHERE accepted_at >= $1 AND accepted_at < $2 ORDER BY id")
                .bind(range.from.timestamp_millis())
                .bind(range.to.timestamp_millis())
                .fetch_all(&self.0.read)
                .await?;
        let mut said = Vec::with_capacity(rows.len());
        for row in &rows {
            let body: String = row.try_get(0)?;
            // What another version of quad wrote and this one can't read is no question of now.
            said.extend(serde_json::from_str::<Inbound>(&body).ok());
        }
        Ok(said)
    }

    /// Events of a platform that have been accepted and are not done.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn inbound_unanswered(&self, platform: Platform) -> anyhow::Result<HashSet<String>> {
        let rows = sqlx::query("SELECT event_id FROM inbound WHERE platform = $1 AND done = 0")
            .bind(platform.name())
            .fetch_all(&self.0.read)
            .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Frees what a process that died was working on, so that nobody waits for its leases. Call
    /// once, before the first [`Store::next_inbound`] of the agent; does nothing on PostgreSQL,
    /// where another agent may be alive.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn take_over_inbound(&self) -> anyhow::Result<()> {
        self.take_over("UPDATE inbound SET lease_until = 0 WHERE done = 0").await
    }

    pub(super) async fn take_over(&self, sql: &'static str) -> anyhow::Result<()> {
        if self.0.engine == Engine::Postgres {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        sqlx::query(sql).execute(tx.on()).await?;
        tx.commit().await
    }
}

impl Tx {
    /// Notes an event that needs no further work than what this transaction does. `false` where it
    /// was noted before.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn first_time(
        &mut self,
        platform: Platform,
        event_id: &str,
        at: Moment,
    ) -> anyhow::Result<bool> {
        let id = self.next("inbound").await?;
        let done = sqlx::query(
            "INSERT INTO inbound (id, platform, event_id, accepted_at, lease_until, attempts, done, body) \
             VALUES ($1, $2, $3, $4, 0, 0, 1, '') ON CONFLICT (platform, event_id) DO NOTHING",
        )
        .bind(id)
        .bind(platform.name())
        .bind(event_id)
        .bind(at.timestamp_millis())
        .execute(self.on())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The message was worked on. Belongs into the transaction that holds its answer; `answer` is that,
    /// where it may be taken back. `false` where somebody else was done with it before: then the answer
    /// must not be kept.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn inbound_done(&mut self, id: i64, answer: Option<DeliveryId>) -> anyhow::Result<bool> {
        let done = sqlx::query("UPDATE inbound SET done = 1, answer = $2 WHERE id = $1 AND done = 0")
            .bind(id)
            .bind(answer.map(|answer| answer.to_string()))
            .execute(self.on())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The answer to what was said in this message before, where it may be taken back.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn answer_in(
        &mut self,
        platform: Platform,
        message: &str,
    ) -> anyhow::Result<Option<DeliveryId>> {
        let row = sqlx::query(
            "SELECT answer FROM inbound WHERE platform = $1 AND said_in = $2 AND answer IS NOT NULL \
             ORDER BY id DESC LIMIT 1",
        )
        .bind(platform.name())
        .bind(message)
        .fetch_optional(self.on())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let answer: String = row.try_get(0)?;
        Ok(Some(DeliveryId(answer.parse()?)))
    }

    /// The message was deleted: what it said goes, what was not answered yet never is. Returns the
    /// answers that may be taken back.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn forget_said_in(
        &mut self,
        platform: Platform,
        message: &str,
    ) -> anyhow::Result<Vec<DeliveryId>> {
        let rows = sqlx::query(
            "UPDATE inbound SET done = 1, body = '' WHERE platform = $1 AND said_in = $2 RETURNING answer",
        )
        .bind(platform.name())
        .bind(message)
        .fetch_all(self.on())
        .await?;
        let mut answers = Vec::new();
        for row in &rows {
            if let Some(answer) = row.try_get::<Option<String>, _>(0)? {
                answers.push(DeliveryId(answer.parse()?));
            }
        }
        // One answer may have stood for several wordings.
        answers.sort_unstable();
        answers.dedup();
        Ok(answers)
    }

    /// The message was none of quad's business: its words go, and that it came is remembered.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn forget_inbound(&mut self, id: i64) -> anyhow::Result<()> {
        sqlx::query("UPDATE inbound SET done = 1, body = '' WHERE id = $1")
            .bind(id)
            .execute(self.on())
            .await?;
        Ok(())
    }
}
