//! What an installation says about mail.

use std::net::SocketAddr;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::person::Role;
use crate::model::roles::Roles;
use crate::model::secret::SecretRef;

/// The section `mail` of the configuration: the mailbox that quad reads, the server that it sends
/// through, and who may do what.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The address that quad writes from, and is written to.
    #[schemars(regex(pattern = r"^[^@\s<>]+@[^@\s<>]+$"))]
    pub from: String,
    /// The name beside it. Default: quad.
    #[serde(default = "quad")]
    pub name: String,
    /// The server that takes what quad sends.
    pub smtp: Smtp,
    /// The mailbox that quad reads; none where mail comes in through the hook only, or not at all.
    #[serde(default)]
    pub imap: Option<Imap>,
    /// Opens `POST /hooks/mail` for raw messages, signed with `hooks.secret`. Default: false.
    #[serde(default)]
    pub hook: bool,
    /// A CA in PEM form that is trusted beside the machine's own, for both servers.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Servers whose topmost `Authentication-Results` is believed, by the name that they write in
    /// it. Name only servers that remove such headers from what comes in. Default: none; quad then
    /// checks DKIM itself.
    #[serde(default)]
    pub trusted_servers: Vec<String>,
    /// The DNS server that is asked for DKIM keys. Default: the machine's.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub nameserver: Option<SocketAddr>,
    /// Answers to one sender within an hour, at most. Default: 30.
    #[serde(default = "thirty")]
    #[schemars(range(min = 1))]
    pub answers_per_sender_and_hour: u32,
    /// Larger mails are left unread, in bytes. Default: 26,214,400 (25 MiB).
    #[serde(default = "mail_bytes")]
    #[schemars(range(min = 1000))]
    pub max_bytes: usize,
    /// Who may do what. Nobody else is answered.
    #[serde(default)]
    pub roles: Roles<Members>,
}

fn quad() -> String {
    "quad".to_owned()
}

fn thirty() -> u32 {
    30
}

fn mail_bytes() -> usize {
    25 * 1024 * 1024
}

/// The server that takes what quad sends.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// Its name, as its certificate has it.
    pub host: String,
    /// Default: 587, or 465 with `tls: implicit`, or 25 with `tls: none`.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u16>,
    /// Default: starttls.
    #[serde(default = "Tls::starttls")]
    pub tls: Tls,
    /// Whom quad signs in as; none where the server asks for nobody.
    #[serde(default)]
    pub user: Option<String>,
    /// The password.
    #[serde(default)]
    pub password: Option<SecretRef>,
    /// Seconds until a step is given up. Default: 20.
    #[serde(default = "twenty")]
    #[schemars(range(min = 1, max = 120))]
    pub timeout_secs: u64,
}

fn twenty() -> u64 {
    20
}

impl Smtp {
    /// The port in force.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            Tls::Starttls => 587,
            Tls::Implicit => 465,
            Tls::None => 25,
        })
    }
}

/// The mailbox that quad reads.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Imap {
    /// Its server's name, as its certificate has it.
    pub host: String,
    /// Default: 993, or 143 with `tls: starttls` or `tls: none`.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u16>,
    /// Default: implicit.
    #[serde(default = "Tls::implicit")]
    pub tls: Tls,
    /// Whom quad signs in as.
    pub user: String,
    /// The password.
    pub password: SecretRef,
    /// The folders that are read. Default: INBOX.
    #[serde(default = "inbox")]
    #[schemars(length(min = 1, max = 20))]
    pub folders: Vec<String>,
    /// Seconds between two looks where the server can't tell by itself (IDLE). Default: 30.
    #[serde(default = "half_a_minute")]
    #[schemars(range(min = 1))]
    pub poll_secs: u64,
}

fn inbox() -> Vec<String> {
    vec!["INBOX".to_owned()]
}

fn half_a_minute() -> u64 {
    30
}

