//! An answer as a Slack message: Block Kit within Slack's limits, and nothing that came from
//! outside can mention, link or notify. Pure.

mod blocks;
pub mod limits;
mod mrkdwn;

pub use mrkdwn::{escape, markdown};

use serde::Serialize;
use serde_json::Value;

use crate::model::answer::{Answer, Mark};
use crate::render::plain;
use crate::render::split::{self, Paper};
use limits::length;

/// What `chat.postMessage` and `chat.update` take.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// For notifications and screen readers: the whole answer without markup.
    pub text: String,
    /// What people see.
    pub blocks: Vec<Value>,
}

/// The message for `answer`, which must be one that [`split`] returned: longer ones are refused by
/// Slack, not cut here. `files` are its charts in order, as files of the workspace; one that is no file
/// is said in words.
pub fn message(answer: &Answer, files: &[Option<String>]) -> Message {
    let sign = answer.mark.map_or(String::new(), |mark| format!("{} ", emoji(mark)));
    Message {
        text: format!("{sign}{}", mrkdwn::literal(&plain::text(answer))),
        blocks: blocks::blocks(answer, files, true),
    }
}

/// The same in text blocks alone, for where Slack does not take a picture or a table.
pub fn in_words(answer: &Answer) -> Message {
    Message { blocks: blocks::blocks(answer, &[], false), ..message(answer, &[]) }
}

/// The messages for `answer`, in order, each within Slack's limits.
pub fn split(answer: Answer) -> Vec<Answer> {
    split::split(&PAPER, answer)
}

const PAPER: Paper = Paper {
    fits,
    text: |text| length(&markdown(text)),
    plain: |text| length(&escape(text)),
    code: |text| length(&blocks::code(text)),
    table: |table| length(&blocks::table(table)),
    figure: |figure| length(&blocks::field(figure)),
    longest_figure: limits::FIELD / 2,
    figures: limits::FIELDS / 4,
    headline: 1_000,
    piece: 2_500,
};

/// Whether Slack takes it as one message.
fn fits(answer: &Answer) -> bool {
    // A table counts as text: it may have to be said so.
    let Message { text, blocks } = in_words(answer);
    let mut all = 0;
    length(&text) <= limits::TEXT
        && blocks.len() <= limits::BLOCKS
        && blocks.iter().all(|block| {
            let own = |value: &serde_json::Value| value["text"].as_str().map_or(0, length);
            let many = |key: &str| block[key].as_array().into_iter().flatten();
            let section = own(&block["text"]);
            let fields: Vec<usize> = many("fields").map(own).collect();
            let elements: Vec<usize> =
                if block["type"] == "context" { many("elements").map(own).collect() } else { Vec::new() };
            all += section + fields.iter().sum::<usize>() + elements.iter().sum::<usize>();
            section <= limits::SECTION
                && fields.iter().all(|field| *field <= limits::FIELD)
                && elements.iter().all(|element| *element <= limits::SECTION)
        })
        && all <= limits::ALL_BLOCKS
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
