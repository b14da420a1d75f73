//! What every vendor's client shares: one way to call, one way to fail, no secret in any text.

pub mod check;
pub mod client;
pub mod failure;
pub mod reply;
pub mod secret;
pub mod tls;

pub use client::{Auth, BasicAuth, Client, File, HeaderText, Options, without_credentials};
pub use reply::Reply;
