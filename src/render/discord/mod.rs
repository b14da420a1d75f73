//! An answer as a Discord message: content, embeds and components within Discord's limits, and
//! nothing that came from outside can mention, link or notify. Pure.

mod components;
mod embeds;
pub mod limits;
mod markup;

pub use markup::{escape, markdown};

use serde::Serialize;
use serde_json::{Value, json};

use crate::model::answer::{Answer, Mark};
use crate::render::split::{self, Paper};
use limits::length;

/// Room for the tag in the last embed's footer.
const TAG: usize = 24;

/// What `POST /channels/{id}/messages` and its like take.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// The headline: what notifications show.
    pub content: String,
    /// Everything below it.
    pub embeds: Vec<Value>,
    /// Buttons and menus.
    pub components: Vec<Value>,
    /// Nobody is notified by what quad repeats.
    pub allowed_mentions: Value,
}

/// The message for `answer`, which must be one that [`split`] returned: longer ones are refused by
/// Discord, not cut here. `pictures` are the attachments that its charts are, in order; one that is none
/// is said in words.
pub fn message(answer: &Answer, pictures: &[Option<String>]) -> Message {
    let sign = answer.mark.map_or(String::new(), |mark| format!("{} ", emoji(mark)));
    let headline = markup::flat(&answer.headline);
    let embeds = embeds::embeds(answer, pictures);
    let content = match (headline.is_empty(), embeds.is_empty()) {
        (false, true) if answer.mark.is_none() => markdown(&answer.headline),
        (false, _) => format!("{sign}**{headline}**"),
        (true, false) => String::new(),
        // Discord refuses a message that says nothing.
        (true, true) => "…".to_owned(),
    };
    Message {
        content,
        embeds,
        components: components::rows(&answer.controls),
        allowed_mentions: json!({"parse": []}),
    }
}

/// Puts `tag` in small print under the message, so that it can be found again.
pub fn tagged(mut message: Message, tag: &str) -> Message {
    if message.embeds.is_empty() {
        message.embeds.push(json!({}));
    }
    if let Some(last) = message.embeds.last_mut() {
        let text = match last["footer"]["text"].as_str() {
            Some(notes) => format!("{notes} · {tag}"),
            None => tag.to_owned(),
        };
        last["footer"] = json!({"text": text});
    }
    message
}

/// The messages for `answer`, in order, each within Discord's limits.
pub fn split(answer: Answer) -> Vec<Answer> {
    split::split(&PAPER, answer)
}

const PAPER: Paper = Paper {
    fits,
    text: |text| length(&markdown(text)),
    plain: |text| length(&escape(text)),
    code: |text| length(&embeds::code("", text)) + 12,
    table: |table| length(&embeds::table(table)) + 12,
    figure: |figure| length(&figure.label) + length(&embeds::field_value(figure)),
    longest_figure: limits::FIELD_NAME,
    figures: 3,
    headline: 900,
    piece: 1_900,
};

/// Whether Discord takes it as one message, with its tag: with pictures and with words in their place.
fn fits(answer: &Answer) -> bool {
    let pictures = vec![Some(String::new()); answer.charts().count()];
    fits_as(message(answer, &[])) && (pictures.is_empty() || fits_as(message(answer, &pictures)))
}

fn fits_as(message: Message) -> bool {
    let Message { content, embeds, components, .. } = message;
    let own = |value: &Value| value.as_str().map_or(0, length);
    let mut all = TAG;
    length(&content) <= limits::CONTENT
        && embeds.len() <= limits::EMBEDS
        && components.len() <= limits::ROWS
        && embeds.iter().all(|embed| {
            let description = own(&embed["description"]);
            let footer = own(&embed["footer"]["text"]);
            let fields = embed["fields"].as_array().map_or(&[][..], Vec::as_slice);
            all += description + footer;
            description <= limits::DESCRIPTION
                && footer + TAG <= limits::FOOTER
                && fields.len() <= limits::FIELDS
                && fields.iter().all(|field| {
                    let (name, value) = (own(&field["name"]), own(&field["value"]));
                    all += name + value;
                    name <= limits::FIELD_NAME && value <= limits::FIELD_VALUE
                })
        })
        && all <= limits::ALL_EMBEDS
}

/// The one emoji that a message may carry.
fn emoji(mark: Mark) -> &'static str {
    match mark {
        Mark::Critical => "🔴",
        Mark::Warning => "🟡",
        Mark::Acknowledged => "🔵",
        Mark::Good => "🟢",
        Mark::Unknown => "⚪",
    }
}

#[cfg(test)]
mod tests;
