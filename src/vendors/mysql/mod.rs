//! MySQL and MariaDB as databases that are watched and asked about: what performance_schema counted of their
//! statements, what runs, and what the optimizer makes of a statement.

mod config;
mod connect;
mod doctor;
mod explain;
mod running;
mod slow_log;
mod source;
mod statements;
mod tables;

pub use config::Config;
pub use connect::{Connected, connect};
pub use source::MySql;
