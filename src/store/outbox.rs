//! The rows of the outbox: what is to be sent, what became of it. `deliver` decides; this only
//! keeps, and sees to it that one row has one owner at a time.

use anyhow::Context as _;
use serde::Deserialize;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use tokio::sync::watch;

use super::Store;
use super::instant::moment;
use crate::model::outgoing::{DeliveryId, Kind, Outgoing, Platform, Receipt, Target};
use crate::model::time::Moment;

/// Asked for in every overview. The state stands in it so that its index is used.
pub(super) const GIVEN_UP: &str = "SELECT body, reason, ended_at FROM outbox WHERE state = 'given_up' AND ended_at >= $1 \
     ORDER BY ended_at, seq";

/// A row that is neither sent nor given up: what the decision about the next step needs of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Which delivery.
    pub id: DeliveryId,
    /// Order of enqueueing.
    pub seq: i64,
    /// How urgent.
    pub kind: Kind,
    /// Where to.
    pub target: Target,
    /// What the target refers to, where it refers to something.
    pub refers: Option<Reference>,
    /// When it was decided.
    pub at: Moment,
    /// Not before then.
    pub due: Moment,
    /// How often it was begun.
    pub attempts: u32,
    /// Whether an earlier attempt may have arrived.
    pub doubt: bool,
    /// Somebody is sending it, until then at most.
    pub sending_until: Option<Moment>,
}

/// What became of the delivery that another one refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// Not sent yet.
    Waiting,
    /// Sent, and this is where it stands.
    Sent(Receipt),
    /// It never will be.
    GivenUp,
}

/// A delivery that was claimed and must now be sent by the claimer, and nobody else.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// What to send.
    pub outgoing: Outgoing,
    /// The number of this attempt, from 1; names this claim when its outcome is written.
    pub attempt: u32,
    /// Whether an earlier attempt may have arrived: look before sending.
    pub doubt: bool,
}

/// A delivery that was given up, for `doctor` and `status`.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenUp {
    /// What could not be sent.
    pub outgoing: Outgoing,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Moment,
}

impl Store {
    /// Changes whenever something is enqueued or ended: time to look for work.
    pub fn outbox_changes(&self) -> watch::Receiver<u64> {
        self.0.outbox_grew.subscribe()
    }

    pub(super) fn wake_outbox(&self) {
        self.0.outbox_grew.send_modify(|count| *count += 1);
    }

    /// Channels of a platform with something to send, the one with the most urgent message first.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn outbox_lanes(&self, platform: Platform) -> anyhow::Result<Vec<String>> {
        let rows = sqlx::query(
            "SELECT lane FROM outbox WHERE platform = $1 AND state IN ('pending', 'sending') \
             GROUP BY lane ORDER BY MIN(urgency), MIN(seq)",
        )
        .bind(platform.name())
        .fetch_all(&self.0.read)
        .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Until when a channel must rest, where its platform ever asked for it.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn paused_until(&self, platform: Platform, lane: &str) -> anyhow::Result<Option<Moment>> {
        let row = sqlx::query("SELECT paused_until FROM lanes WHERE platform = $1 AND lane = $2")
            .bind(platform.name())
            .bind(lane)
            .fetch_optional(&self.0.read)
            .await?;
        row.map(|row| Ok(moment(row.try_get(0)?))).transpose()
    }

