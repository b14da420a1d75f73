//! Decides what an attempt's outcome means. Pure.

use chrono::TimeDelta;

use crate::error::CallError;
use crate::model::outgoing::{Receipt, Target};
use crate::model::time::Moment;
use crate::store::Claimed;

/// First pause after a failure; doubles each time.
const FIRST_PAUSE: f64 = 1.0;
/// Longest pause between two attempts, in seconds.
const LONGEST_PAUSE: f64 = 300.0;
/// 9 attempts while the pause doubles (8.5 min) and then one every five minutes for three days: a
/// network that is down over a weekend must not cost an alert.
const ATTEMPTS: u32 = 9 + 3 * 24 * 12;
/// A request without a reply may still be on its way: looking for its message at once could miss it.
const BEFORE_LOOKING: f64 = 2.0;

/// What to do with a delivery after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum After {
    /// It arrived.
    Sent(Receipt),
    /// Try again then; `doubt`: it may have arrived all the same.
    Again { due: Moment, doubt: bool, why: String },
    /// The channel rests until then.
    Pause { until: Moment },
    /// It never will arrive.
    GiveUp { why: String },
}

/// What the outcome of this attempt means.
pub(super) fn after(claim: &Claimed, outcome: Result<Receipt, CallError>, now: Moment) -> After {
    let error = match outcome {
        Ok(receipt) => return After::Sent(receipt),
        Err(error) => error,
    };
    let why = error.to_string();
    let unknown = matches!(error, CallError::Unknown { .. });
    match error {
        CallError::Busy { retry_after } => {
            // A wait that no calendar holds is no wait that anybody meant.
            let wait = TimeDelta::from_std(retry_after).unwrap_or(TimeDelta::days(1)).min(TimeDelta::days(1));
            After::Pause { until: now + wait }
        }
        CallError::Permanent { .. } => After::GiveUp { why },
        CallError::Transient { .. } | CallError::Unknown { .. } if claim.attempt >= ATTEMPTS => {
            After::GiveUp { why: format!("{why} (after {ATTEMPTS} attempts)") }
        }
        CallError::Transient { .. } | CallError::Unknown { .. } => {
            let pause = pause(claim);
            let pause = if unknown { pause.max(BEFORE_LOOKING) } else { pause };
            // Once in doubt, always in doubt: the send that may have arrived stays possible.
            // Edits may be repeated, and events under their key, so they have nothing to doubt.
            let repeatable = matches!(claim.outgoing.target, Target::Replace(_) | Target::Incident(_));
            let doubt = (claim.doubt || unknown) && !repeatable;
            After::Again { due: now + TimeDelta::milliseconds((pause * 1_000.0) as i64), doubt, why }
        }
    }
}

/// Seconds to wait after this attempt: doubling, bounded, and spread by a fifth each way so that
/// deliveries that failed together don't come back together.
fn pause(claim: &Claimed) -> f64 {
    let doublings = claim.attempt.saturating_sub(1).min(16);
    let pause = (FIRST_PAUSE * f64::from(1u32 << doublings)).min(LONGEST_PAUSE);
    pause * (0.8 + 0.4 * share(claim))
}

/// 0 to 1, different for each delivery and attempt, and always the same for one of them.
fn share(claim: &Claimed) -> f64 {
    let id = claim.outgoing.id.0.as_u128();
    let mixed = ((id ^ (id >> 64)) as u64)
        .wrapping_add(u64::from(claim.attempt).wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;
    use crate::model::answer::Answer;
    use crate::model::outgoing::{DeliveryId, Kind, Outgoing, Place, Platform};

    fn claim(attempt: u32, doubt: bool, target: Target) -> Claimed {
        let now = DateTime::UNIX_EPOCH;
        let outgoing = Outgoing::new(Platform::Slack, Kind::Alert, target, Answer::new("slow"), now);
        Claimed { outgoing, attempt, doubt }
    }

    fn post() -> Target {
        Target::Post(Place { channel: "ops".to_owned(), thread: None })
    }

    fn transient() -> Result<Receipt, CallError> {
        Err(CallError::transient("connection refused"))
    }

    #[test]
    fn being_asked_to_wait_is_obeyed_to_the_second() {
        let now = DateTime::UNIX_EPOCH;
        let busy = Err(CallError::Busy { retry_after: Duration::from_secs(17) });
        assert_eq!(
            after(&claim(1, false, post()), busy, now),
            After::Pause { until: now + TimeDelta::seconds(17) }
        );
    }

    #[test]
    fn what_can_never_work_is_given_up_at_once() {
        let outcome = Err(CallError::permanent("channel_not_found"));
        let now = DateTime::UNIX_EPOCH;
        let expected = After::GiveUp { why: "channel_not_found".to_owned() };
        assert_eq!(after(&claim(1, false, post()), outcome, now), expected);
    }

    #[test]
    fn attempts_go_on_over_a_weekend_and_end() {
        let start = DateTime::UNIX_EPOCH;
        let mut now = start;
        for attempt in 1.. {
            match after(&claim(attempt, false, post()), transient(), now) {
                After::Again { due, .. } => now = due,
                After::GiveUp { why } => {
                    assert_eq!(why, "connection refused (after 873 attempts)");
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
        let took = (now - start).num_hours();
        assert!((68..78).contains(&took), "{took} hours");
    }

    #[test]
    fn an_edit_has_nothing_to_doubt() {
        let edit = Target::Replace(DeliveryId(uuid::Uuid::nil()));
        let unknown = Err(CallError::Unknown { why: "no reply".to_owned() });
        let decided = after(&claim(1, true, edit), unknown, DateTime::UNIX_EPOCH);
        assert!(matches!(decided, After::Again { doubt: false, .. }), "{decided:?}");
    }

    proptest! {
        #[test]
        fn doubt_stays_until_the_message_is_found(attempt in 1u32..ATTEMPTS, unknown: bool) {
            let outcome = if unknown { Err(CallError::Unknown { why: String::new() }) } else { transient() };
            let decided = after(&claim(attempt, true, post()), outcome, DateTime::UNIX_EPOCH);
            let in_doubt = matches!(decided, After::Again { doubt: true, .. });
            prop_assert!(in_doubt);
        }

        #[test]
        fn pauses_grow_and_stay_bounded(attempt in 1u32..40, id: u128) {
            let mut claim = claim(attempt, false, post());
            claim.outgoing.id = DeliveryId(uuid::Uuid::from_u128(id));
            let pause = pause(&claim);
            prop_assert!((0.8..=1.2 * LONGEST_PAUSE).contains(&pause));
        }
    }
}
