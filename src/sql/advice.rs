//! Which indexes would help a workload. Pure: what statements look for, which indexes could serve them,
//! and which of those are worth it; what a planner makes of them is asked elsewhere and comes in as
//! costs.

pub mod candidates;
pub mod catalog;
pub mod conjuncts;
pub mod costing;
pub mod counted;
pub mod explained;
pub mod expressions;
pub mod loops;
pub mod measured;
mod naming;
pub mod outcome;
mod parsed;
pub mod partners;
pub mod prices;
pub mod readings;
pub mod statements;
pub mod surprise;
pub mod uses;
pub mod verdict;
pub mod workload;

pub use candidates::{Candidate, Method, candidates};
pub use catalog::{Catalog, Column, ForeignKey, Index, Table};
pub use explained::Explained;
pub use outcome::{Advice, By, Outcome, text};
pub use prices::Prices;
pub use readings::{Reading, readings};
pub use statements::{Load, Statement, statements};
pub use uses::{Uses, uses};
pub use verdict::{Choice, verdict};
pub use workload::{Advised, Proposal};
