//! Reads the tokens of a sentence for times: which phrase begins where, and what all phrases share.

use std::ops::Range;

use chrono::{Datelike, NaiveDate, Timelike};
use chrono_tz::Tz;

use super::Said;
use super::calendar::{first_of_month, moment, today};
use crate::intent::tokens::{Kind, Token};
use crate::model::time::{Moment, TimeRange};

pub(super) struct Reader<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) now: Moment,
    pub(super) zone: Tz,
}

impl Reader<'_> {
    pub(super) fn word(&self, at: usize) -> &str {
        match self.tokens.get(at) {
            Some(token) if token.kind == Kind::Word => &token.text,
            _ => "",
        }
    }

    pub(super) fn is(&self, at: usize, words: &[&str]) -> bool {
        words.contains(&self.word(at))
    }

    pub(super) fn skip(&self, mut at: usize, words: &[&str]) -> usize {
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

    pub(super) fn said(
        &self,
        tokens: Range<usize>,
        past: (Moment, Moment),
        future: (Moment, Moment),
        exact: bool,
    ) -> Option<Said> {
        let range = |(from, to)| TimeRange::new(from, to);
        Some(Said { tokens, past: range(past), future: range(future), exact })
    }

    pub(super) fn both(&self, tokens: Range<usize>, from: Moment, to: Moment) -> Option<Said> {
        self.said(tokens, (from, to), (from, to), true)
    }

    pub(super) fn start(&self, date: NaiveDate) -> Moment {
        moment(date, 0, self.zone)
    }

    pub(super) fn today(&self) -> NaiveDate {
        today(self.now, self.zone)
    }

    /// The latest month of that number that has begun.
    pub(super) fn month_range(&self, month: u32) -> (NaiveDate, NaiveDate) {
        let this = first_of_month(self.today(), 0);
        let back = (this.month() + 12 - month) % 12;
        let from = first_of_month(this, -(back as i32));
        (from, first_of_month(from, 1))
    }

    pub(super) fn quarter(&self) -> NaiveDate {
        let today = self.today();
        first_of_month(today, -((today.month0() % 3) as i32))
    }

    pub(super) fn minute_of_day(&self) -> i64 {
        let local = self.now.with_timezone(&self.zone);
        i64::from(local.hour() * 60 + local.minute())
    }
}
