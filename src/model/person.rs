//! Who asks, and what they may do.

use serde::{Deserialize, Serialize};

/// What a person may do. Each role may also do what those before it may.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May ask.
    Viewer,
    /// May acknowledge, resolve, silence, and mark false alarms.
    Responder,
    /// May approve actions.
    Operator,
    /// May change thresholds and configuration.
    Admin,
}

impl Role {
    /// "responder"
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Responder => "responder",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

/// Somebody on a platform.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    /// The platform's stable id: `U024BE7LH`, a mail address, or `page`, `terminal` for local doors.
    pub id: String,
    /// How they are called; shown on alerts they acted on.
    pub name: String,
    /// What they may do; `None` for strangers.
    pub role: Option<Role>,
}

impl Person {
    /// Whether they hold `role` or more.
    pub fn may(&self, role: Role) -> bool {
        self.role.is_some_and(|mine| mine >= role)
    }
}
