//! Keeps the store small: sums up hours that are over, packs old points, and lets go of what is
//! older than was promised. Called about once a minute; costs next to nothing until an hour is over.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use sqlx::Row as _;

use super::chunk::Point;
use super::instant::{DAY, HOUR, MINUTE, floor};
use super::{Store, Tx};
use crate::model::time::Moment;

/// How much of a series one chunk holds.
pub(super) const WINDOW: i64 = 4 * HOUR;

/// How long points are kept in detail.
pub(super) const DETAIL_KEPT: i64 = 30 * DAY;

/// How long summaries of hours are kept.
const SUMMARIES_KEPT: i64 = 366 * DAY;

/// How long daily uptime, alerts, their events, the audit log and deployments are kept: 25 months,
/// so that a year can be compared with the year before.
const RECORD_KEPT: i64 = 762 * DAY;

/// How long what was said and delivered is kept. An event id is known for as long, too.
const TALK_KEPT: i64 = super::SAID_KEPT.num_milliseconds();

/// How long the evidence of an alert is kept: a quarter, in which incidents are looked back at.
const EVIDENCE_KEPT: i64 = 92 * DAY;

/// How long a call between two services is remembered after it was last seen.
const CALLS_KEPT: i64 = 30 * DAY;

/// Values may come this late and still be in their hour's first summary.
const LATE: i64 = 2 * MINUTE;

/// Windows are packed this long after their end, so that late values rarely reopen a chunk.
const SETTLED: i64 = HOUR;

/// Series looked after in one transaction: short enough that nobody waits for it noticeably.
const SERIES_A_TURN: usize = 8;

/// What housekeeping did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Housekeeping {
    /// Series whose finished hours were summed up.
    pub summarised: u64,
    /// Chunks written.
    pub packed: u64,
    /// Rows of any kind that were too old.
    pub expired: u64,
}

impl Store {
    /// Sums up hours, packs points, lets go of what is too old.
    ///
    /// # Errors
    /// Where the database refuses; what was done until then stays done, and the next call goes on.
    pub async fn housekeeping(&self, now: Moment) -> anyhow::Result<Housekeeping> {
        let now = now.timestamp_millis();
        let mut done = Housekeeping::default();
        self.look_after_series(now, &mut done).await?;
        // Looking for what is too old reads much and finds little: once an hour is enough.
        let hour = floor(now, HOUR);
        if self.0.expired_in.load(Ordering::Relaxed) != hour {
            self.expire_series(now, &mut done).await?;
            self.expire(now, &mut done).await?;
            self.0.expired_in.store(hour, Ordering::Relaxed);
        }
        Ok(done)
    }

    async fn look_after_series(&self, now: i64, done: &mut Housekeeping) -> anyhow::Result<()> {
        let over = floor(now - LATE, HOUR);
        let rows = sqlx::query(
            "SELECT id, summarised_to FROM series WHERE summarised_to < $1 \
             AND EXISTS (SELECT 1 FROM points WHERE points.series = series.id AND points.at < $1)",
        )
        .bind(over)
        .fetch_all(&self.0.read)
        .await?;
        let series: Vec<(i64, i64)> =
            rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<anyhow::Result<_>>()?;
        for turn in series.chunks(SERIES_A_TURN) {
            let mut tx = self.begin().await?;
            for (series, summarised_to) in turn {
                done.packed += tx.look_after(*series, *summarised_to, over, now - SETTLED).await?;
                done.summarised += 1;
            }
            tx.commit().await?;
        }
        Ok(())
    }

    /// Series by series, since that is how their rows are found without reading all of them.
    async fn expire_series(&self, now: i64, done: &mut Housekeeping) -> anyhow::Result<()> {
        let rows = sqlx::query("SELECT id FROM series").fetch_all(&self.0.read).await?;
        let series: Vec<i64> = rows.iter().map(|row| Ok(row.try_get(0)?)).collect::<anyhow::Result<_>>()?;
        for turn in series.chunks(SERIES_A_TURN) {
            let mut tx = self.begin().await?;
            for series in turn {
                for (sql, before) in [
                    ("DELETE FROM points WHERE series = $1 AND at < $2", now - DETAIL_KEPT - WINDOW),
                    ("DELETE FROM chunks WHERE series = $1 AND start < $2", now - DETAIL_KEPT - WINDOW),
                    ("DELETE FROM hours WHERE series = $1 AND hour < $2", now - SUMMARIES_KEPT),
                ] {
                    let gone = sqlx::query(sql).bind(*series).bind(before).execute(tx.on()).await?;
                    done.expired += gone.rows_affected();
                }
            }
            tx.commit().await?;
        }
        Ok(())
    }

