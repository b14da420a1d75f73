//! Findings to what changed, and why. Pure: time is an argument.
//!
//! `fold` brings one round of findings into the book; `apply` does what a person asked for. Both
//! return the alert's new state together with what is to be said, and the two are stored in one
//! write. Each alert carries what people were last told ([`crate::model::alert::Told`]); something
//! is said exactly when that differs from its state, so a step that ran twice speaks once.

mod act;
mod announce;
mod book;
mod change;
pub mod escalation;
mod fold;
mod grouping;
pub mod page;
mod phrase;
mod quiet_hours;
mod record;
pub mod runbook;
mod settings;
pub mod words;

pub use act::{Act, apply};
pub use book::{Book, MaintenanceWindow, SubjectSilence};
pub use change::{Announce, Change, Reason};
pub use fold::fold;
pub use quiet_hours::QuietHours;
pub use record::record;
pub use settings::Settings;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
