//! Calls Slack's Web API and says what a failure means: worth repeating, to be waited for, hopeless,
//! or of unknown outcome. The client is slack-morphism's, with replies as plain JSON: its typed
//! models refuse replies that Slack does send. Its errors print bodies, so they are never shown.

use std::sync::Arc;
use std::time::Duration;

use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use slack_morphism::errors::SlackClientError;
use slack_morphism::prelude::SlackClientHyperConnector;
use slack_morphism::{
    SlackApiToken, SlackApiTokenValue, SlackClient, SlackClientApiCallContext, SlackClientHttpConnector as _,
};

use crate::error::CallError;

/// What Slack asks to wait when it does not say how long.
const BUSY: Duration = Duration::from_secs(30);

type Connector = SlackClientHyperConnector<HttpsConnector<HttpConnector>>;

/// The Web API, for one token.
#[derive(Clone)]
pub(super) struct Api {
    client: Arc<SlackClient<Connector>>,
    token: SlackApiToken,
    timeout: Duration,
}

/// Whether a call changes something, so that a lost reply leaves its outcome open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing changes; it can be asked again.
    Reads,
    /// Something is posted or edited.
    Posts,
}

impl Api {
    pub(super) fn new(
        base_url: &url::Url,
        token: &SecretString,
        timeout: Duration,
        tls: &Arc<rustls::ClientConfig>,
    ) -> Self {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_connect_timeout(Some(timeout.min(Duration::from_secs(5))));
        http.set_nodelay(true);
        let https = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(tls.as_ref().clone())
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let connector = SlackClientHyperConnector::with_connector(https)
            .with_slack_api_url(base_url.as_str().trim_end_matches('/'));
        Self {
            client: Arc::new(SlackClient::new(connector)),
            token: SlackApiToken::new(SlackApiTokenValue(token.expose_secret().to_owned())),
            timeout,
        }
    }

    /// Asks something, with parameters in the address: Slack reads JSON only where it writes.
    pub(super) async fn ask(&self, method: &str, params: &[(&str, &str)]) -> Result<Value, CallError> {
        let params: Vec<(&str, Option<&str>)> =
            params.iter().map(|(key, value)| (*key, Some(*value))).collect();
        let session = self.client.open_session(&self.token);
        let call = session.http_session_api.http_get::<Value, _, _>(method, &params, None);
        judge(method, Effect::Reads, tokio::time::timeout(self.timeout, call).await)
    }

    /// Calls a method with a JSON body.
    pub(super) async fn call(&self, method: &str, effect: Effect, body: &Value) -> Result<Value, CallError> {
        let session = self.client.open_session(&self.token);
        let call = session.http_session_api.http_post::<_, Value>(method, body, None);
        judge(method, effect, tokio::time::timeout(self.timeout, call).await)
    }

    /// Hands a message in at a `response_url`, which needs no token and says nothing but "ok".
    pub(super) async fn hand_in(&self, url: url::Url, body: &Value) -> Result<(), CallError> {
        const METHOD: &str = "response_url";
        let span = tracing::Span::none();
        let context = SlackClientApiCallContext {
            rate_control_params: None,
            token: None,
            tracing_span: &span,
            is_sensitive_url: true,
        };
        let call = self.client.http_api.connector.http_post_uri::<_, Value>(url, body, context);
        match tokio::time::timeout(self.timeout, call).await {
            // Some answers carry JSON, most only the word.
            Ok(Ok(reply)) if reply["ok"] != json!(false) => Ok(()),
            outcome => judge(METHOD, Effect::Posts, outcome).map(|_| ()),
        }
    }

    /// Hands the bytes of a file in where Slack said they go; the address is a permission in itself.
    pub(super) async fn upload(&self, url: url::Url, bytes: &[u8], kind: &str) -> Result<(), CallError> {
        const METHOD: &str = "upload_url";
        let span = tracing::Span::none();
        let context = SlackClientApiCallContext {
            rate_control_params: None,
            token: None,
            tracing_span: &span,
            is_sensitive_url: true,
        };
        let http = &self.client.http_api.connector;
        let call = http.http_post_uri_binary::<Value>(url, kind.to_owned(), bytes, context);
        match tokio::time::timeout(self.timeout, call).await {
            Ok(Ok(_)) => Ok(()),
            outcome => judge(METHOD, Effect::Posts, outcome).map(|_| ()),
        }
    }

    /// Who this token is.
    pub(super) async fn auth_test(&self) -> Result<Value, CallError> {
        self.call("auth.test", Effect::Reads, &json!({})).await
    }
}

type Outcome = Result<Result<Value, SlackClientError>, tokio::time::error::Elapsed>;

