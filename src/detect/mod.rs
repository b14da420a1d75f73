//! Samples to findings. Pure: time is an argument, and what must outlive a check is a value.
//!
//! Each rule looks at the facts and says what holds now, at the warning and at the critical level.
//! [`Memory`] then decides what is old enough to say, and keeps saying it until it is surely over.
//! A rule that can't see a series says nothing of it: what fired stays open until it is seen again.

mod error_rate;
mod facts;
mod look;
mod memory;
mod memory_growth;
mod no_data;
mod not_answering;
mod recent;
mod settings;
mod silent_failure;
mod slow_statement;
mod source_down;
mod statement_change;
mod statistics;
mod threshold;
mod traffic;

pub mod baseline;

pub use facts::{Expected, Facts, SlowStatement, StatementChange};
pub use memory::Memory;
pub use settings::{ErrorRateSettings, MemoryGrowthSettings, Settings};

use crate::model::finding::Finding;
use crate::model::time::Moment;

/// What is wrong at `now`, worst first, and what to remember for the next check. The same facts and
/// memory always give the same result, so a step that was cut off can be run again.
pub fn judge(now: Moment, facts: &Facts, settings: &Settings, memory: &Memory) -> (Vec<Finding>, Memory) {
    let mut looks = threshold::look(now, facts, settings);
    looks.extend(error_rate::look(now, facts, settings));
    looks.extend(memory_growth::look(now, facts, settings));
    looks.extend(not_answering::look(now, facts, settings));
    looks.extend(silent_failure::look(now, facts, settings));
    looks.extend(no_data::look(now, facts, settings));
    looks.extend(source_down::look(now, facts, settings));
    looks.extend(slow_statement::look(now, facts));
    looks.extend(statement_change::look(now, facts));

    let (mut findings, memory) = memory.settle(now, looks, facts, settings);
    findings.sort_by(|a, b| {
        b.severity.cmp(&a.severity).then(a.since.cmp(&b.since)).then_with(|| a.key.cmp(&b.key))
    });
    (findings, memory)
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
