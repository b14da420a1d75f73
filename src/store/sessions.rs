//! Login links, each good once, and the sessions they open. Only SHA-256 hashes of tokens come
//! here, so that nobody who reads the database can sign in with what they find.

use anyhow::Context as _;
use sqlx::Row as _;

use super::Store;
use crate::model::person::Person;
use crate::model::time::Moment;

impl Store {
    /// Keeps a login link for `person`.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn put_login(&self, hash: &str, person: &Person, expires: Moment) -> anyhow::Result<()> {
        self.put_token(
            "INSERT INTO logins (hash, person, expires) VALUES ($1, $2, $3)",
            hash,
            person,
            expires,
        )
        .await
    }

    /// Uses a login link up. `None` where it is unknown, used or expired.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn take_login(&self, hash: &str, now: Moment) -> anyhow::Result<Option<Person>> {
        let mut tx = self.begin().await?;
        let row = sqlx::query("DELETE FROM logins WHERE hash = $1 RETURNING person, expires")
            .bind(hash)
            .fetch_optional(tx.on())
            .await?;
        tx.commit().await?;
        person_of(row, now)
    }

    /// Keeps a session of `person`.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn put_session(&self, hash: &str, person: &Person, expires: Moment) -> anyhow::Result<()> {
        self.put_token(
            "INSERT INTO sessions (hash, person, expires) VALUES ($1, $2, $3)",
            hash,
            person,
            expires,
        )
        .await
    }

    /// Whose session this is. `None` where it is unknown, ended or expired.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn session(&self, hash: &str, now: Moment) -> anyhow::Result<Option<Person>> {
        let row = sqlx::query("SELECT person, expires FROM sessions WHERE hash = $1")
            .bind(hash)
            .fetch_optional(&self.0.read)
            .await?;
        person_of(row, now)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn end_session(&self, hash: &str) -> anyhow::Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM sessions WHERE hash = $1").bind(hash).execute(tx.on()).await?;
        tx.commit().await
    }

    async fn put_token(
        &self,
        sql: &'static str,
        hash: &str,
        person: &Person,
        expires: Moment,
    ) -> anyhow::Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query(sql)
            .bind(hash)
            .bind(serde_json::to_string(person)?)
            .bind(expires.timestamp_millis())
            .execute(tx.on())
            .await?;
        tx.commit().await
    }
}

fn person_of(row: Option<sqlx::any::AnyRow>, now: Moment) -> anyhow::Result<Option<Person>> {
    let Some(row) = row else { return Ok(None) };
    if row.try_get::<i64, _>(1)? <= now.timestamp_millis() {
        return Ok(None);
    }
    let person: String = row.try_get(0)?;
    serde_json::from_str(&person).map(Some).context("reading whose session it is")
}
