//! Hands messages to the mail server. A send whose outcome is unknown can't be looked up; it goes
//! out again under the same Message-ID, and mail programs show such a pair as one.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls as Protection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use secrecy::ExposeSecret as _;

use super::Mail;
use super::compose::compose;
use super::config::{Config, Tls};
use crate::error::{CallError, UserError};
use crate::mailtext::thread;
use crate::model::answer::Answer;
use crate::model::outgoing::{Outgoing, Place, Platform, Receipt};
use crate::model::person::{Person, Role};
use crate::ports::messenger::{Messenger, Spot};
use crate::vendors::http::secret::resolve;

/// Connections kept open at most: the outbox serves eight addresses at a time.
const CONNECTIONS: u32 = 4;
/// Unused connections are closed before servers close them (Postfix: 300 s).
const IDLE: Duration = Duration::from_secs(60);

/// What hands messages to the server.
pub(super) type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// A transport as configured; connects to nothing yet.
pub(super) fn transport(config: &Config) -> Result<Transport, UserError> {
    let smtp = &config.smtp;
    let protection = match smtp.tls {
        Tls::Implicit => Protection::Wrapper(tls(config)?),
        Tls::Starttls => Protection::Required(tls(config)?),
        Tls::None => Protection::None,
    };
    let mut builder = Transport::builder_dangerous(&smtp.host)
        .port(smtp.port())
        .tls(protection)
        .timeout(Some(Duration::from_secs(smtp.timeout_secs)))
        .hello_name(ClientId::Domain(config.domain().to_owned()))
        .pool_config(PoolConfig::new().max_size(CONNECTIONS).idle_timeout(IDLE));
    if let (Some(user), Some(password)) = (&smtp.user, &smtp.password) {
        let password = resolve(password)?.expose_secret().to_owned();
        builder = builder.credentials(Credentials::new(user.clone(), password));
    }
    Ok(builder.build())
}

fn tls(config: &Config) -> Result<TlsParameters, UserError> {
    let mut builder = TlsParameters::builder(config.smtp.host.clone());
    if let Some(path) = &config.ca_file {
        let problem = |why: &str| UserError::new(format!("the CA file {} {why}", path.display()));
        let pem =
            std::fs::read(path).map_err(|error| problem(&format!("can't be read: {}", error.kind())))?;
        let certificate =
            Certificate::from_pem(&pem).map_err(|_| problem("holds no certificate in PEM form"))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(|error| UserError::new(format!("TLS can't be set up: {error}")))
}

#[async_trait]
impl Messenger for Mail {
    fn platform(&self) -> Platform {
        Platform::Mail
    }

    /// A mail has no limits that an answer meets.
    fn split(&self, answer: Answer) -> Vec<Answer> {
        vec![answer]
    }

    fn edits(&self) -> bool {
        false
    }

    /// A mail goes to one person.
    fn alone(&self, _: &Person, place: &Place) -> Option<String> {
        Some(place.channel.clone())
    }

    async fn send(&self, spot: &Spot, outgoing: &Outgoing) -> Result<Receipt, CallError> {
        let (to, root) = match spot {
            Spot::New { channel, thread } | Spot::Private { channel, thread, .. } => {
                (channel, thread.as_deref())
            }
            Spot::Existing(_) => return Err(CallError::permanent("a mail can't be changed once it is sent")),
        };
        let composing = {
            let (config, outgoing) = (Arc::clone(&self.config), outgoing.clone());
            let (to, root) = (to.clone(), root.map(str::to_owned));
            move || compose(&config, &outgoing, &to, root.as_deref())
        };
        // Charts take a processor for a while.
        let message = tokio::task::spawn_blocking(composing)
            .await
            .map_err(|_| CallError::permanent("the message can't be made"))?
            .map_err(CallError::permanent)?;
        self.transport().send(message).await.map_err(|error| judged(&error))?;
        let id = thread::message_id(outgoing.id, self.config().domain());
        Ok(Receipt { channel: to.clone(), message: id })
    }

    /// Nobody can look into somebody else's mailbox: it goes out again, under the same Message-ID.
    async fn find(&self, _: &Spot, _: &Outgoing) -> Result<Option<Receipt>, CallError> {
        Ok(None)
    }

    async fn working(&self, _: &Spot) {}

    /// What the configuration gives to their address, but no more than their mail was believed when
    /// it came in.
    async fn role(&self, person: &Person) -> Result<Option<Role>, CallError> {
        let given = self.config().role(&person.id);
        Ok(given.zip(person.role).map(|(given, believed)| given.min(believed)))
    }
}

/// What a failure means for the next attempt. The server's own words stay out of it: they may repeat
/// an address.
pub(super) fn judged(error: &Error) -> CallError {
    let code = error.status().map(u16::from);
    match code {
        // A person can mend these; what waits must not be lost meanwhile.
        Some(530 | 534 | 535 | 538) => CallError::transient(format!(
            "the mail server refuses the user name or password ({})",
            code.unwrap_or(0)
        )),
        Some(code @ 400..500) => CallError::transient(format!("the mail server says to try later ({code})")),
        Some(code) => CallError::permanent(format!("the mail server refuses it ({code})")),
        None if error.is_tls() => CallError::transient(format!("no trust in the mail server: {error}")),
        None if error.is_client() => {
            CallError::transient(format!("the mail server lacks something: {error}"))
        }
        // lettre tells the two apart in words only: a refused connection or certificate, and one that
        // broke on the way.
        None => match error.to_string().strip_prefix("Connection error") {
            Some(why) => CallError::transient(format!("the mail server can't be reached{why}")),
            None => CallError::Unknown { why: "the connection to the mail server broke".to_owned() },
        },
    }
}
