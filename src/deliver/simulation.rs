//! The two decisions of this module, played against a world that fails in every way it can: what
//! was enqueued arrives once, in order, or is given up for a reason. No store, no clock, no tasks.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use proptest::prelude::*;
use uuid::Uuid;

use super::next::tests::{at, row};
use super::next::{Step, next};
use super::outcome::{After, after};
use crate::error::CallError;
use crate::model::answer::Answer;
use crate::model::outgoing::{DeliveryId, Kind, Outgoing, Place, Platform, Receipt, Target};
use crate::model::time::Moment;
use crate::store::{Claimed, Reference, Waiting};

/// What happens to one attempt.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Arrives,
    ArrivesUnknown,
    LostUnknown,
    Transient,
    Busy,
    /// The process dies after the platform has it, or before.
    DiesAfter,
    DiesBefore,
}

/// A channel of a platform, and quad's rows about it.
#[derive(Debug, Default)]
struct World {
    rows: Vec<Waiting>,
    ended: BTreeMap<DeliveryId, Option<Receipt>>,
    superseded: Vec<DeliveryId>,
    /// What stands in the channel, in order: which delivery, and what it was replaced by last.
    posted: Vec<DeliveryId>,
    edited: BTreeMap<DeliveryId, Vec<i64>>,
    now: i64,
}

const LEASE: i64 = 60;

impl World {
    fn now(&self) -> Moment {
        at(0) + TimeDelta::milliseconds(self.now)
    }

    /// Plays one step; `false` when nothing is left.
    fn step(&mut self, fate: Fate) -> bool {
        for n in 0..self.rows.len() {
            if let Target::Under(id) | Target::Replace(id) = self.rows[n].target {
                self.rows[n].refers = Some(match self.ended.get(&id) {
                    None => Reference::Waiting,
                    Some(None) => Reference::GivenUp,
                    Some(Some(receipt)) => Reference::Sent(receipt.clone()),
                });
            }
        }
        let now = self.now();
        match next(&self.rows, now) {
            Step::Rest(None) => return false,
            Step::Rest(Some(until)) => self.now = (until - at(0)).num_milliseconds(),
            Step::Supersede(stale) => {
                let id = stale.id;
                self.superseded.push(id);
                self.end(id, None);
            }
            Step::GiveUp(lost, _) => {
                let id = lost.id;
                self.end(id, None);
            }
            Step::Send(chosen) => {
                let id = chosen.id;
                self.attempt(id, fate);
            }
        }
        true
    }

    fn attempt(&mut self, id: DeliveryId, fate: Fate) {
        let now = self.now();
        let row = self.rows.iter_mut().find(|row| row.id == id).expect("it waits");
        row.doubt |= row.sending_until.is_some();
        row.attempts += 1;
        row.sending_until = Some(now + TimeDelta::seconds(LEASE));
        let row = row.clone();
        let outgoing = Outgoing {
            id,
            ..Outgoing::new(Platform::Slack, row.kind, row.target.clone(), Answer::new(""), row.at)
        };
        let claim = Claimed { outgoing, attempt: row.attempts, doubt: row.doubt };
        let edit = matches!(row.target, Target::Replace(_));
        let receipt = Receipt { channel: "C1".to_owned(), message: id.to_string() };

        let found = row.doubt && !edit && self.posted.contains(&id);
        let outcome = match fate {
            _ if found => Some(Ok(receipt)),
            Fate::Arrives => Some(self.arrive(&row, receipt)),
            Fate::ArrivesUnknown => {
                let _ = self.arrive(&row, receipt);
                Some(Err(CallError::Unknown { why: "no reply".to_owned() }))
            }
            Fate::LostUnknown => Some(Err(CallError::Unknown { why: "no reply".to_owned() })),
            Fate::Transient => Some(Err(CallError::transient("refused"))),
            Fate::Busy => Some(Err(CallError::Busy { retry_after: Duration::from_secs(3) })),
            Fate::DiesAfter => {
                let _ = self.arrive(&row, receipt);
                None
            }
            Fate::DiesBefore => None,
        };
        let Some(outcome) = outcome else { return };
        let decided = after(&claim, outcome, now);
        let row = self.rows.iter_mut().find(|row| row.id == id).expect("it waits");
        row.sending_until = None;
        match decided {
            After::Sent(receipt) => self.end(id, Some(receipt)),
            After::Again { due, doubt, .. } => {
                row.due = due;
                row.doubt = doubt;
            }
            After::Pause { until } => {
                row.attempts -= 1;
                self.now = (until - at(0)).num_milliseconds();
            }
            After::GiveUp { .. } => self.end(id, None),
        }
    }

