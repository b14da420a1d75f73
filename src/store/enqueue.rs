//! What goes into the outbox, together with the change that caused it, and what is taken out again.

use sqlx::Row as _;

use super::Tx;
use super::outbox::outgoing_of;
use crate::model::outgoing::{DeliveryId, INCIDENTS, Kind, Outgoing, Platform, Target, Title};
use crate::model::time::Moment;

impl Tx {
    /// Adds something to send. It leaves the house after the commit, and only then. The same id
    /// again changes nothing. For anything that may be longer than one message use
    /// `deliver::enqueue`, which cuts it first.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn enqueue(&mut self, outgoing: &Outgoing) -> anyhow::Result<()> {
        let (lane, outgoing) = self.settle(outgoing).await?;
        let refers = refers(&outgoing.target).map(|id| id.to_string());
        // Failing here would take the caller's change of state with it. Ended at once, it is seen.
        let orphan = lane.is_none();
        let seq = self.next("outbox").await?;
        sqlx::query(
            "INSERT INTO outbox (id, seq, platform, lane, urgency, state, doubt, attempts, at, due, \
                                 lease_until, refers, reason, ended_at, body) \
             VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7, $7, 0, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING",
        )
        .bind(outgoing.id.to_string())
        .bind(seq)
        .bind(outgoing.platform.name())
        .bind(lane.unwrap_or_default())
        .bind(outgoing.kind.rank())
        .bind(if orphan { "given_up" } else { "pending" })
        .bind(outgoing.at.timestamp_millis())
        .bind(refers)
        .bind(orphan.then(|| "it refers to a delivery that is not known".to_owned()))
        .bind(orphan.then(|| outgoing.at.timestamp_millis()))
        .bind(serde_json::to_string(&outgoing)?)
        .execute(self.on())
        .await?;
        self.enqueued = true;
        Ok(())
    }

    /// Whether a delivery with this id was ever enqueued.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn is_delivery(&mut self, id: DeliveryId) -> anyhow::Result<bool> {
        let row = sqlx::query("SELECT 1 FROM outbox WHERE id = $1").bind(id.to_string());
        Ok(row.fetch_optional(self.on()).await?.is_some())
    }

    /// Takes back what has not been sent and need not be any more. What is being sent can't be.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn withdraw(&mut self, id: DeliveryId, reason: &str, now: Moment) -> anyhow::Result<bool> {
        let done = sqlx::query(
            "UPDATE outbox SET state = 'superseded', reason = $2, ended_at = $3 \
             WHERE id = $1 AND state = 'pending'",
        )
        .bind(id.to_string())
        .bind(reason)
        .bind(now.timestamp_millis())
        .execute(self.on())
        .await?;
        self.enqueued = true;
        Ok(done.rows_affected() == 1)
    }

    /// Whether a delivery was sent or may have been, or is being sent: taking it back needs a word.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn may_be_seen(&mut self, id: DeliveryId) -> anyhow::Result<bool> {
        let row = sqlx::query(
            "SELECT 1 FROM outbox WHERE id = $1 AND (state IN ('sending', 'sent') OR state = 'pending' AND doubt = 1)",
        );
        Ok(row.bind(id.to_string()).fetch_optional(self.on()).await?.is_some())
    }

    /// Whether a delivery was sent, or still is to be.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn stands(&mut self, id: DeliveryId) -> anyhow::Result<bool> {
        let row =
            sqlx::query("SELECT 1 FROM outbox WHERE id = $1 AND state IN ('pending', 'sending', 'sent')");
        Ok(row.bind(id.to_string()).fetch_optional(self.on()).await?.is_some())
    }

    /// Takes back changes of a delivery that were not sent yet.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn withdraw_changes(
        &mut self,
        of: DeliveryId,
        reason: &str,
        now: Moment,
    ) -> anyhow::Result<()> {
        sqlx::query(
            "UPDATE outbox SET state = 'superseded', reason = $2, ended_at = $3 \
             WHERE refers = $1 AND urgency = $4 AND state = 'pending'",
        )
        .bind(of.to_string())
        .bind(reason)
        .bind(now.timestamp_millis())
        .bind(Kind::Answer.rank())
        .execute(self.on())
        .await?;
        Ok(())
    }

    /// The channel that `outgoing` goes to (`None`: it refers to nothing known), and `outgoing` with
    /// a target that stands: a thread has no threads, so a reply to a reply goes where that went.
    async fn settle(&mut self, outgoing: &Outgoing) -> anyhow::Result<(Option<String>, Outgoing)> {
        let mut outgoing = outgoing.clone();
        let (id, reply) = match &outgoing.target {
            Target::Post(place) | Target::Private(place, _) => {
                return Ok((Some(place.channel.clone()), outgoing));
            }
            Target::Incident(_) => return Ok((Some(INCIDENTS.to_owned()), outgoing)),
            Target::Under(id) => (*id, true),
            Target::Replace(id) => (*id, false),
        };
        let row = sqlx::query("SELECT lane, body FROM outbox WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(self.on())
            .await?;
        let Some(row) = row else { return Ok((None, outgoing)) };
        if reply {
            let root = outgoing_of(&row, 1)?;
            outgoing.title = root.title.clone().or_else(|| Some(Title::of(&root.answer)));
            if outgoing.platform == Platform::Mail && outgoing.reply_url.is_none() {
                // Under an answer: in the thread of the mail that it answered.
                outgoing.reply_url.clone_from(&root.reply_url);
            }
            match root.target {
                in_thread @ (Target::Under(_) | Target::Private(..) | Target::Incident(_)) => {
                    outgoing.target = in_thread;
                }
                Target::Post(place) if place.thread.is_some() => outgoing.target = Target::Post(place),
                // Under the message that was replaced.
                Target::Replace(replaced) => outgoing.target = Target::Under(replaced),
                Target::Post(_) => {}
            }
        }
        Ok((Some(row.try_get(0)?), outgoing))
    }
}

fn refers(target: &Target) -> Option<DeliveryId> {
    match target {
        Target::Under(id) | Target::Replace(id) => Some(*id),
        Target::Post(_) | Target::Private(..) | Target::Incident(_) => None,
    }
}
