//! Moments and ranges. Everything is UTC until a renderer shows it to a person.

use chrono::{
    DateTime, Datelike as _, LocalResult, NaiveDateTime, TimeDelta, TimeZone as _, Timelike as _, Utc,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// A point in time, in UTC.
pub type Moment = DateTime<Utc>;

/// The hour of the week where the team is: 0 is Monday from 00:00, 167 Sunday from 23:00. What is
/// usual follows people's days, and those follow the clock on their wall.
pub fn hour_of_week(at: Moment, timezone: Tz) -> u8 {
    let local = at.with_timezone(&timezone);
    // At most 6 * 24 + 23.
    (local.weekday().num_days_from_monday() * 24 + local.hour()) as u8
}

/// No clock on a wall was ever moved by more than a day (Samoa, 2011).
pub const LONGEST_JUMP: TimeDelta = TimeDelta::hours(25);

/// The moment at which a wall clock shows `wall` for the first time, or the next minute that it
/// shows at all.
pub fn on_the_wall(wall: NaiveDateTime, timezone: Tz) -> Option<Moment> {
    let limit = wall + LONGEST_JUMP;
    let mut wall = wall;
    while wall <= limit {
        match timezone.from_local_datetime(&wall) {
            LocalResult::Single(at) => return Some(at.to_utc()),
            LocalResult::Ambiguous(first, _) => return Some(first.to_utc()),
            LocalResult::None => wall += TimeDelta::minutes(1),
        }
    }
    None
}

/// A half-open stretch of time: `from` belongs to it, `to` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimeRange {
    /// First moment of the range.
    pub from: Moment,
    /// First moment after the range.
    pub to: Moment,
}

impl TimeRange {
    /// The range from `from` up to `to`.
    pub fn new(from: Moment, to: Moment) -> Self {
        Self { from, to }
    }

    /// The `length` that ends at `now`.
    pub fn last(length: TimeDelta, now: Moment) -> Self {
        Self { from: now - length, to: now }
    }

    /// How long the range is.
    pub fn length(&self) -> TimeDelta {
        self.to - self.from
    }

    /// Whether `at` lies inside.
    pub fn contains(&self, at: Moment) -> bool {
        self.from <= at && at < self.to
    }

    /// The same stretch, `by` earlier: what "a day ago" compares with.
    pub fn earlier(&self, by: TimeDelta) -> Self {
        Self { from: self.from - by, to: self.to - by }
    }
}
