//! The grammar of times: points (a day, a clock time, both), lengths, and the words between them.

use std::ops::Range;

use chrono::{Datelike, NaiveDate, TimeDelta, Timelike};
use chrono_tz::Tz;

use super::Said;
use super::calendar::{first_of_month, latest, moment, monday, next, plus_days, today};
use super::words::{self, DayWord, Unit};
use crate::intent::tokens::{Kind, Token};
use crate::model::time::{Moment, TimeRange};

pub(super) struct Reader<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) now: Moment,
    pub(super) zone: Tz,
}

/// A clock time as it was said.
#[derive(Debug, Clone, Copy)]
struct Clock {
    /// Minutes after midnight.
    minutes: i64,
    /// Said with am, pm or as 14:00, so not to be guessed.
    sure: bool,
}

/// A point or stretch that was said: maybe a stretch of days, maybe a clock time, maybe both.
#[derive(Debug, Clone)]
struct Point {
    end: usize,
    /// First day and first day after, looking back and ahead.
    days: Option<(Range<NaiveDate>, Range<NaiveDate>)>,
    part: Option<(i64, i64)>,
    clock: Option<Clock>,
}

impl Reader<'_> {
    fn word(&self, at: usize) -> &str {
        match self.tokens.get(at) {
            Some(token) if token.kind == Kind::Word => &token.text,
            _ => "",
        }
    }

    fn is(&self, at: usize, words: &[&str]) -> bool {
        words.contains(&self.word(at))
    }

    fn skip(&self, mut at: usize, words: &[&str]) -> usize {
        while self.is(at, words) {
            at += 1;
        }
        at
    }

    /// The time phrase that begins at `at`.
    pub(super) fn phrase(&self, at: usize) -> Option<Said> {
        self.last(at)
            .or_else(|| self.this(at))
            .or_else(|| self.ahead(at))
            .or_else(|| self.since(at))
            .or_else(|| self.until(at))
            .or_else(|| self.between(at))
            .or_else(|| self.ago(at))
            .or_else(|| self.length_phrase(at))
            .or_else(|| self.weekend(at))
            .or_else(|| self.bare_point(at))
    }

    fn said(
        &self,
        tokens: Range<usize>,
        past: (Moment, Moment),
        future: (Moment, Moment),
        exact: bool,
    ) -> Option<Said> {
        let range = |(from, to)| TimeRange::new(from, to);
        Some(Said { tokens, past: range(past), future: range(future), exact })
    }

    fn both(&self, tokens: Range<usize>, from: Moment, to: Moment) -> Option<Said> {
        self.said(tokens, (from, to), (from, to), true)
    }

    fn start(&self, date: NaiveDate) -> Moment {
        moment(date, 0, self.zone)
    }

    fn today(&self) -> NaiveDate {
        today(self.now, self.zone)
    }

    /// "last 3 hours", "past week", "last month", "last night", "last friday".
    fn last(&self, start: usize) -> Option<Said> {
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
    fn this(&self, start: usize) -> Option<Said> {
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
    fn ahead(&self, start: usize) -> Option<Said> {
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

    /// "since 11am", "since yesterday", "since the 11am deploy", "seit 2 Stunden".
    fn since(&self, start: usize) -> Option<Said> {
        let mut at = start;
        if self.is(at, &["ever"]) {
            at += 1;
        }
        if !self.is(at, &["since", "seit", "depuis", "after", "nach", "sinds", "sicne", "snice"]) {
            return None;
        }
        let at = self.skip(
            at + 1,
            &[
                "the", "about", "around", "ca", "circa", "dem", "der", "approx", "like", "roughly", "our",
                "my", "le", "la", "on",
            ],
        );
        if let Some(said) = self.last(at).or_else(|| self.ago(at)).or_else(|| self.weekend(at)) {
            return self.both(start..said.tokens.end, said.past.from, self.now.max(said.past.from));
        }
        if let Some((end, seconds)) = self.length(at)
            && self.clock(at, false).is_none_or(|(clock_end, _)| end > clock_end)
            // French writes the clock time ten as "10h"; two is more likely a length.
            && !(self.is(start, &["depuis"]) && end == at + 1 && seconds >= 6.0 * 3_600.0)
        {
            return self.back(start..end, seconds);
        }
        if let Some(month) = words::month(self.word(at))
            && self.date(at).is_none()
        {
            return self.both(start..at + 1, self.start(self.month_range(month).0), self.now);
        }
        let point = self.point(at, true)?;
        let (from, _) = self.resolve_back(&point);
        self.both(start..point.end, from, self.now.max(from))
    }

    /// "until tomorrow 9am", "by 5pm".
    fn until(&self, start: usize) -> Option<Said> {
        if !self.is(start, &["until", "till", "til", "bis", "jusqua", "jusquau", "jusque", "unitl", "untill"])
        {
            return None;
        }
        let at = self.skip(start + 1, &["the", "zum", "at", "about", "around", "on", "next", "um", "a"]);
        let point = self.point(at, true)?;
        let to = self.resolve_ahead(&point).0;
        self.said(
            start..point.end,
            (self.now.min(to), self.now.max(to)),
            (self.now.min(to), to.max(self.now)),
            true,
        )
    }

    /// "between 2 and 4pm", "from monday to wednesday", "14:00-15:00", with a day before or after.
    fn between(&self, start: usize) -> Option<Said> {
        let mut at = start;
        let mut lead = None;
        if let Some(point) =
            self.point(at, false).filter(|point| point.clock.is_none() && point.days.is_some())
        {
            lead = Some(point.clone());
            at = self.skip(point.end, &["at"]);
        }
        let opened = self.is(at, &["between", "from", "zwischen", "von", "entre", "de", "btw", "btwn"]);
        let first = self.point(self.skip(at + usize::from(opened), &["the"]), opened)?;
        let joined = self.is(first.end, &["and", "to", "until", "till", "und", "bis", "et", "a", "til"]);
        let dashed = self.tokens.get(first.end).is_some_and(|token| token.glued);
        if !joined && !dashed {
            return None;
        }
        let second = self.point(first.end + usize::from(joined), opened || dashed)?;
        if !opened && (first.clock.is_none() || second.clock.is_none()) {
            return None;
        }
        let (mut first, mut second) = (first, second);
        let mut end = second.end;
        let mut days = lead.and_then(|lead| lead.days);
        if days.is_none() && first.days.is_none() && second.days.is_none() {
            let after = self.skip(end, &["on", "am"]);
            if let Some(point) =
                self.point(after, false).filter(|point| point.clock.is_none() && point.days.is_some())
            {
                end = point.end;
                days = point.days;
            }
        }
        if let (Some(a), Some(b)) = (first.clock.as_mut(), second.clock) {
            // "between 2 and 4pm": the second half-day is meant for both.
            if !a.sure && b.sure && b.minutes >= 720 && a.minutes < 720 && a.minutes + 720 < b.minutes {
                a.minutes += 720;
            }
        }
        if first.days.is_none() {
            first.days = days.clone().or_else(|| second.days.clone().filter(|_| first.clock.is_some()));
        }
        if second.days.is_none() {
            second.days = days.or_else(|| first.days.clone());
        }
        if first.days.is_some() && first.clock.is_none() && second.clock.is_none() {
            let (from, _) = self.resolve_back(&first);
            let (_, to) = self.resolve_back(&second);
            let (ahead, _) = self.resolve_ahead(&first);
            let mut until = self.resolve_ahead(&second).1;
            if until < ahead {
                until += TimeDelta::days(7);
            }
            let to = if to <= from { to + TimeDelta::days(7) } else { to };
            return self.said(start..end, (from, to), (ahead, until), true);
        }
        let day = TimeDelta::days(1);
        let order = |from: Moment, to: Moment| if to <= from { to + day } else { to };
        if first.days.is_some() {
            let (from, back_to) = (self.resolve_back(&first).0, self.resolve_back(&second).0);
            let (ahead, ahead_to) = (self.resolve_ahead(&first).0, self.resolve_ahead(&second).0);
            return self.said(
                start..end,
                (from, order(from, back_to)),
                (ahead, order(ahead, ahead_to)),
                true,
            );
        }
        let (a, b) = (first.clock?.minutes, second.clock?.minutes);
        let length = if b > a { b - a } else { b - a + 1_440 };
        let today = self.today();
        let mut back = moment(today, a, self.zone);
        if back > self.now {
            back = moment(plus_days(today, -1), a, self.zone);
        }
        let mut ahead = moment(today, a, self.zone);
        if ahead + TimeDelta::minutes(length) <= self.now {
            ahead = moment(plus_days(today, 1), a, self.zone);
        }
        let length = TimeDelta::minutes(length);
        self.said(start..end, (back, back + length), (ahead, ahead + length), true)
    }

    /// "2 hours ago", "vor 2 Stunden", "il y a 2 heures".
    fn ago(&self, start: usize) -> Option<Said> {
        let prefixed = if self.is(start, &["vor"]) {
            start + 1
        } else if self.is(start, &["il"]) && self.is(start + 1, &["y"]) && self.is(start + 2, &["a"]) {
            start + 3
        } else {
            start
        };
        let at = self.skip(prefixed, &["about", "around", "ca", "from"]);
        let (end, seconds) = self.length(at)?;
        let end = if prefixed > start {
            end
        } else if self.is(end, &["ago"]) {
            end + 1
        } else {
            return None;
        };
        if seconds >= 86_400.0 {
            let from = plus_days(self.today(), -((seconds / 86_400.0) as i64));
            return self.both(start..end, self.start(from), self.start(plus_days(from, 1)));
        }
        self.back(start..end, seconds)
    }

    /// "for 2 hours", "2h" on its own.
    fn length_phrase(&self, start: usize) -> Option<Said> {
        let at = self
            .skip(start, &["for", "fur", "pendant", "about", "another", "during", "fuer", "since", "pour"]);
        let article = self.is(at, &["a", "an", "one"]);
        let (end, seconds) = self.length(at)?;
        // "taking 2 seconds" is a measurement, "a day" mostly a figure of speech.
        // and "503s" are errors.
        let seconds_alone = at == start
            && end == at + 1
            && self.word(at).ends_with('s')
            && compact_length(self.word(at)).is_some();
        if seconds < 60.0 || (at == start && article) || seconds_alone {
            return None;
        }
        if at == start
            && self.is(
                start.wrapping_sub(1),
                &["take", "took", "taking", "takes", "every", "each", "over", "than", "needs", "within"],
            )
        {
            return None;
        }
        let length = span(seconds);
        self.said(start..end, (self.now - length, self.now), (self.now, self.now + length), at > start)
    }

    fn weekend(&self, start: usize) -> Option<Said> {
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

    /// A day or a clock time without a word in front that says what it is for.
    fn bare_point(&self, start: usize) -> Option<Said> {
        let at = self.skip(
            start,
            &[
                "on", "at", "am", "um", "the", "in", "by", "around", "about", "gegen", "vers", "from", "le",
                "of", "von", "a",
            ],
        );
        let opened = at > start;
        if let Some(month) = words::month(self.word(at))
            .filter(|_| opened && self.is(start, &["in", "of"]) && self.date(at).is_none())
            // "may" and "march" are words of their own.
            .or_else(|| {
                let before = self.is(start.wrapping_sub(1), &["for", "during", "fur", "pour", "im", "en"]);
                let word = self.word(at);
                words::month(word)
                    .filter(|_| before && word.len() > 3 && word != "march" && self.date(at).is_none())
            })
        {
            let (from, to) = self.month_range(month);
            return self.both(start..at + 1, self.start(from), self.start(to).min(self.now));
        }
        let marked = self.is(at.wrapping_sub(1), &["at", "um", "around", "gegen", "vers"]);
        let point = self.point(at, marked)?;
        if point.days.is_none() && point.clock.is_none() {
            return None;
        }
        let (from, to) = self.resolve_back(&point);
        let (ahead, end) = self.resolve_ahead(&point);
        if point.clock.is_some() {
            // A clock time alone is where something began.
            let to = if point.days.is_some() { to } else { self.now.max(from) };
            return self.said(start..point.end, (from, to.max(from)), (ahead, end), false);
        }
        self.said(start..point.end, (from, to), (ahead.max(self.now).min(end), end), true)
    }

    /// A day (with a part of it), a clock time, or both in either order.
    fn point(&self, start: usize, marked: bool) -> Option<Point> {
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
    fn resolve_back(&self, point: &Point) -> (Moment, Moment) {
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
    fn resolve_ahead(&self, point: &Point) -> (Moment, Moment) {
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
    fn clock(&self, at: usize, marked: bool) -> Option<(usize, Clock)> {
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
    fn date(&self, start: usize) -> Option<(usize, NaiveDate)> {
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

    /// "3 hours", "2h", "1h30m", "an hour", "half an hour", "a couple of days". Seconds.
    fn length(&self, start: usize) -> Option<(usize, f64)> {
        let mut at = self.skip(start, &["about", "like", "around", "approx", "only", "just"]);
        let word = self.word(at);
        if self.tokens.get(at)?.hash {
            return None;
        }
        if matches!(word, "half" | "halbe" | "halben") {
            let unit_at = self.skip(at + 1, &["a", "an"]);
            let unit = words::unit(self.word(unit_at))?;
            return Some((unit_at + 1, unit.seconds() / 2.0));
        }
        if word == "halfhour" || (word == "demi" && self.is(at + 1, &["heure"])) {
            return Some((at + 1 + usize::from(word == "demi"), 1_800.0));
        }
        if matches!(word, "quarter") && self.is(at + 1, &["of"]) && self.is(at + 3, &["hour"]) {
            return Some((at + 4, 900.0));
        }
        if let Some(seconds) = compact_length(word) {
            let mut end = at + 1;
            let mut seconds = seconds;
            if let Some(more) = compact_length(self.word(end)) {
                seconds += more;
                end += 1;
            }
            return Some((end, seconds));
        }
        let count = match word.replace(',', ".").parse::<f64>() {
            Ok(count) if word.starts_with(|c: char| c.is_ascii_digit()) => count,
            _ => words::number_word(word)?,
        };
        if word == "a" || word == "an" {
            // "a couple of hours", "a few minutes"
            if let Some(more) =
                words::number_word(self.word(at + 1)).filter(|_| self.is(at + 1, &["couple", "few"]))
            {
                let unit_at = self.skip(at + 2, &["of"]);
                return Some((unit_at + 1, more * words::unit(self.word(unit_at))?.seconds()));
            }
        }
        if word == "couple" {
            at = self.skip(at + 1, &["of"]) - 1;
        }
        let unit_word = self.word(at + 1);
        let unit = words::unit(unit_word).filter(|_| unit_word != "an")?;
        // "an m", "one s" are not times.
        if unit_word.len() == 1 && !word.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let mut end = at + 2;
        let mut seconds = count * unit.seconds();
        if self.is(end, &["and"]) && self.is(end + 1, &["a"]) && self.is(end + 2, &["half"]) {
            seconds += unit.seconds() / 2.0;
            end += 3;
        }
        (count > 0.0 && count < 100_000.0).then_some((end, seconds))
    }

    fn back(&self, tokens: Range<usize>, seconds: f64) -> Option<Said> {
        self.both(tokens, self.now - span(seconds), self.now)
    }

    /// A past day, with the part or clock time that follows it.
    fn part_of(&self, start: usize, end: usize, date: NaiveDate) -> Option<Said> {
        if let Some((from, to)) = words::daypart(self.word(end)) {
            return self.both(start..end + 1, moment(date, from, self.zone), moment(date, to, self.zone));
        }
        self.both(start..end, self.start(date), self.start(plus_days(date, 1)))
    }

    /// The latest month of that number that has begun.
    fn month_range(&self, month: u32) -> (NaiveDate, NaiveDate) {
        let this = first_of_month(self.today(), 0);
        let back = (this.month() + 12 - month) % 12;
        let from = first_of_month(this, -(back as i32));
        (from, first_of_month(from, 1))
    }

    fn quarter(&self) -> NaiveDate {
        let today = self.today();
        first_of_month(today, -((today.month0() % 3) as i32))
    }

    fn minute_of_day(&self) -> i64 {
        let local = self.now.with_timezone(&self.zone);
        i64::from(local.hour() * 60 + local.minute())
    }
}

fn span(seconds: f64) -> TimeDelta {
    // A century bounds what arithmetic on moments must bear.
    TimeDelta::seconds(seconds.clamp(0.0, 3.2e9) as i64)
}

/// "2h", "90m", "1h30m", "45min", "7d".
fn compact_length(word: &str) -> Option<f64> {
    let mut rest = word;
    let mut seconds = 0.0;
    let mut parts = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|at| *at > 0)?;
        let (count, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, next) = tail.split_at(letters);
        seconds += count.parse::<f64>().ok()? * words::unit(unit)?.seconds();
        rest = next;
        parts += 1;
        if parts > 3 {
            return None;
        }
    }
    (parts > 0 && seconds < 3.2e9).then_some(seconds)
}
