//! What a place remembers of the last question, so that the next may continue it.

use serde::{Deserialize, Serialize};

use crate::model::answer::Choice;
use crate::model::request::Query;
use crate::model::time::Moment;

/// The last question of a place, and what its answer offered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    /// The question with its subject and time, as it was answered.
    pub query: Query,
    /// What the answer offered to look at next, in order. Nothing that changes anything.
    pub choices: Vec<Choice>,
    /// When it was answered.
    pub at: Moment,
}
