//! PostgreSQL as a database that is watched and asked about: what its statements cost, what its planner
//! makes of them, and of indexes that are not there.

mod advise;
mod catalog;
mod config;
mod connect;
mod doctor;
mod explain;
mod gate;
mod index;
mod planner;
mod reckon;
mod sample;
mod source;
mod statements;
mod tables;
mod verify;

pub use advise::advise;
pub use config::Config;
pub use connect::{Connected, connect};
pub use explain::Explained;
pub use index::Indexes;
pub use source::Postgres;
pub use verify::Scratch;
