//! A signed-in connection to the mailbox's server: TCP, TLS, greeting, login. Failures are sentences
//! without names or passwords.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_imap::types::Capabilities;
use async_imap::{Client, Session};
use rustls::pki_types::ServerName;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::config::{Imap, Tls};
use crate::error::CallError;

/// How long a step may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// What a session runs over.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Debug + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Debug + Send> Wire for T {}

/// A session over whatever it runs over.
pub(super) type Mailbox = Session<Box<dyn Wire>>;

/// Signs in; what the server can do.
pub(super) async fn connect(
    imap: &Imap,
    password: &SecretString,
    tls: &Arc<rustls::ClientConfig>,
) -> Result<(Mailbox, Capabilities), CallError> {
    let opening = open(imap, password, tls);
    tokio::time::timeout(PATIENCE, opening)
        .await
        .unwrap_or_else(|_| Err(CallError::transient("the mailbox's server does not answer in time")))
}

async fn open(
    imap: &Imap,
    password: &SecretString,
    tls: &Arc<rustls::ClientConfig>,
) -> Result<(Mailbox, Capabilities), CallError> {
    let stream = TcpStream::connect((imap.host.as_str(), imap.port())).await.map_err(|error| {
        CallError::transient(format!("the mailbox's server can't be reached: {}", error.kind()))
    })?;
    let client = match imap.tls {
        Tls::Implicit => greeted(protected(imap, tls, stream).await?).await?,
        Tls::None => greeted(Box::new(stream)).await?,
        Tls::Starttls => {
            let mut client = Client::new(stream);
            client.read_response().await.map_err(|_| broke())?.ok_or_else(broke)?;
            let changed = client.run_command_and_check_ok("STARTTLS", None).await;
            changed.map_err(|_| CallError::transient("the mailbox's server offers no STARTTLS"))?;
            Client::new(protected(imap, tls, client.into_inner()).await?)
        }
    };
    let signed_in = client.login(&imap.user, password.expose_secret()).await;
    let mut session = signed_in.map_err(|(error, _)| match error {
        async_imap::error::Error::No(said) if will_pass(&said) => {
            CallError::transient("the mailbox's server can't tell yet who may sign in")
        }
        async_imap::error::Error::No(_) | async_imap::error::Error::Bad(_) => {
            CallError::permanent("the mailbox's server refuses the user name or password")
        }
        error => failed(&error),
    })?;
    let can = session.capabilities().await.map_err(|error| failed(&error))?;
    Ok((session, can))
}

/// Whether a refusal is no word about the password: a server that starts or ends may not reach what knows it
/// (`[UNAVAILABLE]`, RFC 5530).
fn will_pass(said: &str) -> bool {
    let said = said.to_lowercase();
    ["unavailable", "temporar", "try again"].iter().any(|word| said.contains(word))
}

async fn protected(
    imap: &Imap,
    tls: &Arc<rustls::ClientConfig>,
    stream: TcpStream,
) -> Result<Box<dyn Wire>, CallError> {
    let name = ServerName::try_from(imap.host.clone())
        .map_err(|_| CallError::permanent("`mail.imap.host` is not the name of a server"))?;
    match TlsConnector::from(Arc::clone(tls)).connect(name, stream).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => Err(CallError::transient(format!("no trust in the mailbox's server: {error}"))),
    }
}

async fn greeted(stream: Box<dyn Wire>) -> Result<Client<Box<dyn Wire>>, CallError> {
    let mut client = Client::new(stream);
    client.read_response().await.map_err(|_| broke())?.ok_or_else(broke)?;
    Ok(client)
}

/// What went wrong, without the server's words: they may repeat what was said to it.
pub(super) fn failed(error: &async_imap::error::Error) -> CallError {
    use async_imap::error::Error;
    CallError::transient(match error {
        Error::Io(error) => format!("the connection to the mailbox's server broke: {}", error.kind()),
        Error::ConnectionLost => return broke(),
        Error::No(_) => "the mailbox's server refuses".to_owned(),
        Error::Bad(_) => "the mailbox's server does not understand".to_owned(),
        _ => "the mailbox's server says what can't be read".to_owned(),
    })
}

fn broke() -> CallError {
    CallError::transient("the connection to the mailbox's server broke")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_can_not_tell_yet_is_no_wrong_password() {
        let said = |text: &str| format!("code: None, info: Some({text:?})");
        assert!(will_pass(&said("[UNAVAILABLE] Temporary authentication failure. [mx:2026-01-01]")));
        assert!(will_pass(&said("[UNAVAILABLE] Internal authentication failure.")));
        assert!(!will_pass(&said("[AUTHENTICATIONFAILED] Authentication failed.")));
    }
}
