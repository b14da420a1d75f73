//! Ranks what may have caused a problem, from evidence that was gathered before. Pure: the same
//! evidence gives the same diagnosis for ever, so a recorded incident can be replayed.
//!
//! Reading order: what is wrong ([`Problem`]), what was looked up ([`Evidence`], asked for by
//! [`plan`] in at most [`MAX_ROUNDS`] rounds), how one series moved (`shift`), where in the call graph
//! the trouble starts (`case`), why (`rules`, one file each), how sure that is (`verdict`), and how
//! it is said ([`words`]).
//!
//! Latency and errors are symptoms: no rule names them as the cause of themselves (Datadog's
//! Watchdog limits root causes to state changes in the same way). Code decides the verdict and
//! abstains where the evidence does not decide.

mod candidate;
mod case;
pub mod evidence;
mod needs;
mod performance;
mod problem;
mod recorded;
mod rules;
pub(crate) mod shift;
mod verdict;
pub mod words;

pub use evidence::{Evidence, Firing};
pub use needs::{About, MAX_ROUNDS, Needs, Want, plan};
pub use problem::Problem;
pub use recorded::{Compared, Incident, Recorded};
pub use rules::SLOW_DATABASE;
pub use shift::change_point;

use crate::model::diagnosis::Diagnosis;
use crate::model::time::Moment;

/// The diagnosis of `problem`, as far as `evidence` supports one at `now`.
pub fn diagnose(problem: &Problem, evidence: &Evidence, now: Moment) -> Diagnosis {
    let case = case::Case::new(problem, evidence, now);
    let candidates = rules::all().iter().flat_map(|rule| rule.judge(&case)).collect();
    verdict::decide(&case, candidates)
}

#[cfg(test)]
mod scenarios;
