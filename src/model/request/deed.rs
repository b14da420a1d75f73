//! What somebody may have done, as the audit log is asked for it.

use serde::{Deserialize, Serialize};

/// What somebody may have done, for the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// "who acked"
    Acknowledge,
    /// "who closed"
    Resolve,
    /// "who silenced"
    Silence,
    /// "who marked it as a false alarm"
    FalseAlarm,
    /// "who changed the threshold"
    Threshold,
    /// "who restarted"
    Restart,
    /// "who rolled back"
    RollBack,
    /// "who scaled"
    Scale,
    /// "who approved"
    Approve,
}

impl Deed {
    /// "acknowledged"
    pub fn past(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledged",
            Self::Resolve => "resolved",
            Self::Silence => "silenced",
            Self::FalseAlarm => "marked as a false alarm",
            Self::Threshold => "changed a threshold",
            Self::Restart => "restarted",
            Self::RollBack => "rolled back",
            Self::Scale => "scaled",
            Self::Approve => "approved",
        }
    }

    /// What lines of the audit log about it contain.
    pub fn stems(self) -> &'static [&'static str] {
        match self {
            Self::Acknowledge => &["acknowledge"],
            Self::Resolve => &["resolve"],
            Self::Silence => &["silence", "silent"],
            Self::FalseAlarm => &["false alarm"],
            Self::Threshold => &["threshold", "critical line"],
            Self::Restart => &["restart"],
            Self::RollBack => &["roll"],
            Self::Scale => &["scale"],
            Self::Approve => &["approve"],
        }
    }
}
