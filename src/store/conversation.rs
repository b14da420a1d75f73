//! What was said on quad's own page and at the prompt, so that both can show it again.

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use sqlx::Row as _;
use sqlx::any::AnyRow;
use tokio::sync::watch;

use super::instant::moment;
use super::{Store, Tx};
use crate::model::answer::Answer;
use crate::model::outgoing::DeliveryId;
use crate::model::time::Moment;

/// What a message holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// What a person typed, as they typed it.
    Text(String),
    /// What quad said.
    Answer(Answer),
}

/// A message to keep.
#[derive(Debug, Clone, PartialEq)]
pub struct NewMessage<'a> {
    /// The channel.
    pub conversation: &'a str,
    /// The thread it belongs to, as the text of its root message's id.
    pub thread: Option<&'a str>,
    /// Who says it; `quad` for quad.
    pub author: &'a str,
    /// The delivery that brought it: the same delivery is kept once.
    pub delivery: Option<DeliveryId>,
    /// When.
    pub at: Moment,
}

/// A message that was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Grows with time, over all conversations.
    pub id: i64,
    /// Grows with every message and edit, over all conversations: what [`Store::changed_since`] is
    /// asked with.
    pub revision: i64,
    /// The channel.
    pub conversation: String,
    /// The thread it belongs to.
    pub thread: Option<String>,
    /// Who said it.
    pub author: String,
    /// What it says now.
    pub content: Content,
    /// When it was said.
    pub at: Moment,
    /// When it was changed last.
    pub edited_at: Option<Moment>,
}

/// The conversation beside `conversation` that only `person` sees: explanations for them alone.
pub fn aside(conversation: &str, person: &str) -> String {
    format!("{conversation}/{person}")
}

const COLUMNS: &str = "SELECT id, revision, conversation, thread, author, body, at, edited_at FROM messages";

impl Store {
    /// Up to `limit` messages of a conversation whose ids are above `after`, oldest first.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn messages(&self, conversation: &str, after: i64, limit: u32) -> anyhow::Result<Vec<Message>> {
        self.read_messages(
            "WHERE conversation IN ($1, $4) AND id > $2 ORDER BY id LIMIT $3",
            conversation,
            None,
            after,
            limit,
        )
        .await
    }

    /// The newest `limit` messages of a conversation that `reader` may see, oldest first.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn newest_messages(
        &self,
        conversation: &str,
        reader: &str,
        limit: u32,
    ) -> anyhow::Result<Vec<Message>> {
        let mut messages = self
            .read_messages(
                "WHERE conversation IN ($1, $4) AND id > $2 ORDER BY id DESC LIMIT $3",
                conversation,
                Some(reader),
                0,
                limit,
            )
            .await?;
        messages.reverse();
        Ok(messages)
    }

    /// Messages of a conversation that `reader` may see and that are new or edited since
    /// `revision`, in the order of change.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn changed_since(
        &self,
        conversation: &str,
        reader: &str,
        revision: i64,
        limit: u32,
    ) -> anyhow::Result<Vec<Message>> {
        self.read_messages(
            "WHERE conversation IN ($1, $4) AND revision > $2 ORDER BY revision LIMIT $3",
            conversation,
            Some(reader),
            revision,
            limit,
        )
        .await
    }

    /// The message that a delivery became.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn message_of(&self, delivery: DeliveryId) -> anyhow::Result<Option<Message>> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE delivery = $1")))
            .bind(delivery.to_string())
            .fetch_optional(&self.0.read)
            .await?;
        row.as_ref().map(message_of).transpose()
    }

    /// Changes whenever something is said or edited in any conversation.
    pub fn talk_changes(&self) -> watch::Receiver<u64> {
        self.0.talk_changed.subscribe()
    }

    async fn read_messages(
        &self,
        which: &'static str,
        conversation: &str,
        reader: Option<&str>,
        after: i64,
        limit: u32,
    ) -> anyhow::Result<Vec<Message>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} {which}")))
            .bind(conversation)
            .bind(after)
            .bind(i64::from(limit))
            .bind(reader.map_or_else(|| conversation.to_owned(), |reader| aside(conversation, reader)))
            .fetch_all(&self.0.read)
            .await?;
        rows.iter().map(message_of).collect()
    }
}

impl Tx {
    /// Keeps a message and returns its id. A delivery that was kept before is not kept again; its
    /// message's id is returned.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn say(&mut self, message: &NewMessage<'_>, content: &Content) -> anyhow::Result<i64> {
        let (id, revision) = (self.next("message").await?, self.next("message_revision").await?);
        let delivery = message.delivery.map(|delivery| delivery.to_string());
        let row = sqlx::query(
            "INSERT INTO messages (id, revision, conversation, thread, author, delivery, at, body) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
             ON CONFLICT (delivery) DO UPDATE SET delivery = excluded.delivery RETURNING id",
        )
        .bind(id)
        .bind(revision)
        .bind(message.conversation)
        .bind(message.thread.map(str::to_owned))
        .bind(message.author)
        .bind(delivery)
        .bind(message.at.timestamp_millis())
        .bind(serde_json::to_string(content)?)
        .fetch_one(self.on())
        .await?;
        self.said = true;
        Ok(row.try_get(0)?)
    }

    /// Replaces what a message says. `false` where there is no such message.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn edit_message(&mut self, id: i64, content: &Content, at: Moment) -> anyhow::Result<bool> {
        let revision = self.next("message_revision").await?;
        let done = sqlx::query("UPDATE messages SET revision = $2, body = $3, edited_at = $4 WHERE id = $1")
            .bind(id)
            .bind(revision)
            .bind(serde_json::to_string(content)?)
            .bind(at.timestamp_millis())
            .execute(self.on())
            .await?;
        self.said = true;
        Ok(done.rows_affected() == 1)
    }
}

fn message_of(row: &AnyRow) -> anyhow::Result<Message> {
    let body: String = row.try_get(5)?;
    Ok(Message {
        id: row.try_get(0)?,
        revision: row.try_get(1)?,
        conversation: row.try_get(2)?,
        thread: row.try_get(3)?,
        author: row.try_get(4)?,
        content: serde_json::from_str(&body).context("reading a message")?,
        at: moment(row.try_get(6)?),
        edited_at: row.try_get::<Option<i64>, _>(7)?.map(moment),
    })
}
