//! Brings work to where a team keeps it: one matter is one issue, however often it is brought, by how
//! many people at once, and whatever becomes of a reply.
//!
//! Looked for first, then decided (`step`), then done. Nothing is repeated here: whoever gets an error
//! that passes brings the matter again, and what arrived all the same is found.

mod step;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;

pub use self::step::{Step, decide};
use crate::error::CallError;
use crate::model::issue::{Content, Issue, IssueKey, NewIssue, unmarked};
use crate::model::time::Moment;
use crate::ports::clock::Clock;
use crate::ports::issue_tracker::IssueTracker;

/// How long an issue whose opening had no reply may take to appear. Until then it is not opened again.
const APPEARS_WITHIN: TimeDelta = TimeDelta::minutes(2);

/// A matter for the team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matter {
    /// The issue, where there is none yet.
    pub new: NewIssue,
    /// What is said under the issue that there is already, in Markdown: what is new since then.
    pub again: String,
    /// When the team's day began. The same content is said once a day.
    pub today: Moment,
}

/// What became of a matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// Its issue, as it is now.
    pub issue: Issue,
    /// What was done.
    pub step: Step,
}

/// Where matters are brought to. One for each tracker: it takes them one after the other.
pub struct IssueDesk {
    tracker: Arc<dyn IssueTracker>,
    clock: Clock,
    /// Issues of which nobody knows yet whether they were opened, and since when.
    unsettled: Mutex<BTreeMap<IssueKey, Moment>>,
}

impl IssueDesk {
    /// A desk before `tracker`.
    pub fn new(tracker: Arc<dyn IssueTracker>, clock: Clock) -> Self {
        Self { tracker, clock, unsettled: Mutex::default() }
    }

    /// The tracker itself, for looking.
    pub fn tracker(&self) -> &Arc<dyn IssueTracker> {
        &self.tracker
    }

    /// Sees to it that there is an open issue about this which says so.
    ///
    /// # Errors
    /// As the tracker's. After each of them the same matter may be brought again.
    pub async fn bring(&self, matter: &Matter) -> Result<Brought, CallError> {
        // Of two who bring the same at once, the second finds what the first has opened.
        let mut unsettled = self.unsettled.lock().await;
        let found = self.found(&matter.new.key, &mut unsettled).await?;
        let content = content(&matter.again);
        let today = match &found {
            Some(issue) if issue.open => self.tracker.written(issue.number, matter.today).await?,
            _ => Vec::new(),
        };
        let step = decide(found.as_ref(), &today, &content);
        let issue = match (found, step) {
            (Some(issue), Step::Nothing) => issue,
            (Some(issue), Step::Comment) => {
                self.say(&issue, &content, matter).await?;
                issue
            }
            (Some(issue), _) => {
                // In this order: who is interrupted in between comments the next time.
                self.tracker.reopen(issue.number).await?;
                self.say(&issue, &content, matter).await?;
                Issue { open: true, ..issue }
            }
            (None, _) => self.open(&content, matter, &mut unsettled).await?,
        };
        Ok(Brought { issue, step })
    }

    /// The issue about `key`; an error while one may still appear.
    async fn found(
        &self,
        key: &IssueKey,
        unsettled: &mut BTreeMap<IssueKey, Moment>,
    ) -> Result<Option<Issue>, CallError> {
        let found = self.tracker.find(key).await?;
        let Some(since) = unsettled.get(key) else { return Ok(found) };
        let left = *since + APPEARS_WITHIN - self.clock.now();
        match left.to_std() {
            Ok(retry_after) if found.is_none() && !retry_after.is_zero() => {
                Err(CallError::Busy { retry_after })
            }
            _ => {
                unsettled.remove(key);
                Ok(found)
            }
        }
    }

    async fn open(
        &self,
        content: &Content,
        matter: &Matter,
        unsettled: &mut BTreeMap<IssueKey, Moment>,
    ) -> Result<Issue, CallError> {
        let key = &matter.new.key;
        let new = NewIssue { body: content.above(&unmarked(&matter.new.body)), ..matter.new.clone() };
        // Before the call: who gives up waiting in the middle of it knows no more than after a lost reply.
        unsettled.insert(key.clone(), self.clock.now());
        let opened = match self.tracker.open(&new).await {
            Err(CallError::Unknown { why }) => match self.tracker.find(key).await {
                Ok(Some(issue)) => Ok(issue),
                _ => return Err(CallError::Unknown { why }),
            },
            known => known,
        };
        unsettled.remove(key);
        opened
    }

    async fn say(&self, issue: &Issue, content: &Content, matter: &Matter) -> Result<(), CallError> {
        let text = content.above(&unmarked(&matter.again));
        match self.tracker.comment(issue.number, &text).await {
            Err(CallError::Unknown { why }) => match self.tracker.written(issue.number, matter.today).await {
                Ok(today) if today.iter().any(|text| content.is_said_in(text)) => Ok(()),
                _ => Err(CallError::Unknown { why }),
            },
            known => known,
        }
    }
}

fn content(text: &str) -> Content {
    Content::new(hex::encode(&Sha256::digest(text.as_bytes())[..8]))
}
