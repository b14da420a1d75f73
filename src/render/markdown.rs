//! Reads the Markdown of Text sections: one set of options, plain text, and where a long text may
//! be cut without breaking its markup.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A top-level block of a Text section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Block<'a> {
    /// A paragraph, list, heading or quote: its own Markdown.
    Words(&'a str),
    /// A code block: language and content.
    Code(String, String),
}

/// The events of `text`.
pub(crate) fn events(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH)
}

/// The text that a reader sees: no markup, one line a block line. Links keep their words only.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut numbers: Vec<Option<u64>> = Vec::new();
    for event in events(text) {
        match event {
            Event::Text(words) | Event::Code(words) | Event::Html(words) | Event::InlineHtml(words) => {
                out.push_str(&words)
            }
            Event::SoftBreak => out.push(' '),
            Event::HardBreak | Event::Rule => out.push('\n'),
            Event::Start(Tag::List(first)) => {
                line_break(&mut out);
                numbers.push(first);
            }
            Event::End(TagEnd::List(_)) => {
                numbers.pop();
            }
            Event::Start(Tag::Item) => {
                line_break(&mut out);
                out.push_str(&item_lead(&mut numbers));
            }
            Event::End(
                TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::CodeBlock | TagEnd::Item | TagEnd::HtmlBlock,
            ) => line_break(&mut out),
            _ => {}
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// What stands before the next item of the innermost list: `• `, `3. `, indented by depth.
pub(crate) fn item_lead(numbers: &mut [Option<u64>]) -> String {
    let indent = "    ".repeat(numbers.len().saturating_sub(1));
    match numbers.last_mut() {
        Some(Some(number)) => {
            let lead = format!("{indent}{number}. ");
            *number += 1;
            lead
        }
        _ => format!("{indent}• "),
    }
}

/// Ends the current line, if it holds anything.
pub(crate) fn line_break(out: &mut String) {
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

/// Whether a character may be shown: no control character, and none of the marks that turn the
/// direction of everything after them (CVE-2021-42574).
pub(crate) fn is_shown(c: char) -> bool {
    match c {
        '\n' | '\t' => true,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => false,
        c => !c.is_control(),
    }
}

/// The top-level blocks of `text`, in order.
pub(crate) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    let mut depth = 0usize;
    let mut code: Option<(String, String)> = None;
    for (event, range) in events(text).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                if depth == 0 {
                    match tag {
                        Tag::CodeBlock(kind) => code = Some((language(&kind), String::new())),
                        _ => found.push(Block::Words(text[range].trim_end())),
                    }
                }
                depth += 1;
            }
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                if depth == 0
                    && let Some((language, content)) = code.take()
                {
                    found.push(Block::Code(language, content));
                }
            }
            Event::Text(words) => {
                if let Some((_, content)) = &mut code {
                    content.push_str(&words);
                }
            }
            _ if depth == 0 => found.push(Block::Words(text[range].trim_end())),
            _ => {}
        }
    }
    found
}

fn language(kind: &CodeBlockKind<'_>) -> String {
    match kind {
        CodeBlockKind::Fenced(language) => language.split_whitespace().next().unwrap_or("").to_owned(),
        CodeBlockKind::Indented => String::new(),
    }
}

/// White space at which `text` may be cut without cutting a link, a code span or an emphasis.
pub(crate) fn gaps(text: &str) -> Vec<Range<usize>> {
    let mut gaps = Vec::new();
    let mut depth = 0usize;
    for (event, range) in events(text).into_offset_iter() {
        match event {
            Event::Start(tag) if is_inline(&tag) => depth += 1,
            Event::End(
                TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image,
            ) => depth = depth.saturating_sub(1),
            Event::Text(_) if depth == 0 => gaps.extend(
                text[range.clone()]
                    .match_indices(' ')
                    .map(|(at, space)| range.start + at..range.start + at + space.len()),
            ),
            Event::SoftBreak | Event::HardBreak if depth == 0 => gaps.push(range),
            _ => {}
        }
    }
    gaps
}

fn is_inline(tag: &Tag<'_>) -> bool {
    matches!(tag, Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_sees_words_and_no_markup() {
        let text = "**P95** of `checkout` is [slow](https://example.com)\nsince [14:02](time:1)\n\n1. one\n2. two\n   - deep\n\n```sh\nls\n```\n<b>raw</b> a\\*b";
        insta::assert_snapshot!(plain(text), @"
        P95 of checkout is slow since 14:02
        1. one
        2. two
            • deep
        ls
        <b>raw</b> a*b
        ");
    }

    #[test]
    fn code_stands_apart_from_words() {
        assert_eq!(
            blocks("one\ntwo\n\n```sql\nSELECT 1\n```\nthree"),
            [
                Block::Words("one\ntwo"),
                Block::Code("sql".to_owned(), "SELECT 1\n".to_owned()),
                Block::Words("three")
            ]
        );
    }

    #[test]
    fn links_and_emphasis_are_not_cut() {
        let text = "a [b c](https://x) **d e** `f g` h";
        let gaps: Vec<_> = gaps(text).into_iter().map(|gap| gap.start).collect();
        assert_eq!(gaps, [1, 18, 26, 32]);
    }
}
