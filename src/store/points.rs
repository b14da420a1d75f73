//! Measured values: written as they come, read back as one row of numbers however old they are.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sqlx::{AssertSqlSafe, Row as _};

use super::chunk::{Point, unpack};
use super::housekeeping::{DETAIL_KEPT, WINDOW};
use super::instant::{DAY, HOUR, SECOND, floor, moment};
use super::series::key_of;
use super::{Store, Tx};
use crate::model::sample::{Observation, Sample, Series, SeriesKey};
use crate::model::time::{Moment, TimeRange};

/// Points written by one statement; 3 parameters each, far below both engines' limits.
const BATCH: usize = 64;

/// Series of history written in one transaction, so that others get their turn in between.
const SERIES_A_TURN: usize = 4;

/// CROSS JOIN: SQLite then begins at the series, of which there are few, and not at what was measured.
pub(super) const NEWEST_POINTS: &str = "SELECT s.signal, s.subject, p.at, p.value FROM series s CROSS JOIN points p \
     WHERE p.series = s.id AND p.at = (SELECT MAX(at) FROM points WHERE series = s.id) AND p.at >= $1";

/// The same for series whose newest value is packed already.
pub(super) const NEWEST_CHUNKS: &str = "SELECT s.signal, s.subject, c.data FROM series s CROSS JOIN chunks c \
     WHERE c.series = s.id AND c.newest >= $1 \
       AND c.start = (SELECT MAX(start) FROM chunks WHERE series = s.id) \
       AND NOT EXISTS (SELECT 1 FROM points p WHERE p.series = s.id AND p.at >= $1)";

impl Store {
    /// Keeps what was just read. Values that are not finite are left out; of two values for the
    /// same key and second the later one stays.
    ///
    /// # Errors
    /// Where the database refuses; then none of it is kept.
    pub async fn record(&self, observations: &[Observation]) -> anyhow::Result<()> {
        let observations: Vec<_> = observations.iter().filter(|o| o.value.is_finite()).collect();
        if observations.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        let ids = tx.series_ids(&observations.iter().map(|o| &o.key).collect()).await?;
        let mut points = BTreeMap::new();
        for observation in &observations {
            let at = floor(observation.at.timestamp_millis(), SECOND);
            points.insert((ids[&observation.key], at), observation.value);
        }
        let points: Vec<_> = points.into_iter().map(|((series, at), value)| (series, at, value)).collect();
        tx.put_points(&points).await?;
        tx.commit().await?;
        self.remembered_series().extend(ids);
        Ok(())
    }

    /// Fills what is missing from a source's memory, and sums up its hours. What is already there
    /// stays as it is: a sample is left out where another one stands within half of the history's
    /// own step, so reading the same history again changes nothing.
    ///
    /// # Errors
    /// Where the database refuses. What was kept until then stays, so it can simply be repeated.
    pub async fn record_history(&self, series: &[Series]) -> anyhow::Result<()> {
        for turn in series.chunks(SERIES_A_TURN) {
            let mut tx = self.begin().await?;
            let keys: BTreeSet<_> = turn.iter().map(|series| &series.key).collect();
            let ids = tx.series_ids(&keys).await?;
            for series in turn {
                let mut points: BTreeMap<i64, f64> = BTreeMap::new();
                for sample in series.samples.iter().filter(|sample| sample.value.is_finite()) {
                    points.insert(floor(sample.at.timestamp_millis(), SECOND), sample.value);
                }
                tx.fill_gaps(ids[&series.key], &points).await?;
            }
            tx.commit().await?;
            self.remembered_series().extend(ids);
        }
        Ok(())
    }

    /// Samples of `key` in `range`, oldest first. Where detail has expired (after 30 days), the
    /// means of the hours stand for it, each at the start of its hour. Empty for an unknown key.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn samples(&self, key: &SeriesKey, range: TimeRange) -> anyhow::Result<Vec<Sample>> {
        let Some(id) = self.series_id(key).await? else { return Ok(Vec::new()) };
        let (from, to) = (range.from.timestamp_millis(), range.to.timestamp_millis());
        let mut points: BTreeMap<i64, f64> = BTreeMap::new();

