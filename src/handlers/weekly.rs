//! The report of one week: quad's own record first, then what moved. Every number is computed from the
//! store and says how it is formed.

mod numbers;
mod words;

use chrono::{Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta};

use crate::gather::readable::Readable;
use crate::model::answer::Answer;
use crate::model::time::{TimeRange, on_the_wall};

/// A year ago, on the same weekdays.
const YEAR: TimeDelta = TimeDelta::weeks(52);

/// The report of the week from Monday that holds `day`, where the team is. A week that is not over is
/// reported as far as it has come.
///
/// # Errors
/// Where the store can't be read, or the day is beyond any calendar.
pub(super) async fn weekly(ctx: &Readable, day: NaiveDate) -> anyhow::Result<Answer> {
    let monday = monday_of(day);
    let week = week_from(ctx, monday)?;
    let now = ctx.now();
    let this = numbers::of(ctx, TimeRange::new(week.from.min(now), week.to.min(now))).await?;
    let before = numbers::record(ctx, week_from(ctx, monday - Days::new(7))?).await?;
    let year_ago = numbers::uptime(ctx, TimeRange::new(week.from - YEAR, week.to - YEAR)).await?;
    Ok(words::answer(&words::Told { ctx, monday, week, this, before, year_ago }))
}

fn monday_of(day: NaiveDate) -> NaiveDate {
    day - Days::new(u64::from(day.weekday().num_days_from_monday()))
}

/// From Monday's midnight to the next: 167, 168 or 169 hours.
fn week_from(ctx: &Readable, monday: NaiveDate) -> anyhow::Result<TimeRange> {
    let midnight = |day: NaiveDate| {
        on_the_wall(day.and_time(NaiveTime::MIN), ctx.team().timezone)
            .ok_or_else(|| anyhow::anyhow!("{day} is beyond any calendar"))
    };
    Ok(TimeRange::new(midnight(monday)?, midnight(monday + Days::new(7))?))
}

/// Whether the report of this week asks how useful quad was: once a quarter, in its first full week.
fn asks(monday: NaiveDate) -> bool {
    (monday.month() - 1).is_multiple_of(3) && monday.day() <= 7
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).expect("a day")
    }

    #[test]
    fn a_week_begins_on_monday() {
        assert_eq!(monday_of(day(2026, 1, 11)), day(2026, 1, 5));
        assert_eq!(monday_of(day(2026, 1, 5)), day(2026, 1, 5));
    }

    #[test]
    fn the_question_comes_once_a_quarter() {
        let mut monday = day(2026, 1, 5);
        let mut asked = Vec::new();
        while monday < day(2027, 1, 1) {
            if asks(monday) {
                asked.push(monday.format("%-d %b").to_string());
            }
            monday = monday + Days::new(7);
        }
        assert_eq!(asked, ["5 Jan", "6 Apr", "6 Jul", "5 Oct"]);
    }
}
