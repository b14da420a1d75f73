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
