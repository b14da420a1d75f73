//! MySQL and MariaDB as databases that are watched and asked about: what performance_schema counted of their
//! statements, what runs, what the optimizer makes of a statement, and indexes that were approved.

mod advise;
mod catalog;
mod config;
mod connect;
mod doctor;
mod explain;
mod index;
mod running;
mod sample;
mod slow_log;
mod source;
mod statements;
mod tables;
mod verify;

pub use advise::advise;
pub use config::Config;
pub use connect::{Connected, connect};
pub use index::Indexes;
pub use source::MySql;
pub use verify::Scratch;
