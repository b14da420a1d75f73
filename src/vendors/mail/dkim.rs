//! Checks a message's DKIM signatures, with keys from DNS.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use mail_auth::dkim::Signature;
use mail_auth::{AuthenticatedMessage, DkimResult, MessageAuthenticator};

use crate::error::UserError;
use crate::mailtext::trust::aligned;

/// Keys that did not come by then don't come.
const PATIENCE: Duration = Duration::from_secs(10);
/// A message with more signatures than this wants to keep us busy.
const MAX_SIGNATURES: usize = 10;

/// What the signatures say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signed {
    /// The sender's domain signed it as it is.
    Yes,
    /// It did not.
    No,
    /// The key could not be had just now.
    NotNow,
}

/// Checks signatures.
pub(super) struct Dkim(MessageAuthenticator);

impl Dkim {
    /// Asks `nameserver`, or the machine's.
    pub(super) fn new(nameserver: Option<SocketAddr>) -> Result<Self, UserError> {
        let made = match nameserver {
            None => MessageAuthenticator::new_system_conf(),
            Some(address) => {
                let at_port = |mut connection: ConnectionConfig| {
                    connection.port = address.port();
                    connection
                };
                let ways = vec![at_port(ConnectionConfig::udp()), at_port(ConnectionConfig::tcp())];
                let server = NameServerConfig::new(address.ip(), true, ways);
                let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
                MessageAuthenticator::new(config, ResolverOpts::default())
            }
        };
        made.map(Self).map_err(|error| UserError::new(format!("DNS can't be asked for DKIM keys: {error}")))
    }

    /// Whether the domain `from` signed the message `raw`.
    pub(super) async fn check(&self, raw: &[u8], from: &str) -> Signed {
        let Some(mut message) = AuthenticatedMessage::parse(raw) else { return Signed::No };
        // Nobody else's keys are asked for: whoever forges a mail must not have us wait for their DNS.
        message.dkim_headers.retain(|one| counts(&one.header, from));
        if message.dkim_headers.is_empty() || message.dkim_headers.len() > MAX_SIGNATURES {
            return Signed::No;
        }
        let Ok(checked) = tokio::time::timeout(PATIENCE, self.0.verify_dkim(&message)).await else {
            return Signed::NotNow;
        };
        let mut outcome = Signed::No;
        for one in checked.iter().filter(|one| one.signature().is_some_and(|it| counts(it, from))) {
            match one.result() {
                DkimResult::Pass => return Signed::Yes,
                DkimResult::TempError(_) => outcome = Signed::NotNow,
                _ => {}
            }
        }
        outcome
    }
}

/// Whether this signature, if it is right, says who wrote the mail: the domain in From made it, over
/// From and the whole body (RFC 6376, 8.2: what covers part of it says nothing about the rest).
fn counts(signature: &Signature, from: &str) -> bool {
    let covers_from = signature.h.iter().any(|name| name.eq_ignore_ascii_case("from"));
    signature.l == 0 && covers_from && aligned(&signature.d, from)
}