fn judge(method: &str, effect: Effect, outcome: Outcome) -> Result<Value, CallError> {
    let open = |why: String| match effect {
        Effect::Reads => CallError::Transient { why },
        Effect::Posts => CallError::Unknown { why },
    };
    let error = match outcome {
        Err(_) => return Err(open(format!("{method}: Slack did not answer in time"))),
        Ok(Ok(reply)) if reply["ok"] == json!(true) => return Ok(reply),
        Ok(Ok(reply)) => match reply["error"].as_str() {
            Some(code) => return Err(refused(method, effect, code)),
            None => return Err(open(format!("{method}: a reply that is not Slack's"))),
        },
        Ok(Err(error)) => error,
    };
    Err(match error {
        SlackClientError::ApiError(error) => refused(method, effect, &error.code),
        SlackClientError::RateLimitError(error) => {
            CallError::Busy { retry_after: error.retry_after.unwrap_or(BUSY).max(Duration::from_secs(1)) }
        }
        SlackClientError::HttpError(error) if error.status_code.is_server_error() => {
            open(format!("{method}: Slack answered {}", error.status_code))
        }
        SlackClientError::HttpError(error) => {
            CallError::permanent(format!("{method}: Slack answered {}", error.status_code))
        }
        SlackClientError::HttpProtocolError(error) => match error.cause {
            Some(cause) if never_left(cause.as_ref()) => CallError::transient(format!(
                "{method}: Slack can't be reached: {}",
                innermost(cause.as_ref())
            )),
            _ => open(format!("{method}: the connection to Slack broke")),
        },
        SlackClientError::ProtocolError(_) => open(format!("{method}: Slack's reply was no JSON")),
        _ => open(format!("{method}: the call to Slack failed")),
    })
}

/// Whether the connection was never there, so that nothing can have been posted.
fn never_left(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(|error| error.is_connect())
}

fn innermost<'a>(error: &'a (dyn std::error::Error + 'static)) -> &'a (dyn std::error::Error + 'static) {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error
}

/// What one of Slack's error codes means. Source: the reference pages of the methods used.
pub(super) fn refused(method: &str, effect: Effect, code: &str) -> CallError {
    // The code comes from outside: keep only what a code can be.
    let code: String =
        code.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).take(80).collect();
    let say = |what: &str| CallError::permanent(format!("Slack says {code}: {what}"));
    match code.as_str() {
        "ratelimited" | "rate_limited" | "message_limit_exceeded" => CallError::Busy { retry_after: BUSY },
        "internal_error" | "fatal_error" | "request_timeout" if effect == Effect::Posts => {
            CallError::Unknown { why: format!("{method}: Slack says {code}") }
        }
        "internal_error"
        | "fatal_error"
        | "request_timeout"
        | "service_unavailable"
        | "team_added_to_org"
        | "org_login_required" => CallError::transient(format!("{method}: Slack says {code}")),
        "invalid_auth"
        | "not_authed"
        | "account_inactive"
        | "token_revoked"
        | "token_expired"
        | "not_allowed_token_type" => say("the token is not accepted; copy it again from the app's page"),
        "missing_scope" | "no_permission" => {
            say("the app lacks a permission; update it from manifest.yml and install it again")
        }
        "not_in_channel" => say("quad is not in that channel; invite it there with /invite @quad"),
        "channel_not_found" => say(
            "no such channel, or a private one that quad is not in; check its name or invite quad there with /invite @quad",
        ),
        "is_archived" => say("the channel is archived; choose another in the configuration"),
        "restricted_action"
        | "restricted_action_read_only_channel"
        | "restricted_action_thread_only_channel"
        | "restricted_action_non_threadable_channel" => {
            say("the workspace's settings don't let quad post there; ask an owner of the workspace")
        }
        "user_not_in_channel" => {
            say("the person is not in that channel, so nothing can be shown to them there")
        }
        "message_not_found" | "cant_update_message" | "edit_window_closed" => {
            say("the message is gone or can't be edited any more")
        }
        "thread_not_found" | "cannot_reply_to_message" => say("the thread is gone"),
        "msg_too_long"
        | "msg_blocks_too_long"
        | "too_many_attachments"
        | "invalid_blocks"
        | "invalid_blocks_format" => say("the message does not fit; that is a mistake in quad"),
        _ => CallError::permanent(format!("{method}: Slack says {code}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_to_do() {
        insta::assert_snapshot!(refused("chat.postMessage", Effect::Posts, "not_in_channel"), @"Slack says not_in_channel: quad is not in that channel; invite it there with /invite @quad");
        assert!(matches!(
            refused("chat.postMessage", Effect::Posts, "fatal_error"),
            CallError::Unknown { .. }
        ));
        assert!(matches!(refused("users.info", Effect::Reads, "fatal_error"), CallError::Transient { .. }));
        assert!(matches!(refused("chat.update", Effect::Posts, "ratelimited"), CallError::Busy { .. }));
    }
}
