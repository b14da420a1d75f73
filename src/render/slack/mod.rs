//! An answer as a Slack message: Block Kit within Slack's limits, and nothing that came from
//! outside can mention, link or notify. Pure.

mod blocks;
pub mod limits;
mod mrkdwn;
mod split;

pub use mrkdwn::{escape, markdown};
pub use split::split;

use serde::Serialize;
use serde_json::Value;

use crate::model::answer::{Answer, Mark};
use crate::render::plain;

/// What `chat.postMessage` and `chat.update` take.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// For notifications and screen readers: the whole answer without markup.
    pub text: String,
    /// What people see.
    pub blocks: Vec<Value>,
}

/// The message for `answer`, which must be one that [`split`] returned: longer ones are refused by
/// Slack, not cut here.
pub fn message(answer: &Answer) -> Message {
    let sign = answer.mark.map_or(String::new(), |mark| format!("{} ", emoji(mark)));
    Message {
        text: format!("{sign}{}", mrkdwn::literal(&plain::text(answer))),
        blocks: blocks::blocks(answer),
    }
}

/// The one emoji that a message may carry.
pub(crate) fn emoji(mark: Mark) -> &'static str {
    match mark {
        Mark::Critical => ":red_circle:",
        Mark::Warning => ":large_yellow_circle:",
        Mark::Acknowledged => ":large_blue_circle:",
        Mark::Good => ":large_green_circle:",
        Mark::Unknown => ":white_circle:",
    }
}

#[cfg(test)]
mod tests;
