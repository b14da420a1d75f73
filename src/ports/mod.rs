//! What quad asks of the world: one file a trait. Implementations stand in `vendors`.

pub mod clock;
pub mod database;
pub mod index_maker;
pub mod issue_tracker;
pub mod messenger;
pub mod metric_source;
pub mod sign_in;
