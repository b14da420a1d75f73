//! Is what was promised kept? Uptime of each service against the target, and what is left of the
//! error budget of the calendar month.

use chrono::{Datelike as _, Months, NaiveDate, NaiveTime};

use crate::gather::readable::Readable;
use crate::model::answer::{Answer, Mark, Section, Table, escape};
use crate::model::request::Scope;
use crate::model::signal::thousands;
use crate::model::time::{Moment, TimeRange, on_the_wall};

/// More rows than this scroll out of a chat window.
const MAX_ROWS: usize = 12;

/// One service in the asked stretch.
struct Kept {
    name: String,
    seen: u64,
    good: u64,
}

impl Kept {
    fn percent(&self) -> f64 {
        self.good as f64 * 100.0 / self.seen as f64
    }

    fn down(&self) -> u64 {
        self.seen - self.good
    }
}

pub(super) async fn sla(ctx: &Readable, scope: &Scope) -> anyhow::Result<Answer> {
    let now = ctx.now();
    let month = month_of(ctx, scope.range.map_or(now, |range| range.from));
    let asked = scope.range.unwrap_or(month);
    let range = TimeRange::new(asked.from, asked.to.min(now));
    let target = ctx.team().sla_percent;
    let mut kept: Vec<Kept> = Vec::new();
    for uptime in ctx.uptime(range).await? {
        if super::about(scope, &uptime.subject) && uptime.seen > 0 {
            kept.push(Kept { name: uptime.subject.to_string(), seen: uptime.seen, good: uptime.good });
        }
    }
    kept.sort_by(|a, b| a.percent().total_cmp(&b.percent()));
    let of = super::of(scope);
    let when = format!("from {} to {}", ctx.shown(range.from), ctx.shown(range.to));
    let Some(worst) = kept.first() else {
        return Ok(Answer::new(format!("I can't say: no minute{of} was seen {when}."))
            .marked(Mark::Unknown)
            .footnote("Uptime needs a probe, or the error rate of a service."));
    };
    // What the promise leaves in the whole month, however much of it has passed.
    let budget = (100.0 - target) / 100.0 * month.length().num_minutes() as f64;
    let missed = kept.iter().filter(|one| one.percent() < target).count();
    let name = escape(&worst.name);
    let headline = match (missed, kept.len()) {
        (0, 1) => format!("Yes: {name} was up {} (promised {}).", percent(worst.percent()), percent(target)),
        (0, all) => format!(
            "Yes: all {all} services were up at least {} (promised {}); the least is {name}.",
            percent(worst.percent()),
            percent(target)
        ),
        (_, 1) => format!("No: {name} was up {} (promised {}).", percent(worst.percent()), percent(target)),
        (missed, all) => format!(
            "No: {missed} of {all} services missed {}; the least is {name} with {}.",
            percent(target),
            percent(worst.percent())
        ),
    };
    let columns = ["service", "uptime", "down", "error budget left"].map(str::to_owned).to_vec();
    let rows = kept
        .iter()
        .take(MAX_ROWS)
        .map(|one| {
            let left = budget - one.down() as f64;
            let left = if left < 0.0 {
                format!("overspent by {} min", thousands(-left, 1))
            } else {
                format!("{} of {} min", thousands(left, 1), thousands(budget, 1))
            };
            vec![
                one.name.clone(),
                percent(one.percent()),
                format!("{} min", thousands(one.down() as f64, 0)),
                left,
            ]
        })
        .collect();
    let passed = range.length().num_minutes().max(1) as u64;
    let mark = if missed == 0 { Mark::Good } else { Mark::Warning };
    let mut answer =
        Answer::new(headline).marked(mark).with(Section::Table(Table { columns, rows })).footnote(format!(
            "Minutes that answered of minutes seen, {when}. The budget is that of the calendar month"
        ));
    if let Some(least) = kept.iter().min_by_key(|one| one.seen).filter(|one| one.seen * 100 < passed * 95) {
        answer = answer.footnote(format!(
            "Of {} minutes only {} were seen of {}: the rest is not counted",
            thousands(passed as f64, 0),
            thousands(least.seen as f64, 0),
            escape(&least.name)
        ));
    }
    Ok(answer)
}

/// The calendar month of `at` where the team is.
fn month_of(ctx: &Readable, at: Moment) -> TimeRange {
    let tz = ctx.team().timezone;
    let day = at.with_timezone(&tz).date_naive();
    let first = NaiveDate::from_ymd_opt(day.year(), day.month(), 1).unwrap_or(day);
    let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
    let midnight = |day: NaiveDate| on_the_wall(day.and_time(NaiveTime::MIN), tz);
    TimeRange::new(midnight(first).unwrap_or(at), midnight(next).unwrap_or(at))
}

/// Three digits behind the point: of nines each counts.
fn percent(value: f64) -> String {
    // Never rounded up to what was not reached.
    let cut = (value * 1_000.0).floor() / 1_000.0;
    let digits = format!("{cut:.3}");
    format!("{} %", digits.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn what_was_not_reached_is_never_rounded_up_to_it() {
        for (value, shown) in
            [(99.9999, "99.999 %"), (100.0, "100 %"), (99.95, "99.95 %"), (99.8999, "99.899 %")]
        {
            assert_eq!(percent(value), shown);
        }
    }
}
