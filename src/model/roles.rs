//! Who holds which role, as the configuration of a platform says it. How people are named there
//! (`Members`) is the platform's own business.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::person::Role;

/// Who holds which role. A person named for several holds the highest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(bound = "Members: JsonSchema + Default + Serialize")]
pub struct Roles<Members> {
    /// May ask.
    pub viewer: Members,
    /// May acknowledge, resolve, silence, and mark false alarms.
    pub responder: Members,
    /// May approve actions.
    pub operator: Members,
    /// May change thresholds and configuration.
    pub admin: Members,
}

impl<Members> Roles<Members> {
    /// Roles with their members, highest first.
    pub fn highest_first(&self) -> [(Role, &Members); 4] {
        [
            (Role::Admin, &self.admin),
            (Role::Operator, &self.operator),
            (Role::Responder, &self.responder),
            (Role::Viewer, &self.viewer),
        ]
    }

    /// The highest role that somebody holds of whom `names` says whether members name them.
    pub fn of(&self, names: impl Fn(&Members) -> bool) -> Option<Role> {
        self.highest_first().into_iter().find(|(_, members)| names(members)).map(|(role, _)| role)
    }
}

/// The role of those whom no mapping names and who belong to the platform's workspace or server. Bots,
/// guests and people from elsewhere are strangers and get none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DefaultRole {
    /// Responder while no role is mapped, so that buttons work from the first minute; viewer once
    /// somebody decided who responds.
    #[default]
    Auto,
    /// None: only people who are named may ask.
    Nobody,
    /// May ask.
    Viewer,
    /// May acknowledge, resolve, silence, and mark false alarms.
    Responder,
    /// May approve actions.
    Operator,
    /// May change thresholds and configuration.
    Admin,
}

impl DefaultRole {
    /// The role that it stands for, where `mapped` says whether any role is mapped.
    pub fn role(self, mapped: bool) -> Option<Role> {
        match self {
            Self::Auto if !mapped => Some(Role::Responder),
            Self::Auto | Self::Viewer => Some(Role::Viewer),
            Self::Nobody => None,
            Self::Responder => Some(Role::Responder),
            Self::Operator => Some(Role::Operator),
            Self::Admin => Some(Role::Admin),
        }
    }
}
