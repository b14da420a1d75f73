//! Alerts, what happened to them, and where they were announced.

use anyhow::Context as _;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::instant::moment;
use super::{Store, Tx};
use crate::model::alert::{Alert, AlertNumber, Status};
use crate::model::outgoing::{DeliveryId, Outgoing, Place, Platform};
use crate::model::time::{Moment, TimeRange};

/// One line of an alert's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertEvent {
    /// When.
    pub at: Moment,
    /// Who did it; `None` where quad itself did.
    pub who: Option<String>,
    /// What happened, in words.
    pub what: String,
}

impl Store {
    /// All alerts that still need somebody, oldest first.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn open_alerts(&self) -> anyhow::Result<Vec<Alert>> {
        let rows = sqlx::query(
            "SELECT number, version, body FROM alerts WHERE status <> 'resolved' ORDER BY number",
        )
        .fetch_all(&self.0.read)
        .await?;
        rows.iter().map(alert_of).collect()
    }

    /// The alert with this number.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn alert(&self, number: AlertNumber) -> anyhow::Result<Option<Alert>> {
        let row = sqlx::query("SELECT number, version, body FROM alerts WHERE number = $1")
            .bind(number.0)
            .fetch_optional(&self.0.read)
            .await?;
        row.as_ref().map(alert_of).transpose()
    }

    /// The alert with this id.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn alert_with_id(&self, id: uuid::Uuid) -> anyhow::Result<Option<Alert>> {
        let row = sqlx::query("SELECT number, version, body FROM alerts WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.0.read)
            .await?;
        row.as_ref().map(alert_of).transpose()
    }

    /// Where an alert was announced: its root message on each platform and channel, and what that
    /// channel is called in the outbox.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn alert_places(
        &self,
        number: AlertNumber,
    ) -> anyhow::Result<Vec<(Platform, DeliveryId, String)>> {
        let rows = sqlx::query(
            "SELECT a.platform, a.delivery, o.lane FROM announcements a JOIN outbox o ON o.id = a.delivery \
             WHERE a.alert = $1 ORDER BY o.seq, a.delivery",
        )
        .bind(number.0)
        .fetch_all(&self.0.read)
        .await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let (platform, delivery): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            if let Some(platform) = Platform::from_name(&platform) {
                let id = DeliveryId(delivery.parse().context("reading a delivery's id")?);
                found.push((platform, id, row.try_get(2)?));
            }
        }
        Ok(found)
    }

    /// Alerts that were opened, open or resolved in `range`, oldest first.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn alerts_between(&self, range: TimeRange) -> anyhow::Result<Vec<Alert>> {
        let rows = sqlx::query(
            "SELECT number, version, body FROM alerts \
             WHERE opened_at < $2 AND (resolved_at IS NULL OR resolved_at >= $1) ORDER BY number",
        )
        .bind(range.from.timestamp_millis())
        .bind(range.to.timestamp_millis())
        .fetch_all(&self.0.read)
        .await?;
        rows.iter().map(alert_of).collect()
    }

    /// The deliveries that announced an alert: its root message on each platform and channel.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn alert_announcements(
        &self,
        number: AlertNumber,
    ) -> anyhow::Result<Vec<(Platform, DeliveryId)>> {
        let rows = sqlx::query(
            "SELECT a.platform, a.delivery FROM announcements a LEFT JOIN outbox o ON o.id = a.delivery \
             WHERE a.alert = $1 ORDER BY o.seq, a.delivery",
        )
        .bind(number.0)
        .fetch_all(&self.0.read)
        .await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let (platform, delivery): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            // A platform that a newer quad knew is skipped, not a reason to fail.
            if let Some(platform) = Platform::from_name(&platform) {
                found.push((platform, DeliveryId(delivery.parse().context("reading a delivery's id")?)));
            }
        }
        Ok(found)
    }

    /// Which alert's thread this is, told by the receipt of its root message.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn alert_under(
        &self,
        platform: Platform,
        place: &Place,
    ) -> anyhow::Result<Option<AlertNumber>> {
        let Some(thread) = &place.thread else { return Ok(None) };
        let row = sqlx::query(
            // A Message-ID is unique wherever it goes, and a reply may come from anybody's address; it
            // may also answer a follow-up, which refers to the root.
            "SELECT a.alert FROM outbox o JOIN announcements a ON a.delivery = o.id \
                    OR (o.platform = 'mail' AND a.delivery = o.refers) \
             WHERE o.platform = $1 AND o.receipt_message = $2 \
               AND (o.receipt_channel = $3 OR o.platform = 'mail') LIMIT 1",
        )
        .bind(platform.name())
        .bind(thread.as_str())
        .bind(place.channel.as_str())
        .fetch_optional(&self.0.read)
        .await?;
        row.map(|row| Ok(AlertNumber(row.try_get(0)?))).transpose()
    }

    /// What happened to an alert, oldest first.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn alert_events(&self, number: AlertNumber) -> anyhow::Result<Vec<AlertEvent>> {
        let rows = sqlx::query("SELECT at, who, what FROM alert_events WHERE alert = $1 ORDER BY id")
            .bind(number.0)
            .fetch_all(&self.0.read)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(AlertEvent { at: moment(row.try_get(0)?), who: row.try_get(1)?, what: row.try_get(2)? })
            })
            .collect()
    }
}

