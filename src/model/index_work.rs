//! An index that is being made after somebody's click, and what came of it: made, looked at after an hour
//! and after a day, and removed again where it gained nothing.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::model::change::ChangeNumber;
use crate::model::outgoing::{DeliveryId, Platform};
use crate::model::statement::{Counters, StatementId};
use crate::model::subject::Subject;
use crate::model::time::Moment;

/// Where the work stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// To be made; also what a restart finds half made.
    Making,
    /// Made, and not looked at yet.
    Made {
        /// When.
        at: Moment,
    },
    /// Looked at after an hour.
    Seen {
        /// When it was made.
        made: Moment,
    },
    /// To be removed: somebody took the change back.
    Removing,
    /// Nothing is left to do.
    Over,
}

/// One index on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IndexWork {
    /// The change that was approved.
    pub change: ChangeNumber,
    /// On which database.
    pub database: Subject,
    /// For which statement.
    pub statement: StatementId,
    /// Under which key an issue about the statement is found.
    #[serde(default)]
    pub issue_key: String,
    /// The statement that makes it, as it was approved.
    pub run: String,
    /// What the statement used in the day before, where that was seen.
    pub before: Option<Counters>,
    /// Where it stands.
    pub stage: Stage,
    /// How often it was tried.
    pub attempts: u8,
    /// When something is to be done next.
    pub due: Option<Moment>,
    /// Under which message people hear of it.
    pub thread: Option<(Platform, DeliveryId)>,
    /// The message in it that shows how far it is.
    pub progress: Option<DeliveryId>,
}

/// First look at what it gained.
pub const FIRST_LOOK: TimeDelta = TimeDelta::hours(1);
/// Last look at what it gained.
pub const LAST_LOOK: TimeDelta = TimeDelta::hours(24);
/// So often an index is tried that can't be made at once.
pub const MOST_ATTEMPTS: u8 = 3;
/// Less than this many times faster is no gain.
pub const GAIN: f64 = 1.2;

impl IndexWork {
    /// What was approved, to be done at once.
    pub fn new(
        change: ChangeNumber,
        database: Subject,
        statement: StatementId,
        run: String,
        now: Moment,
    ) -> Self {
        Self {
            change,
            database,
            statement,
            issue_key: String::new(),
            run,
            before: None,
            stage: Stage::Making,
            attempts: 0,
            due: Some(now),
            thread: None,
            progress: None,
        }
    }

    /// The same, made at `at`.
    #[must_use]
    pub fn made(self, at: Moment) -> Self {
        Self { stage: Stage::Made { at }, due: Some(at + FIRST_LOOK), ..self }
    }

    /// The same, looked at once more.
    #[must_use]
    pub fn looked_at(self) -> Self {
        match self.stage {
            Stage::Made { at } => Self { stage: Stage::Seen { made: at }, due: Some(at + LAST_LOOK), ..self },
            _ => self.over(),
        }
    }

    /// The same after it could not be done: once more in a minute, or never.
    #[must_use]
    pub fn failed(self, again: bool, now: Moment) -> Self {
        let attempts = self.attempts.saturating_add(1);
        if again && attempts < MOST_ATTEMPTS {
            return Self { attempts, due: Some(now + TimeDelta::minutes(1)), ..self };
        }
        Self { attempts, ..self }.over()
    }

    /// The same, with nothing left to do.
    #[must_use]
    pub fn over(self) -> Self {
        Self { stage: Stage::Over, due: None, ..self }
    }

    /// The same, to be removed.
    #[must_use]
    pub fn removing(self, now: Moment) -> Self {
        Self { stage: Stage::Removing, attempts: 0, due: Some(now), ..self }
    }
}

/// How many times faster a statement became; `None` where it did not run before or after.
#[must_use]
pub fn gain(before: Option<&Counters>, after: Option<&Counters>) -> Option<f64> {
    let (before, after) = (before.filter(|one| one.calls > 0.0)?, after.filter(|one| one.calls > 0.0)?);
    Some(before.mean_ms() / after.mean_ms().max(f64::MIN_POSITIVE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(now: Moment) -> IndexWork {
        let statement = StatementId("7".to_owned());
        IndexWork::new(ChangeNumber(3), Subject::default(), statement, "CREATE INDEX".to_owned(), now)
    }

    #[test]
    fn an_index_is_looked_at_after_an_hour_and_after_a_day() {
        let now = Moment::UNIX_EPOCH;
        let made = work(now).made(now + TimeDelta::minutes(2));
        assert_eq!(made.due, Some(now + TimeDelta::minutes(62)));
        let seen = made.looked_at();
        assert_eq!(seen.due, Some(now + TimeDelta::minutes(2) + TimeDelta::days(1)));
        assert_eq!(seen.looked_at().stage, Stage::Over);
    }

    #[test]
    fn what_fails_is_tried_three_times_and_then_left() {
        let now = Moment::UNIX_EPOCH;
        let once = work(now).failed(true, now);
        assert_eq!((once.stage, once.due), (Stage::Making, Some(now + TimeDelta::minutes(1))));
        assert_eq!(once.failed(true, now).failed(true, now).stage, Stage::Over);
        assert_eq!(work(now).failed(false, now).stage, Stage::Over);
    }

    #[test]
    fn a_gain_needs_calls_on_both_sides() {
        let used = |calls, total_ms| Counters { calls, total_ms, ..Counters::default() };
        assert_eq!(gain(Some(&used(2.0, 200.0)), Some(&used(10.0, 20.0))), Some(50.0));
        assert_eq!(gain(Some(&used(2.0, 200.0)), Some(&used(0.0, 0.0))), None);
        assert_eq!(gain(None, Some(&used(1.0, 1.0))), None);
    }
}
