//! Events over HTTP, for installations that have a public address: only what Slack signed, and
//! signed lately, is read. Source: docs.slack.dev, "Verifying requests from Slack".

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use sha2::Sha256;

use super::Slack;
use super::inbox::{Kind, Sink, Verdict};
use super::read::Unreadable;
use crate::model::time::Moment;
use crate::ports::clock::Clock;

/// Older signatures may be replays.
const MAX_AGE_SECS: i64 = 5 * 60;
/// Slack's payloads are far smaller.
const MAX_BODY: usize = 2 * 1024 * 1024;

/// Why a request is not taken for Slack's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Signature or time are missing or make no sense.
    #[error("not signed")]
    Unsigned,
    /// Slack's signature, made more than five minutes away from now: a replay, or a clock that is off.
    #[error(
        "Slack signed it, but more than five minutes from the time that this machine has: is its clock right?"
    )]
    Stale,
    /// Somebody else signed it, or it was changed on the way.
    #[error("signed by somebody else")]
    Forged,
}

/// Whether Slack signed `body` within five minutes of `now`.
///
/// # Errors
/// Says why not.
pub fn verify(secret: &SecretString, headers: &HeaderMap, body: &[u8], now: Moment) -> Result<(), Refusal> {
    let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let stamp = value("x-slack-request-timestamp").ok_or(Refusal::Unsigned)?;
    let seconds: i64 = stamp.parse().map_err(|_| Refusal::Unsigned)?;
    let signature =
        value("x-slack-signature").and_then(|all| all.strip_prefix("v0=")).ok_or(Refusal::Unsigned)?;
    let signature = hex::decode(signature).map_err(|_| Refusal::Unsigned)?;
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).map_err(|_| Refusal::Forged)?;
    mac.update(format!("v0:{stamp}:").as_bytes());
    mac.update(body);
    // Compares in constant time.
    mac.verify_slice(&signature).map_err(|_| Refusal::Forged)?;
    if now.timestamp().saturating_sub(seconds).saturating_abs() > MAX_AGE_SECS {
        return Err(Refusal::Stale);
    }
    Ok(())
}

/// The one address for everything: events, commands and interactions are told apart by what they
/// are. `POST` only; the path is the caller's choice.
pub fn router(slack: Arc<Slack>, path: &str, sink: Sink, clock: Clock) -> axum::Router {
    axum::Router::new().route(path, post(receive)).layer(DefaultBodyLimit::max(MAX_BODY)).with_state(Door {
        slack,
        sink,
        clock,
    })
}

#[derive(Clone)]
struct Door {
    slack: Arc<Slack>,
    sink: Sink,
    clock: Clock,
}

async fn receive(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> Response {
    let now = door.clock.now();
    let Some(secret) = door.slack.signing_secret() else {
        return (StatusCode::NOT_FOUND, "Events over HTTP are off: slack.signing_secret is not set")
            .into_response();
    };
    if let Err(refusal) = verify(secret, &headers, &body, now) {
        tracing::warn!("Refused a request that claims to be Slack's: {refusal}");
        door.slack.counts().refused();
        return (StatusCode::UNAUTHORIZED, refusal.to_string()).into_response();
    }
    let is_form = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let Some((kind, payload)) = (if is_form { form(&body) } else { json(&body) }) else {
        door.slack.unreadable(&Unreadable { kind: "request", lacks: "a readable body" });
        // It is Slack's and will not get better: sending it again helps nobody.
        return StatusCode::OK.into_response();
    };
    if payload["type"] == "url_verification" {
        return payload["challenge"].as_str().unwrap_or_default().to_owned().into_response();
    }
    // Whose messages are our own must be known; Slack asks again if it can't be found out now.
    if door.slack.me().await.is_err() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    match door.slack.take_in(kind, &payload, &door.sink, now).await {
        Verdict::Done if kind == Kind::Command => {
            ([(header::CONTENT_TYPE, "application/json")], r#"{"response_type":"in_channel"}"#)
                .into_response()
        }
        Verdict::Done => StatusCode::OK.into_response(),
        Verdict::Again => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn json(body: &[u8]) -> Option<(Kind, Value)> {
    Some((Kind::Event, serde_json::from_slice(body).ok()?))
}

/// Interactions carry JSON in the field `payload`; commands are fields.
fn form(body: &[u8]) -> Option<(Kind, Value)> {
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
    if let Some((_, payload)) = fields.iter().find(|(name, _)| name == "payload") {
        return Some((Kind::Interaction, serde_json::from_str(payload).ok()?));
    }
    let fields: serde_json::Map<String, Value> =
        fields.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
    fields.contains_key("command").then_some((Kind::Command, Value::Object(fields)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(secret: &str, stamp: i64, body: &[u8]) -> HeaderMap {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
        mac.update(format!("v0:{stamp}:").as_bytes());
        mac.update(body);
        let signature = format!("v0={}", hex::encode(mac.finalize().into_bytes()));
        let mut headers = HeaderMap::new();
        headers.insert("x-slack-request-timestamp", stamp.to_string().parse().expect("a value"));
        headers.insert("x-slack-signature", signature.parse().expect("a value"));
        headers
    }

    #[test]
    fn only_what_slack_signed_lately_is_taken() {
        let secret = SecretString::from("not a secret");
        let now = Moment::from_timestamp(1_767_880_920, 0).expect("a moment");
        let stamp = now.timestamp();
        let body = b"{\"type\":\"event_callback\"}";
        assert_eq!(verify(&secret, &signed("not a secret", stamp, body), body, now), Ok(()));
        assert_eq!(verify(&secret, &signed("other", stamp, body), body, now), Err(Refusal::Forged));
        assert_eq!(verify(&secret, &signed("not a secret", stamp, body), b"{}", now), Err(Refusal::Forged));
        assert_eq!(
            verify(&secret, &signed("not a secret", stamp - 301, body), body, now),
            Err(Refusal::Stale)
        );
        assert_eq!(
            verify(&secret, &signed("not a secret", stamp + 301, body), body, now),
            Err(Refusal::Stale)
        );
        assert_eq!(verify(&secret, &HeaderMap::new(), body, now), Err(Refusal::Unsigned));
    }

    /// The example of Slack's own documentation.
    #[test]
    fn the_documented_example_is_accepted() {
        let secret = SecretString::from(["8f742231b10e8888", "abcd99yyyzzz85a5"].concat());
        let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let mut headers = HeaderMap::new();
        headers.insert("x-slack-request-timestamp", "1531420618".parse().expect("a value"));
        let signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
        headers.insert("x-slack-signature", signature.parse().expect("a value"));
        let now = Moment::from_timestamp(1_531_420_618, 0).expect("a moment");
        assert_eq!(verify(&secret, &headers, body.as_bytes(), now), Ok(()));
    }
}
