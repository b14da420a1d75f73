//! From a range to the moments that the time axis names: round ones, on the clock of the team.

use std::collections::BTreeSet;

use chrono::{Datelike as _, NaiveDateTime, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use crate::model::time::{TimeRange, on_the_wall};

/// Seconds between two ticks: what clocks and calendars divide evenly.
const STEPS: [i64; 20] = [
    10,
    30,
    60,
    120,
    300,
    600,
    900,
    1_800,
    3_600,
    7_200,
    10_800,
    21_600,
    43_200,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    30 * DAY,
    90 * DAY,
    365 * DAY,
];
const DAY: i64 = 86_400;

/// A named moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tick {
    /// Seconds since 1970.
    pub(super) at: i64,
    /// "13:30"; the date where days pass.
    pub(super) label: String,
}

/// At most about `room` ticks in `range`, oldest first.
pub(super) fn ticks(range: TimeRange, timezone: Tz, room: i64) -> Vec<Tick> {
    let begin = range.from.with_timezone(&timezone).naive_local();
    let span = range.length().num_seconds();
    // Far from any calendar that people use, arithmetic could leave what can be written.
    if span <= 0 || !(1..=9_000).contains(&begin.year()) {
        return Vec::new();
    }
    let Some(step) = STEPS.into_iter().find(|step| span / step <= room) else { return Vec::new() };
    let first = first(begin, step);
    (0..=3 * room)
        .filter_map(|nth| on_the_wall(first + TimeDelta::seconds(nth * step), timezone))
        .filter(|at| range.from <= *at && *at <= range.to)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .map(|at| {
            let local = at.with_timezone(&timezone);
            let form = match (local.time() == NaiveTime::MIN, step) {
                (_, DAY..) | (true, _) => "%-d %b",
                (false, 60..) => "%H:%M",
                _ => "%H:%M:%S",
            };
            Tick { at: at.timestamp(), label: local.format(form).to_string() }
        })
        .collect()
}

/// The first round wall time not before `begin`.
fn first(begin: NaiveDateTime, step: i64) -> NaiveDateTime {
    let midnight = begin.date().and_time(NaiveTime::MIN);
    let seconds = (begin - midnight).num_seconds();
    let days = step / DAY;
    if days <= 1 {
        return midnight
            + TimeDelta::seconds(seconds.div_euclid(step) * step)
            + TimeDelta::seconds(if seconds % step == 0 { 0 } else { step });
    }
    let over = i64::from(begin.num_days_from_ce()).rem_euclid(days);
    midnight + TimeDelta::days(if over == 0 { 0 } else { days - over })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Moment;

    fn labels(from: &str, to: &str, timezone: Tz) -> String {
        let at = |text: &str| text.parse::<Moment>().expect("a moment");
        let all = ticks(TimeRange::new(at(from), at(to)), timezone, 6);
        all.into_iter().map(|tick| tick.label).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ticks_are_round_where_the_team_is() {
        assert_eq!(
            labels("2026-01-08T12:55:00Z", "2026-01-08T13:55:00Z", Tz::UTC),
            "13:00 13:10 13:20 13:30 13:40 13:50"
        );
        assert_eq!(
            labels("2026-01-08T13:00:00Z", "2026-01-08T14:00:00Z", Tz::Asia__Kolkata),
            "18:30 18:40 18:50 19:00 19:10 19:20 19:30"
        );
        assert_eq!(
            labels("2026-01-08T00:00:00Z", "2026-01-09T00:00:00Z", Tz::UTC),
            "8 Jan 06:00 12:00 18:00 9 Jan"
        );
        assert_eq!(
            labels("2026-01-01T00:00:00Z", "2026-01-07T00:00:00Z", Tz::Europe__Berlin),
            "2 Jan 3 Jan 4 Jan 5 Jan 6 Jan 7 Jan"
        );
    }

    #[test]
    fn the_hour_that_clocks_skip_is_not_named() {
        assert_eq!(
            labels("2026-03-29T00:00:00Z", "2026-03-29T03:00:00Z", Tz::Europe__Berlin),
            "01:00 01:30 03:00 03:30 04:00 04:30 05:00"
        );
    }
}
