//! Asks the quad that runs on this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context as _;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::app::secrets;
use crate::config::Config;
use crate::error::{CallError, UserError};
use crate::gather::said::{self, InForce};
use crate::model::answer::Answer;
use crate::model::deployment::Deployment;
use crate::ports::clock::Clock;
use crate::store::Store;
use crate::vendors::http::{Auth, Client, Options};

/// The answer of the running quad, or `None` where none runs on this data folder.
///
/// # Errors
/// Where one runs and can't be understood.
pub async fn ask(config: &Config, text: &str) -> anyhow::Result<Option<Answer>> {
    let Some(mut reply) = call(config, "api/ask", &json!({ "text": text })).await? else { return Ok(None) };
    Ok(Some(serde_json::from_value(reply["answer"].take()).context("reading the running quad's answer")?))
}

/// What people said in chat and is in force, from the store of this data folder. Nothing where there
/// is none yet: looking must not make one.
///
/// # Errors
/// Where the store can't be read.
pub async fn said(config: &Config) -> anyhow::Result<InForce> {
    let url = secrets::store_url(config)?;
    let file = url.expose_secret().strip_prefix("sqlite:");
    if file.is_some_and(|path| !std::path::Path::new(path).exists()) {
        return Ok(InForce::default());
    }
    let store = Store::open(url.expose_secret()).await?;
    let changes = store.changes_in_force().await?;
    store.close().await;
    Ok(said::in_force(&changes, Clock::system().now(), config.file.timezone))
}

/// Tells the running quad of a deployment: whether it was news, or `None` where none runs.
///
/// # Errors
/// Where one runs and refuses, or can't be understood.
pub async fn deployed(config: &Config, deployment: &Deployment) -> anyhow::Result<Option<bool>> {
    let announced = json!({
        "service": deployment.service,
        "version": deployment.version,
        "environment": deployment.environment,
        "took_seconds": deployment.took_seconds,
    });
    let reply = call(config, "api/deployments", &announced).await?;
    Ok(reply.map(|reply| reply["new"].as_bool().unwrap_or(true)))
}

/// A fresh sign-in link of the running quad, or `None` where none runs.
///
/// # Errors
/// Where one runs and can't be understood.
pub async fn login(config: &Config) -> anyhow::Result<Option<String>> {
    let reply = call(config, "api/login", &json!({})).await?;
    reply
        .map(|reply| Ok(reply["url"].as_str().context("the running quad sent no link")?.to_owned()))
        .transpose()
}

/// Where the quad of this data folder answers, as far as is known: where it said so itself when it
/// started, unless the command line says otherwise.
pub fn address(config: &Config) -> SocketAddr {
    let said = config.flags.iter().any(|(key, _)| *key == "/web/listen");
    let kept = if said { None } else { secrets::known_address(&config.file.data) };
    let mut listen = kept.unwrap_or(config.file.web.listen);
    // Who listens everywhere also listens here.
    match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => listen.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => listen.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    listen
}

/// What the running quad replies; `None` where none runs on this data folder.
async fn call(config: &Config, path: &str, body: &Value) -> anyhow::Result<Option<Value>> {
    let Some(token) = secrets::known_token(&config.file.data) else { return Ok(None) };
    let listen = address(config);
    let base = url::Url::parse(&format!("http://{listen}/"))?;
    let options = Options {
        auth: Auth::Bearer(token),
        connect_timeout: Duration::from_millis(500),
        timeout: Duration::from_secs(60),
        ..Options::new(base)
    };
    let reply = match Client::new(options)?.post_json(path, body).await {
        Ok(reply) => reply,
        // Nobody listens there.
        Err(CallError::Transient { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    match reply.status {
        200 => Ok(Some(reply.json()?)),
        // Another folder's quad, or another program altogether.
        401 | 403 | 404 | 405 | 421 => Ok(None),
        status => {
            let said = reply.json::<Value>().ok().and_then(|reply| Some(reply["error"].as_str()?.to_owned()));
            let said = said.unwrap_or_else(|| format!("The quad at http://{listen} answered with {status}."));
            Err(UserError::new(said).into())
        }
    }
}
