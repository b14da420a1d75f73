//! Uptime: in which minutes a subject was seen at all, and in which of those it answered.
//!
//! An hour of a subject is one row with a few numbers, a bit a minute; so a minute counts once however
//! often it is marked, reports of one minute add up in any order (`model::uptime`), and 30 days of a
//! subject cost 720 small rows. Older hours are added up by day.

use std::collections::BTreeMap;

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::Store;
use super::instant::{DAY, HOUR, MINUTE, floor};
use crate::model::subject::Subject;
use crate::model::time::TimeRange;
use crate::model::uptime::{Evidence, Mark};

/// How one subject did in a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uptime {
    /// Who.
    pub subject: Subject,
    /// Minutes with data.
    pub seen: u64,
    /// Those of them in which it answered.
    pub good: u64,
}

impl Uptime {
    /// Share of the seen minutes in which it answered, in percent; `None` where nothing was seen.
    pub fn percent(&self) -> Option<f64> {
        (self.seen > 0).then(|| self.good as f64 * 100.0 / self.seen as f64)
    }
}

/// Minutes of an hour, a bit each. A bit is set once and stays: that makes the order of reports
/// unimportant.
#[derive(Clone, Copy, Default)]
struct Bits {
    seen: i64,
    answered: i64,
    reachable: i64,
    failed: i64,
}

impl Bits {
    fn add(&mut self, bit: i64, evidence: Evidence) {
        self.seen |= bit;
        self.answered |= if evidence.answered { bit } else { 0 };
        self.reachable |= if evidence.reachable { bit } else { 0 };
        self.failed |= if evidence.failed { bit } else { 0 };
    }

    /// `Evidence::is_good`, for 60 minutes at once.
    fn good(self) -> i64 {
        self.seen & (self.answered | (self.reachable & !self.failed))
    }

    /// From a row whose columns from `from` on are seen, good, reachable, failed.
    fn of(row: &AnyRow, from: usize) -> anyhow::Result<Self> {
        Ok(Self {
            seen: row.try_get(from)?,
            answered: row.try_get(from + 1)?,
            reachable: row.try_get(from + 2)?,
            failed: row.try_get(from + 3)?,
        })
    }
}

impl Store {
    /// Adds what is known of minutes. Each counts once; what several reports say of it adds up.
    ///
    /// # Errors
    /// Where the database refuses; then none of the marks is kept.
    pub async fn mark_minutes(&self, marks: &[Mark]) -> anyhow::Result<()> {
        let mut hours: BTreeMap<(String, i64), Bits> = BTreeMap::new();
        for (subject, at, evidence) in marks {
            let at = at.timestamp_millis();
            let hour = floor(at, HOUR);
            let bit = 1i64 << ((at - hour) / MINUTE);
            hours.entry((subject.key(), hour)).or_default().add(bit, *evidence);
        }
        if hours.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        for ((subject, hour), bits) in hours {
            sqlx::query(
                "INSERT INTO uptime_hours (subject, hour, seen, good, reachable, failed) \
                 VALUES ($1, $2, $3, $4, $5, $6) \
                 ON CONFLICT (subject, hour) DO UPDATE SET seen = uptime_hours.seen | excluded.seen, \
                 good = uptime_hours.good | excluded.good, \
                 reachable = uptime_hours.reachable | excluded.reachable, \
                 failed = uptime_hours.failed | excluded.failed",
            )
            .bind(subject)
            .bind(hour)
            .bind(bits.seen)
            .bind(bits.answered)
            .bind(bits.reachable)
            .bind(bits.failed)
            .execute(tx.on())
            .await?;
        }
        tx.commit().await
    }

    /// Uptime of every subject that was seen in `range`, in the order of their keys. Minutes count
    /// where they start in the range; of what is older than 30 days only whole days (UTC) are
    /// known, which count where they start in the range.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn uptime(&self, range: TimeRange) -> anyhow::Result<Vec<Uptime>> {
        let (from, to) = (range.from.timestamp_millis(), range.to.timestamp_millis());
        let mut minutes: BTreeMap<String, (u64, u64)> = BTreeMap::new();

