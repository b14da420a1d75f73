//! The report of a day, whenever somebody asks.

use chrono::{NaiveDate, TimeDelta};

use crate::gather::readable::Readable;
use crate::model::answer::Answer;
use crate::model::request::{Period, Unbuilt};
use crate::model::time::TimeRange;

/// The day that was asked for; without one, yesterday: the last that is complete.
pub(super) async fn report(
    ctx: &Readable,
    period: Period,
    range: Option<TimeRange>,
) -> anyhow::Result<Answer> {
    if period == Period::Weekly {
        return Ok(super::unbuilt::unbuilt(&Unbuilt { intent: "weekly_report".to_owned() }));
    }
    let day = |at: crate::model::time::Moment| at.with_timezone(&ctx.team().timezone).date_naive();
    let asked: NaiveDate = range.map_or_else(|| day(ctx.now() - TimeDelta::days(1)), |range| day(range.from));
    ctx.daily_report(asked).await
}
