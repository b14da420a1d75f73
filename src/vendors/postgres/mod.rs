//! PostgreSQL as a database that people ask about: its catalog, and what its planner makes of indexes
//! that are not there.

mod catalog;
mod connect;
mod planner;

pub use connect::{Connected, connect};
pub use planner::advise;
