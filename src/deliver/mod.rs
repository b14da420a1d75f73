//! The outbox: order, retries, rate limits, reconciliation.
//!
//! Whatever leaves the house is a row first, written together with the change that caused it
//! (`enqueue`). A worker a platform then takes row after row, channel by channel: `next` decides
//! which one and `outcome` what to do afterwards, both pure; `outbox` does it.

pub mod announcer;
mod enqueue;
pub mod escalate;
pub mod issues;
pub mod links;
mod next;
mod outbox;
mod outcome;
mod pace;
mod sign_in;
#[cfg(test)]
mod simulation;

pub use enqueue::{announce, enqueue, take_back};
pub use outbox::{Count, Outbox};
pub use sign_in::with_link;
