//! Whether quad can keep issues in the repository: credentials, repository, permission, settings. Each
//! line says what to do. Nothing is written.

use chrono::{DateTime, TimeDelta};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::Github;
use super::api::Refused;
use crate::error::CallError;
use crate::model::time::Moment;
use crate::vendors::http::check::{Check, Health, bad, good, warning};

impl Github {
    /// Looks at the credentials and the repository at `now`.
    pub async fn doctor(&self, now: Moment) -> Vec<Check> {
        let mut checks = Vec::new();
        if let Err(ends) = self.credentials(now, &mut checks).await {
            checks.push(ends);
            return checks;
        }
        let place = &self.api.place;
        let repository = match self.api.ask(&self.api.path(""), &[]).await {
            Ok(reply) => reply.json::<Value>().unwrap_or_default(),
            Err(refused) => {
                checks.push(bad(match refused.status {
                    404 => format!("there is no repository {place}, or quad may not see it; check github.repo, and for which repositories the token or App is"),
                    _ => format!("{place} can't be looked at: {}", refused.error),
                }));
                return checks;
            }
        };
        checks.extend(self.settings(&repository));
        if !checks.iter().any(|check| check.health == Health::Bad) {
            checks.push(self.writing().await);
        }
        checks
    }

    /// Who quad is there; an error ends the examination.
    async fn credentials(&self, now: Moment, checks: &mut Vec<Check>) -> Result<(), Check> {
        match self.api.session.permissions().await {
            Ok(Some((app, permissions))) if permissions["issues"] != "write" => {
                return Err(bad(format!(
                    "the App {app} lacks the permission Issues: write; give it that in its settings, and accept it where it is installed"
                )));
            }
            Ok(Some((app, permissions))) => {
                checks.push(good(format!("quad signs in as the App {app}")));
                if permissions["pull_requests"].is_null() {
                    checks.push(warning("the App lacks the permission Pull requests: read, so related ones of a private repository are not found"));
                }
                return Ok(());
            }
            Ok(None) => {}
            Err(error) => return Err(bad(format!("the App can't sign in: {error}"))),
        }
        match self.api.ask("user", &[]).await {
            Ok(reply) => {
                let user: Value = reply.json().unwrap_or_default();
                checks.push(good(format!("quad signs in as {}", user["login"].as_str().unwrap_or("a user"))));
                checks.extend(expiry(&reply.headers, now));
                Ok(())
            }
            Err(Refused { status: 401, .. }) => Err(bad(
                "the token is not accepted (HTTP 401); make another one on GitHub and put it where github.token says",
            )),
            // Tokens of GitHub Actions are nobody's.
            Err(Refused { status: 403, error: CallError::Permanent { .. } }) => Ok(()),
            Err(refused) => Err(bad(format!("GitHub can't be asked: {}", refused.error))),
        }
    }

    fn settings(&self, repository: &Value) -> Vec<Check> {
        let place = &self.api.place;
        let is = |value: &Value| value.as_bool().unwrap_or(false);
        let mut checks = Vec::new();
        if is(&repository["archived"]) {
            checks.push(bad(format!("{place} is archived, so no issue can be opened there")));
        }
        if repository["has_issues"] == false {
            checks.push(bad(format!("issues are switched off in {place}; switch them on in its settings")));
        }
        if let Some(name) = repository["full_name"].as_str().filter(|name| !name.eq_ignore_ascii_case(place))
        {
            checks.push(warning(format!("{place} is called {name} now; write that into github.repo")));
        }
        if repository["private"] == false {
            checks.push(warning(format!("{place} is public: everybody can read what quad writes there")));
        }
        let may = &repository["permissions"];
        if self.api.session.app().is_none() && may.is_object() && !is(&may["push"]) && !is(&may["triage"]) {
            checks.push(warning(format!("quad may not set labels in {place}, by which it finds its issues; give it the role Triage or Write")));
        }
        checks
    }

    /// Whether an issue could be opened: one without a title is refused, but only after the permission
    /// was looked at.
    async fn writing(&self) -> Check {
        let place = &self.api.place;
        match self.api.change(Method::POST, &self.api.path("/issues"), &json!({})).await {
            Err(Refused { status: 422, .. }) => good(format!("quad may open issues in {place}")),
            Err(Refused { status: 403 | 404, error: CallError::Permanent { .. } }) => bad(format!(
                "quad may not open issues in {place}; the token or App needs the permission Issues: write"
            )),
            Err(Refused { status: 410, .. }) => {
                bad(format!("issues are switched off in {place}; switch them on in its settings"))
            }
            Err(refused) => {
                warning(format!("whether quad may open issues in {place} is not known: {}", refused.error))
            }
            Ok(_) => warning(format!("{place} took an issue without a title, which GitHub does not do")),
        }
    }
}

/// Fine-grained tokens end; nobody should learn that on the day.
fn expiry(headers: &HeaderMap, now: Moment) -> Option<Check> {
    let text = headers.get("github-authentication-token-expiration")?.to_str().ok()?;
    // "2026-02-28 09:50:49 UTC", or with an offset.
    let text = text.replace(" UTC", " +0000");
    let ends = DateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S %z").ok()?.to_utc();
    let day = ends.format("%-d %B %Y");
    (ends - now < TimeDelta::days(14)).then(|| warning(format!("the token ends on {day}; make another one")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_ends_soon_is_told_of() {
        let now = "2026-02-20T12:00:00Z".parse().expect("a time");
        let check = |text: &str| {
            let headers = [(
                "github-authentication-token-expiration".parse().expect("a name"),
                text.parse().expect("a value"),
            )];
            expiry(&headers.into_iter().collect(), now).map(|check| check.says)
        };
        let soon = Some("the token ends on 28 February 2026; make another one".to_owned());
        assert_eq!(check("2026-02-28 09:50:49 UTC"), soon);
        assert_eq!(check("2026-02-28 09:50:49 -0500"), soon);
        assert_eq!(check("2026-06-28 09:50:49 UTC"), None);
        assert_eq!(check("never"), None);
    }
}
