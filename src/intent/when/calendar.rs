//! Dates and clock times of a zone as moments, through days that are shorter or longer than others.

use chrono::{Datelike, Days, LocalResult, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Weekday};
use chrono_tz::Tz;

use crate::model::time::Moment;

/// The moment at which clocks in `zone` show `minutes` after midnight of `date`. Where a change of
/// the clocks skips it, the first moment after the gap; where it comes twice, the first.
pub(super) fn moment(date: NaiveDate, minutes: i64, zone: Tz) -> Moment {
    let days = minutes.div_euclid(1_440);
    let date = date.checked_add_signed(TimeDelta::days(days)).unwrap_or(date);
    let time = NaiveTime::from_num_seconds_from_midnight_opt((minutes.rem_euclid(1_440) * 60) as u32, 0)
        .unwrap_or(NaiveTime::MIN);
    let local = date.and_time(time);
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.to_utc(),
        LocalResult::None => {
            // Gaps are whole quarters of an hour everywhere; walk to the first minute that exists.
            (1..=12)
                .filter_map(|quarters| {
                    let later = local + TimeDelta::minutes(15 * quarters);
                    let later = later - TimeDelta::minutes(i64::from(chrono::Timelike::minute(&later) % 15));
                    zone.from_local_datetime(&later).earliest()
                })
                .next()
                .map_or_else(|| zone.from_utc_datetime(&local).to_utc(), |at| at.to_utc())
        }
    }
}

/// The date in `zone` at `now`.
pub(super) fn today(now: Moment, zone: Tz) -> NaiveDate {
    now.with_timezone(&zone).date_naive()
}

pub(super) fn plus_days(date: NaiveDate, days: i64) -> NaiveDate {
    date.checked_add_signed(TimeDelta::days(days)).unwrap_or(date)
}

/// The Monday of the week.
pub(super) fn monday(date: NaiveDate) -> NaiveDate {
    date.checked_sub_days(Days::new(u64::from(date.weekday().num_days_from_monday()))).unwrap_or(date)
}

/// The first of the month, `months` away.
pub(super) fn first_of_month(date: NaiveDate, months: i32) -> NaiveDate {
    let first = date.with_day(1).unwrap_or(date);
    let step = Months::new(months.unsigned_abs());
    if months < 0 { first.checked_sub_months(step) } else { first.checked_add_months(step) }.unwrap_or(first)
}

/// The latest `day` at or before `date`.
pub(super) fn latest(day: Weekday, date: NaiveDate) -> NaiveDate {
    let back = (date.weekday().num_days_from_monday() + 7 - day.num_days_from_monday()) % 7;
    plus_days(date, -i64::from(back))
}

/// The next `day` after `date`.
pub(super) fn next(day: Weekday, date: NaiveDate) -> NaiveDate {
    plus_days(latest(day, date), 7)
}