        // Points first: they only ever move from rows into chunks, so none is missed between the reads.
        let rows = sqlx::query("SELECT at, value FROM points WHERE series = $1 AND at >= $2 AND at < $3")
            .bind(id)
            .bind(from)
            .bind(to)
            .fetch_all(&self.0.read)
            .await?;
        for row in rows {
            points.insert(row.try_get(0)?, row.try_get(1)?);
        }

        let rows = sqlx::query("SELECT data FROM chunks WHERE series = $1 AND start > $2 AND start < $3")
            .bind(id)
            .bind(from.saturating_sub(WINDOW))
            .bind(to)
            .fetch_all(&self.0.read)
            .await?;
        for row in rows {
            let data: Vec<u8> = row.try_get(0)?;
            for (at, value) in unpack(&data)?.into_iter().filter(|(at, _)| from <= *at && *at < to) {
                points.entry(at).or_insert(value);
            }
        }

        for (hour, mean) in self.hours_before_detail(id, from, to).await? {
            points.entry(hour).or_insert(mean);
        }
        Ok(points.into_iter().map(|(at, value)| Sample { at: moment(at), value }).collect())
    }

    /// Means of the hours in [from, to) that lie before all detail of the series.
    async fn hours_before_detail(&self, id: i64, from: i64, to: i64) -> anyhow::Result<Vec<Point>> {
        let row = sqlx::query(
            "SELECT (SELECT MIN(start) FROM chunks WHERE series = $1), \
                    (SELECT MIN(at) FROM points WHERE series = $1)",
        )
        .bind(id)
        .fetch_one(&self.0.read)
        .await?;
        let (chunk, point): (Option<i64>, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
        let detail = chunk.into_iter().chain(point).min().unwrap_or(i64::MAX);
        let before = to.min(floor(detail, HOUR));
        if from >= before {
            return Ok(Vec::new());
        }
        let rows = sqlx::query("SELECT hour, mean FROM hours WHERE series = $1 AND hour >= $2 AND hour < $3")
            .bind(id)
            .bind(from)
            .bind(before)
            .fetch_all(&self.0.read)
            .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// Keys with a value at or after `seen_since`, in no order.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn keys(&self, seen_since: Moment) -> anyhow::Result<Vec<SeriesKey>> {
        let rows = sqlx::query(
            "SELECT s.signal, s.subject FROM series s \
             WHERE EXISTS (SELECT 1 FROM points p WHERE p.series = s.id AND p.at >= $1) \
                OR EXISTS (SELECT 1 FROM chunks c WHERE c.series = s.id AND c.newest >= $1) \
                OR EXISTS (SELECT 1 FROM hours h WHERE h.series = s.id AND h.hour >= $1)",
        )
        .bind(seen_since.timestamp_millis())
        .fetch_all(&self.0.read)
        .await?;
        rows.iter().filter_map(|row| key_of(row, 0).transpose()).collect()
    }

    /// The newest value of each key that has one at or after `since`.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn latest(&self, since: Moment) -> anyhow::Result<Vec<Observation>> {
        let since = since.timestamp_millis();
        let mut newest: HashMap<SeriesKey, Point> = HashMap::new();

        let rows = sqlx::query(NEWEST_CHUNKS).bind(since).fetch_all(&self.0.read).await?;
        for row in &rows {
            let data: Vec<u8> = row.try_get(2)?;
            if let (Some(key), Some(point)) = (key_of(row, 0)?, unpack(&data)?.pop()) {
                newest.insert(key, point);
            }
        }

        let rows = sqlx::query(NEWEST_POINTS).bind(since).fetch_all(&self.0.read).await?;
        for row in &rows {
            if let Some(key) = key_of(row, 0)? {
                newest.insert(key, (row.try_get(2)?, row.try_get(3)?));
            }
        }
        Ok(newest.into_iter().map(|(key, (at, value))| Observation { key, at: moment(at), value }).collect())
    }

    /// Bytes that a point costs, over all that is kept in detail: the compressed data and about 60
    /// bytes for each row around it; points of the newest hours count about 45 bytes each. `None`
    /// while there are no points. Reads over all chunks: for `doctor`, not for every request.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn bytes_per_point(&self) -> anyhow::Result<Option<f64>> {
        let row = sqlx::query(
            "SELECT CAST(COALESCE(SUM(length(data)), 0) AS BIGINT), COUNT(*), \
                    CAST(COALESCE(SUM(points), 0) AS BIGINT), (SELECT COUNT(*) FROM points) FROM chunks",
        )
        .fetch_one(&self.0.read)
        .await?;
        let (data, chunks, packed, raw): (i64, i64, i64, i64) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        let points = packed + raw;
        Ok((points > 0).then(|| (data + chunks * 60 + raw * 45) as f64 / points as f64))
    }
}

