//! A place where work is kept until somebody does it. `deliver::issues` decides what to ask of it, so
//! that one matter never becomes two issues.

use async_trait::async_trait;

use crate::error::CallError;
use crate::model::issue::{Issue, IssueKey, IssueNumber, NewIssue, Pull};
use crate::model::time::Moment;

/// Keeps issues, and knows the pull requests that belong to them. Each call is made once: whether it
/// is worth repeating is said by its error, and [`CallError::Unknown`] means that it may have been done.
#[async_trait]
pub trait IssueTracker: Send + Sync {
    /// Where it keeps them, as people say it: `acme/shop`.
    fn place(&self) -> &str;

    /// The issue about this, open or closed; where there are several an open one, else the oldest.
    async fn find(&self, key: &IssueKey) -> Result<Option<Issue>, CallError>;

    /// Opens an issue, whatever there is already.
    async fn open(&self, new: &NewIssue) -> Result<Issue, CallError>;

    /// Writes under an issue, in Markdown.
    async fn comment(&self, number: IssueNumber, text: &str) -> Result<(), CallError>;

    /// Opens an issue again; one that is open stays as it is.
    async fn reopen(&self, number: IssueNumber) -> Result<(), CallError>;

    /// What was written in an issue since then: its own text where it is as new, then the comments.
    async fn written(&self, number: IssueNumber, since: Moment) -> Result<Vec<String>, CallError>;

    /// The pull requests that mention an issue, oldest first.
    async fn pulls_referring(&self, number: IssueNumber) -> Result<Vec<Pull>, CallError>;

    /// The pull requests that hold all of these words, latest change first; ten at most. What changed
    /// within the last minutes may be missing.
    async fn pulls_about(&self, words: &[&str]) -> Result<Vec<Pull>, CallError>;
}
