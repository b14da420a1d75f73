//! What can be set about alerts, with the defaults that hold where nothing is said.

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How alerts live.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// An alert that returns within so many minutes after it was over is the same one again, with
    /// the same number. Default 30.
    pub reopen_within_minutes: u32,
    /// After so many minutes an acknowledgement counts as forgotten, and the alert fires again with
    /// a reminder. Default 240.
    pub acknowledgement_minutes: u32,
    /// An alert that a person resolved may go on for so many minutes before it opens again: fixes
    /// take a while to show. Default 10.
    pub resolve_grace_minutes: u32,
    /// The same for an alert that a person marked as a false alarm. Default 240.
    pub false_alarm_grace_minutes: u32,
    /// A caller and the service it calls that began to fail within so many minutes are one
    /// incident. Default 5.
    pub same_incident_minutes: u32,
    /// An alert whose findings were not seen for so many seconds says so. Longer than detection's
    /// `keep_firing_seconds`. Default 300.
    pub unseen_after_seconds: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            reopen_within_minutes: 30,
            acknowledgement_minutes: 240,
            resolve_grace_minutes: 10,
            false_alarm_grace_minutes: 240,
            same_incident_minutes: 5,
            unseen_after_seconds: 300,
        }
    }
}

impl Settings {
    /// For how long after its end an alert must still be in the [`super::Book`].
    pub fn look_back(&self) -> TimeDelta {
        let minutes =
            [self.reopen_within_minutes, self.resolve_grace_minutes, self.false_alarm_grace_minutes];
        // One round more than the longest, so that its end is seen too.
        TimeDelta::minutes(i64::from(minutes.into_iter().max().unwrap_or_default()) + 10)
    }

    pub(super) fn reopen_within(&self) -> TimeDelta {
        TimeDelta::minutes(self.reopen_within_minutes.into())
    }

    pub(super) fn acknowledgement(&self) -> TimeDelta {
        TimeDelta::minutes(self.acknowledgement_minutes.into())
    }

    pub(super) fn same_incident(&self) -> TimeDelta {
        TimeDelta::minutes(self.same_incident_minutes.into())
    }

    pub(super) fn unseen_after(&self) -> TimeDelta {
        TimeDelta::seconds(self.unseen_after_seconds.into())
    }

    /// How long an alert may go on after a person closed it.
    pub(super) fn grace(&self, false_alarm: bool) -> TimeDelta {
        let minutes = if false_alarm { self.false_alarm_grace_minutes } else { self.resolve_grace_minutes };
        TimeDelta::minutes(minutes.into())
    }
}
