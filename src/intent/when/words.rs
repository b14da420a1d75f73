//! The words for times, in English, German and French, folded (no accents).

use chrono::Weekday;

/// What a word may say about a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DayWord {
    /// Days from today.
    Offset(i64),
    /// A day of the week.
    Weekday(Weekday),
}

pub(super) fn day(word: &str) -> Option<DayWord> {
    Some(match word {
        "today" | "todays" | "heute" | "heutigen" | "aujourdhui" | "tody" | "2day" => DayWord::Offset(0),
        "yesterday" | "yesterdays" | "gestern" | "gestrigen" | "hier" | "yday" | "yesturday" | "yesteday" => {
            DayWord::Offset(-1)
        }
        "tomorrow" | "tomorrows" | "demain" | "tmrw" | "tomorow" | "tommorow" | "tommorrow" => {
            DayWord::Offset(1)
        }
        "vorgestern" => DayWord::Offset(-2),
        _ => DayWord::Weekday(weekday(word)?),
    })
}

pub(super) fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "monday" | "mondays" | "montag" | "lundi" => Weekday::Mon,
        "tuesday" | "tuesdays" | "tues" | "dienstag" | "mardi" => Weekday::Tue,
        "wednesday" | "wednesdays" | "mittwoch" | "mercredi" => Weekday::Wed,
        "thursday" | "thursdays" | "thurs" | "donnerstag" | "jeudi" => Weekday::Thu,
        "friday" | "fridays" | "freitag" | "vendredi" => Weekday::Fri,
        "saturday" | "saturdays" | "samstag" | "samedi" => Weekday::Sat,
        "sunday" | "sundays" | "sonntag" | "dimanche" => Weekday::Sun,
        _ => return None,
    })
}

/// Abbreviations that are words of their own without "on" or "since" in front.
pub(super) fn short_weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "mon" => Weekday::Mon,
        "tue" => Weekday::Tue,
        "wed" => Weekday::Wed,
        "thu" => Weekday::Thu,
        "fri" => Weekday::Fri,
        "sat" => Weekday::Sat,
        "sun" => Weekday::Sun,
        _ => return None,
    })
}

pub(super) fn month(word: &str) -> Option<u32> {
    Some(match word {
        "january" | "jan" | "januar" | "janvier" => 1,
        "february" | "feb" | "februar" | "fevrier" => 2,
        "march" | "mar" | "marz" | "mars" => 3,
        "april" | "apr" | "avril" => 4,
        "may" | "mai" => 5,
        "june" | "jun" | "juni" | "juin" => 6,
        "july" | "jul" | "juli" | "juillet" => 7,
        "august" | "aug" | "aout" => 8,
        "september" | "sep" | "sept" | "septembre" => 9,
        "october" | "oct" | "oktober" | "octobre" => 10,
        "november" | "nov" | "novembre" => 11,
        "december" | "dec" | "dezember" | "decembre" => 12,
        _ => return None,
    })
}

/// A part of the day, in minutes after midnight.
pub(super) fn daypart(word: &str) -> Option<(i64, i64)> {
    Some(match word {
        "morning" | "mornings" | "morgen" | "fruh" | "vormittag" | "matin" | "morn" | "mornin" => (360, 720),
        "noon" | "midday" | "lunch" | "lunchtime" | "mittag" | "midi" => (720, 780),
        "afternoon" | "nachmittag" | "apres-midi" => (720, 1_020),
        "evening" | "abend" | "soir" | "evenings" => (1_020, 1_440),
        "night" | "nacht" | "nuit" | "nite" | "nights" => (1_200, 1_800),
        _ => return None,
    })
}

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
    Second,
}

impl Unit {
    /// Length in seconds; months count as 30 days.
    pub(super) fn seconds(self) -> f64 {
        match self {
            Self::Second => 1.0,
            Self::Minute => 60.0,
            Self::Hour => 3_600.0,
            Self::Day => 86_400.0,
            Self::Week => 604_800.0,
            Self::Month => 2_592_000.0,
            Self::Quarter => 7_776_000.0,
            Self::Year => 31_536_000.0,
        }
    }
}

pub(super) fn unit(word: &str) -> Option<Unit> {
    Some(match word {
        "s" | "sec" | "secs" | "second" | "seconds" | "sekunden" | "sekunde" | "secondes" => Unit::Second,
        "m" | "min" | "mins" | "minute" | "minutes" | "minuten" | "mn" | "minuts" => Unit::Minute,
        "h" | "hr" | "hrs" | "hour" | "hours" | "stunde" | "stunden" | "std" | "heure" | "heures"
        | "hous" | "huors" => Unit::Hour,
        "d" | "day" | "days" | "tag" | "tage" | "tagen" | "jour" | "jours" => Unit::Day,
        "w" | "wk" | "wks" | "week" | "weeks" | "woche" | "wochen" | "semaine" | "semaines" | "weeks'" => {
            Unit::Week
        }
        "month" | "months" | "monat" | "monate" | "monaten" | "mois" | "mo" => Unit::Month,
        "quarter" | "quarters" | "quartal" | "trimestre" => Unit::Quarter,
        "year" | "years" | "jahr" | "jahre" | "an" | "ans" | "annee" | "yr" => Unit::Year,
        _ => return None,
    })
}

/// A number in words.
pub(super) fn number_word(word: &str) -> Option<f64> {
    Some(match word {
        "a" | "an" | "one" | "ein" | "eine" | "einer" | "einen" | "un" | "une" => 1.0,
        "two" | "couple" | "zwei" | "deux" => 2.0,
        "three" | "few" | "drei" | "trois" => 3.0,
        "four" | "vier" | "quatre" => 4.0,
        "five" | "funf" | "cinq" => 5.0,
        "six" | "sechs" => 6.0,
        "seven" | "sieben" | "sept" => 7.0,
        "eight" | "acht" | "huit" => 8.0,
        "nine" | "neun" | "neuf" => 9.0,
        "ten" | "zehn" | "dix" => 10.0,
        "twelve" | "zwolf" | "douze" => 12.0,
        "fifteen" | "funfzehn" | "quinze" => 15.0,
        "twenty" | "zwanzig" | "vingt" => 20.0,
        "thirty" | "dreissig" | "trente" => 30.0,
        "fortyfive" => 45.0,
        "sixty" | "sechzig" => 60.0,
        "ninety" => 90.0,
        _ => return None,
    })
}
