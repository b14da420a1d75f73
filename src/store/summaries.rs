//! Hours in brief, and the baselines made of them.

use std::collections::BTreeMap;

use anyhow::Context as _;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::chunk::{Point, pack, unpack};
use super::housekeeping::WINDOW;
use super::instant::{HOUR, floor, moment};
use super::series::key_of;
use super::{Store, Tx};
use crate::model::sample::{Baseline, HourSummary, SeriesKey};
use crate::model::time::TimeRange;

impl Store {
    /// Summaries of the hours of `key` that start in `range`, oldest first. An hour has one soon
    /// after it is over (see [`Store::housekeeping`]) and keeps it for a year.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn hours(&self, key: &SeriesKey, range: TimeRange) -> anyhow::Result<Vec<HourSummary>> {
        let Some(id) = self.series_id(key).await? else { return Ok(Vec::new()) };
        let rows = sqlx::query(
            "SELECT hour, samples, least, mean, median, p95, most FROM hours \
             WHERE series = $1 AND hour >= $2 AND hour < $3 ORDER BY hour",
        )
        .bind(id)
        .bind(range.from.timestamp_millis())
        .bind(range.to.timestamp_millis())
        .fetch_all(&self.0.read)
        .await?;
        rows.iter().map(hour_of).collect()
    }

    /// Keeps what is usual for `key` at an hour of the week (0 is Monday 00:00, up to 167).
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn put_baseline(
        &self,
        key: &SeriesKey,
        hour_of_week: u8,
        baseline: &Baseline,
    ) -> anyhow::Result<()> {
        self.put_baselines(&[(key.clone(), hour_of_week, *baseline)]).await
    }

    /// Keeps many baselines at once.
    ///
    /// # Errors
    /// Where the database refuses; then none of them is kept.
    pub async fn put_baselines(&self, baselines: &[(SeriesKey, u8, Baseline)]) -> anyhow::Result<()> {
        // In turns, so that others can write in between.
        for turn in baselines.chunks(500) {
            let mut tx = self.begin().await?;
            let ids = tx.series_ids(&turn.iter().map(|(key, ..)| key).collect()).await?;
            let mut rows: BTreeMap<(i64, u8), &Baseline> = BTreeMap::new();
            for (key, hour_of_week, baseline) in turn {
                rows.insert((ids[key], *hour_of_week), baseline);
            }
            for ((series, hour_of_week), baseline) in rows {
                sqlx::query(
                    "INSERT INTO baselines (series, hour_of_week, usual, spread, hours, seasons) \
                     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (series, hour_of_week) DO UPDATE SET \
                     usual = excluded.usual, spread = excluded.spread, hours = excluded.hours, \
                     seasons = excluded.seasons",
                )
                .bind(series)
                .bind(i64::from(hour_of_week))
                .bind(baseline.usual)
                .bind(baseline.spread)
                .bind(i64::from(baseline.hours))
                .bind(serde_json::to_string(&baseline.seasons)?)
                .execute(tx.on())
                .await?;
            }
            tx.commit().await?;
            self.remembered_series().extend(ids);
        }
        Ok(())
    }

    /// What is usual for `key` at this hour of the week, where that is known.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn baseline(&self, key: &SeriesKey, hour_of_week: u8) -> anyhow::Result<Option<Baseline>> {
        let Some(id) = self.series_id(key).await? else { return Ok(None) };
        let row = sqlx::query(
            "SELECT usual, spread, hours, seasons FROM baselines WHERE series = $1 AND hour_of_week = $2",
        )
        .bind(id)
        .bind(i64::from(hour_of_week))
        .fetch_optional(&self.0.read)
        .await?;
        row.map(|row| baseline_of(&row, 0)).transpose()
    }

    /// What is usual at this hour of the week, for all keys that have a baseline.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn baselines_at(&self, hour_of_week: u8) -> anyhow::Result<Vec<(SeriesKey, Baseline)>> {
        let rows = sqlx::query(
            "SELECT s.signal, s.subject, b.usual, b.spread, b.hours, b.seasons \
             FROM baselines b JOIN series s ON s.id = b.series WHERE b.hour_of_week = $1",
        )
        .bind(i64::from(hour_of_week))
        .fetch_all(&self.0.read)
        .await?;
        let mut baselines = Vec::with_capacity(rows.len());
        for row in &rows {
            if let Some(key) = key_of(row, 0)? {
                baselines.push((key, baseline_of(row, 2)?));
            }
        }
        Ok(baselines)
    }
}