        // Hours first: they only ever move into days, so none is missed between the two reads.
        let hours =
            sqlx::query("SELECT subject, hour, seen, good, reachable, failed FROM uptime_hours WHERE hour > $1 AND hour < $2")
                .bind(from.saturating_sub(HOUR))
                .bind(to)
                .fetch_all(&self.0.read)
                .await?;
        let mut counted = std::collections::HashSet::new();
        for row in &hours {
            let (subject, hour): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
            let bits = Bits::of(row, 2)?;
            let inside = minutes_inside(hour, from, to);
            counted.insert((subject.clone(), floor(hour, DAY)));
            let sum = minutes.entry(subject).or_default();
            sum.0 += u64::from((bits.seen & inside).count_ones());
            sum.1 += u64::from((bits.good() & inside).count_ones());
        }

        let days =
            sqlx::query("SELECT subject, day, seen, good FROM uptime_days WHERE day >= $1 AND day < $2")
                .bind(from)
                .bind(to)
                .fetch_all(&self.0.read)
                .await?;
        for row in &days {
            let (subject, day): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
            // Rolled up between the two reads: its hours are counted already.
            if counted.contains(&(subject.clone(), day)) {
                continue;
            }
            let sum = minutes.entry(subject).or_default();
            sum.0 += u64::try_from(row.try_get::<i64, _>(2)?)?;
            sum.1 += u64::try_from(row.try_get::<i64, _>(3)?)?;
        }

        Ok(minutes
            .into_iter()
            .filter(|(_, (seen, _))| *seen > 0)
            .filter_map(|(key, (seen, good))| Some(Uptime { subject: Subject::from_key(&key)?, seen, good }))
            .collect())
    }

    /// Adds up all hours before `before`, which is the start of a day, by day. Returns how many
    /// rows that saved.
    pub(super) async fn roll_up_uptime(&self, before: i64) -> anyhow::Result<u64> {
        let mut tx = self.begin().await?;
        let hours = sqlx::query(
            "SELECT subject, hour, seen, good, reachable, failed FROM uptime_hours WHERE hour < $1",
        )
        .bind(before)
        .fetch_all(tx.on())
        .await?;
        let mut days: BTreeMap<(String, i64), (i64, i64)> = BTreeMap::new();
        for row in &hours {
            let bits = Bits::of(row, 2)?;
            let day = days.entry((row.try_get(0)?, floor(row.try_get(1)?, DAY))).or_default();
            day.0 += i64::from(bits.seen.count_ones());
            day.1 += i64::from(bits.good().count_ones());
        }
        for ((subject, day), (seen, good)) in days {
            sqlx::query(
                "INSERT INTO uptime_days (subject, day, seen, good) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (subject, day) DO UPDATE SET \
                 seen = uptime_days.seen + excluded.seen, good = uptime_days.good + excluded.good",
            )
            .bind(subject)
            .bind(day)
            .bind(seen)
            .bind(good)
            .execute(tx.on())
            .await?;
        }
        if !hours.is_empty() {
            sqlx::query("DELETE FROM uptime_hours WHERE hour < $1").bind(before).execute(tx.on()).await?;
        }
        tx.commit().await?;
        Ok(hours.len() as u64)
    }
}

/// The minutes of `hour` that start in [from, to), a bit each.
fn minutes_inside(hour: i64, from: i64, to: i64) -> i64 {
    (0..60)
        .filter(|minute| {
            let start = hour + minute * MINUTE;
            from <= start && start < to
        })
        .fold(0, |bits, minute| bits | 1 << minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_minutes_that_start_inside_count() {
        assert_eq!(minutes_inside(0, 0, HOUR).count_ones(), 60);
        assert_eq!(minutes_inside(0, 1, HOUR).count_ones(), 59);
        assert_eq!(minutes_inside(0, 0, MINUTE + 1).count_ones(), 2);
        assert_eq!(minutes_inside(HOUR, 0, HOUR), 0);
    }
}
