//! Hours in which warnings wait: what begins in them is told at their end, if it still fires then.
//! What is critical never waits. Pure.

use chrono::{NaiveTime, Timelike as _};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::alert::Alert;
use crate::model::finding::Severity;
use crate::model::time::Moment;

/// The section `quiet_hours` of the configuration, in the team's time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// When they begin, as in "22:00".
    #[schemars(regex(pattern = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$"))]
    pub from: String,
    /// When they end, as in "07:00"; the next morning where that is earlier than `from`.
    #[schemars(regex(pattern = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$"))]
    pub to: String,
}

impl QuietHours {
    /// Whether `alert` waits at `now`.
    pub fn keep(&self, alert: &Alert, now: Moment, tz: Tz) -> bool {
        alert.severity == Severity::Warning && self.hold(now, tz)
    }

    /// Whether it is quiet at `now`. A clock that is set for summer time is read as people read it.
    fn hold(&self, now: Moment, tz: Tz) -> bool {
        let (Some(from), Some(to)) = (minute(&self.from), minute(&self.to)) else { return false };
        let local = now.with_timezone(&tz).time();
        let at = local.hour() * 60 + local.minute();
        if from <= to { from <= at && at < to } else { from <= at || at < to }
    }
}

/// Minutes since midnight.
fn minute(text: &str) -> Option<u32> {
    let time = NaiveTime::parse_from_str(text, "%H:%M").ok()?;
    Some(time.hour() * 60 + time.minute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_ends_in_the_morning_where_the_team_is() {
        let night = QuietHours { from: "22:00".to_owned(), to: "07:00".to_owned() };
        let held = |at: &str| night.hold(at.parse().expect("a time"), chrono_tz::Europe::Berlin);
        assert!(!held("2026-01-08T20:59:00Z"));
        assert!(held("2026-01-08T21:00:00Z"));
        assert!(held("2026-01-09T05:59:00Z"));
        assert!(!held("2026-01-09T06:00:00Z"));
        // An hour earlier in summer.
        assert!(held("2026-07-08T20:00:00Z") && !held("2026-07-09T05:00:00Z"));
        let lunch = QuietHours { from: "12:00".to_owned(), to: "13:00".to_owned() };
        assert!(lunch.hold("2026-01-08T11:30:00Z".parse().expect("a time"), chrono_tz::Europe::Berlin));
        assert!(!lunch.hold("2026-01-08T21:30:00Z".parse().expect("a time"), chrono_tz::Europe::Berlin));
    }
}