    /// What waits in one channel, most urgent first, then oldest; `limit` rows at most.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn outbox_waiting(
        &self,
        platform: Platform,
        lane: &str,
        limit: u32,
    ) -> anyhow::Result<Vec<Waiting>> {
        self.waiting(platform, lane, i64::MIN, limit).await
    }

    /// The same, of edits and what is less urgent than they are.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn outbox_edits(
        &self,
        platform: Platform,
        lane: &str,
        limit: u32,
    ) -> anyhow::Result<Vec<Waiting>> {
        self.waiting(platform, lane, Kind::Edit.rank(), limit).await
    }

    async fn waiting(
        &self,
        platform: Platform,
        lane: &str,
        least_urgent: i64,
        limit: u32,
    ) -> anyhow::Result<Vec<Waiting>> {
        let rows = sqlx::query(
            "SELECT o.id, o.seq, o.urgency, o.body, o.refers, o.at, o.due, o.attempts, o.doubt, o.state, \
                    o.lease_until, r.state, r.receipt_channel, r.receipt_message \
             FROM outbox o LEFT JOIN outbox r ON r.id = o.refers \
             WHERE o.platform = $1 AND o.lane = $2 AND o.state IN ('pending', 'sending') AND o.urgency >= $4 \
             ORDER BY o.urgency, o.seq LIMIT $3",
        )
        .bind(platform.name())
        .bind(lane)
        .bind(i64::from(limit))
        .bind(least_urgent)
        .fetch_all(&self.0.read)
        .await?;
        rows.iter().map(waiting_of).collect()
    }

    /// Claims a delivery until `lease`, where it still stands as `seen`. `None` where somebody was
    /// first. A claim over an expired one takes the doubt with it: that send may have arrived.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn claim(&self, seen: &Waiting, now: Moment, lease: Moment) -> anyhow::Result<Option<Claimed>> {
        let mut tx = self.begin().await?;
        let row = sqlx::query(
            "UPDATE outbox SET state = 'sending', lease_until = $4, attempts = attempts + 1, \
                    doubt = CASE WHEN state = 'sending' THEN 1 ELSE doubt END \
             WHERE id = $1 AND attempts = $2 \
               AND (state = 'pending' OR (state = 'sending' AND lease_until <= $3)) \
             RETURNING body, attempts, doubt",
        )
        .bind(seen.id.to_string())
        .bind(i64::from(seen.attempts))
        .bind(now.timestamp_millis())
        .bind(lease.timestamp_millis())
        .fetch_optional(tx.on())
        .await?;
        let claimed = row.map(|row| claimed_of(&row)).transpose()?;
        tx.commit().await?;
        Ok(claimed)
    }

    /// The claimed delivery arrived. `false` where the claim was lost to somebody else meanwhile.
    ///
    /// # Errors
    /// Where the database refuses; the lease then ends by itself, and the delivery is looked up.
    pub async fn sent(&self, claim: &Claimed, receipt: &Receipt, now: Moment) -> anyhow::Result<bool> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE outbox SET state = 'sent', receipt_channel = $3, receipt_message = $4, ended_at = $5 \
             WHERE id = $1 AND attempts = $2 AND state = 'sending'",
        )
        .bind(claim.outgoing.id.to_string())
        .bind(i64::from(claim.attempt))
        .bind(receipt.channel.as_str())
        .bind(receipt.message.as_str())
        .bind(now.timestamp_millis())
        .execute(tx.on())
        .await?;
        tx.enqueued = true;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// The claimed delivery is to be tried again at `due`. `doubt`: this attempt may have arrived.
    /// `false` where the claim was lost to somebody else meanwhile.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn again(
        &self,
        claim: &Claimed,
        due: Moment,
        doubt: bool,
        reason: &str,
    ) -> anyhow::Result<bool> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE outbox SET state = 'pending', due = $3, doubt = $4, reason = $5, lease_until = 0 \
             WHERE id = $1 AND attempts = $2 AND state = 'sending'",
        )
        .bind(claim.outgoing.id.to_string())
        .bind(i64::from(claim.attempt))
        .bind(due.timestamp_millis())
        .bind(i64::from(doubt))
        .bind(reason)
        .execute(tx.on())
        .await?;
        tx.enqueued = true;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// The claimed delivery goes back, not counted as an attempt, and its whole channel rests
    /// until `until`: the platform asked for it.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn pause(&self, claim: &Claimed, until: Moment) -> anyhow::Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "UPDATE outbox SET state = 'pending', attempts = attempts - 1, doubt = $3, lease_until = 0 \
             WHERE id = $1 AND attempts = $2 AND state = 'sending'",
        )
        .bind(claim.outgoing.id.to_string())
        .bind(i64::from(claim.attempt))
        .bind(i64::from(claim.doubt))
        .execute(tx.on())
        .await?;
        sqlx::query(
            "INSERT INTO lanes (platform, lane, paused_until) \
             SELECT platform, lane, $2 FROM outbox WHERE id = $1 \
             ON CONFLICT (platform, lane) DO UPDATE SET paused_until = excluded.paused_until",
        )
        .bind(claim.outgoing.id.to_string())
        .bind(until.timestamp_millis())
        .execute(tx.on())
        .await?;
        tx.enqueued = true;
        tx.commit().await
    }

    /// The claimed delivery will never arrive.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn give_up(&self, claim: &Claimed, reason: &str, now: Moment) -> anyhow::Result<bool> {
        self.end(&claim.outgoing.id, claim.attempt, "given_up", reason, now).await
    }

    /// A waiting delivery will never be sent, for a reason outside of it.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn give_up_unsent(&self, seen: &Waiting, reason: &str, now: Moment) -> anyhow::Result<bool> {
        self.end(&seen.id, seen.attempts, "given_up", reason, now).await
    }

    /// A waiting edit is stale: a newer one of the same message waits behind it.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn supersede(&self, seen: &Waiting, now: Moment) -> anyhow::Result<bool> {
        self.end(&seen.id, seen.attempts, "superseded", "a newer edit of the same message", now).await
    }

    /// Gives up what was decided before `before` and goes to a platform that none of `carried` is:
    /// it was removed from the configuration, and nobody will ever send it. Returns how many.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn give_up_uncarried(
        &self,
        carried: &[Platform],
        before: Moment,
        now: Moment,
    ) -> anyhow::Result<u64> {
        let rows = sqlx::query("SELECT DISTINCT platform FROM outbox WHERE state = 'pending' AND at < $1")
            .bind(before.timestamp_millis())
            .fetch_all(&self.0.read)
            .await?;
        let mut ended = 0;
        for row in rows {
            let platform: String = row.try_get(0)?;
            if carried.iter().any(|carried| carried.name() == platform) {
                continue;
            }
            let mut tx = self.begin().await?;
            let done = sqlx::query(
                "UPDATE outbox SET state = 'given_up', reason = $3, ended_at = $4 \
                 WHERE platform = $1 AND state = 'pending' AND at < $2",
            )
            .bind(platform.as_str())
            .bind(before.timestamp_millis())
            .bind(format!("{platform} is not set up any more"))
            .bind(now.timestamp_millis())
            .execute(tx.on())
            .await?;
            tx.commit().await?;
            ended += done.rows_affected();
        }
        Ok(ended)
    }

    async fn end(
        &self,
        id: &DeliveryId,
        attempts: u32,
        state: &'static str,
        reason: &str,
        now: Moment,
    ) -> anyhow::Result<bool> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE outbox SET state = $3, reason = $4, ended_at = $5 \
             WHERE id = $1 AND attempts = $2 AND state IN ('pending', 'sending')",
        )
        .bind(id.to_string())
        .bind(i64::from(attempts))
        .bind(state)
        .bind(reason)
        .bind(now.timestamp_millis())
        .execute(tx.on())
        .await?;
        tx.enqueued = true;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends the leases of a process that died: what it was sending is looked up now and not in a
    /// minute. Call once, before the first delivery; does nothing on PostgreSQL, where another
    /// agent may be alive.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn take_over_deliveries(&self) -> anyhow::Result<()> {
        self.take_over("UPDATE outbox SET lease_until = 0 WHERE state = 'sending'").await
    }

    /// Deliveries that were given up at or after `since`, oldest first.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn given_up(&self, since: Moment) -> anyhow::Result<Vec<GivenUp>> {
        let rows = sqlx::query(GIVEN_UP).bind(since.timestamp_millis()).fetch_all(&self.0.read).await?;
        rows.iter()
            .map(|row| {
                Ok(GivenUp {
                    outgoing: outgoing_of(row, 0)?,
                    reason: row.try_get::<Option<String>, _>(1)?.unwrap_or_default(),
                    at: moment(row.try_get(2)?),
                })
            })
            .collect()
    }

    /// What became of a delivery, as its state and the reason that was noted last; `None` where it is
    /// not known (any more).
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn delivery_state(&self, id: DeliveryId) -> anyhow::Result<Option<(String, Option<String>)>> {
        let row = sqlx::query("SELECT state, reason FROM outbox WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.0.read)
            .await?;
        row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
    }

    /// Where a delivery stands once it was sent.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn receipt(&self, id: DeliveryId) -> anyhow::Result<Option<Receipt>> {
        let row = sqlx::query(
            "SELECT receipt_channel, receipt_message FROM outbox WHERE id = $1 AND state = 'sent'",
        )
        .bind(id.to_string())
        .fetch_optional(&self.0.read)
        .await?;
        let Some(row) = row else { return Ok(None) };
        receipt_of(&row, 0)
    }

    /// How many deliveries wait, and for how many seconds the oldest has.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn outbox_depth(&self, now: Moment) -> anyhow::Result<(u64, f64)> {
        let row = sqlx::query("SELECT COUNT(*), MIN(at) FROM outbox WHERE state IN ('pending', 'sending')")
            .fetch_one(&self.0.read)
            .await?;
        let waited = row.try_get::<Option<i64>, _>(1)?.map_or(0, |oldest| now.timestamp_millis() - oldest);
        Ok((u64::try_from(row.try_get::<i64, _>(0)?)?, waited.max(0) as f64 / 1_000.0))
    }

    /// How many deliveries are neither sent nor ended otherwise, over all platforms.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn outbox_size(&self) -> anyhow::Result<u64> {
        let row = sqlx::query("SELECT COUNT(*) FROM outbox WHERE state IN ('pending', 'sending')")
            .fetch_one(&self.0.read)
            .await?;
        Ok(u64::try_from(row.try_get::<i64, _>(0)?)?)
    }
}

