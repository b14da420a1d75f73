//! Fetches what rules need from the store, round by round. Shared by the loop and by questions.

pub mod coverage;
pub mod databases;
pub mod gatherer;
mod picture;
pub mod question;
pub mod readable;
pub mod report;
pub mod said;

pub use gatherer::Gatherer;
pub use question::Asked;
