//! Moments as the store keeps them: milliseconds since 1970 in UTC.

use chrono::DateTime;

use crate::model::time::Moment;

pub(super) const SECOND: i64 = 1_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// The moment that was stored as `ms`. Numbers that no calendar holds can't come from quad itself;
/// they read as the epoch, which every range query leaves out.
pub(super) fn moment(ms: i64) -> Moment {
    DateTime::from_timestamp_millis(ms).unwrap_or(DateTime::UNIX_EPOCH)
}

/// The start of the `unit` that `ms` lies in.
pub(super) fn floor(ms: i64, unit: i64) -> i64 {
    ms.div_euclid(unit) * unit
}
