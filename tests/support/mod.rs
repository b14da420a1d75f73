//! Everything the tests share: servers that hold state, and words of the domain.

pub(crate) mod bot;
pub(crate) mod broken;
pub(crate) mod chromium;
pub(crate) mod cut;
pub(crate) mod discord;
pub(crate) mod dkim;
pub(crate) mod door;
pub(crate) mod github;
pub(crate) mod layers;
pub(crate) mod mail;
pub(crate) mod mariadb;
pub(crate) mod pagerduty;
pub(crate) mod pages;
pub(crate) mod postgres;
pub(crate) mod processes;
pub(crate) mod program;
pub(crate) mod prometheus;
pub(crate) mod quad;
#[allow(dead_code, reason = "benches/intents uses the rest of it")]
pub(crate) mod sentences;
pub(crate) mod shared;
pub(crate) mod slack;
pub(crate) mod topologies;
#[allow(dead_code, reason = "measurements use the rest of it")]
pub(crate) mod workload;
