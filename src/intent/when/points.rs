//! Points in time: a day, a clock time, or both, in any order, looking back or ahead.

use std::ops::Range;

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::calendar::{latest, moment, next, plus_days};
use super::reader::Reader;
use super::words::{self, DayWord};
use crate::intent::tokens::Kind;
use crate::model::time::Moment;

/// A clock time as it was said.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    /// Minutes after midnight.
    pub(super) minutes: i64,
    /// Said with am, pm or as 14:00, so not to be guessed.
    pub(super) sure: bool,
}

/// A point or stretch that was said: maybe a stretch of days, maybe a clock time, maybe both.
#[derive(Debug, Clone)]
pub(super) struct Point {
    pub(super) end: usize,
    /// First day and first day after, looking back and ahead.
    pub(super) days: Option<(Range<NaiveDate>, Range<NaiveDate>)>,
    pub(super) part: Option<(i64, i64)>,
    pub(super) clock: Option<Clock>,
}

impl Reader<'_> {
    /// A day (with a part of it), a clock time, or both in either order.
    pub(super) fn point(&self, start: usize, marked: bool) -> Option<Point> {
        let mut point = Point { end: start, days: None, part: None, clock: None };
        let today = self.today();
        let mut at = start;
        if let Some((end, clock)) = self.clock(at, marked) {
            point.clock = Some(clock);
            // "since the 11am deploy" is a time; the deploy only names it.
            point.end = self.skip(end, &["deploy", "deployment", "release", "rollout", "deploys"]);
            at = self.skip(point.end, &["on", "am"]);
        }
        let single = |date: NaiveDate| Some((date..plus_days(date, 1), date..plus_days(date, 1)));
        let before = self.is(at, &["the"]) as usize;
        if self.is(at + before, &["day"])
            && self.is(at + before + 1, &["before"])
            && self.is(at + before + 2, &["yesterday"])
        {
            point.days = single(plus_days(today, -2));
            point.end = at + before + 3;
        } else if let Some((end, date)) = self.date(at) {
            point.days = single(date);
            point.end = end;
        } else if let Some(day) = words::day(self.word(at)).or_else(|| {
            (marked || self.is(at.wrapping_sub(1), &["on"]))
                .then(|| words::short_weekday(self.word(at)).map(DayWord::Weekday))
                .flatten()
        }) {
            point.days = match day {
                DayWord::Offset(days) => single(plus_days(today, days)),
                DayWord::Weekday(day) => {
                    let (back, ahead) = (latest(day, today), next(day, today));
                    Some((back..plus_days(back, 1), ahead..plus_days(ahead, 1)))
                }
            };
            point.end = at + 1;
        } else if self.is(at, &["morgen"]) && !self.is(at + 1, &["morgen"]) {
            // In German the same word is "morning" after a day and "tomorrow" alone.
            point.days = single(plus_days(today, 1));
            point.end = at + 1;
        } else if point.clock.is_none() && marked && words::daypart(self.word(at)).is_some() {
            point.days = single(today);
            point.part = words::daypart(self.word(at));
            point.end = at + 1;
            return Some(point);
        }
        if point.days.is_some() {
            let after = self.skip(point.end, &["in", "the"]);
            if let Some(part) = words::daypart(self.word(after)) {
                point.part = Some(part);
                point.end = after + 1;
            }
            if point.clock.is_none() {
                let after = self.skip(point.end, &["at", "um", "around", "a", "gegen"]);
                if let Some((end, clock)) = self.clock(after, after > point.end || marked) {
                    point.clock = Some(clock);
                    point.end = end;
                    if let (Some((720.., _)), Some(clock)) = (point.part, point.clock.as_mut())
                        && !clock.sure
                        && clock.minutes < 720
                    {
                        clock.minutes += 720;
                    }
                }
            }
        }
        (point.end > start).then_some(point)
    }

    /// The stretch of a point, looking back.
    pub(super) fn resolve_back(&self, point: &Point) -> (Moment, Moment) {
        let today = self.today();
        let days = point.days.as_ref().map(|(back, _)| back.clone());
        let start = days.as_ref().map_or(today, |days| days.start);
        if let Some(clock) = point.clock {
            let mut from = moment(start, clock.minutes, self.zone);
            if days.is_none() && from > self.now {
                let half_day = from - TimeDelta::hours(12);
                from = if !clock.sure && clock.minutes >= 720 && half_day <= self.now {
                    half_day
                } else {
                    moment(plus_days(start, -1), clock.minutes, self.zone)
                };
            }
            return (from, from + TimeDelta::hours(1));
        }
        if let Some((from, to)) = point.part {
            let (from, to) = (moment(start, from, self.zone), moment(start, to, self.zone));
            return (from, if from < self.now { to.min(self.now) } else { to });
        }
        let end = days.map_or(plus_days(today, 1), |days| days.end);
        let (from, to) = (self.start(start), self.start(end));
        (from, if from < self.now { to.min(self.now) } else { to })
    }

    /// The stretch of a point, looking ahead.
    pub(super) fn resolve_ahead(&self, point: &Point) -> (Moment, Moment) {
        let today = self.today();
        let days = point.days.as_ref().map(|(_, ahead)| ahead.clone());
        let start = days.as_ref().map_or(today, |days| days.start);
        if let Some(clock) = point.clock {
            let mut from = moment(start, clock.minutes, self.zone);
            if days.is_none() && from <= self.now {
                let half_day = from + TimeDelta::hours(12);
                from = if !clock.sure && clock.minutes < 720 && half_day > self.now {
                    half_day
                } else {
                    moment(plus_days(start, 1), clock.minutes, self.zone)
                };
            }
            return (from, from + TimeDelta::hours(1));
        }
        if let Some((from, to)) = point.part {
            return (moment(start, from, self.zone), moment(start, to, self.zone));
        }
        (self.start(start), self.start(days.map_or(plus_days(today, 1), |days| days.end)))
    }

    /// A clock time. A bare number counts only where a word in front asks for a time (`marked`).
    pub(super) fn clock(&self, at: usize, marked: bool) -> Option<(usize, Clock)> {
        let word = self.word(at);
        if matches!(word, "noon" | "midday" | "mittag" | "midi")
            || (marked && matches!(word, "lunch" | "lunchtime"))
        {
            return Some((at + 1, Clock { minutes: 720, sure: true }));
        }
        if matches!(word, "midnight" | "mitternacht" | "minuit") {
            return Some((at + 1, Clock { minutes: 0, sure: true }));
        }
        if !word.starts_with(|c: char| c.is_ascii_digit()) || self.tokens[at].hash {
            return None;
        }
        let (digits, half) = match word.strip_suffix("am").or_else(|| word.strip_suffix("a.m")) {
            Some(digits) => (digits, Some(0)),
            None => match word.strip_suffix("pm").or_else(|| word.strip_suffix("p.m")) {
                Some(digits) => (digits, Some(720)),
                None => (word, None),
            },
        };
        let mut end = at + 1;
        let mut half = half;
        if half.is_none()
            && self.is(end, &["am", "a.m"])
            && !self.is(
                end + 1,
                &["montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"],
            )
        {
            half = Some(0);
            end += 1;
        } else if half.is_none() && self.is(end, &["pm", "p.m"]) {
            half = Some(720);
            end += 1;
        }
        let mut sure = half.is_some();
        let digits = digits.trim_end_matches("utc").trim_end_matches('z');
        let (hour, minute) = if let Some((hour, minute)) = digits.split_once(':') {
            sure = true;
            (hour.parse::<i64>().ok()?, minute.get(..2)?.parse::<i64>().ok()?)
        } else if let Some((hour, minute)) = digits.split_once('h').filter(|_| half.is_none()) {
            // "10h" is a length unless something asks for a clock time; French writes "10h30".
            if !marked && minute.is_empty() {
                return None;
            }
            sure = true;
            (hour.parse().ok()?, if minute.is_empty() { 0 } else { minute.parse().ok()? })
        } else if let Some((hour, minute)) = digits.split_once('.').filter(|_| half.is_some()) {
            (hour.parse().ok()?, minute.parse().ok()?)
        } else {
            (digits.parse().ok()?, 0)
        };
        if self.is(end, &["uhr", "oclock", "heures", "hrs"])
            && (marked || !self.is(end, &["heures", "hrs"]))
            && half.is_none()
        {
            sure = true;
            end += 1;
            if self.is(end, &["am", "pm"]) {
                half = Some(if self.is(end, &["pm"]) { 720 } else { 0 });
                end += 1;
            }
        } else if half.is_none()
            && !sure
            && (!marked || words::unit(self.word(end)).is_some() || digits.len() > 2)
        {
            return None;
        }
        if self.is(end, &["utc", "cet", "gmt", "local"]) {
            end += 1;
        }
        if !(0..=24).contains(&hour) || !(0..60).contains(&minute) || (half.is_some() && hour > 12) {
            return None;
        }
        let hour = match half {
            Some(half) => (hour % 12) * 60 + half,
            None => hour * 60,
        };
        Some((end, Clock { minutes: hour + minute, sure }))
    }

    /// "2026-01-08", "8.1.2026", "8 jan", "jan 8th", "the 5th of january".
    pub(super) fn date(&self, start: usize) -> Option<(usize, NaiveDate)> {
        let at = self.skip(start, &["the"]);
        let word = self.word(at);
        let today = self.today();
        if let Some(date) = word.get(..10).and_then(|date| NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()) {
            return Some((at + 1, date));
        }
        for shape in ["%d.%m.%Y", "%d/%m/%Y"] {
            if word.len() >= 8
                && let Ok(date) = NaiveDate::parse_from_str(word, shape)
            {
                return Some((at + 1, date));
            }
        }
        let number = |word: &str| -> Option<u32> {
            let digits =
                ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
            digits.parse().ok().filter(|day| (1..=31).contains(day))
        };
        let (end, day, month) = if let Some(month) = words::month(word) {
            (at + 2, number(self.word(at + 1))?, month)
        } else {
            let day = number(word)?;
            let dotted =
                usize::from(matches!(self.tokens.get(at + 1), Some(token) if token.kind == Kind::Stop('.')));
            let next = self.skip(at + 1 + dotted, &["of"]);
            let month = words::month(self.word(next))?;
            (next + 1, day, month)
        };
        let (end, year) = match self.word(end).parse::<i32>() {
            Ok(year) if (2000..2100).contains(&year) => (end + 1, Some(year)),
            _ => (end, None),
        };
        let date = NaiveDate::from_ymd_opt(year.unwrap_or(today.year()), month, day)?;
        // Without a year, half a year ahead is more likely to be the one before.
        let date = if year.is_none() && date > plus_days(today, 180) {
            NaiveDate::from_ymd_opt(today.year() - 1, month, day)?
        } else {
            date
        };
        Some((end, date))
    }
}