    async fn expire(&self, now: i64, done: &mut Housekeeping) -> anyhow::Result<()> {
        done.expired += self.roll_up_uptime(floor(now - DETAIL_KEPT, DAY)).await?;
        let mut tx = self.begin().await?;
        done.expired += tx.roll_up_statements(now).await?;
        tx.commit().await?;
        for (sql, before) in [
            ("DELETE FROM uptime_days WHERE day < $1", now - RECORD_KEPT),
            ("DELETE FROM calls WHERE seen_at < $1", now - CALLS_KEPT),
            ("DELETE FROM deployments WHERE at < $1", now - RECORD_KEPT),
            ("DELETE FROM audit WHERE at < $1", now - RECORD_KEPT),
            ("DELETE FROM changes WHERE state <> 'done' AND expires_at < $1", now - RECORD_KEPT),
            ("DELETE FROM inbound WHERE done = 1 AND accepted_at < $1", now - TALK_KEPT),
            ("DELETE FROM threads WHERE at < $1", now - TALK_KEPT),
            ("DELETE FROM messages WHERE at < $1", now - TALK_KEPT),
            ("DELETE FROM evidence WHERE at < $1", now - EVIDENCE_KEPT),
            ("DELETE FROM statement_windows WHERE ends < $1", now - super::statements::KEPT),
            ("DELETE FROM statements WHERE last_seen < $1", now - super::statements::KEPT),
            ("DELETE FROM statement_plans WHERE last_seen < $1", now - super::statements::KEPT),
            ("DELETE FROM database_tables WHERE last_seen < $1", now - super::statements::KEPT),
            (
                "DELETE FROM index_works WHERE due IS NULL AND $1 > 0 \
                 AND change_number NOT IN (SELECT number FROM changes)",
                now,
            ),
            ("DELETE FROM logins WHERE expires < $1", now),
            ("DELETE FROM sessions WHERE expires < $1", now),
            ("DELETE FROM lanes WHERE paused_until < $1", now - DAY),
            ("DELETE FROM alerts WHERE resolved_at < $1", now - RECORD_KEPT),
            // The two below need no moment of their own: they go with their alert.
            ("DELETE FROM alert_events WHERE at < $1 AND alert NOT IN (SELECT number FROM alerts)", now),
            ("DELETE FROM announcements WHERE $1 > 0 AND alert NOT IN (SELECT number FROM alerts)", now),
            // An alert's root message is kept with its alert: replies and edits still refer to it.
            (
                "DELETE FROM outbox WHERE ended_at < $1 \
                 AND NOT EXISTS (SELECT 1 FROM announcements WHERE announcements.delivery = outbox.id)",
                now - TALK_KEPT,
            ),
        ] {
            let mut tx = self.begin().await?;
            done.expired += sqlx::query(sql).bind(before).execute(tx.on()).await?.rows_affected();
            tx.commit().await?;
        }
        self.forget_empty_series(done).await
    }

    /// Series of which nothing is left, with their baselines.
    async fn forget_empty_series(&self, done: &mut Housekeeping) -> anyhow::Result<()> {
        let mut tx = self.begin().await?;
        let gone = sqlx::query(
            "DELETE FROM series WHERE summarised_to > 0 \
             AND NOT EXISTS (SELECT 1 FROM points WHERE points.series = series.id) \
             AND NOT EXISTS (SELECT 1 FROM chunks WHERE chunks.series = series.id) \
             AND NOT EXISTS (SELECT 1 FROM hours WHERE hours.series = series.id)",
        )
        .execute(tx.on())
        .await?
        .rows_affected();
        if gone > 0 {
            sqlx::query("DELETE FROM baselines WHERE series NOT IN (SELECT id FROM series)")
                .execute(tx.on())
                .await?;
            // Before the commit: a writer that waits for it must not use an id that is gone.
            self.remembered_series().clear();
        }
        tx.commit().await?;
        done.expired += gone;
        Ok(())
    }
}

impl Tx {
    /// Sums up the hours of one series up to `over` that have no summary yet, and packs the windows
    /// that ended before `settled`. Returns how many chunks were written.
    async fn look_after(
        &mut self,
        series: i64,
        summarised_to: i64,
        over: i64,
        settled: i64,
    ) -> anyhow::Result<u64> {
        let rows = sqlx::query("SELECT at, value FROM points WHERE series = $1 AND at < $2")
            .bind(series)
            .bind(over)
            .fetch_all(self.on())
            .await?;
        let mut windows: BTreeMap<i64, Vec<Point>> = BTreeMap::new();
        for row in &rows {
            let at = row.try_get(0)?;
            windows.entry(floor(at, WINDOW)).or_default().push((at, row.try_get(1)?));
        }

        let mut packed = 0;
        for (window, mut points) in windows {
            if window + WINDOW <= settled {
                self.merge_into_chunk(series, window, &points).await?;
                sqlx::query("DELETE FROM points WHERE series = $1 AND at >= $2 AND at < $3")
                    .bind(series)
                    .bind(window)
                    .bind(window + WINDOW)
                    .execute(self.on())
                    .await?;
                packed += 1;
            } else {
                points.retain(|(at, _)| *at >= summarised_to);
                self.put_hours(series, &points).await?;
            }
        }
        sqlx::query("UPDATE series SET summarised_to = $2 WHERE id = $1")
            .bind(series)
            .bind(over)
            .execute(self.on())
            .await?;
        Ok(packed)
    }
}
