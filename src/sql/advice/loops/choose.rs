//! The fewest indexes that do nearly as well as all that were thought of.

use super::{Block, Known};
use crate::sql::advice::{Candidate, Choice};

/// A smaller set is taken where it costs no more than this multiple of the best,
const NEARLY: f64 = 1.3;
/// or where it leaves no more than this share of what the statement costs today,
const LITTLE: f64 = 0.01;
/// and that is not much: about a millisecond.
const NOT_MUCH: f64 = 1_000.0;
/// More indexes than this for one statement nobody makes.
const MOST: usize = 3;
/// No estimate of our own is worth more than this.
const AT_MOST: f64 = 10_000.0;

/// The indexes that save most; `today`: what the statement costs without them.
#[must_use]
pub fn choose(candidates: &[Candidate], blocks: &[Block], known: &Known<'_>, today: f64) -> Option<Choice> {
    let with = |set: &[Candidate]| known.cost(blocks, set);
    // With more to choose from the optimizer does not always do better: it does not know what is true.
    let alone = |at: usize| Some((vec![candidates[at].clone()], with(&candidates[at..=at])?));
    let everything = with(candidates).map(|cost| (candidates.to_vec(), cost));
    let (offered, all) = (0..candidates.len())
        .filter_map(alone)
        .chain(everything)
        .min_by(|one, other| one.1.total.total_cmp(&other.1.total))?;
    let nearly = |cost: f64| cost <= all.total * NEARLY || cost - all.total <= (today * LITTLE).min(NOT_MUCH);
    let mut kept: Vec<Candidate> = all.used.iter().map(|at| offered[*at].clone()).collect();
    // Each that hardly adds anything goes, the least useful first.
    while kept.len() > 1 {
        let without = |at: usize| {
            let mut rest = kept.clone();
            rest.remove(at);
            Some((at, with(&rest)?.total))
        };
        let (at, cost) =
            (0..kept.len()).filter_map(without).min_by(|one, other| one.1.total_cmp(&other.1))?;
        if !nearly(cost) && kept.len() <= MOST {
            break;
        }
        kept.remove(at);
    }
    // And each is made as small as it may be.
    for at in 0..kept.len() {
        let one = &kept[at];
        let mut smaller: Vec<Candidate> = one.smaller();
        smaller.extend(
            candidates
                .iter()
                .filter(|other| other.table == one.table && other.keys.len() < one.keys.len())
                .cloned(),
        );
        smaller.sort_by_key(|other| other.keys.len());
        let instead = smaller.into_iter().find_map(|smaller| {
            let mut other = kept.clone();
            other[at] = smaller;
            let cost = with(&other)?;
            (nearly(cost.total) && cost.used.len() == other.len()).then_some(other)
        });
        kept = instead.unwrap_or(kept);
    }
    let last = with(&kept)?;
    (!kept.is_empty() && last.total < today).then(|| Choice {
        gain: (today / last.total.max(0.01)).min(AT_MOST),
        lookups: last.lookups,
        indexes: kept,
        by_planner: false,
    })
}
