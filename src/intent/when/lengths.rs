//! Lengths of time: "for 2 hours", "half an hour ago", "1h30m".

use std::ops::Range;

use chrono::TimeDelta;

use super::Said;
use super::calendar::plus_days;
use super::reader::Reader;
use super::words;

impl Reader<'_> {
    /// "2 hours ago", "vor 2 Stunden", "il y a 2 heures".
    pub(super) fn ago(&self, start: usize) -> Option<Said> {
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
    pub(super) fn length_phrase(&self, start: usize) -> Option<Said> {
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

    /// "3 hours", "2h", "1h30m", "an hour", "half an hour", "a couple of days". Seconds.
    pub(super) fn length(&self, start: usize) -> Option<(usize, f64)> {
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

    pub(super) fn back(&self, tokens: Range<usize>, seconds: f64) -> Option<Said> {
        self.both(tokens, self.now - span(seconds), self.now)
    }
}

pub(super) fn span(seconds: f64) -> TimeDelta {
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
