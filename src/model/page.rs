//! What a paging service is told: one event about one incident there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::finding::Severity;
use crate::model::outgoing::DeliveryId;
use crate::model::time::Moment;

/// How an incident stands at the paging service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageState {
    /// Somebody is being called.
    Triggered,
    /// Somebody looks at it.
    Acknowledged,
    /// It is over.
    Resolved,
}

/// One event: the state that an incident is to have, and for a new one what it is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// What names the incident, here and there. The same event sent twice changes nothing there.
    pub key: String,
    /// The state that it is to have.
    pub state: PageState,
    /// How bad.
    pub severity: Severity,
    /// One line of plain text: what broke, since when, how bad.
    pub summary: String,
    /// What is affected: "checkout POST /api/pay (prod)".
    pub source: String,
    /// The service, host, container or database.
    pub component: String,
    /// The environment; empty where there is only one.
    pub group: String,
    /// The specification's `alert_type`.
    pub class: String,
    /// When it began.
    pub since: Moment,
    /// Where to read on: the thread, the page, the runbook.
    pub links: Vec<Link>,
    /// Figures and cause, in words.
    pub details: BTreeMap<String, String>,
}

/// An address with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What it leads to: "#ops".
    pub text: String,
    /// The address.
    pub href: String,
}

/// What the paging service was told last about an alert. Kept with the alert, so that a repeated
/// step tells it nothing twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paged {
    /// How often somebody was called anew; each time is an incident of its own.
    pub round: u32,
    /// The state that the latest incident has there.
    pub state: PageState,
    /// The event that opened it.
    pub delivery: DeliveryId,
}

impl Paged {
    /// What names the incident of an alert's `round`-th call.
    pub fn key(alert: uuid::Uuid, round: u32) -> String {
        if round <= 1 { format!("quad-{alert}") } else { format!("quad-{alert}-{round}") }
    }

    /// The alert and the round that a key was made from; `None` for anybody else's.
    pub fn read_key(key: &str) -> Option<(uuid::Uuid, u32)> {
        // A UUID in text has 36 characters.
        let (id, round) = key.strip_prefix("quad-")?.split_at_checked(36)?;
        let round = match round.strip_prefix('-') {
            None if round.is_empty() => 1,
            None => return None,
            Some(number) => number.parse().ok().filter(|round| *round > 1)?,
        };
        Some((id.parse().ok()?, round))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_which_alert_and_which_call_it_was() {
        let alert = uuid::Uuid::from_u128(7);
        for round in [1, 2, 17] {
            assert_eq!(Paged::read_key(&Paged::key(alert, round)), Some((alert, round)));
        }
        for foreign in ["", "quad-", "srv01/HTTP", "quad-00000000-0000-0000-0000-000000000007-1", "quad-ä"] {
            assert_eq!(Paged::read_key(foreign), None, "{foreign}");
        }
    }
}
