//! Decides what to do next in one channel. Pure.
//!
//! Most urgent first, then oldest. What goes to one place keeps its order within a kind: while one
//! waits, those behind it wait too, unless it failed so often that it must not hold them up any
//! longer. Replies and edits wait for the receipt of what they refer to.

use chrono::TimeDelta;

use crate::model::outgoing::{Kind, Target};
use crate::model::time::Moment;
use crate::store::{Reference, Waiting};

/// After so many attempts a delivery lets others of its kind pass: it may be the only one at fault.
const HOLDS_UP: u32 = 4;

/// Longer than any pause between two attempts, see `outcome`.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(10);

/// What to do next in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// Send this one.
    Send(&'a Waiting),
    /// This edit is stale.
    Supersede(&'a Waiting),
    /// This one can never be sent, and why.
    GiveUp(&'a Waiting, &'static str),
    /// Nothing can be sent before then, or (`None`) before something else happens.
    Rest(Option<Moment>),
}

/// The next step among `rows`, which are sorted: most urgent first, then oldest.
pub(super) fn next(rows: &[Waiting], now: Moment) -> Step<'_> {
    let free = |row: &Waiting| row.sending_until.is_none_or(|until| until <= now);
    for row in rows.iter().filter(|row| free(row)) {
        if row.refers == Some(Reference::GivenUp) {
            return Step::GiveUp(row, "the message that it refers to was never sent");
        }
        if is_stale(row, rows) {
            return Step::Supersede(row);
        }
    }

    let mut held_up: Vec<(Kind, &Target)> = Vec::new();
    let mut wake: Option<Moment> = None;
    for row in rows {
        let place = (row.kind, &row.target);
        if held_up.contains(&place) {
            continue;
        }
        let later = match row.sending_until {
            Some(until) if until > now => Some(until),
            // A pause never is that long: the clock was set back, and nobody should wait for it.
            _ if row.due > now && row.due - now <= LONGEST_WAIT => Some(row.due),
            _ => None,
        };
        if let Some(later) = later {
            wake = Some(wake.map_or(later, |wake| wake.min(later)));
            if row.attempts < HOLDS_UP || row.sending_until.is_some() {
                held_up.push(place);
            }
        } else if row.refers == Some(Reference::Waiting) {
            held_up.push(place);
        } else {
            return Step::Send(row);
        }
    }
    Step::Rest(wake)
}

/// Whether a newer edit of the same message waits, or a newer event about the same incident: who
/// has it by now must not be called any more.
fn is_stale(row: &Waiting, rows: &[Waiting]) -> bool {
    let (Target::Replace(_) | Target::Incident(_)) = row.target else { return false };
    rows.iter().any(|other| other.seq > row.seq && other.target == row.target)
}

