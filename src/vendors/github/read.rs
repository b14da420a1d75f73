//! Reads what GitHub says about issues and pull requests. Of an issue that lacks what it must have
//! nothing is used.

use chrono::DateTime;
use serde_json::Value;

use crate::model::issue::{Issue, IssueKey, IssueNumber, Pull};
use crate::model::time::Moment;

/// An issue; `None` for pull requests, which GitHub lists as issues too.
pub(super) fn issue(value: &Value) -> Option<Issue> {
    if value["pull_request"].is_object() {
        return None;
    }
    Some(Issue {
        number: IssueNumber(value["number"].as_u64()?),
        url: value["html_url"].as_str()?.to_owned(),
        open: value["state"] == "open",
        title: value["title"].as_str()?.to_owned(),
    })
}

/// A pull request, from its form as an issue.
pub(super) fn pull(value: &Value) -> Option<Pull> {
    let merged = &value["pull_request"].as_object()?.get("merged_at").unwrap_or(&Value::Null).is_string();
    Some(Pull {
        number: value["number"].as_u64()?,
        url: value["html_url"].as_str()?.to_owned(),
        title: value["title"].as_str()?.to_owned(),
        merged: *merged,
        open: value["state"] == "open",
    })
}

/// The pull request that an entry of a timeline tells of.
pub(super) fn referring(entry: &Value) -> Option<Pull> {
    (entry["event"] == "cross-referenced").then(|| pull(&entry["source"]["issue"])).flatten()
}

/// The text of an issue or a comment; empty where there is none.
pub(super) fn body(value: &Value) -> &str {
    value["body"].as_str().unwrap_or_default()
}

/// Whether an issue carries this key.
pub(super) fn is_about(value: &Value, key: &IssueKey) -> bool {
    key.marks(body(value))
}

/// When it was written.
pub(super) fn created(value: &Value) -> Option<Moment> {
    DateTime::parse_from_rfc3339(value["created_at"].as_str()?).ok().map(|at| at.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pull_request_is_no_issue() {
        let mut seen = json!({"number": 7, "html_url": "https://github.com/acme/shop/pull/7",
            "state": "closed", "title": "Index orders", "pull_request": {"merged_at": "2026-01-08T12:00:00Z"}});
        assert_eq!(issue(&seen), None);
        let merged = pull(&seen).expect("a pull request");
        assert!(merged.merged && !merged.open);
        let entry = json!({"event": "cross-referenced", "source": {"type": "issue", "issue": seen}});
        assert_eq!(referring(&entry), Some(merged));
        seen["pull_request"] = Value::Null;
        assert_eq!(pull(&seen), None);
        assert_eq!(issue(&seen).map(|issue| (issue.number, issue.open)), Some((IssueNumber(7), false)));
        assert_eq!(referring(&json!({"event": "labeled"})), None);
    }
}
