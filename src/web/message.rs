//! One message of the conversation as HTML, with the thread under it.

use maud::{Markup, html};

use crate::model::answer::Answer;
use crate::model::time::Moment;
use crate::render;

/// A message as the page shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its number in the store.
    pub id: i64,
    /// The message that it stands under.
    pub thread: Option<i64>,
    /// Who said it.
    pub author: String,
    /// What.
    pub said: Said,
    /// When.
    pub at: Moment,
    /// When it was last changed.
    pub edited_at: Option<Moment>,
}

/// Words of a person, or an answer of quad's.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// A person's words.
    Words(String),
    /// quad's answer.
    Answer(Box<Answer>),
}

/// The message with its thread, which is found among `lines`.
pub fn message(line: &Line, lines: &[Line]) -> Markup {
    let replies: Vec<_> = lines.iter().filter(|reply| reply.thread == Some(line.id)).collect();
    html! {
        div.strand id={ "s" (line.id) } {
            (bubble(line))
            div.thread { @for reply in replies { (bubble(reply)) } }
        }
    }
}

/// The message alone.
pub fn bubble(line: &Line) -> Markup {
    let by_quad = matches!(line.said, Said::Answer(_));
    html! {
        article id={ "m" (line.id) } class={ "message " @if by_quad { "quad" } @else { "person" } } {
            p.byline {
                @if by_quad { b { "quad" } } @else { b dir="auto" { (line.author) } }
                " " (render::html::moment(line.at, &line.at.format("%H:%M UTC").to_string()))
                @if line.edited_at.is_some() { " " span.edited { "updated" } }
                @if by_quad && line.thread.is_none() {
                    button.quiet.answer type="button" data-reply=(line.id) { "Reply" }
                }
            }
            @match &line.said {
                Said::Words(text) => (render::html::words(text)),
                Said::Answer(answer) => (render::html::answer(answer)),
            }
        }
    }
}
