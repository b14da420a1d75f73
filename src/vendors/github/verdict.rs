//! What a reply of GitHub's means: done, to be waited for, worth repeating, hopeless, or of unknown
//! outcome. Pure. Messages are read for what they mean and never shown.

use std::time::Duration;

use chrono::DateTime;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::error::CallError;
use crate::model::time::Moment;
use crate::vendors::http::Reply;

/// Where GitHub says "too many" and not how long. Source: docs.github.com, "Rate limits for the REST
/// API": wait for at least one minute.
const UNSAID_WAIT: Duration = Duration::from_secs(60);

/// Limits are counted by the hour, so no wait is longer.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// Which calls a wait holds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// All of them.
    All,
    /// Searching has a limit of its own.
    Search,
}

/// What was asked of GitHub.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// `acme/shop`
    pub(super) place: &'a str,
    /// Whether the call changes something.
    pub(super) changes: bool,
    /// When the reply came.
    pub(super) now: Moment,
}

/// What a reply other than a success means; `None` for a success.
pub(super) fn refusal(asked: Asked<'_>, reply: &Reply) -> Option<CallError> {
    let place = asked.place;
    let message = message(&reply.body);
    let says = |what: String| CallError::permanent(format!("GitHub says {}: {what}", reply.status));
    if let Some(retry_after) = limited(asked.now, reply, &message) {
        return Some(CallError::Busy { retry_after });
    }
    Some(match reply.status {
        200..=299 => return None,
        408 | 500.. if asked.changes => CallError::Unknown { why: format!("GitHub says {}", reply.status) },
        408 | 500.. => CallError::transient(format!("GitHub says {}", reply.status)),
        300..=399 => says(format!("{place} has moved; write its new name into github.repo")),
        401 => says("the credentials are not accepted; they may be wrong, expired or revoked".to_owned()),
        403 if reply.headers.contains_key("x-github-sso") => {
            says(format!("the token must be authorised for the single sign-on of the owner of {place}"))
        }
        403 if message.contains("locked") => {
            says("the conversation is locked; unlock it there first".to_owned())
        }
        403 if message.contains("archived") => {
            says(format!("{place} is archived, so nothing can be written there"))
        }
        403 if message.contains("suspended") => {
            says("the App's installation is suspended; its owner can lift that".to_owned())
        }
        403 => says(format!("{} in {place} is not allowed{}", doing(asked.changes), needed(&reply.headers))),
        404 => says(format!("{place}, or what was looked for in it, is not there or can't be seen")),
        410 if message.contains("disabled") => {
            says(format!("issues are switched off in {place}; its settings can switch them on"))
        }
        410 => says("the issue was deleted".to_owned()),
        422 => says(format!("it does not take this{}", fields(&reply.body))),
        _ => says("refused".to_owned()),
    })
}

/// For how long to wait, where the reply says that calls come too often. `Date` is GitHub's own clock,
/// so that one that is off here does no harm.
fn limited(now: Moment, reply: &Reply, message: &str) -> Option<Duration> {
    if !matches!(reply.status, 403 | 429) {
        return None;
    }
    let seconds = number(&reply.headers, "retry-after").map(Duration::from_secs);
    let wait = seconds.or_else(|| until_reset(now, &reply.headers));
    let is_said = reply.status == 429 || message.contains("rate limit") || message.contains("abuse");
    let wait = wait.or(is_said.then_some(UNSAID_WAIT))?;
    Some(wait.clamp(Duration::from_secs(1), LONGEST_WAIT))
}

/// For how long nothing more is taken, where nothing is left.
pub(super) fn until_reset(now: Moment, headers: &HeaderMap) -> Option<Duration> {
    if number(headers, "x-ratelimit-remaining")? != 0 {
        return None;
    }
    let reset = i64::try_from(number(headers, "x-ratelimit-reset")?).ok()?;
    let said_at = text(headers, "date").and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    let said_at = said_at.map_or(now, |date| date.to_utc()).timestamp();
    // Counted in whole seconds: one more, so as not to come too early.
    let wait = Duration::from_secs(u64::try_from(reset.saturating_sub(said_at)).unwrap_or(0) + 1);
    Some(wait.min(LONGEST_WAIT))
}

/// What the limit of this reply is about.
pub(super) fn scope(headers: &HeaderMap) -> Scope {
    match text(headers, "x-ratelimit-resource") {
        // A wait that is asked for by name holds for everything.
        Some("search") if !headers.contains_key("retry-after") => Scope::Search,
        _ => Scope::All,
    }
}

fn doing(changes: bool) -> &'static str {
    if changes { "writing" } else { "reading" }
}

/// "; it needs issues=write": fine-grained tokens and Apps are told what they lack.
fn needed(headers: &HeaderMap) -> String {
    let permissions = text(headers, "x-accepted-github-permissions").unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "_=,; ".contains(c);
    match permissions.len() {
        1..=200 if permissions.chars().all(plain) => format!("; it needs the permission {permissions}"),
        _ => "; the token or App needs the permission issues=write".to_owned(),
    }
}

