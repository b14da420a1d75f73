//! quad: an operations colleague who lives in the team's chat.
//!
//! Two flows, both ending in the same outbox:
//!
//! ```text
//! sources -> detect -> diagnose -> alert -> deliver      (watching)
//! message -> intent -> handler -> answer -> deliver      (talking)
//! ```
//!
//! `ARCHITECTURE.md` is the map; a test holds its layer table.

pub mod error;
pub mod model;
pub mod ports;
pub mod detect;
pub mod alert;
pub mod diagnose;
pub mod intent;
pub mod render;
pub mod store;
pub mod gather;
pub mod deliver;
pub mod handlers;
pub mod monitor;
pub mod chat;
pub mod schedule;
pub mod vendors;
pub mod web;
pub mod config;
pub mod demo;
pub mod cli;
