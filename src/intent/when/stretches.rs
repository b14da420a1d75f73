//! Stretches that are named from where now is: "last week", "this morning", "the rest of the day".

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::Said;
use super::calendar::{first_of_month, latest, moment, monday, next, plus_days};
use super::lengths::span;
use super::reader::Reader;
use super::words::{self, Unit};
use crate::model::time::{Moment, TimeRange};

impl Reader<'_> {
    /// "last 3 hours", "past week", "last month", "last night", "last friday".
    pub(super) fn last(&self, start: usize) -> Option<Said> {
        let at = self.skip(
            start,
            &["in", "over", "during", "for", "the", "within", "of", "der", "den", "die", "les", "in"],
        );
        let rolling = self.is(at, &["past", "previous", "trailing"]);
        let german = self.is(
            at,
            &["letzte", "letzten", "letzter", "letztes", "vergangenen", "dernieres", "derniers", "derniere"],
        );
        if !(rolling || german || self.is(at, &["last", "latest", "lst"])) {
            return None;
        }
        let today = self.today();
        let after = at + 1;
        if let Some((end, seconds)) = self.length(after) {
            return self.back(start..end, seconds);
        }
        let word = self.word(after);
        if let Some(day) = words::weekday(word) {
            let date = latest(day, plus_days(today, -1));
            return self.part_of(start, after + 1, date);
        }
        if matches!(word, "night" | "nite" | "nacht" | "nuit") {
            // At three in the morning "last night" is still going on.
            let end = after + 1;
            let last = if self.minute_of_day() < 360 { plus_days(today, -1) } else { today };
            let evening = plus_days(last, -i64::from(last == today));
            if let Some(said) = self.between(end) {
                let shift =
                    |m: Moment| if m < self.now - TimeDelta::days(1) { m + TimeDelta::days(1) } else { m };
                return self.both(start..said.tokens.end, shift(said.past.from), shift(said.past.to));
            }
            return self.both(
                start..end,
                moment(evening, 1_200, self.zone),
                moment(evening, 1_800, self.zone),
            );
        }
        if matches!(word, "evening" | "abend") {
            let date = plus_days(today, -1);
            return self.both(start..after + 1, moment(date, 1_020, self.zone), self.start(today));
        }
        if matches!(word, "weekend" | "wochenende") {
            return self.weekend(after);
        }
        if let Some(month) = words::month(word).filter(|_| word != "may") {
            let (from, to) = self.month_range(month);
            return self.both(start..after + 1, self.start(from), self.start(to).min(self.now));
        }
        let unit = words::unit(word).filter(|_| word.len() > 2)?;
        let end = after + 1;
        let whole = |from: NaiveDate, to: NaiveDate| self.both(start..end, self.start(from), self.start(to));
        match unit {
            _ if rolling => self.back(start..end, unit.seconds()),
            Unit::Week => whole(plus_days(monday(today), -7), monday(today)),
            Unit::Month => whole(first_of_month(today, -1), first_of_month(today, 0)),
            Unit::Quarter => {
                let first = self.quarter();
                whole(first_of_month(first, -3), first)
            }
            Unit::Year => whole(
                first_of_month(today, -(today.month0() as i32) - 12),
                first_of_month(today, -(today.month0() as i32)),
            ),
            _ => self.back(start..end, unit.seconds()),
        }
    }

    /// "this morning", "this week", "tonight".
    pub(super) fn this(&self, start: usize) -> Option<Said> {
        let at =
            self.skip(start, &["since", "during", "seit", "depuis", "from", "until", "till", "til", "bis"]);
        let until = self.is(start, &["until", "till", "til", "bis"]);
        let since = at > start && !until && !self.is(start, &["during"]);
        let today = self.today();
        let wrap = |said: Option<Said>| {
            let mut said = said?;
            said.tokens.start = start;
            if since {
                said.past.to = self.now;
                said.future.to = self.now;
            }
            if until {
                said.past = TimeRange::new(self.now.min(said.future.from), self.now.max(said.future.from));
                said.future = said.past;
            }
            Some(said)
        };
        if self.is(at, &["tonight", "tonite", "tonights", "overnight"])
            || (self.is(at, &["heute"]) && self.is(at + 1, &["nacht"]))
        {
            let end = at + 1 + usize::from(self.is(at + 1, &["nacht"]));
            let evening = if self.minute_of_day() < 360 { plus_days(today, -1) } else { today };
            // "tonight 22:00-23:00"
            if let Some(said) = self.between(self.skip(end, &["at"])) {
                return wrap(self.both(at..said.tokens.end, said.future.from, said.future.to));
            }
            return wrap(self.both(
                at..end,
                moment(evening, 1_200, self.zone),
                moment(evening, 1_800, self.zone),
            ));
        }
        let german = self.is(at, &["heute", "aujourdhui"]);
        if !(german
            || self.is(
                at,
                &["this", "diese", "diesen", "dieser", "dieses", "ce", "cet", "cette", "current", "todays"],
            )
            // "the numbers for the month"
            || (self.is(at, &["the"])
                && self.is(at.wrapping_sub(1), &["for", "of"])
                && self.is(at + 1, &["week", "month", "quarter", "year"])))
        {
            return None;
        }
        let word = self.word(at + 1);
        let end = at + 2;
        if let Some((from, to)) = words::daypart(word) {
            let (from, to) = (moment(today, from, self.zone), moment(today, to, self.zone));
            let back = if from > self.now { (from, to) } else { (from, to.min(self.now)) };
            return wrap(self.said(at..end, back, (from.max(self.now).min(to), to), true));
        }
        if german {
            return None;
        }
        if matches!(word, "weekend" | "wochenende") {
            return wrap(self.weekend(at + 1));
        }
        let (from, to) = match words::unit(word).filter(|_| word.len() > 2)? {
            Unit::Week => (monday(today), plus_days(monday(today), 7)),
            Unit::Month => (first_of_month(today, 0), first_of_month(today, 1)),
            Unit::Quarter => (self.quarter(), first_of_month(self.quarter(), 3)),
            Unit::Year => (
                first_of_month(today, -(today.month0() as i32)),
                first_of_month(today, 12 - today.month0() as i32),
            ),
            _ => return None,
        };
        wrap(self.said(at..end, (self.start(from), self.now), (self.now, self.start(to)), true))
    }

    /// "next 3 hours", "next week", "the rest of the day".
    pub(super) fn ahead(&self, start: usize) -> Option<Said> {
        let at = self.skip(
            start,
            &["in", "over", "during", "for", "the", "within", "die", "den", "fur", "until", "till"],
        );
        let today = self.today();
        let ends = |word: &str| match words::unit(word) {
            Some(Unit::Day) => Some(plus_days(today, 1)),
            Some(Unit::Week) => Some(plus_days(monday(today), 7)),
            Some(Unit::Month) => Some(first_of_month(today, 1)),
            _ => None,
        };
        if self.is(at, &["rest", "remainder", "end"]) && self.is(at + 1, &["of"]) {
            let word = self.skip(at + 2, &["the", "this"]);
            let to =
                ends(self.word(word)).or_else(|| self.is(word, &["today"]).then(|| plus_days(today, 1)))?;
            return self.both(start..word + 1, self.now, self.start(to));
        }
        if self.is(at, &["eod", "eow"]) {
            let to = if self.is(at, &["eod"]) { plus_days(today, 1) } else { plus_days(monday(today), 7) };
            return self.both(start..at + 1, self.now, self.start(to));
        }
        if !self.is(
            at,
            &["next", "nachste", "nachsten", "coming", "prochaines", "prochains", "another", "upcoming"],
        ) {
            return None;
        }
        if let Some((end, seconds)) = self.length(at + 1) {
            return self.both(start..end, self.now, self.now + span(seconds));
        }
        let word = self.word(at + 1);
        let end = at + 2;
        if let Some(day) = words::weekday(word) {
            let date = next(day, today);
            return self.both(start..end, self.start(date), self.start(plus_days(date, 1)));
        }
        match words::unit(word).filter(|_| word.len() > 2)? {
            Unit::Week => {
                let from = plus_days(monday(today), 7);
                self.both(start..end, self.start(from), self.start(plus_days(from, 7)))
            }
            Unit::Month => self.both(
                start..end,
                self.start(first_of_month(today, 1)),
                self.start(first_of_month(today, 2)),
            ),
            unit @ (Unit::Minute | Unit::Hour | Unit::Day) => {
                self.both(start..end, self.now, self.now + span(unit.seconds()))
            }
            Unit::Quarter => {
                let from = first_of_month(self.quarter(), 3);
                self.both(start..end, self.start(from), self.start(first_of_month(from, 3)))
            }
            _ => None,
        }
    }

    pub(super) fn weekend(&self, start: usize) -> Option<Said> {
        let at = self.skip(
            start,
            &[
                "over", "at", "on", "the", "this", "during", "for", "am", "das", "fur", "ubers", "until",
                "last", "letztes",
            ],
        );
        if !self.is(at, &["weekend", "wochenende", "week-end"]) {
            return None;
        }
        let today = self.today();
        let this = plus_days(monday(today), 5);
        let begun = self.start(this) <= self.now;
        let back = if begun && !self.is(start, &["last"]) { this } else { plus_days(this, -7) };
        let weekend = |from: NaiveDate| (self.start(from), self.start(plus_days(from, 2)));
        let (from, to) = weekend(back);
        let (ahead, end) = weekend(this);
        self.said(start..at + 1, (from, to.min(self.now)), (ahead.max(self.now), end), true)
    }

    /// A past day, with the part or clock time that follows it.
    pub(super) fn part_of(&self, start: usize, end: usize, date: NaiveDate) -> Option<Said> {
        if let Some((from, to)) = words::daypart(self.word(end)) {
            return self.both(start..end + 1, moment(date, from, self.zone), moment(date, to, self.zone));
        }
        self.both(start..end, self.start(date), self.start(plus_days(date, 1)))
    }
}
