//! Webhooks (v3): who acknowledged or resolved an incident in PagerDuty. Only what was signed with
//! the subscription's secret is read. Source: developer.pagerduty.com, "Webhooks v3 overview" and
//! "Verifying signatures".

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use futures_util::future::BoxFuture;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use sha2::Sha256;

use super::Pagerduty;
use crate::model::page::PageState;
use crate::model::time::Moment;

/// PagerDuty's payloads are far smaller.
const MAX_BODY: usize = 1024 * 1024;

/// What a person did in PagerDuty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// PagerDuty's id of the event; the same event may come again.
    pub event_id: String,
    /// The key that quad gave the incident.
    pub key: String,
    /// The state that it has now.
    pub state: PageState,
    /// PagerDuty's id of the person.
    pub who_id: String,
    /// What they are called there.
    pub who: String,
    /// When.
    pub at: Moment,
}

/// Takes in what happened; `false` where it changed nothing.
pub type Sink = Arc<dyn Fn(Happened) -> BoxFuture<'static, anyhow::Result<bool>> + Send + Sync>;

/// Why an event is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Ignored {
    /// Nothing in it changes an alert.
    #[error("events of this kind change nothing here")]
    OtherKind,
    /// Done by an integration, quad's own above all: an echo.
    #[error("no person did it")]
    NoPerson,
    /// An incident that something else opened.
    #[error("quad did not open this incident")]
    NotOurs,
    /// It is signed, and lacks what it must have.
    #[error("it has another shape than expected")]
    Unreadable,
}

/// The route that PagerDuty calls.
pub fn router(pagerduty: Arc<Pagerduty>, path: &str, sink: Sink) -> axum::Router {
    let door = Door { pagerduty, sink };
    axum::Router::new().route(path, post(receive)).layer(DefaultBodyLimit::max(MAX_BODY)).with_state(door)
}

#[derive(Clone)]
struct Door {
    pagerduty: Arc<Pagerduty>,
    sink: Sink,
}

async fn receive(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(secret) = door.pagerduty.webhook_secret() else {
        return (StatusCode::NOT_FOUND, "This hook is closed: pagerduty.webhook_secret is not set")
            .into_response();
    };
    if !is_signed(secret, &headers, &body) {
        tracing::warn!("refused a request that claims to be PagerDuty's: its signature does not fit");
        return (StatusCode::UNAUTHORIZED, "the signature does not fit").into_response();
    }
    match read(&body) {
        Ok(happened) => match (door.sink)(happened).await {
            Ok(_) => StatusCode::ACCEPTED.into_response(),
            Err(error) => {
                // Anything but a success makes PagerDuty send it again.
                tracing::warn!("could not take in what happened in PagerDuty: {error:#}");
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
        },
        Err(why) => {
            tracing::debug!("an event of PagerDuty's is left alone: {why}");
            (StatusCode::OK, why.to_string()).into_response()
        }
    }
}

/// Whether one of the signatures is made with `secret`. There are several while a secret is changed.
pub fn is_signed(secret: &SecretString, headers: &HeaderMap, body: &[u8]) -> bool {
    let values = headers.get_all("x-pagerduty-signature").iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).take(8).any(|claim| {
        let Some(claim) = claim.trim().strip_prefix("v1=").and_then(|text| hex::decode(text).ok()) else {
            return false;
        };
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
            return false;
        };
        mac.update(body);
        // Compares in constant time.
        mac.verify_slice(&claim).is_ok()
    })
}

