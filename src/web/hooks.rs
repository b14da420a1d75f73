//! Calls from other programs. Signed, see [`signature`].
//!
//! `POST /hooks/mail`: a mail server hands over a raw message (RFC 5322).
//!
//! `POST /hooks/deployments`: a pipeline says that a new version runs.
//!
//! ```json
//! {"service": "checkout", "version": "v1.2.3", "environment": "prod", "took_seconds": 240,
//!  "at": "2026-01-08T13:52:00Z"}
//! ```
//!
//! [`signature`]: crate::web::signature

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::deployment::{Deployment, Learned};
use crate::model::time::Moment;
use crate::web::refusal::Refusal;
use crate::web::state::Web;

/// What a pipeline sends.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Announced {
    service: String,
    version: String,
    #[serde(default)]
    environment: String,
    #[serde(default)]
    previous: Option<String>,
    #[serde(default)]
    took_seconds: Option<u64>,
    #[serde(default)]
    at: Option<Moment>,
}

/// Takes note of a deployment.
pub(super) async fn deployments(
    State(web): State<Web>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let Some(verifier) = &web.0.deployments else {
        return Err(Refusal::new(
            StatusCode::NOT_FOUND,
            "This hook is closed: no secret is configured for deployments.",
        ));
    };
    let now = web.now();
    let signed_at = verifier
        .verify(&headers, &body, now)
        .map_err(|refused| Refusal::new(StatusCode::UNAUTHORIZED, refused.to_string()))?;
    let announced: Announced = serde_json::from_slice(&body)
        .map_err(|error| Refusal::bad(format!("the body is not a deployment: {error}")))?;
    // Not `now`: what is sent again after a restart is then still the same deployment.
    take(&web, announced.deployment(signed_at, now, Learned::Hook)?).await
}

/// Takes in a raw mail. Whether and why it is not answered is said to the mail server that sends it:
/// it holds the secret.
pub(super) async fn mail(
    State(web): State<Web>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let (Some(verifier), Some(hook)) = (&web.0.deployments, &web.doors().mail) else {
        let sentence = "This hook is closed: `mail.hook` is not set, or no secret is configured.";
        return Err(Refusal::new(StatusCode::NOT_FOUND, sentence));
    };
    verifier
        .verify(&headers, &body, web.now())
        .map_err(|refused| Refusal::new(StatusCode::UNAUTHORIZED, refused.to_string()))?;
    match (hook.take)(body.to_vec()).await? {
        Some(result) => Ok(Json(json!({ "mail": result }))),
        None => {
            Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "This mail can't be taken now; send it again."))
        }
    }
}

/// Hands the deployment on.
pub(super) async fn take(web: &Web, deployment: Deployment) -> Result<Json<Value>, Refusal> {
    let said = format!("{} {}", deployment.service, deployment.version);
    let new = (web.doors().deployed)(deployment).await?;
    Ok(Json(json!({ "deployment": said, "new": new })))
}

impl Announced {
    /// The deployment that was meant, begun at `usual` where the sender does not say.
    pub(super) fn deployment(
        self,
        usual: Moment,
        now: Moment,
        learned: Learned,
    ) -> Result<Deployment, Refusal> {
        let at = self.at.unwrap_or(usual);
        for (name, value) in [("service", &self.service), ("version", &self.version)] {
            if value.trim().is_empty() {
                return Err(Refusal::bad(format!("`{name}` is empty")));
            }
        }
        let longest = [&self.service, &self.version, &self.environment].map(|text| text.chars().count());
        if longest.into_iter().chain(self.previous.iter().map(|text| text.chars().count())).any(|n| n > 200) {
            return Err(Refusal::bad("names and versions have 200 characters at most"));
        }
        if at > now + TimeDelta::minutes(5) {
            return Err(Refusal::bad("`at` lies in the future"));
        }
        if at < now - TimeDelta::days(365) {
            return Err(Refusal::bad("`at` is more than a year ago"));
        }
        Ok(Deployment {
            service: self.service.trim().to_owned(),
            environment: self.environment.trim().to_owned(),
            version: self.version.trim().to_owned(),
            previous: self.previous,
            at,
            took_seconds: self.took_seconds,
            learned,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Moment {
        Moment::from_timestamp(1_767_873_600, 0).expect("a moment")
    }

    fn read(json: &str) -> Result<Deployment, String> {
        let announced: Announced = serde_json::from_str(json).map_err(|error| error.to_string())?;
        announced.deployment(noon(), noon(), Learned::Hook).map_err(|refusal| format!("{refusal:?}"))
    }

    #[test]
    fn a_deployment_needs_a_service_and_a_version() {
        let deployment = read(r#"{"service": " checkout ", "version": "v1"}"#).expect("reads");
        assert_eq!((deployment.service.as_str(), deployment.at), ("checkout", noon()));
        let full = read(
            r#"{"service": "a", "version": "2", "environment": "prod", "took_seconds": 240, "at": "2026-01-08T11:52:00Z"}"#,
        );
        assert_eq!(full.expect("reads").took_seconds, Some(240));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_reason() {
        for (json, reason) in [
            (r#"{"service": "a"}"#, "missing field `version`"),
            (r#"{"service": " ", "version": "1"}"#, "`service` is empty"),
            (r#"{"servce": "a", "version": "1"}"#, "unknown field `servce`"),
            (r#"{"service": "a", "version": "1", "at": "2026-01-08T13:00:00Z"}"#, "in the future"),
            (r#"{"service": "a", "version": "1", "at": "2020-01-08T13:00:00Z"}"#, "more than a year"),
            (r#"{"service": "a", "version": "1", "at": "noon"}"#, "invalid"),
        ] {
            let said = read(json).expect_err(json);
            assert!(said.contains(reason), "{said}");
        }
    }
}
