//! What is wrong with a plan, one file a finding. A rule speaks only where it matters: a false alarm
//! costs more trust than a missed trifle.

mod cartesian;
mod case;
mod fan_out;
mod heap_fetches;
mod jit;
mod join_buffer;
mod lossy;
mod misestimate;
mod missing_index;
mod nested_loop;
mod offset;
mod partitions;
#[cfg(test)]
mod scenarios;
mod seq_scan;
mod sorting;
mod spill;
mod subplan;
mod temporary;
mod triggers;
mod unusable_index;
mod workers;

use crate::sql::plan::node::{At, Plan};
use crate::sql::plan::weights::{By, Weights};
use crate::sql::words;

pub(crate) use case::Case;

/// Something that is wrong with a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The rule that found it, e.g. `missing_index`.
    pub rule: &'static str,
    /// The step that shows it.
    pub at: At,
    /// The share of the plan's time (or cost) that it is about, from 0 to 1.
    pub weight: f64,
    /// What is wrong, in a sentence.
    pub sentence: String,
    /// The numbers that it rests on.
    pub evidence: Vec<String>,
    /// What to do, the best first.
    pub fixes: Vec<Fix>,
}

/// Something to do about a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What, and what it costs or what to look out for.
    pub text: String,
    /// A statement that does it.
    pub sql: Option<String>,
}

impl Fix {
    fn say(text: impl Into<String>) -> Self {
        Self { text: text.into(), sql: None }
    }

    fn run(text: impl Into<String>, sql: impl Into<String>) -> Self {
        Self { text: text.into(), sql: Some(sql.into()) }
    }
}

/// Finds one kind of thing.
trait Rule: Sync {
    /// Where it is found in a plan; nothing where it does not matter.
    fn judge(&self, case: &Case<'_>) -> Vec<Finding>;
}

/// All rules. Their order has no influence on what is said, but for findings of the same weight.
fn all() -> &'static [&'static dyn Rule] {
    &[
        &missing_index::MissingIndex,
        &unusable_index::UnusableIndex,
        &seq_scan::SeqScan,
        &subplan::Subplan,
        &cartesian::Cartesian,
        &fan_out::FanOut,
        &nested_loop::NestedLoop,
        &join_buffer::JoinBuffer,
        &misestimate::Misestimate,
        &spill::Spill,
        &sorting::Sorting,
        &temporary::Temporary,
        &offset::Offset,
        &lossy::Lossy,
        &heap_fetches::HeapFetches,
        &partitions::Partitions,
        &jit::Jit,
        &workers::Workers,
        &triggers::Triggers,
    ]
}

/// A plan that was judged.
#[derive(Debug, Clone)]
pub struct Judged {
    /// What is wrong, the heaviest first.
    pub findings: Vec<Finding>,
    /// Where the time goes.
    pub weights: Weights,
}

/// Judges a plan.
pub fn judge(plan: &Plan) -> Judged {
    let weights = Weights::of(plan);
    let case = Case::new(plan, &weights);
    let mut findings: Vec<Finding> = all().iter().flat_map(|rule| rule.judge(&case)).collect();
    // Of a scan inside of a subquery that runs again and again both are said, the cause first: its share
    // is the smaller one, but without it the other would not hurt.
    findings.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    merge_partitions(plan, &mut findings);
    Judged { findings, weights }
}

impl Judged {
    /// What to say first: what is wrong, or where the time goes.
    pub fn headline(&self, plan: &Plan) -> String {
        if let Some(worst) = self.findings.first() {
            return worst.sentence.clone();
        }
        let heaviest = self.weights.heaviest();
        let place = plan[heaviest].title();
        let share = words::percent(self.weights.own(heaviest));
        if self.weights.total <= 0.0 {
            let says = plan.nodes.last().map_or("", |node| node.name.as_str());
            return format!("Nothing wrong with this plan; the planner says: {says}.");
        }
        match self.weights.by {
            By::Time => format!(
                "Nothing wrong with this plan: it takes {}, {share} of it in {place}.",
                words::time(self.weights.total)
            ),
            By::Cost => format!(
                "Nothing wrong with this plan as far as estimates tell; {share} of its cost is expected in {place}."
            ),
            By::Rows => {
                format!(
                    "Nothing wrong with this plan as far as estimates tell; most rows are read by {place}."
                )
            }
        }
    }
}

/// The same thing in each of many partitions is one finding.
fn merge_partitions(plan: &Plan, findings: &mut Vec<Finding>) {
    let mut kept: Vec<(Finding, usize)> = Vec::new();
    for finding in findings.drain(..) {
        let parent = plan[finding.at].parent;
        let twin = kept.iter_mut().find(|(other, _)| {
            other.rule == finding.rule
                && parent.is_some_and(|parent| plan[parent].kind == crate::sql::plan::Kind::Append)
                && plan[other.at].parent == parent
        });
        match twin {
            Some((other, more)) => {
                other.weight = (other.weight + finding.weight).min(1.0);
                *more += 1;
            }
            None => kept.push((finding, 0)),
        }
    }
    findings.extend(kept.into_iter().map(|(mut finding, more)| {
        if more > 0 {
            finding.evidence.push(format!("the same in {more} other partitions"));
        }
        finding
    }));
    findings.sort_by(|a, b| b.weight.total_cmp(&a.weight));
}