/// What a signed body says.
///
/// # Errors
/// Says why it is left alone.
pub fn read(body: &[u8]) -> Result<Happened, Ignored> {
    let body: Value = serde_json::from_slice(body).map_err(|_| Ignored::Unreadable)?;
    let event = &body["event"];
    let state = match event["event_type"].as_str() {
        Some("incident.acknowledged") => PageState::Acknowledged,
        Some("incident.resolved") => PageState::Resolved,
        Some(_) => return Err(Ignored::OtherKind),
        None => return Err(Ignored::Unreadable),
    };
    let agent = &event["agent"];
    let is_person = agent["type"].as_str().is_some_and(|kind| kind == "user_reference" || kind == "user");
    if !is_person {
        return Err(Ignored::NoPerson);
    }
    let data = &event["data"];
    let key = ["incident_key", "alert_key", "dedup_key"].into_iter().find_map(|name| data[name].as_str());
    let key = key.filter(|key| key.starts_with("quad-")).ok_or(Ignored::NotOurs)?;
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(Happened {
        event_id: text(&event["id"]).ok_or(Ignored::Unreadable)?,
        key: key.to_owned(),
        state,
        who_id: text(&agent["id"]).ok_or(Ignored::Unreadable)?,
        who: text(&agent["summary"]).unwrap_or_else(|| "somebody in PagerDuty".to_owned()),
        at: text(&event["occurred_at"]).and_then(|at| at.parse().ok()).ok_or(Ignored::Unreadable)?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(kind: &str, agent: Value, key: Value) -> Vec<u8> {
        json!({"event": {
            "id": "01BFHQ", "event_type": kind, "resource_type": "incident",
            "occurred_at": "2026-01-08T13:10:00.000Z", "agent": agent, "client": null,
            "data": {"id": "PGR0VU2", "type": "incident", "incident_key": key, "status": "acknowledged"},
        }})
        .to_string()
        .into_bytes()
    }

    fn user() -> Value {
        json!({"id": "PLH1HKV", "type": "user_reference", "summary": "Tenex Engineer"})
    }

    fn key() -> Value {
        json!("quad-00000000-0000-0000-0000-000000000001")
    }

    #[test]
    fn what_a_person_did_is_read() {
        let happened = read(&event("incident.acknowledged", user(), key())).expect("reads");
        assert_eq!((happened.state, happened.who.as_str()), (PageState::Acknowledged, "Tenex Engineer"));
        let resolved = read(&event("incident.resolved", user(), key())).expect("reads");
        assert_eq!(resolved.state, PageState::Resolved);
    }

    #[test]
    fn everything_else_is_left_alone_for_a_reason() {
        let integration = json!({"id": "PX", "type": "events_api_v2_inbound_integration_reference"});
        for (body, why) in [
            (event("incident.acknowledged", integration, key()), Ignored::NoPerson),
            (event("incident.resolved", Value::Null, key()), Ignored::NoPerson),
            (event("incident.annotated", user(), key()), Ignored::OtherKind),
            (event("pagey.ping", Value::Null, Value::Null), Ignored::OtherKind),
            (event("incident.resolved", user(), json!("srv01/HTTP")), Ignored::NotOurs),
            (event("incident.resolved", user(), Value::Null), Ignored::NotOurs),
            (b"{}".to_vec(), Ignored::Unreadable),
            (b"not json".to_vec(), Ignored::Unreadable),
        ] {
            assert_eq!(read(&body), Err(why));
        }
    }

    #[test]
    fn one_fitting_signature_of_several_is_enough() {
        let secret = SecretString::from("hush".repeat(4));
        let sign = |body: &[u8], key: &str| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("any length");
            mac.update(body);
            format!("v1={}", hex::encode(mac.finalize().into_bytes()))
        };
        let signed = |value: String, body: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert("x-pagerduty-signature", value.parse().expect("a header"));
            is_signed(&secret, &headers, body)
        };
        let (right, wrong) = (sign(b"body", &"hush".repeat(4)), sign(b"body", "old"));
        assert!(signed(right.clone(), b"body"));
        assert!(signed(format!("{wrong}, {right}"), b"body"));
        assert!(!signed(right, b"other body"));
        assert!(!signed(wrong, b"body"));
        assert!(!signed("v1=zz".to_owned(), b"body"));
        assert!(!is_signed(&secret, &HeaderMap::new(), b"body"));
    }
}