    fn arrive(&mut self, row: &Waiting, receipt: Receipt) -> Result<Receipt, CallError> {
        match row.target {
            Target::Replace(root) => self.edited.entry(root).or_default().push(row.seq),
            _ => self.posted.push(row.id),
        }
        Ok(receipt)
    }

    fn end(&mut self, id: DeliveryId, receipt: Option<Receipt>) {
        self.rows.retain(|row| row.id != id);
        self.ended.insert(id, receipt);
    }
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    proptest::collection::vec(
        prop_oneof![
            3 => Just(Fate::Arrives),
            1 => Just(Fate::ArrivesUnknown),
            1 => Just(Fate::LostUnknown),
            1 => Just(Fate::Transient),
            1 => Just(Fate::Busy),
            1 => Just(Fate::DiesAfter),
            1 => Just(Fate::DiesBefore),
        ],
        0..60,
    )
}

/// Rows in the order of enqueueing: `what` picks a post, a reply or an edit of an earlier one.
fn rows(what: &[(u8, u8)]) -> Vec<Waiting> {
    let mut rows: Vec<Waiting> = Vec::new();
    for (n, (what, which)) in what.iter().enumerate() {
        let seq = n as i64 + 1;
        let roots: Vec<i64> =
            rows.iter().filter(|row| matches!(row.target, Target::Post(_))).map(|row| row.seq).collect();
        let root = roots
            .get(usize::from(*which) % roots.len().max(1))
            .map(|seq| DeliveryId(Uuid::from_u128(*seq as u128)));
        let post = || Target::Post(Place { channel: "ops".to_owned(), thread: None });
        rows.push(match (what % 4, root) {
            (1, Some(root)) => row(seq, Kind::Note, Target::Under(root)),
            (2, Some(root)) => row(seq, Kind::Edit, Target::Replace(root)),
            (3, _) => row(seq, Kind::Report, post()),
            _ => row(seq, Kind::Alert, post()),
        });
    }
    rows.sort_by_key(|row| (row.kind.rank(), row.seq));
    rows
}

proptest! {
    #[test]
    fn nothing_is_lost_and_nothing_stands_there_twice(
        what in proptest::collection::vec((0u8..8, any::<u8>()), 1..15),
        fates in fates(),
    ) {
        let mut world = World { rows: rows(&what), ..World::default() };
        let all = world.rows.clone();
        // After the given fates the world is kind, so that everything must come to an end.
        let mut fates = fates.into_iter().chain(std::iter::repeat(Fate::Arrives));
        for _ in 0..2_000 {
            if world.rows.is_empty() || !world.step(fates.next().expect("endless")) {
                break;
            }
        }
        prop_assert!(world.rows.is_empty(), "left over: {:?}", world.rows);

        for row in &all {
            let times = world.posted.iter().filter(|id| **id == row.id).count();
            let receipt = world.ended.get(&row.id).expect("it ended");
            if let Target::Replace(root) = row.target {
                let newest = all.iter().filter(|other| other.target == row.target).map(|other| other.seq).max();
                // Whatever was superseded or repeated: what stands there in the end is the newest.
                prop_assert_eq!(world.edited.get(&root).and_then(|edits| edits.last().copied()), newest);
                prop_assert!(receipt.is_some() || world.superseded.contains(&row.id));
            } else {
                prop_assert_eq!(times, 1, "{:?}", row);
                prop_assert!(receipt.is_some());
            }
        }
    }

    #[test]
    fn one_place_is_told_in_order_while_nothing_fails_for_long(
        what in proptest::collection::vec((0u8..8, any::<u8>()), 1..15),
        hiccups in proptest::collection::vec(any::<bool>(), 0..3),
    ) {
        let mut world = World { rows: rows(&what), ..World::default() };
        let all = world.rows.clone();
        let fates = hiccups.into_iter().map(|again| if again { Fate::Transient } else { Fate::LostUnknown });
        let mut fates = fates.chain(std::iter::repeat(Fate::Arrives));
        while !world.rows.is_empty() && world.step(fates.next().expect("endless")) {}
        for (n, a) in all.iter().enumerate() {
            for b in &all[n + 1..] {
                if a.kind == b.kind && a.target == b.target && !matches!(a.target, Target::Replace(_)) {
                    let place = |row: &Waiting| world.posted.iter().position(|id| *id == row.id);
                    prop_assert!(place(a) < place(b), "{:?} before {:?}", a.seq, b.seq);
                }
            }
        }
    }
}
