//! What can be set about the page and the doors beside it.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};
use url::Url;

/// The page, the JSON views and the webhooks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Address and port to listen on. Default `127.0.0.1:7077`: this machine only.
    #[schemars(with = "String")]
    pub listen: SocketAddr,
    /// Where people reach the page, if not at `listen`: the address of a proxy in front of it, e.g.
    /// `https://quad.example.com`. Sign-in links lead there; with `https` the session cookie is
    /// sent over TLS only.
    pub public_url: Option<Url>,
    /// Further host names under which the page may be opened. Requests under any other name are
    /// refused, so that no other site can reach the page through a name of its own (DNS rebinding).
    pub allowed_hosts: Vec<String>,
    /// How long a browser stays signed in, in hours. Default 720 (30 days).
    pub session_hours: u32,
    /// How long a sign-in link can be used, in minutes. It works once. Default 60.
    pub login_minutes: u32,
    /// Largest request body, in bytes. Default 1,000,000.
    pub max_body_bytes: usize,
    /// Longest message that a person can send, in characters. Default 10,000.
    pub max_message_chars: usize,
    /// How long a request may take, in seconds. Default 60.
    pub request_timeout_secs: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 7077)),
            public_url: None,
            allowed_hosts: Vec::new(),
            session_hours: 720,
            login_minutes: 60,
            max_body_bytes: 1_000_000,
            max_message_chars: 10_000,
            request_timeout_secs: 60,
        }
    }
}
