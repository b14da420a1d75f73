//! Cuts an answer that is too long for one message into several that fit. Words are never lost:
//! text is cut between paragraphs, then between words; code between lines, each part in a fence of
//! its own; tables between rows, each part under the same columns.

use super::blocks::{code, field};
use super::limits::{self, length};
use super::mrkdwn::{escape, markdown};
use super::{Message, message};
use crate::model::answer::{self, Answer, Section, Table};
use crate::render::markdown::{Block, blocks, gaps, plain};
use crate::render::plain as plain_text;

/// One section's share, so that several fit into a message.
const PIECE: usize = 2_500;

/// The messages for `answer`, in order, each within Slack's limits: the first has the headline and
/// the controls, the last the small print.
pub fn split(answer: Answer) -> Vec<Answer> {
    if fits(&answer) {
        return vec![answer];
    }
    let Answer { headline, mark, sections, controls, footnotes } = answer;
    let (headline, rest) = first_line(headline);
    let mut pieces: Vec<Section> = rest.into_iter().flat_map(|text| small(Section::Text(text))).collect();
    pieces.extend(sections.into_iter().flat_map(small));
    let (notes, long): (Vec<_>, Vec<_>) = footnotes.into_iter().partition(|note| fits_footnote(note));
    pieces.extend(long.into_iter().flat_map(|note| small(Section::Text(note))));

    let mut parts = vec![Answer { headline, mark, controls, ..Answer::default() }];
    for piece in pieces {
        add(&mut parts, |part| part.sections.push(piece.clone()));
    }
    for note in notes {
        add(&mut parts, |part| part.footnotes.push(note.clone()));
    }
    parts
}

/// Adds to the last part, or to a new one where it no longer fits.
fn add(parts: &mut Vec<Answer>, change: impl Fn(&mut Answer)) {
    let last = parts.len() - 1;
    let mut longer = parts[last].clone();
    change(&mut longer);
    if fits(&longer) || parts[last] == Answer::default() {
        parts[last] = longer;
    } else {
        let mut next = Answer::default();
        change(&mut next);
        parts.push(next);
    }
}

/// Whether Slack takes it as one message.
pub(super) fn fits(answer: &Answer) -> bool {
    let Message { text, blocks } = message(answer);
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

/// The headline, and what of it does not fit into one line of a message.
fn first_line(headline: String) -> (String, Option<String>) {
    if length(&markdown(&headline)) <= 1_000 && length(&plain(&headline)) <= 1_000 {
        return (headline, None);
    }
    let mut pieces = cut_words(&headline, 900).into_iter();
    let first = pieces.next().unwrap_or_default();
    let rest = pieces.collect::<Vec<_>>().join(" ");
    (first, (!rest.is_empty()).then_some(rest))
}

fn fits_footnote(note: &str) -> bool {
    length(&markdown(note)) <= PIECE
}

/// A section as one or more that are small enough for a block and leave room beside them.
fn small(section: Section) -> Vec<Section> {
    match section {
        Section::Heading(heading) if length(&escape(&heading)) > PIECE => {
            small_text(&answer::escape(&heading))
        }
        Section::Heading(_) => vec![section],
        Section::Text(text) => small_text(&text),
        Section::Figures(figures) => {
            let (short, long): (Vec<_>, Vec<_>) =
                figures.into_iter().partition(|figure| length(&field(figure)) <= limits::FIELD / 2);
            let mut all: Vec<Section> =
                short.chunks(limits::FIELDS / 4).map(|some| Section::Figures(some.to_vec())).collect();
            for figure in long {
                let line = plain_text::section(&Section::Figures(vec![figure]));
                all.extend(small_text(&answer::escape(&line)));
            }
            all
        }
        Section::Table(table) => small_table(table),
        Section::List { numbered, items } => small_list(numbered, &items),
        Section::Code { language, text } => small_code(&language, &text),
        Section::Chart(_) => vec![section],
    }
}

fn is_small(text: &str) -> bool {
    length(&markdown(text)) <= PIECE
}

fn small_text(text: &str) -> Vec<Section> {
    if is_small(text) {
        return vec![Section::Text(text.to_owned())];
    }
    let mut all = Vec::new();
    for block in blocks(text) {
        match block {
            Block::Code(language, content) => all.extend(small_code(&language, &content)),
            Block::Words(words) if is_small(words) => all.push(Section::Text(words.to_owned())),
            Block::Words(words) => all.extend(cut_words(words, PIECE / 2).into_iter().map(Section::Text)),
        }
    }
    all
}

/// Markdown cut between words into pieces that render to at most twice `limit`; a word that is too
/// long by itself is cut inside.
fn cut_words(text: &str, limit: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let gaps = gaps(text);
    let mut from = 0;
    while from < text.len() {
        let rest = &text[from..];
        if length(&markdown(rest)) <= limit {
            pieces.push(rest.to_owned());
            break;
        }
        let fits = |gap: &&std::ops::Range<usize>| {
            gap.start > from && length(&markdown(&text[from..gap.start])) <= limit
        };
        // Longer starts render longer, so the last one that fits can be searched for.
        let first = gaps.partition_point(|gap| gap.start <= from);
        let until = first + gaps[first..].partition_point(|gap| fits(&gap));
        if until > first {
            let gap = &gaps[until - 1];
            pieces.push(text[from..gap.start].to_owned());
            from = gap.end;
        } else {
            let mut at = from + floor(rest, limit / 8);
            // What follows a backslash belongs to it.
            while text[..at].ends_with('\\') && at < text.len() {
                at += text[at..].chars().next().map_or(1, char::len_utf8);
            }
            pieces.push(text[from..at].to_owned());
            from = at;
        }
    }
    pieces
}

/// The largest character boundary of `text` up to `at`, but past its first character.
fn floor(text: &str, at: usize) -> usize {
    let first = text.chars().next().map_or(0, char::len_utf8);
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0).max(first)
}