impl Tx {
    /// Adds `points` to the chunk of `window` (points that are there stay), and sums up its hours
    /// anew. Returns how many points the chunk holds now.
    pub(super) async fn merge_into_chunk(
        &mut self,
        series: i64,
        window: i64,
        points: &[Point],
    ) -> anyhow::Result<usize> {
        let row = sqlx::query("SELECT data FROM chunks WHERE series = $1 AND start = $2")
            .bind(series)
            .bind(window)
            .fetch_optional(self.on())
            .await?;
        let mut all: BTreeMap<i64, f64> = points.iter().copied().collect();
        if let Some(row) = row {
            let data: Vec<u8> = row.try_get(0)?;
            all.extend(unpack(&data)?);
        }
        let all: Vec<Point> = all.into_iter().collect();
        let newest = all.last().map(|(at, _)| *at).context("a chunk has points")?;
        sqlx::query(
            "INSERT INTO chunks (series, start, newest, points, data) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (series, start) DO UPDATE SET \
             newest = excluded.newest, points = excluded.points, data = excluded.data",
        )
        .bind(series)
        .bind(window)
        .bind(newest)
        .bind(i64::try_from(all.len())?)
        .bind(pack(&all)?)
        .execute(self.on())
        .await?;
        self.put_hours(series, &all).await?;
        Ok(all.len())
    }

    /// Sums up an hour whose points are still rows.
    pub(super) async fn summarise_rows(&mut self, series: i64, hour: i64) -> anyhow::Result<()> {
        let rows = sqlx::query("SELECT at, value FROM points WHERE series = $1 AND at >= $2 AND at < $3")
            .bind(series)
            .bind(hour)
            .bind(hour + HOUR)
            .fetch_all(self.on())
            .await?;
        let points: Vec<Point> =
            rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<anyhow::Result<_>>()?;
        self.put_hours(series, &points).await
    }

    /// Sums up whole hours, given all of their points.
    pub(super) async fn put_hours(&mut self, series: i64, points: &[Point]) -> anyhow::Result<()> {
        let mut hours: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        for (at, value) in points {
            hours.entry(floor(*at, HOUR)).or_default().push(*value);
        }
        debug_assert!(hours.len() <= (WINDOW / HOUR) as usize, "at most a window at a time");
        for (hour, values) in hours {
            let Some(brief) = summarise(hour, values) else { continue };
            sqlx::query(
                "INSERT INTO hours (series, hour, samples, least, mean, median, p95, most) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (series, hour) DO UPDATE SET \
                 samples = excluded.samples, least = excluded.least, mean = excluded.mean, \
                 median = excluded.median, p95 = excluded.p95, most = excluded.most",
            )
            .bind(series)
            .bind(hour)
            .bind(i64::from(brief.count))
            .bind(brief.min)
            .bind(brief.mean)
            .bind(brief.median)
            .bind(brief.p95)
            .bind(brief.max)
            .execute(self.on())
            .await?;
        }
        Ok(())
    }
}

/// An hour in brief. `None` without values.
fn summarise(hour: i64, mut values: Vec<f64>) -> Option<HourSummary> {
    values.sort_by(f64::total_cmp);
    let (min, max) = (*values.first()?, *values.last()?);
    let count = values.len();
    let median = if count.is_multiple_of(2) {
        f64::midpoint(values[count / 2 - 1], values[count / 2])
    } else {
        values[count / 2]
    };
    // Nearest rank: the smallest value that at least 95 % of the values do not exceed.
    let p95 = values[(count * 95).div_ceil(100) - 1];
    let mean = values.iter().map(|value| value / count as f64).sum();
    Some(HourSummary {
        hour: moment(hour),
        count: u32::try_from(count).unwrap_or(u32::MAX),
        min,
        mean,
        median,
        p95,
        max,
    })
}

fn hour_of(row: &AnyRow) -> anyhow::Result<HourSummary> {
    Ok(HourSummary {
        hour: moment(row.try_get(0)?),
        count: u32::try_from(row.try_get::<i64, _>(1)?)?,
        min: row.try_get(2)?,
        mean: row.try_get(3)?,
        median: row.try_get(4)?,
        p95: row.try_get(5)?,
        max: row.try_get(6)?,
    })
}

fn baseline_of(row: &AnyRow, first: usize) -> anyhow::Result<Baseline> {
    let seasons: String = row.try_get(first + 3)?;
    Ok(Baseline {
        usual: row.try_get(first)?,
        spread: row.try_get(first + 1)?,
        hours: u32::try_from(row.try_get::<i64, _>(first + 2)?)?,
        seasons: serde_json::from_str(&seasons).context("reading a baseline's season")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_summed_up_by_nearest_rank() {
        let brief = summarise(0, (1..=100).rev().map(f64::from).collect()).expect("has values");
        assert_eq!(
            (brief.min, brief.max, brief.median, brief.p95, brief.count),
            (1.0, 100.0, 50.5, 95.0, 100)
        );
        assert!((brief.mean - 50.5).abs() < 1e-9);
        let one = summarise(0, vec![7.0]).expect("has a value");
        assert_eq!((one.median, one.p95), (7.0, 7.0));
        assert_eq!(summarise(0, Vec::new()), None);
    }
}
