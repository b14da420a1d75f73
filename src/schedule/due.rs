//! When something that is scheduled by the clock on the team's wall is due. Pure: time is an argument.
//!
//! A wall clock skips an hour once a year and shows one twice. What is scheduled for a minute that
//! is skipped runs at the next minute that exists; what is scheduled for a minute that comes twice
//! runs at the first. What was missed while quad was down runs once, however often it was missed.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta, Timelike as _, Weekday};
use chrono_tz::Tz;
use croner::Cron;

use crate::error::UserError;
use crate::model::time::{LONGEST_JUMP, Moment, on_the_wall};

/// Later than this is late, and said to be.
const LATE: TimeDelta = TimeDelta::minutes(15);

/// Times of day, as a cron pattern of five fields.
#[derive(Debug, Clone)]
pub struct Schedule(Cron);

/// Something that should happen now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The last day that was complete when it was due: what a report is about.
    pub for_day: NaiveDate,
    /// When it was due. Remember this as the new `last_sent`.
    pub at: Moment,
    /// It was missed, and is made up for.
    pub late: bool,
}

impl Schedule {
    /// "0 9 * * *": minute, hour, day of month, month, day of week.
    ///
    /// # Errors
    /// Where the pattern is none.
    pub fn cron(pattern: &str) -> Result<Self, UserError> {
        let fields = pattern.split_whitespace().count();
        if fields != 5 {
            return Err(UserError::new(format!(
                "`{pattern}` has {fields} fields; a schedule has five: minute, hour, day, month, weekday"
            )));
        }
        pattern
            .parse()
            .map(Self)
            .map_err(|error| UserError::new(format!("`{pattern}` is no schedule: {error}")))
    }

    /// Every day at a time like "09:00".
    ///
    /// # Errors
    /// Where the text is no time of day.
    pub fn daily(time: &str) -> Result<Self, UserError> {
        let no_time = || UserError::new(format!("`{time}` is no time of day; write it like 09:00"));
        let parsed = chrono::NaiveTime::parse_from_str(time.trim(), "%H:%M").map_err(|_| no_time())?;
        Self::cron(&format!("{} {} * * *", parsed.minute(), parsed.hour()))
    }

    /// Every week at a time like "Mon 09:00".
    ///
    /// # Errors
    /// Where the text is no weekday and time of day.
    pub fn weekly(time: &str) -> Result<Self, UserError> {
        let no_time = || UserError::new(format!("`{time}` is no weekday and time; write it like Mon 09:00"));
        let (day, clock) = time.trim().split_once(' ').ok_or_else(no_time)?;
        let day: Weekday = day.parse().map_err(|_| no_time())?;
        let clock = chrono::NaiveTime::parse_from_str(clock.trim(), "%H:%M").map_err(|_| no_time())?;
        let weekday = day.num_days_from_sunday();
        Self::cron(&format!("{} {} * * {weekday}", clock.minute(), clock.hour()))
    }

    /// When it is due next, strictly after `now`. `None` where the pattern never comes again.
    pub fn next(&self, now: Moment, timezone: Tz) -> Option<Moment> {
        // A wall clock that went back shows earlier times, so begin before them.
        let mut wall = now.with_timezone(&timezone).naive_local() - LONGEST_JUMP;
        loop {
            wall = self.0.find_next_occurrence(&wall, false).ok()?;
            let at = on_the_wall(wall, timezone)?;
            if at > now {
                return Some(at);
            }
        }
    }

    /// When it was due last, up to and including `now`, and what the clock was meant to show.
    fn previous(&self, now: Moment, timezone: Tz) -> Option<(NaiveDateTime, Moment)> {
        let mut wall = now.with_timezone(&timezone).naive_local() + LONGEST_JUMP;
        loop {
            wall = self.0.find_previous_occurrence(&wall, false).ok()?;
            let at = on_the_wall(wall, timezone)?;
            if at <= now {
                return Some((wall, at));
            }
        }
    }
}

/// What is due at `now`, if anything. `last_sent` is the [`Due::at`] that was last done; at the very
/// first start the caller stores that start, so that a new installation does not make up for reports
/// it never owed. Without it only what has just come due counts.
pub fn due(last_sent: Option<Moment>, now: Moment, schedule: &Schedule, timezone: Tz) -> Option<Due> {
    let (wall, at) = schedule.previous(now, timezone)?;
    let late = now - at > LATE;
    let news = last_sent.map_or(!late, |last| last < at);
    let for_day = wall.date().pred_opt()?;
    news.then_some(Due { for_day, at, late })
}

#[cfg(test)]
mod tests {
    use chrono_tz::{America, Australia, Europe};

    use super::*;

    fn utc(text: &str) -> Moment {
        format!("{text}:00Z").parse().expect("a moment")
    }

    fn schedule(time: &str) -> Schedule {
        Schedule::daily(time).expect("a time")
    }

