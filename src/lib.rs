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

pub mod alert;
pub mod app;
pub mod chat;
pub mod cli;
pub mod config;
pub mod deliver;
pub mod demo;
pub mod detect;
pub mod diagnose;
pub mod error;
pub mod exporters;
pub mod gather;
pub mod handlers;
pub mod intent;
pub mod mailtext;
pub mod model;
pub mod monitor;
pub mod ports;
pub mod render;
pub mod schedule;
pub mod sql;
pub mod store;
pub mod vendors;
pub mod web;