/// " (Issue.title: missing_field)": names and codes only, since messages may repeat what was sent.
fn fields(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let name = |value: &Value| {
        let text = value.as_str().unwrap_or_default();
        let plain = text.len() <= 40 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if plain { text.to_owned() } else { String::new() }
    };
    let errors = body["errors"].as_array().into_iter().flatten().take(5);
    let said: Vec<String> = errors
        .filter(|error| error.is_object())
        .map(|error| {
            format!("{}.{}: {}", name(&error["resource"]), name(&error["field"]), name(&error["code"]))
        })
        .collect();
    if said.is_empty() { String::new() } else { format!(" ({})", said.join(", ")) }
}

fn message(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    body["message"].as_str().unwrap_or_default().to_ascii_lowercase()
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name)?.trim().parse().ok()
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Thu, 08 Jan 2026 12:00:00 GMT";

    fn check(changes: bool, status: u16, headers: &[(&'static str, &str)], body: &str) -> String {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")))
            .collect();
        let reply = Reply { status, headers, body: body.as_bytes().to_vec(), took: Duration::ZERO };
        let now = "2026-01-08T15:00:00Z".parse().expect("a time");
        match refusal(Asked { place: "acme/shop", changes, now }, &reply) {
            None => "done".to_owned(),
            Some(error) => {
                let kind = format!("{error:?}");
                format!("{}: {error}", kind.split([' ', '{']).next().unwrap_or_default())
            }
        }
    }

    #[test]
    fn who_asks_to_wait_is_waited_for() {
        let says = r#"{"message": "You have exceeded a secondary rate limit."}"#;
        assert_eq!(check(true, 403, &[("retry-after", "7")], says), "Busy: asked to wait 7 s");
        assert_eq!(check(true, 429, &[("retry-after", "999999")], ""), "Busy: asked to wait 3600 s");
        assert_eq!(check(false, 403, &[], says), "Busy: asked to wait 60 s");
        assert_eq!(check(false, 429, &[], "<html>"), "Busy: asked to wait 60 s");
        // 30 s after 12:00 on GitHub's clock; this machine's is three hours ahead.
        let reset = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1767873630"), ("date", DATE)];
        assert_eq!(check(false, 403, &reset, "{}"), "Busy: asked to wait 31 s");
    }

    #[test]
    fn what_may_have_been_done_is_not_called_undone() {
        assert_eq!(check(false, 502, &[], ""), "Transient: GitHub says 502");
        assert_eq!(check(true, 502, &[], ""), "Unknown: GitHub says 502; whether it arrived is not known");
        assert_eq!(check(true, 201, &[], ""), "done");
    }

    #[test]
    fn refusals_say_what_to_do_and_repeat_nothing() {
        let told = [
            check(true, 401, &[], r#"{"message": "Bad credentials"}"#),
            check(true, 403, &[("x-accepted-github-permissions", "issues=write")], "{}"),
            check(false, 403, &[("x-accepted-github-permissions", "<script>")], "{}"),
            check(true, 403, &[("x-github-sso", "required; url=https://x.example.com")], "{}"),
            check(true, 403, &[], r#"{"message": "Unable to create comment because issue is locked"}"#),
            check(true, 403, &[], r#"{"message": "Repository was archived so is read-only."}"#),
            check(false, 404, &[], r#"{"message": "Not Found"}"#),
            check(true, 410, &[], r#"{"message": "Issues are disabled for this repo"}"#),
            check(true, 307, &[], ""),
            check(
                true,
                422,
                &[],
                r#"{"errors": [{"resource": "Issue", "field": "title", "code": "missing_field", "message": "s3cret"}, "text"]}"#,
            ),
        ];
        insta::assert_snapshot!(told.join("\n"), @r"
        Permanent: GitHub says 401: the credentials are not accepted; they may be wrong, expired or revoked
        Permanent: GitHub says 403: writing in acme/shop is not allowed; it needs the permission issues=write
        Permanent: GitHub says 403: reading in acme/shop is not allowed; the token or App needs the permission issues=write
        Permanent: GitHub says 403: the token must be authorised for the single sign-on of the owner of acme/shop
        Permanent: GitHub says 403: the conversation is locked; unlock it there first
        Permanent: GitHub says 403: acme/shop is archived, so nothing can be written there
        Permanent: GitHub says 404: acme/shop, or what was looked for in it, is not there or can't be seen
        Permanent: GitHub says 410: issues are switched off in acme/shop; its settings can switch them on
        Permanent: GitHub says 307: acme/shop has moved; write its new name into github.repo
        Permanent: GitHub says 422: it does not take this (Issue.title: missing_field)
        ");
    }
}