    #[track_caller]
    fn runs(time: &str, timezone: Tz, after: &str, at: &[&str]) {
        let mut now = utc(after);
        for expected in at {
            now = schedule(time).next(now, timezone).expect("comes again");
            assert_eq!(now, utc(expected), "{time} in {timezone}");
        }
    }

    #[test]
    fn a_skipped_time_runs_at_the_next_minute_that_exists() {
        let spring = ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"];
        runs("02:30", Europe::Berlin, "2026-03-27T12:00", &spring);
        runs("02:30", America::New_York, "2026-03-07T12:00", &["2026-03-08T07:00", "2026-03-09T06:30"]);
        // Half an hour is skipped there: 02:00 becomes 02:30.
        runs("02:15", Australia::Lord_Howe, "2026-10-03T12:00", &["2026-10-03T15:30", "2026-10-04T15:15"]);
    }

    #[test]
    fn a_time_that_comes_twice_runs_once() {
        runs("02:30", Europe::Berlin, "2026-10-24T12:00", &["2026-10-25T00:30", "2026-10-26T01:30"]);
        runs("01:30", America::New_York, "2026-10-31T12:00", &["2026-11-01T05:30", "2026-11-02T06:30"]);
        runs("01:45", Australia::Lord_Howe, "2026-04-04T12:00", &["2026-04-04T14:45", "2026-04-05T15:15"]);
    }

    #[test]
    fn the_second_showing_of_a_time_is_not_due_again() {
        let (first, second) = (utc("2026-10-25T00:30"), utc("2026-10-25T01:31"));
        let at = due(Some(utc("2026-10-24T00:30")), first, &schedule("02:30"), Europe::Berlin).expect("due");
        assert_eq!(at.at, first);
        assert_eq!(due(Some(at.at), second, &schedule("02:30"), Europe::Berlin), None);
        // Between the showings of 02:45 the clock reads less than that again, and it still is done.
        let between = utc("2026-10-25T01:20");
        let last = schedule("02:45").previous(between, Europe::Berlin).expect("was due").1;
        assert_eq!(last, utc("2026-10-25T00:45"));
    }

    #[test]
    fn a_report_is_about_the_day_before_it_is_due() {
        let due =
            due(Some(utc("2026-01-08T08:00")), utc("2026-01-09T08:00"), &schedule("09:00"), Europe::Berlin);
        let day = NaiveDate::from_ymd_opt(2026, 1, 8).expect("a day");
        assert_eq!(due, Some(Due { for_day: day, at: utc("2026-01-09T08:00"), late: false }));
    }

    #[test]
    fn what_was_missed_is_made_up_for_once() {
        let nine = schedule("09:00");
        let back = utc("2026-01-12T11:00");
        let missed = due(Some(utc("2026-01-08T08:00")), back, &nine, Europe::Berlin).expect("due");
        assert!(missed.late);
        assert_eq!(missed.at, utc("2026-01-12T08:00"));
        assert_eq!(due(Some(missed.at), back, &nine, Europe::Berlin), None);
    }

    #[test]
    fn a_new_installation_owes_nothing() {
        let nine = schedule("09:00");
        assert_eq!(due(None, utc("2026-01-12T11:00"), &nine, Europe::Berlin), None);
        assert!(due(None, utc("2026-01-12T08:01"), &nine, Europe::Berlin).is_some());
    }

    #[test]
    fn between_due_and_due_every_day_has_exactly_one() {
        for timezone in [Europe::Berlin, America::New_York, Australia::Lord_Howe] {
            for time in ["00:00", "02:15", "09:00"] {
                let mut last = utc("2025-12-31T20:00");
                let mut days = Vec::new();
                let mut now = last;
                while now < utc("2027-01-02T00:00") {
                    if let Some(due) = due(Some(last), now, &schedule(time), timezone) {
                        last = due.at;
                        days.push(due.for_day);
                    }
                    now += TimeDelta::hours(5);
                }
                assert!(days.windows(2).all(|w| w[0].succ_opt() == Some(w[1])), "{time} in {timezone}");
            }
        }
    }

    #[test]
    fn a_weekly_time_comes_once_a_week() {
        let mondays = Schedule::weekly("Mon 09:00").expect("a time");
        let now = utc("2026-01-08T12:00");
        assert_eq!(mondays.next(now, Europe::Berlin), Some(utc("2026-01-12T08:00")));
        let due = due(Some(now), utc("2026-01-12T08:01"), &mondays, Europe::Berlin).expect("due");
        assert_eq!(due.for_day, NaiveDate::from_ymd_opt(2026, 1, 11).expect("a day"));
        assert!(Schedule::weekly("sunday 7:30").is_ok());
        for wrong in ["09:00", "Mon", "Someday 09:00", "Mon 25:00"] {
            assert!(Schedule::weekly(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_bad_schedule_is_named() {
        assert!(Schedule::daily("9 o'clock").is_err());
        assert!(Schedule::cron("0 9 * *").is_err());
        assert!(Schedule::cron("0 99 * * *").is_err());
        assert!(Schedule::cron("0 9 * * 1-5").is_ok());
    }
}
