//! The report of one day: every number computed from the store, "no source" where nothing measures
//! it, and how much of the day the numbers cover.

mod numbers;
mod words;

use chrono::{Days, NaiveDate, NaiveTime};
use chrono_tz::Tz;

use crate::model::answer::Answer;
use crate::model::time::{Moment, TimeRange, on_the_wall};
use crate::store::Store;

/// What the numbers are held against.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Availability that was promised, in percent.
    pub sla_percent: f64,
    /// Planned work, from the maintenance windows.
    pub upcoming: Vec<Upcoming>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { sla_percent: 99.9, upcoming: Vec::new() }
    }
}

/// Planned work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upcoming {
    /// In words.
    pub what: String,
    /// When.
    pub range: TimeRange,
}

/// The report of `day` where the team is. A day that is not over is reported as far as it has come.
///
/// # Errors
/// Where the store can't be read, or the day is beyond any calendar.
pub async fn daily(
    store: &Store,
    day: NaiveDate,
    timezone: Tz,
    settings: &Settings,
    now: Moment,
) -> anyhow::Result<Answer> {
    let range = day_range(day, timezone)?;
    let before = day_range(day - Days::new(1), timezone)?;
    let this = numbers::of(store, range, now).await?;
    let earlier = numbers::of(store, before, now).await?;
    Ok(words::answer(&words::Told { day, range, this, earlier, timezone, settings, now }))
}

/// From midnight to midnight on the team's wall: 23, 24 or 25 hours.
fn day_range(day: NaiveDate, timezone: Tz) -> anyhow::Result<TimeRange> {
    let midnight = |day: NaiveDate| {
        on_the_wall(day.and_time(NaiveTime::MIN), timezone)
            .ok_or_else(|| anyhow::anyhow!("{day} does not exist in {timezone}"))
    };
    let after = day.succ_opt().ok_or_else(|| anyhow::anyhow!("{day} is the last day there is"))?;
    Ok(TimeRange::new(midnight(day)?, midnight(after)?))
}
