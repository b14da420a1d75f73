//! What happens at a time of day: which moment that is (`due`), and what is then sent (`reports`).

pub mod due;
pub mod reports;
