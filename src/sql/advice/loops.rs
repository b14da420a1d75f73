//! Index advice for MySQL and MariaDB, whose optimizer can't be asked about an index that is not there. It joins by
//! nested loops, one table after the other, and charges pages, rows and lookups: few enough rules to do the
//! same sums here, for the indexes that are there and for those that could be. How many rows each
//! condition leaves is no guess; somebody who has seen the table fills it in (`Part::share`).
//!
//! <https://dev.mysql.com/doc/refman/8.0/en/cost-model.html>

mod access;
pub mod block;
pub mod choose;
mod conditions;
pub mod cost;
mod counts;
pub mod innodb;
mod kinds;
mod names;
pub mod reader;
pub mod rewrite;
mod ways;

pub use block::{Block, Link, Part, Source};
pub use choose::choose;
pub use cost::{Costs, Known, is_too_large};
pub use innodb::{candidates, uses};
pub use reader::blocks;
pub use rewrite::{as_select, has_hints, stays_here, unknown_table};
