//! Finds the times that a sentence speaks of, by the conventions of the team: weeks begin on Monday,
//! "this morning" is from six until now, "since 11am" is the latest eleven o'clock.
//!
//! Most words can look back or ahead ("tonight", "for two hours", "on Monday"), and only the intent
//! tells which, so every finding carries both readings.

mod bounds;
mod calendar;
mod lengths;
mod points;
mod reader;
mod stretches;
mod words;

use std::ops::Range;

use chrono_tz::Tz;

use super::tokens::Token;
use crate::model::time::{Moment, TimeRange};

/// A time that was spoken of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// The tokens that say it.
    pub(super) tokens: Range<usize>,
    /// What it means in a question about what was.
    pub(super) past: TimeRange,
    /// What it means in a wish for what shall be.
    pub(super) future: TimeRange,
    /// A stretch with an end, as a silence needs; a mere length or a day is weaker.
    pub(super) exact: bool,
}

/// All times in `tokens`, in order, without overlaps.
pub(super) fn times(tokens: &[Token], now: Moment, zone: Tz) -> Vec<Said> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let reader = reader::Reader { tokens, now, zone };
        match reader.phrase(at) {
            Some(said) if said.past.from <= said.past.to && said.future.from <= said.future.to => {
                at = said.tokens.end.max(at + 1);
                found.push(said);
            }
            _ => at += 1,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::own_words::own_words;
    use super::super::tokens::tokens;
    use super::*;

    fn at(text: &str) -> Moment {
        format!("{text}:00Z").parse().expect("a moment")
    }

    fn said(text: &str, now: &str, zone: Tz) -> Option<Said> {
        times(&tokens(&own_words(text).letters), at(now), zone).into_iter().next()
    }

    #[track_caller]
    fn back(text: &str, from: &str, to: &str) {
        let said = said(text, "2026-01-08T14:00", Tz::UTC).unwrap_or_else(|| panic!("no time in {text:?}"));
        assert_eq!((said.past.from, said.past.to), (at(from), at(to)), "{text}");
    }

    #[track_caller]
    fn ahead(text: &str, from: &str, to: &str) {
        let said = said(text, "2026-01-08T14:00", Tz::UTC).unwrap_or_else(|| panic!("no time in {text:?}"));
        assert_eq!((said.future.from, said.future.to), (at(from), at(to)), "{text}");
    }

    #[test]
    fn lengths_reach_back_from_now() {
        back("last 3 hours", "2026-01-08T11:00", "2026-01-08T14:00");
        back("in the last 30 minutes", "2026-01-08T13:30", "2026-01-08T14:00");
        back("past 2h", "2026-01-08T12:00", "2026-01-08T14:00");
        back("over the last hour", "2026-01-08T13:00", "2026-01-08T14:00");
        back("past week", "2026-01-01T14:00", "2026-01-08T14:00");
        back("last couple of days", "2026-01-06T14:00", "2026-01-08T14:00");
        back("half an hour ago", "2026-01-08T13:30", "2026-01-08T14:00");
        back("2 days ago", "2026-01-06T00:00", "2026-01-07T00:00");
        back("letzte 2 Stunden", "2026-01-08T12:00", "2026-01-08T14:00");
        back("seit 2 Stunden", "2026-01-08T12:00", "2026-01-08T14:00");
        back("depuis 3 heures", "2026-01-08T11:00", "2026-01-08T14:00");
        back("for 2h", "2026-01-08T12:00", "2026-01-08T14:00");
        back("for the last day", "2026-01-07T14:00", "2026-01-08T14:00");
        back("last 24h", "2026-01-07T14:00", "2026-01-08T14:00");
        back("the last five minutes", "2026-01-08T13:55", "2026-01-08T14:00");
        back("1.5 hours ago", "2026-01-08T12:30", "2026-01-08T14:00");
    }

    #[test]
    fn days_and_their_parts() {
        back("today", "2026-01-08T00:00", "2026-01-08T14:00");
        back("yesterday", "2026-01-07T00:00", "2026-01-08T00:00");
        back("since yesterday", "2026-01-07T00:00", "2026-01-08T14:00");
        back("this morning", "2026-01-08T06:00", "2026-01-08T12:00");
        back("since this morning", "2026-01-08T06:00", "2026-01-08T14:00");
        back("yesterday evening", "2026-01-07T17:00", "2026-01-08T00:00");
        back("last night", "2026-01-07T20:00", "2026-01-08T06:00");
        back("last night between 2 and 4am", "2026-01-08T02:00", "2026-01-08T04:00");
        back("on monday", "2026-01-05T00:00", "2026-01-06T00:00");
        back("last friday", "2026-01-02T00:00", "2026-01-03T00:00");
        back("since monday", "2026-01-05T00:00", "2026-01-08T14:00");
        back("monday morning", "2026-01-05T06:00", "2026-01-05T12:00");
        back("this week", "2026-01-05T00:00", "2026-01-08T14:00");
        back("last week", "2025-12-29T00:00", "2026-01-05T00:00");
        back("last month", "2025-12-01T00:00", "2026-01-01T00:00");
        back("over the weekend", "2026-01-03T00:00", "2026-01-05T00:00");
        back("gestern abend", "2026-01-07T17:00", "2026-01-08T00:00");
        back("heute morgen", "2026-01-08T06:00", "2026-01-08T12:00");
        back("hier soir", "2026-01-07T17:00", "2026-01-08T00:00");
        back("ce matin", "2026-01-08T06:00", "2026-01-08T12:00");
        back("on 2026-01-05", "2026-01-05T00:00", "2026-01-06T00:00");
        back("on january 3rd", "2026-01-03T00:00", "2026-01-04T00:00");
        back("on the 5th of january", "2026-01-05T00:00", "2026-01-06T00:00");
        back("since december", "2025-12-01T00:00", "2026-01-08T14:00");
        back("in november", "2025-11-01T00:00", "2025-12-01T00:00");
        back("day before yesterday", "2026-01-06T00:00", "2026-01-07T00:00");
    }

    #[test]
    fn clock_times() {
        back("since 11am", "2026-01-08T11:00", "2026-01-08T14:00");
        back("since the 11am deploy", "2026-01-08T11:00", "2026-01-08T14:00");
        back("since 10:00", "2026-01-08T10:00", "2026-01-08T14:00");
        back("since 10", "2026-01-08T10:00", "2026-01-08T14:00");
        back("since 3pm", "2026-01-07T15:00", "2026-01-08T14:00");
        back("between 2 and 4pm yesterday", "2026-01-07T14:00", "2026-01-07T16:00");
        back("between 10 and 11", "2026-01-08T10:00", "2026-01-08T11:00");
        back("12:00-13:00", "2026-01-08T12:00", "2026-01-08T13:00");
        back("from 9am to 10:30am", "2026-01-08T09:00", "2026-01-08T10:30");
        back("since yesterday 3pm", "2026-01-07T15:00", "2026-01-08T14:00");
        back("since monday 9am", "2026-01-05T09:00", "2026-01-08T14:00");
        back("from monday to wednesday", "2026-01-05T00:00", "2026-01-08T00:00");
        back("since noon", "2026-01-08T12:00", "2026-01-08T14:00");
        back("seit 11 Uhr", "2026-01-08T11:00", "2026-01-08T14:00");
        back("depuis 10h", "2026-01-08T10:00", "2026-01-08T14:00");
        back("since lunch", "2026-01-08T12:00", "2026-01-08T14:00");
        back("around 1pm", "2026-01-08T13:00", "2026-01-08T14:00");
    }

    #[test]
    fn wishes_reach_ahead() {
        ahead("for 2 hours", "2026-01-08T14:00", "2026-01-08T16:00");
        ahead("for half an hour", "2026-01-08T14:00", "2026-01-08T14:30");
        ahead("until tomorrow 9am", "2026-01-08T14:00", "2026-01-09T09:00");
        ahead("until tomorrow", "2026-01-08T14:00", "2026-01-09T00:00");
        ahead("till 5pm", "2026-01-08T14:00", "2026-01-08T17:00");
        ahead("until 6", "2026-01-08T14:00", "2026-01-08T18:00");
        ahead("until 9am", "2026-01-08T14:00", "2026-01-09T09:00");
        ahead("until monday", "2026-01-08T14:00", "2026-01-12T00:00");
        ahead("until monday morning", "2026-01-08T14:00", "2026-01-12T06:00");
        ahead("tonight", "2026-01-08T20:00", "2026-01-09T06:00");
        ahead("over the weekend", "2026-01-10T00:00", "2026-01-12T00:00");
        ahead("for the next 3h", "2026-01-08T14:00", "2026-01-08T17:00");
        ahead("from 22:00 to 23:00", "2026-01-08T22:00", "2026-01-08T23:00");
        ahead("from 10pm until 2am", "2026-01-08T22:00", "2026-01-09T02:00");
        ahead("tomorrow from 10 to 12", "2026-01-09T10:00", "2026-01-09T12:00");
        ahead("for the rest of the day", "2026-01-08T14:00", "2026-01-09T00:00");
        ahead("today", "2026-01-08T14:00", "2026-01-09T00:00");
        ahead("bis morgen 9 Uhr", "2026-01-08T14:00", "2026-01-09T09:00");
        ahead("jusqu'à demain 9h", "2026-01-08T14:00", "2026-01-09T09:00");
        ahead("1h30m", "2026-01-08T14:00", "2026-01-08T15:30");
        ahead("until the end of the week", "2026-01-08T14:00", "2026-01-12T00:00");
    }

    #[test]
    fn a_day_of_the_team_has_23_hours_when_the_clocks_go_forward() {
        let said = said("yesterday", "2026-03-30T10:00", Tz::Europe__Berlin).expect("a time");
        assert_eq!(said.past.length(), chrono::TimeDelta::hours(23));
        let gap = super::tests::said("since 02:30", "2026-03-29T10:00", Tz::Europe__Berlin).expect("a time");
        assert_eq!(gap.past.from, at("2026-03-29T01:00"), "02:30 does not exist, so the first minute after");
    }

    #[test]
    fn words_that_only_look_like_times_are_left_alone() {
        for text in
            ["second opinion", "march on", "may I ask", "10 queries", "the sun", "v1.2.3", "24/7", "n+1"]
        {
            assert_eq!(said(text, "2026-01-08T14:00", Tz::UTC), None, "{text}");
        }
    }
}
