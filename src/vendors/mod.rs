//! The only place that uses a vendor's client.

pub mod http;
