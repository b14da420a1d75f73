//! An issue on its way after somebody's click.

use serde::{Deserialize, Serialize};

use crate::model::change::ChangeNumber;
use crate::model::issue::NewIssue;
use crate::model::outgoing::{DeliveryId, Platform};
use crate::model::time::Moment;

/// An issue on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueWork {
    /// The change that was approved.
    pub change: ChangeNumber,
    /// What is opened where there is none yet.
    pub new: NewIssue,
    /// What is said where there is one: the numbers of now, Markdown.
    pub again: String,
    /// Words by which pull requests about the same thing are found.
    pub about: Vec<String>,
    /// How often it was tried.
    pub attempts: u8,
    /// When it is tried next; `None` once nothing is left to do.
    pub due: Option<Moment>,
    /// Under which message people hear of it.
    pub thread: Option<(Platform, DeliveryId)>,
}
