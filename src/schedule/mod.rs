//! What happens at a time of day: which moment that is (`due`), and what is then said (`report`).

pub mod due;
pub mod report;
