//! What is usual at this hour: robust, and seasonal by hour of week.
//!
//! The week is the team's, in its time zone: load follows people's clocks, also across changes of
//! daylight saving. Medians, because last Thursday's incident must not become this Thursday's norm.

use chrono::{Datelike, TimeDelta, Timelike};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::statistics::median;
use crate::model::sample::{Baseline, HourSummary, Season};
use crate::model::time::Moment;

/// Makes the median absolute deviation comparable with a standard deviation.
const MAD_TO_SIGMA: f64 = 1.4826;

/// How much history each kind of baseline needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Hours needed to compare with the same hour of the same weekday. Default 3 (three weeks).
    pub min_hours_of_week: u32,
    /// Hours needed to compare with the same hour of any day. Default 4 (four days).
    pub min_hours_of_day: u32,
    /// Hours needed to compare with any hour. Default 3.
    pub min_any_hours: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { min_hours_of_week: 3, min_hours_of_day: 4, min_any_hours: 3 }
    }
}

/// What is usual for a series at `at`, from its past hours in any order. Hours that have not ended
/// an hour before `at` are left out: what goes wrong now is not what is usual. `None` where there
/// is too little history to say.
pub fn of(hours: &[HourSummary], at: Moment, tz: Tz, settings: &Settings) -> Option<Baseline> {
    let local = at.with_timezone(&tz);
    let past: Vec<&HourSummary> = hours
        .iter()
        .filter(|summary| summary.hour + TimeDelta::hours(2) <= at)
        .filter(|summary| summary.count > 0 && summary.median.is_finite())
        .collect();
    let same_hour = |summary: &&HourSummary| summary.hour.with_timezone(&tz).hour() == local.hour();
    let same_day = |summary: &&HourSummary| summary.hour.with_timezone(&tz).weekday() == local.weekday();

    let of_day: Vec<f64> = past.iter().copied().filter(same_hour).map(|summary| summary.median).collect();
    let of_week: Vec<f64> =
        past.iter().copied().filter(same_hour).filter(same_day).map(|summary| summary.median).collect();
    let any: Vec<f64> = past.iter().map(|summary| summary.median).collect();

    [
        (of_week, settings.min_hours_of_week, Season::HourOfWeek),
        (of_day, settings.min_hours_of_day, Season::HourOfDay),
        (any, settings.min_any_hours, Season::AnyHour),
    ]
    .into_iter()
    .find(|(values, min, _)| values.len() >= (*min).max(1) as usize)
    .and_then(|(values, _, season)| baseline(&values, season))
}

fn baseline(values: &[f64], seasons: Season) -> Option<Baseline> {
    let usual = median(values.iter().copied())?;
    let mad = median(values.iter().map(|value| (value - usual).abs()))?;
    Some(Baseline { usual, spread: mad * MAD_TO_SIGMA, hours: values.len() as u32, seasons })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;

    fn hour(at: Moment, median: f64) -> HourSummary {
        HourSummary { hour: at, count: 120, min: median, mean: median, median, p95: median, max: median }
    }

    fn weeks(from: Moment, weeks: i64, value: impl Fn(Moment) -> f64) -> Vec<HourSummary> {
        (0..weeks * 168).map(|h| from + TimeDelta::hours(h)).map(|at| hour(at, value(at))).collect()
    }

    #[test]
    fn a_busy_hour_of_the_week_is_usual_at_that_hour() {
        let from = chrono::Utc.with_ymd_and_hms(2026, 1, 5, 0, 0, 0).unwrap();
        let rush = |at: Moment| at.weekday() == chrono::Weekday::Thu && at.hour() == 14;
        let hours = weeks(from, 4, |at| if rush(at) { 130.0 } else { 40.0 });
        let at = chrono::Utc.with_ymd_and_hms(2026, 2, 5, 14, 20, 0).unwrap();
        let usual = of(&hours, at, Tz::UTC, &Settings::default()).expect("four weeks are enough");
        assert_eq!((usual.usual, usual.hours, usual.seasons), (130.0, 4, Season::HourOfWeek));
    }

    #[test]
    fn one_incident_does_not_become_the_norm() {
        let from = chrono::Utc.with_ymd_and_hms(2026, 1, 5, 0, 0, 0).unwrap();
        let hours = weeks(from, 3, |at| if at.day() == 15 { 9_000.0 } else { 40.0 });
        let at = chrono::Utc.with_ymd_and_hms(2026, 1, 29, 9, 0, 0).unwrap();
        assert_eq!(of(&hours, at, Tz::UTC, &Settings::default()).map(|b| b.usual), Some(40.0));
    }

    #[test]
    fn the_week_is_the_teams_across_daylight_saving() {
        // 09:00 in Berlin is 08:00 UTC before 29 March 2026 and 07:00 UTC after it.
        let from = chrono::Utc.with_ymd_and_hms(2026, 3, 2, 0, 0, 0).unwrap();
        let tz = chrono_tz::Europe::Berlin;
        let hours = weeks(from, 4, |at| if at.with_timezone(&tz).hour() == 9 { 500.0 } else { 10.0 });
        let at = chrono::Utc.with_ymd_and_hms(2026, 4, 2, 7, 30, 0).unwrap();
        assert_eq!(of(&hours, at, tz, &Settings::default()).map(|b| b.usual), Some(500.0));
    }

    #[test]
    fn little_history_falls_back_and_none_says_nothing() {
        let from = chrono::Utc.with_ymd_and_hms(2026, 1, 5, 0, 0, 0).unwrap();
        let at = from + TimeDelta::hours(7);
        let of = |n: usize| {
            of(&weeks(from, 1, |_| 7.0)[..n], at, Tz::UTC, &Settings::default()).map(|b| b.seasons)
        };
        assert_eq!(of(2), None);
        assert_eq!(of(5), Some(Season::AnyHour));
    }
}
