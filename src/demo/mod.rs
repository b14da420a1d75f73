//! The sample shop: small services that really call each other, and faults that really hurt.
//!
//! `Shop::start` runs each service of a [`topology::Topology`] as a child process and keeps a
//! steady load on them. A fault is switched on with [`shop::Shop::fault`], from another process
//! with [`control::switch`]. Nothing in the agent knows that what it watches is the shop.

mod client;
pub mod control;
mod dice;
pub mod fault;
mod keeper;
mod load;
pub mod service;
pub mod shop;
pub mod topology;
