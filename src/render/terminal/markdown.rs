//! Markdown as runs of styled text.

use pulldown_cmark::{Event, Tag, TagEnd};

use super::style::{Run, Style, clean};
use crate::render::markdown;

pub(super) enum Word {
    Space,
    Text(Vec<Run>),
}

/// Runs cut at white space; a word may be of several styles ("`web`'s").
pub(super) fn words(runs: &[Run]) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for run in runs {
        for (at, piece) in run.text.split([' ', '\n', '\t']).enumerate() {
            if at > 0 {
                words.push(Word::Space);
            }
            if piece.is_empty() {
                continue;
            }
            match words.last_mut() {
                Some(Word::Text(pieces)) => pieces.push(Run::new(piece, run.style)),
                _ => words.push(Word::Text(vec![Run::new(piece, run.style)])),
            }
        }
    }
    words
}

pub(super) enum Block {
    Words { runs: Vec<Run>, lead: String },
    Code(String),
}

/// One line of Markdown as runs.
pub(super) fn runs(line: &str) -> Vec<Run> {
    let mut all = Vec::new();
    for block in blocks(line) {
        match block {
            Block::Words { runs, .. } => all.extend(runs),
            Block::Code(text) => all.push(Run::new(clean(&text), Style::Code)),
        }
    }
    all
}

/// Markdown as blocks of runs. Raw HTML is text; links show where they lead, moments what they say.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut reader = Reader::default();
    for event in markdown::events(text) {
        reader.event(event);
    }
    reader.close();
    reader.blocks
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    runs: Vec<Run>,
    lists: Vec<Option<u64>>,
    lead: String,
    bold: usize,
    code: Option<String>,
    link: Option<String>,
}

impl Reader {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => {
                    let style = if self.bold > 0 { Style::Bold } else { Style::Plain };
                    self.runs.push(Run::new(clean(&text), style));
                }
            },
            Event::Code(text) => self.runs.push(Run::new(clean(&text), Style::Code)),
            Event::SoftBreak => self.runs.push(Run::new(" ", Style::Plain)),
            Event::HardBreak => {
                self.close();
                self.lead = " ".repeat(2 * self.lists.len());
            }
            Event::Start(tag) => self.open(tag),
            Event::End(tag) => self.end(tag),
            _ => {}
        }
    }

    fn open(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Strong | Tag::Emphasis => self.bold += 1,
            Tag::Heading { .. } => {
                self.close();
                self.bold += 1;
            }
            Tag::Link { dest_url, .. } => {
                self.link = Some(dest_url.into_string()).filter(|url| url.starts_with("http"))
            }
            Tag::CodeBlock(_) => {
                self.close();
                self.code = Some(String::new());
            }
            Tag::List(start) => {
                self.close();
                self.lists.push(start);
            }
            Tag::Item => {
                let indent = "  ".repeat(self.lists.len());
                self.lead = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{indent}{}. ", *number - 1)
                    }
                    _ => format!("{indent}- "),
                };
            }
            Tag::BlockQuote(_) => self.lead = "  | ".to_owned(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Strong | TagEnd::Emphasis => self.bold = self.bold.saturating_sub(1),
            TagEnd::Heading(_) => {
                self.close();
                self.bold = self.bold.saturating_sub(1);
            }
            TagEnd::Link => {
                if let Some(url) = self.link.take() {
                    let url = clean(&url);
                    if self.runs.last().is_none_or(|run| run.text != url) {
                        self.runs.push(Run::new(format!(" ({url})"), Style::Dim));
                    }
                }
            }
            TagEnd::CodeBlock => {
                if let Some(code) = self.code.take() {
                    self.blocks.push(Block::Code(code));
                }
            }
            TagEnd::List(_) => {
                self.close();
                self.lists.pop();
            }
            TagEnd::Paragraph | TagEnd::Item => self.close(),
            _ => {}
        }
    }

    fn close(&mut self) {
        if !self.runs.is_empty() {
            let (runs, lead) = (std::mem::take(&mut self.runs), std::mem::take(&mut self.lead));
            self.blocks.push(Block::Words { runs, lead });
        }
    }
}