impl Imap {
    /// The port in force.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            Tls::Implicit => 993,
            Tls::Starttls | Tls::None => 143,
        })
    }
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// TLS from the first byte.
    Implicit,
    /// The connection begins in the clear and must then change to TLS.
    Starttls,
    /// No protection: for a server on this machine only.
    None,
}

impl Tls {
    fn starttls() -> Self {
        Self::Starttls
    }

    fn implicit() -> Self {
        Self::Implicit
    }
}

/// People, named by their address or all at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Members {
    /// Mail addresses.
    pub addresses: Vec<String>,
    /// Domains, `example.com`: everybody there, but nobody of a subdomain.
    pub domains: Vec<String>,
}

impl Config {
    /// The domain that quad writes from; its Message-IDs end in it.
    pub fn domain(&self) -> &str {
        self.from.rsplit_once('@').map_or("localhost", |(_, domain)| domain)
    }

    /// The role that this address holds; `None` where nobody named it.
    pub fn role(&self, address: &str) -> Option<Role> {
        let domain = address.rsplit_once('@')?.1;
        let named = |members: &Members| {
            members.addresses.iter().any(|one| one.eq_ignore_ascii_case(address))
                || members.domains.iter().any(|one| one.trim_start_matches('@').eq_ignore_ascii_case(domain))
        };
        self.roles.of(named)
    }

    /// Sentences about what can't be right, with the key that each is about.
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        if self.smtp.user.is_some() != self.smtp.password.is_some() {
            found.push(("smtp", "`mail.smtp` needs both `user` and `password`, or neither".to_owned()));
        }
        let local = |host: &str| matches!(host, "localhost" | "127.0.0.1" | "::1");
        if self.smtp.tls == Tls::None && self.smtp.password.is_some() && !local(&self.smtp.host) {
            found.push((
                "smtp",
                "`mail.smtp` would send its password unprotected; set `tls: starttls`".to_owned(),
            ));
        }
        if let Some(imap) = &self.imap
            && imap.tls == Tls::None
            && !local(&imap.host)
        {
            found.push((
                "imap",
                "`mail.imap` would send its password unprotected; set `tls: implicit`".to_owned(),
            ));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(more: serde_json::Value) -> Config {
        let mut file = serde_json::json!({"from": "quad@example.com", "smtp": {"host": "mail.example.com"}});
        for (key, value) in more.as_object().expect("an object") {
            file[key] = value.clone();
        }
        serde_json::from_value(file).expect("reads")
    }

    #[test]
    fn an_address_and_a_server_are_enough_to_send() {
        let config = config(serde_json::json!({}));
        assert_eq!(
            (config.smtp.port(), config.smtp.tls, config.domain()),
            (587, Tls::Starttls, "example.com")
        );
        assert!(config.imap.is_none() && config.problems().is_empty());
        assert_eq!(config.role("anybody@example.com"), None);
    }

    #[test]
    fn the_highest_role_counts_and_subdomains_are_other_people() {
        let config = config(serde_json::json!({"roles": {
            "viewer": {"domains": ["example.com"]},
            "responder": {"addresses": ["Alice@Example.com"]},
        }}));
        assert_eq!(config.role("alice@example.com"), Some(Role::Responder));
        assert_eq!(config.role("bob@EXAMPLE.com"), Some(Role::Viewer));
        for stranger in ["bob@sub.example.com", "bob@notexample.com", "example.com", ""] {
            assert_eq!(config.role(stranger), None, "{stranger}");
        }
    }

    #[test]
    fn an_unprotected_password_is_refused() {
        let password = serde_json::json!({"env": "QUAD_MAIL_PASSWORD"});
        let open = config(serde_json::json!({
            "smtp": {"host": "mail.example.com", "tls": "none", "user": "quad", "password": password},
            "imap": {"host": "mail.example.com", "tls": "none", "user": "quad", "password": password},
        }));
        let keys: Vec<_> = open.problems().into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["smtp", "imap"]);
        let half = config(serde_json::json!({"smtp": {"host": "localhost", "tls": "none", "user": "quad"}}));
        assert_eq!(half.problems().len(), 1);
    }
}