impl Tx {
    /// Writes points in the newest form. `points` must be sorted and hold no key twice.
    pub(super) async fn put_points(&mut self, points: &[(i64, i64, f64)]) -> anyhow::Result<()> {
        for batch in points.chunks(BATCH) {
            let sql = put_points_sql(batch.len());
            // Only the full batch is worth a prepared statement.
            let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(batch.len() == BATCH);
            for (series, at, value) in batch {
                query = query.bind(*series).bind(*at).bind(*value);
            }
            query.execute(self.on()).await?;
        }
        Ok(())
    }

    /// Adds those of `points` that fill a gap: straight into chunks where their window is closed.
    async fn fill_gaps(&mut self, series: i64, points: &BTreeMap<i64, f64>) -> anyhow::Result<()> {
        let Some((&first, &newest)) = points.keys().next().zip(points.keys().next_back()) else {
            return Ok(());
        };
        let near = step(points) / 2;
        let known = self.known_times(series, first - near, newest + near).await?;
        // Windows stay open, as rows, around the newest point: live values still arrive there.
        let open_from = floor(newest, WINDOW);

        let mut windows: BTreeMap<i64, Vec<Point>> = BTreeMap::new();
        let mut rows = Vec::new();
        for (&at, &value) in points {
            if known.range(at - near..=at + near).next().is_some() {
                continue;
            }
            if at >= open_from {
                rows.push((series, at, value));
            } else if at >= newest - DETAIL_KEPT {
                windows.entry(floor(at, WINDOW)).or_default().push((at, value));
            }
        }
        self.put_points(&rows).await?;
        for (window, points) in windows {
            self.merge_into_chunk(series, window, &points).await?;
        }
        let hours = rows.iter().map(|(_, at, _)| floor(*at, HOUR)).collect::<BTreeSet<_>>();
        // The hour of the newest sample is not over as far as this history tells.
        for hour in hours.into_iter().filter(|hour| hour + HOUR <= newest) {
            self.summarise_rows(series, hour).await?;
        }
        Ok(())
    }

    async fn known_times(&mut self, series: i64, from: i64, to: i64) -> anyhow::Result<BTreeSet<i64>> {
        let mut times = BTreeSet::new();
        let rows = sqlx::query("SELECT at FROM points WHERE series = $1 AND at >= $2 AND at <= $3")
            .bind(series)
            .bind(from)
            .bind(to)
            .fetch_all(self.on())
            .await?;
        for row in rows {
            times.insert(row.try_get(0)?);
        }
        let rows = sqlx::query("SELECT data FROM chunks WHERE series = $1 AND start > $2 AND start <= $3")
            .bind(series)
            .bind(from - WINDOW)
            .bind(to)
            .fetch_all(self.on())
            .await?;
        for row in rows {
            let data: Vec<u8> = row.try_get(0)?;
            times.extend(unpack(&data)?.into_iter().map(|(at, _)| at));
        }
        Ok(times)
    }
}

/// The usual distance between neighbours: the median, so that gaps don't stretch it.
fn step(points: &BTreeMap<i64, f64>) -> i64 {
    let mut steps: Vec<i64> = points.keys().zip(points.keys().skip(1)).map(|(a, b)| b - a).collect();
    if steps.is_empty() {
        return SECOND;
    }
    let middle = steps.len() / 2;
    (*steps.select_nth_unstable(middle).1).min(DAY)
}

fn put_points_sql(rows: usize) -> String {
    let mut sql = String::from("INSERT INTO points (series, at, value) VALUES ");
    for row in 0..rows {
        let comma = if row == 0 { "" } else { ", " };
        sql.push_str(&format!("{comma}(${}, ${}, ${})", row * 3 + 1, row * 3 + 2, row * 3 + 3));
    }
    sql.push_str(" ON CONFLICT (series, at) DO UPDATE SET value = excluded.value");
    sql
}
