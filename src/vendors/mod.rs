//! The only place that uses a vendor's client.

pub mod dblog;
pub mod discord;
pub mod github;
pub mod host;
pub mod http;
pub mod mail;
pub mod mysql;
pub mod pagerduty;
pub mod postgres;
pub mod probe;
pub mod prometheus;
pub mod scrape;
pub mod slack;
