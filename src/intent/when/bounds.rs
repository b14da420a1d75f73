//! Stretches that are said by their ends: "since 11am", "until tomorrow", "between 2 and 4".

use chrono::TimeDelta;

use super::Said;
use super::calendar::{moment, plus_days};
use super::reader::Reader;
use super::words;
use crate::model::time::Moment;

impl Reader<'_> {
    /// "since 11am", "since yesterday", "since the 11am deploy", "seit 2 Stunden".
    pub(super) fn since(&self, start: usize) -> Option<Said> {
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
    pub(super) fn until(&self, start: usize) -> Option<Said> {
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
    pub(super) fn between(&self, start: usize) -> Option<Said> {
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

    /// A day or a clock time without a word in front that says what it is for.
    pub(super) fn bare_point(&self, start: usize) -> Option<Said> {
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
}
