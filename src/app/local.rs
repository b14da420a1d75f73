//! Asks the quad that runs on this machine.

use std::time::Duration;

use serde_json::json;

use crate::app::secrets;
use crate::config::Config;
use crate::error::{CallError, UserError};
use crate::model::answer::Answer;
use crate::vendors::http::{Auth, Client, Options};

/// The answer of the running quad, or `None` where none runs on this data folder.
///
/// # Errors
/// Where one runs and can't be understood.
pub async fn ask(config: &Config, text: &str) -> anyhow::Result<Option<Answer>> {
    let Some(token) = secrets::known_token(&config.file.data) else { return Ok(None) };
    let mut listen = config.file.web.listen;
    if listen.ip().is_unspecified() {
        listen.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let base = url::Url::parse(&format!("http://{listen}/"))?;
    let options = Options {
        auth: Auth::Bearer(token),
        connect_timeout: Duration::from_millis(500),
        timeout: Duration::from_secs(60),
        ..Options::new(base)
    };
    let reply = match Client::new(options)?.post_json("api/ask", &json!({ "text": text })).await {
        Ok(reply) => reply,
        // Nobody listens there.
        Err(CallError::Transient { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    match reply.status {
        200 => {}
        // Another folder's quad, or another program altogether.
        401 | 403 | 404 => return Ok(None),
        413 => return Err(UserError::new("That is more text than quad reads at once (1 MB).").into()),
        status => {
            return Err(UserError::new(format!("The quad at http://{listen} answered with {status}.")).into());
        }
    }
    let value: serde_json::Value = reply.json()?;
    Ok(Some(serde_json::from_value(value["answer"].clone())?))
}
