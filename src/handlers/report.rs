//! The report of a day or a week, whenever somebody asks.

use chrono::{NaiveDate, TimeDelta};

use crate::gather::readable::Readable;
use crate::model::answer::Answer;
use crate::model::request::Period;
use crate::model::time::{Moment, TimeRange};

/// The day or week that was asked for; without one the last that is complete.
pub(super) async fn report(
    ctx: &Readable,
    period: Period,
    range: Option<TimeRange>,
) -> anyhow::Result<Answer> {
    let day = |at: Moment| at.with_timezone(&ctx.team().timezone).date_naive();
    let back = match period {
        Period::Daily => TimeDelta::days(1),
        Period::Weekly => TimeDelta::weeks(1),
    };
    let asked: NaiveDate = day(range.map_or(ctx.now() - back, |range| range.from));
    super::report_of(ctx, period, asked).await
}
