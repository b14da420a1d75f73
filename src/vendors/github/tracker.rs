//! Issues and pull requests of the repository, as the port asks for them.

use std::ops::ControlFlow;

use async_trait::async_trait;
use chrono::SecondsFormat;
use reqwest::Method;
use serde_json::{Value, json};

use super::find::{LABEL, find};
use super::{Github, fit, read};
use crate::error::CallError;
use crate::model::issue::{Issue, IssueKey, IssueNumber, NewIssue, Pull};
use crate::model::time::Moment;
use crate::ports::issue_tracker::IssueTracker;

/// A hundred entries each.
const MOST_PAGES: usize = 10;

/// GitHub takes searches of 256 characters; the rest is for the repository's name.
const LONGEST_WORDS: usize = 120;

#[async_trait]
impl IssueTracker for Github {
    fn place(&self) -> &str {
        &self.api.place
    }

    async fn find(&self, key: &IssueKey) -> Result<Option<Issue>, CallError> {
        find(&self.api, &self.known, key).await
    }

    async fn open(&self, new: &NewIssue) -> Result<Issue, CallError> {
        let mut labels = vec![LABEL];
        for label in new.labels.iter().chain(&self.labels) {
            if !labels.contains(&label.as_str()) {
                labels.push(label);
            }
        }
        // The mark comes first, where neither a cut nor an appendix touches it.
        let text = fit::text(&format!("{}\n{}", new.key.mark(), new.body));
        let body = json!({"title": fit::title(&new.title), "body": text, "labels": labels});
        let said = self.api.change(Method::POST, &self.api.path("/issues"), &body).await?;
        let issue = read::issue(&said)
            .ok_or_else(|| CallError::Unknown { why: "GitHub's reply names no issue".to_owned() })?;
        self.known.note(&new.key, issue.number);
        if !said["labels"].as_array().is_some_and(|given| given.iter().any(|label| label["name"] == LABEL)) {
            tracing::warn!(issue = %issue.number, "GitHub dropped the labels of an issue; quad needs the role Triage or Write to set them");
        }
        Ok(issue)
    }

    async fn comment(&self, number: IssueNumber, text: &str) -> Result<(), CallError> {
        let path = self.api.path(&format!("/issues/{}/comments", number.0));
        self.api.change(Method::POST, &path, &json!({"body": fit::text(text)})).await?;
        Ok(())
    }

    async fn reopen(&self, number: IssueNumber) -> Result<(), CallError> {
        let path = self.api.path(&format!("/issues/{}", number.0));
        let changed = self.api.change(Method::PATCH, &path, &json!({"state": "open"})).await;
        // Open is open, however often it is asked for.
        match changed.map_err(CallError::from) {
            Err(CallError::Unknown { why }) => Err(CallError::Transient { why }),
            other => other.map(|_| ()),
        }
    }

    async fn written(&self, number: IssueNumber, since: Moment) -> Result<Vec<String>, CallError> {
        let path = self.api.path(&format!("/issues/{}", number.0));
        let mut found = Vec::new();
        let mut take = |seen: &Value| {
            if read::created(seen).is_some_and(|at| at >= since) {
                found.push(read::body(seen).to_owned());
            }
            ControlFlow::Continue(())
        };
        let _ = take(&self.api.ask(&path, &[]).await?.json()?);
        // GitHub goes by when a comment was changed last, which is never before it was written.
        let from = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        let params = [("since", from.as_str()), ("per_page", "100")];
        self.api.pages(&format!("{path}/comments"), &params, MOST_PAGES, take).await?;
        Ok(found)
    }

    async fn pulls_referring(&self, number: IssueNumber) -> Result<Vec<Pull>, CallError> {
        let path = self.api.path(&format!("/issues/{}/timeline", number.0));
        let mut found: Vec<Pull> = Vec::new();
        self.api
            .pages(&path, &[("per_page", "100")], MOST_PAGES, |entry| {
                if let Some(pull) = read::referring(entry)
                    && !found.iter().any(|known| known.url == pull.url)
                {
                    found.push(pull);
                }
                ControlFlow::Continue(())
            })
            .await?;
        Ok(found)
    }

    async fn pulls_about(&self, words: &[&str]) -> Result<Vec<Pull>, CallError> {
        let Some(words) = quoted(words) else { return Ok(Vec::new()) };
        let query = format!("repo:{} is:pr {words}", self.api.place);
        let params = [("q", query.as_str()), ("sort", "updated"), ("order", "desc"), ("per_page", "10")];
        let mut found = Vec::new();
        self.api
            .pages("search/issues", &params, 1, |seen| {
                found.extend(read::pull(seen));
                ControlFlow::Continue(())
            })
            .await?;
        Ok(found)
    }
}

/// Each word in quotes, so that none is read as a qualifier ("repo:other/one"); `None` where there is
/// nothing to look for.
fn quoted(words: &[&str]) -> Option<String> {
    let mut query = String::new();
    for word in words {
        let plain = |c: char| if c.is_alphanumeric() || "_-./:#".contains(c) { c } else { ' ' };
        let word: String = word.chars().map(plain).collect();
        let word = word.split_whitespace().collect::<Vec<_>>().join(" ");
        if word.is_empty() {
            continue;
        }
        if query.chars().count() + word.chars().count() + 3 > LONGEST_WORDS {
            break;
        }
        if !query.is_empty() {
            query.push(' ');
        }
        query.push('"');
        query.push_str(&word);
        query.push('"');
    }
    (!query.is_empty()).then_some(query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_words() {
        assert_eq!(
            quoted(&["orders", "repo:evil/x", "a\" OR \"b", "  "]),
            Some(r#""orders" "repo:evil/x" "a OR b""#.to_owned())
        );
        assert_eq!(quoted(&["\"", ""]), None);
        assert!(quoted(&["word"; 100]).is_some_and(|query| query.len() <= LONGEST_WORDS));
    }
}