fn small_code(language: &str, text: &str) -> Vec<Section> {
    let mut all: Vec<String> = Vec::new();
    for line in text.trim_end().lines() {
        let mut rest = line;
        loop {
            let at = if length(&code(rest)) <= PIECE { rest.len() } else { floor(rest, PIECE / 6) };
            let (piece, after) = rest.split_at(at);
            match all.last_mut() {
                Some(last) if at == line.len() && length(&code(&format!("{last}\n{piece}"))) <= PIECE => {
                    last.push('\n');
                    last.push_str(piece);
                }
                _ => all.push(piece.to_owned()),
            }
            if after.is_empty() {
                break;
            }
            rest = after;
        }
    }
    all.into_iter().map(|text| Section::Code { language: language.to_owned(), text }).collect()
}

fn small_table(table: Table) -> Vec<Section> {
    let shown = |rows: &[Vec<String>]| {
        length(&code(&plain_text::table(&Table { columns: table.columns.clone(), rows: rows.to_vec() })))
    };
    let mut all = Vec::new();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for row in &table.rows {
        rows.push(row.clone());
        if shown(&rows) <= PIECE {
            continue;
        }
        rows.pop();
        if !rows.is_empty() {
            all.push(Section::Table(Table {
                columns: table.columns.clone(),
                rows: std::mem::take(&mut rows),
            }));
        }
        if shown(std::slice::from_ref(row)) <= PIECE {
            rows.push(row.clone());
        } else {
            // A row wider than a message is read as lines.
            for (at, cell) in row.iter().enumerate() {
                let column = table.columns.get(at).map_or("", String::as_str);
                all.extend(small_text(&answer::escape(&format!("{column}: {cell}"))));
            }
        }
    }
    if !rows.is_empty() || table.rows.is_empty() {
        all.push(Section::Table(Table { columns: table.columns, rows }));
    }
    all
}

/// Parts of a numbered list go on counting.
fn small_list(numbered: bool, items: &[String]) -> Vec<Section> {
    let whole: usize = items.iter().map(|item| length(&markdown(item)) + 6).sum();
    if whole <= PIECE {
        return vec![Section::List { numbered, items: items.to_vec() }];
    }
    let mut all: Vec<String> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let lead = if numbered { format!("{}. ", at + 1) } else { "- ".to_owned() };
        for (nth, piece) in cut_words(item, PIECE / 2).into_iter().enumerate() {
            let line = if nth == 0 { format!("{lead}{piece}") } else { piece };
            match all.last_mut() {
                Some(last) if nth == 0 && is_small(&format!("{last}\n{line}")) => {
                    last.push('\n');
                    last.push_str(&line);
                }
                _ => all.push(line),
            }
        }
    }
    all.into_iter().map(Section::Text).collect()
}
