//! A report that a person asked for, to themselves.

use serde::{Deserialize, Serialize};

use crate::model::outgoing::Platform;
use crate::model::person::Person;
use crate::model::request::Period;
use crate::model::time::Moment;

/// One report, to one person, again and again. A person has at most one of each period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    /// Where they read it.
    pub platform: Platform,
    /// Who. Their role is looked up whenever a report is due.
    pub person: Person,
    /// The conversation with them alone.
    pub channel: String,
    /// Which report.
    pub period: Period,
    /// When: "08:00" or "Mon 08:00", in the team's time zone.
    pub time: String,
    /// When it was due last, or was asked for.
    pub sent: Moment,
}

impl Subscription {
    /// Whether it is the same person's of the same period.
    pub fn replaces(&self, other: &Self) -> bool {
        self.platform == other.platform && self.person.id == other.person.id && self.period == other.period
    }
}