impl Tx {
    /// Keeps a new alert and gives it its number; the number in `alert` is ignored, its id and
    /// version are kept.
    ///
    /// # Errors
    /// Where the database refuses, or the id is known already.
    pub async fn insert_alert(&mut self, alert: &Alert) -> anyhow::Result<AlertNumber> {
        let number = AlertNumber(self.next("alert").await?);
        let alert = Alert { number, ..alert.clone() };
        sqlx::query(
            "INSERT INTO alerts (number, id, status, opened_at, resolved_at, version, body) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(number.0)
        .bind(alert.id.to_string())
        .bind(status(alert.status))
        .bind(alert.opened_at.timestamp_millis())
        .bind(resolved_at(&alert))
        .bind(alert.version)
        .bind(serde_json::to_string(&alert)?)
        .execute(self.on())
        .await
        .context("keeping a new alert")?;
        Ok(number)
    }

    /// Writes `alert` over the version that it was read as; the stored version is one higher
    /// afterwards. `false` where somebody was first: read it again and decide anew.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn update_alert(&mut self, alert: &Alert) -> anyhow::Result<bool> {
        let done = sqlx::query(
            "UPDATE alerts SET status = $3, opened_at = $4, resolved_at = $5, version = version + 1, body = $6 \
             WHERE number = $1 AND version = $2",
        )
        .bind(alert.number.0)
        .bind(alert.version)
        .bind(status(alert.status))
        .bind(alert.opened_at.timestamp_millis())
        .bind(resolved_at(alert))
        .bind(serde_json::to_string(alert)?)
        .execute(self.on())
        .await
        .context("changing an alert")?;
        Ok(done.rows_affected() == 1)
    }

    /// Enqueues `outgoing` and remembers it as the root message of the alert where it goes.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn announce(&mut self, number: AlertNumber, outgoing: &Outgoing) -> anyhow::Result<()> {
        self.enqueue(outgoing).await?;
        sqlx::query(
            "INSERT INTO announcements (delivery, alert, platform) VALUES ($1, $2, $3) \
             ON CONFLICT (delivery) DO NOTHING",
        )
        .bind(outgoing.id.to_string())
        .bind(number.0)
        .bind(outgoing.platform.name())
        .execute(self.on())
        .await?;
        Ok(())
    }

    /// Adds a line to an alert's history. `who` is `None` where quad itself did it.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn add_event(
        &mut self,
        number: AlertNumber,
        at: Moment,
        who: Option<&str>,
        what: &str,
    ) -> anyhow::Result<()> {
        let id = self.next("alert_event").await?;
        sqlx::query("INSERT INTO alert_events (id, alert, at, who, what) VALUES ($1, $2, $3, $4, $5)")
            .bind(id)
            .bind(number.0)
            .bind(at.timestamp_millis())
            .bind(who.map(str::to_owned))
            .bind(what)
            .execute(self.on())
            .await?;
        Ok(())
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Firing => "firing",
        Status::Acknowledged => "acknowledged",
        Status::Resolved => "resolved",
    }
}

fn resolved_at(alert: &Alert) -> Option<i64> {
    let resolved = alert.resolved.as_ref().map(|resolution| resolution.at.timestamp_millis());
    // A reopened alert may still tell of its last resolution, and is open all the same.
    resolved.filter(|_| !alert.is_open())
}

fn alert_of(row: &AnyRow) -> anyhow::Result<Alert> {
    let number: i64 = row.try_get(0)?;
    let body: String = row.try_get(2)?;
    let alert: Alert = serde_json::from_str(&body).with_context(|| format!("reading alert {number}"))?;
    // The columns are what updates are decided by.
    Ok(Alert { number: AlertNumber(number), version: row.try_get(1)?, ..alert })
}