#[cfg(test)]
pub(super) mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::model::outgoing::{DeliveryId, Place, Receipt};

    pub(in crate::deliver) fn at(seconds: i64) -> Moment {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    pub(in crate::deliver) fn row(seq: i64, kind: Kind, target: Target) -> Waiting {
        Waiting {
            id: DeliveryId(Uuid::from_u128(seq as u128)),
            seq,
            kind,
            target,
            refers: None,
            at: at(0),
            due: at(0),
            attempts: 0,
            doubt: false,
            sending_until: None,
        }
    }

    fn post(thread: Option<&str>) -> Target {
        Target::Post(Place { channel: "ops".to_owned(), thread: thread.map(str::to_owned) })
    }

    fn edit() -> Target {
        Target::Replace(DeliveryId(Uuid::from_u128(99)))
    }

    fn sent() -> Option<Reference> {
        Some(Reference::Sent(Receipt { channel: "C1".to_owned(), message: "1".to_owned() }))
    }

    #[test]
    fn an_answer_never_waits_behind_a_report() {
        let answer = row(2, Kind::Answer, post(Some("t")));
        let report = row(1, Kind::Report, post(None));
        // The store sorts by urgency; a report that backs off holds up nobody else's kind.
        let report = Waiting { due: at(60), attempts: 1, ..report };
        assert_eq!(next(&[answer.clone(), report.clone()], at(1)), Step::Send(&answer));
        assert_eq!(next(&[report], at(1)), Step::Rest(Some(at(60))));
    }

    #[test]
    fn one_place_keeps_its_order_within_a_kind() {
        let first = Waiting { due: at(9), attempts: 1, ..row(1, Kind::Answer, post(None)) };
        let second = row(2, Kind::Answer, post(None));
        let elsewhere = row(3, Kind::Answer, post(Some("t")));
        assert_eq!(next(&[first.clone(), second.clone()], at(1)), Step::Rest(Some(at(9))));
        assert_eq!(next(&[first.clone(), second.clone(), elsewhere.clone()], at(1)), Step::Send(&elsewhere));
        let hopeless = Waiting { attempts: HOLDS_UP, ..first };
        assert_eq!(next(&[hopeless, second.clone()], at(1)), Step::Send(&second));
    }

    #[test]
    fn a_reply_waits_for_its_root_and_goes_down_with_it() {
        let under = Target::Under(DeliveryId(Uuid::from_u128(1)));
        let reply = Waiting { refers: Some(Reference::Waiting), ..row(2, Kind::Note, under) };
        assert_eq!(next(std::slice::from_ref(&reply), at(1)), Step::Rest(None));
        let reply = Waiting { refers: sent(), ..reply };
        assert_eq!(next(std::slice::from_ref(&reply), at(1)), Step::Send(&reply));
        let reply = Waiting { refers: Some(Reference::GivenUp), ..reply };
        assert!(matches!(next(std::slice::from_ref(&reply), at(1)), Step::GiveUp(..)));
    }

    #[test]
    fn only_the_newest_edit_is_sent() {
        let old = Waiting { refers: sent(), ..row(1, Kind::Edit, edit()) };
        let new = Waiting { refers: sent(), ..row(2, Kind::Edit, edit()) };
        let rows = [old.clone(), new.clone()];
        assert_eq!(next(&rows, at(1)), Step::Supersede(&old));
        assert_eq!(next(&rows[1..], at(1)), Step::Send(&new));
        // An edit on its way can't be called back; the newer one waits for it.
        let on_its_way = Waiting { sending_until: Some(at(60)), ..old };
        assert_eq!(next(&[on_its_way, new], at(1)), Step::Rest(Some(at(60))));
    }

    #[test]
    fn who_has_it_by_now_is_not_called_any_more() {
        let incident = || Target::Incident("quad-1".to_owned());
        let call = Waiting { due: at(60), attempts: 2, doubt: true, ..row(1, Kind::Page, incident()) };
        let taken = row(2, Kind::Page, incident());
        let other = row(3, Kind::Page, Target::Incident("quad-2".to_owned()));
        assert_eq!(next(&[call.clone(), taken.clone(), other.clone()], at(1)), Step::Supersede(&call));
        assert_eq!(next(&[taken.clone(), other.clone()], at(1)), Step::Send(&taken));
        assert_eq!(next(std::slice::from_ref(&other), at(1)), Step::Send(&other));
    }

    #[test]
    fn a_lease_that_ran_out_is_taken_up() {
        let stuck = Waiting { sending_until: Some(at(60)), attempts: 1, ..row(1, Kind::Alert, post(None)) };
        assert_eq!(next(std::slice::from_ref(&stuck), at(59)), Step::Rest(Some(at(60))));
        assert_eq!(next(std::slice::from_ref(&stuck), at(60)), Step::Send(&stuck));
        assert_eq!(next(&[], at(60)), Step::Rest(None));
    }

    #[test]
    fn a_clock_that_was_set_back_makes_no_message_wait_for_it() {
        let mut rows = [row(1, Kind::Alert, post(None))];
        rows[0].due = at(30);
        assert_eq!(next(&rows, at(0)), Step::Rest(Some(at(30))));
        rows[0].due = at(3_600);
        assert_eq!(next(&rows, at(0)), Step::Send(&rows[0]));
    }
}