/// What of a delivery decides when it is sent. Whole channels are looked through for it, so what it says
/// is not read.
#[derive(Deserialize)]
struct Envelope {
    id: DeliveryId,
    kind: Kind,
    target: Target,
}

fn waiting_of(row: &AnyRow) -> anyhow::Result<Waiting> {
    let body: String = row.try_get(3)?;
    let outgoing: Envelope = serde_json::from_str(&body).context("reading a delivery")?;
    let urgency: i64 = row.try_get(2)?;
    let state: String = row.try_get(9)?;
    let refers: Option<String> = row.try_get(4)?;
    let their_state: Option<String> = row.try_get(11)?;
    Ok(Waiting {
        id: outgoing.id,
        seq: row.try_get(1)?,
        kind: Kind::ALL.into_iter().find(|kind| kind.rank() == urgency).unwrap_or(outgoing.kind),
        target: outgoing.target,
        refers: match (refers, their_state.as_deref()) {
            (None, _) => None,
            (Some(_), Some("pending" | "sending")) => Some(Reference::Waiting),
            (Some(_), Some("sent")) => Some(receipt_of(row, 12)?.map_or(Reference::GivenUp, Reference::Sent)),
            (Some(_), _) => Some(Reference::GivenUp),
        },
        at: moment(row.try_get(5)?),
        due: moment(row.try_get(6)?),
        attempts: u32::try_from(row.try_get::<i64, _>(7)?)?,
        doubt: row.try_get::<i64, _>(8)? != 0,
        sending_until: match state.as_str() {
            "sending" => Some(moment(row.try_get(10)?)),
            _ => None,
        },
    })
}

fn claimed_of(row: &AnyRow) -> anyhow::Result<Claimed> {
    Ok(Claimed {
        outgoing: outgoing_of(row, 0)?,
        attempt: u32::try_from(row.try_get::<i64, _>(1)?)?,
        doubt: row.try_get::<i64, _>(2)? != 0,
    })
}

pub(super) fn outgoing_of(row: &AnyRow, column: usize) -> anyhow::Result<Outgoing> {
    let body: String = row.try_get(column)?;
    serde_json::from_str(&body).context("reading a delivery")
}

fn receipt_of(row: &AnyRow, first: usize) -> anyhow::Result<Option<Receipt>> {
    let (channel, message): (Option<String>, Option<String>) = (row.try_get(first)?, row.try_get(first + 1)?);
    Ok(channel.zip(message).map(|(channel, message)| Receipt { channel, message }))
}
