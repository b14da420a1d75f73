//! What becomes of a question whose message was deleted: its words are not kept any longer, and its answer
//! is taken back. What was done because of it stays done, and said.

use crate::chat::Chat;
use crate::deliver;
use crate::model::answer::Answer;
use crate::model::inbound::Inbound;

impl Chat {
    /// `false` where nothing was asked in that message, or it is known to be gone.
    pub(super) async fn forget(&self, gone: &Inbound) -> anyhow::Result<bool> {
        let (platform, now) = (gone.platform, self.0.clock.now());
        let Some(message) = &gone.said_in else { return Ok(false) };
        // Nearly all messages that people delete have nothing to do with quad, and leave no trace here.
        if !self.0.store.was_said_in(platform, message).await? {
            return Ok(false);
        }
        let mut tx = self.0.store.begin().await?;
        if !tx.first_time(platform, &gone.event_id, now).await? {
            return Ok(false);
        }
        for answer in tx.forget_said_in(platform, message).await? {
            let instead = Answer::new("The question was deleted, so I took my answer back.");
            deliver::take_back(&mut tx, &self.0.messengers, platform, answer, instead, now).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}
