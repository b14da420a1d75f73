//! Cuts an answer that is too long for one message into several that fit, on any platform. Words are
//! never lost: text is cut between paragraphs, then between words; code between lines, each part in a
//! fence of its own; tables between rows, each part under the same columns.

use crate::model::answer::{self, Answer, Figure, Section, Table};
use crate::render::markdown::{Block, blocks, gaps, plain};
use crate::render::plain as plain_text;

/// What a platform's messages have room for, and how it measures.
pub(super) struct Paper {
    /// Whether the platform takes it as one message.
    pub(super) fits: fn(&Answer) -> bool,
    /// Length of Markdown once it is rendered.
    pub(super) text: fn(&str) -> usize,
    /// Length of plain text once it is escaped.
    pub(super) plain: fn(&str) -> usize,
    /// Length of a code block.
    pub(super) code: fn(&str) -> usize,
    /// Length of a table.
    pub(super) table: fn(&Table) -> usize,
    /// Length of a figure.
    pub(super) figure: fn(&Figure) -> usize,
    /// Longest figure that stands among others; longer ones are text.
    pub(super) longest_figure: usize,
    /// Figures that stay together.
    pub(super) figures: usize,
    /// Longest headline.
    pub(super) headline: usize,
    /// One section's share, so that several fit into a message.
    pub(super) piece: usize,
}

/// The messages for `answer`, in order, each within the platform's limits: the first has the headline
/// and the controls, the last the small print.
pub(super) fn split(paper: &Paper, answer: Answer) -> Vec<Answer> {
    if (paper.fits)(&answer) {
        return vec![answer];
    }
    let Answer { headline, mark, sections, controls, footnotes } = answer;
    let (headline, rest) = paper.first_line(headline);
    let mut pieces: Vec<Section> =
        rest.into_iter().flat_map(|text| paper.small(Section::Text(text))).collect();
    pieces.extend(sections.into_iter().flat_map(|section| paper.small(section)));
    let (notes, long): (Vec<_>, Vec<_>) = footnotes.into_iter().partition(|note| paper.is_small(note));
    pieces.extend(long.into_iter().flat_map(|note| paper.small(Section::Text(note))));

    let mut parts = vec![Answer { headline, mark, controls, ..Answer::default() }];
    for piece in pieces {
        paper.add(&mut parts, |part| part.sections.push(piece.clone()));
    }
    for note in notes {
        paper.add(&mut parts, |part| part.footnotes.push(note.clone()));
    }
    parts
}

impl Paper {
    /// Adds to the last part, or to a new one where it no longer fits.
    fn add(&self, parts: &mut Vec<Answer>, change: impl Fn(&mut Answer)) {
        let last = parts.len() - 1;
        let mut longer = parts[last].clone();
        change(&mut longer);
        if (self.fits)(&longer) || parts[last] == Answer::default() {
            parts[last] = longer;
        } else {
            let mut next = Answer::default();
            change(&mut next);
            parts.push(next);
        }
    }

    /// The headline, and what of it does not fit into one line of a message.
    fn first_line(&self, headline: String) -> (String, Option<String>) {
        if (self.text)(&headline) <= self.headline && plain(&headline).len() <= self.headline {
            return (headline, None);
        }
        let mut pieces = self.cut_words(&headline, self.headline * 9 / 10).into_iter();
        let first = pieces.next().unwrap_or_default();
        let rest = pieces.collect::<Vec<_>>().join(" ");
        (first, (!rest.is_empty()).then_some(rest))
    }

    /// A section as one or more that are small enough for a block and leave room beside them.
    fn small(&self, section: Section) -> Vec<Section> {
        match section {
            Section::Heading(heading) if (self.plain)(&heading) > self.piece => {
                self.small_text(&answer::escape(&heading))
            }
            Section::Heading(_) => vec![section],
            Section::Text(text) => self.small_text(&text),
            Section::Figures(figures) => {
                let (short, long): (Vec<_>, Vec<_>) =
                    figures.into_iter().partition(|figure| (self.figure)(figure) <= self.longest_figure);
                let mut all: Vec<Section> =
                    short.chunks(self.figures).map(|some| Section::Figures(some.to_vec())).collect();
                for figure in long {
                    let line = plain_text::section(&Section::Figures(vec![figure]));
                    all.extend(self.small_text(&answer::escape(&line)));
                }
                all
            }
            Section::Table(table) => self.small_table(table),
            Section::List { numbered, items } => self.small_list(numbered, &items),
            Section::Code { language, text } => self.small_code(&language, &text),
            Section::Chart(_) => vec![section],
        }
    }

    fn small_text(&self, text: &str) -> Vec<Section> {
        if self.is_small(text) {
            return vec![Section::Text(text.to_owned())];
        }
        let mut all = Vec::new();
        for block in blocks(text) {
            match block {
                Block::Code(language, content) => all.extend(self.small_code(&language, &content)),
                Block::Words(words) if self.is_small(words) => all.push(Section::Text(words.to_owned())),
                Block::Words(words) => {
                    all.extend(self.cut_words(words, self.piece / 2).into_iter().map(Section::Text))
                }
            }
        }
        all
    }

    /// Markdown cut between words into pieces that render to at most twice `limit`; a word that is too
    /// long by itself is cut inside.
    fn cut_words(&self, text: &str, limit: usize) -> Vec<String> {
        let mut pieces = Vec::new();
        let gaps = gaps(text);
        let mut from = 0;
        while from < text.len() {
            let rest = &text[from..];
            if (self.text)(rest) <= limit {
                pieces.push(rest.to_owned());
                break;
            }
            let fits = |gap: &&std::ops::Range<usize>| {
                gap.start > from && (self.text)(&text[from..gap.start]) <= limit
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

    fn small_code(&self, language: &str, text: &str) -> Vec<Section> {
        let mut all: Vec<String> = Vec::new();
        for line in text.trim_end().lines() {
            let mut rest = line;
            loop {
                let at =
                    if (self.code)(rest) <= self.piece { rest.len() } else { floor(rest, self.piece / 6) };
                let (piece, after) = rest.split_at(at);
                match all.last_mut() {
                    Some(last)
                        if at == line.len() && (self.code)(&format!("{last}\n{piece}")) <= self.piece =>
                    {
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

    fn small_table(&self, table: Table) -> Vec<Section> {
        let shown = |rows: &[Vec<String>]| {
            (self.table)(&Table { columns: table.columns.clone(), rows: rows.to_vec() })
        };
        let mut all = Vec::new();
        let mut rows: Vec<Vec<String>> = Vec::new();
        for row in &table.rows {
            rows.push(row.clone());
            if shown(&rows) <= self.piece {
                continue;
            }
            rows.pop();
            if !rows.is_empty() {
                all.push(Section::Table(Table {
                    columns: table.columns.clone(),
                    rows: std::mem::take(&mut rows),
                }));
            }
            if shown(std::slice::from_ref(row)) <= self.piece {
                rows.push(row.clone());
            } else {
                // A row wider than a message is read as lines.
                for (at, cell) in row.iter().enumerate() {
                    let column = table.columns.get(at).map_or("", String::as_str);
                    all.extend(self.small_text(&answer::escape(&format!("{column}: {cell}"))));
                }
            }
        }
        if !rows.is_empty() || table.rows.is_empty() {
            all.push(Section::Table(Table { columns: table.columns, rows }));
        }
        all
    }

    /// Parts of a numbered list go on counting.
    fn small_list(&self, numbered: bool, items: &[String]) -> Vec<Section> {
        let whole: usize = items.iter().map(|item| (self.text)(item) + 6).sum();
        if whole <= self.piece {
            return vec![Section::List { numbered, items: items.to_vec() }];
        }
        let mut all: Vec<String> = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let lead = if numbered { format!("{}. ", at + 1) } else { "- ".to_owned() };
            for (nth, piece) in self.cut_words(item, self.piece / 2).into_iter().enumerate() {
                let line = if nth == 0 { format!("{lead}{piece}") } else { piece };
                match all.last_mut() {
                    Some(last) if nth == 0 && self.is_small(&format!("{last}\n{line}")) => {
                        last.push('\n');
                        last.push_str(&line);
                    }
                    _ => all.push(line),
                }
            }
        }
        all.into_iter().map(Section::Text).collect()
    }

    fn is_small(&self, text: &str) -> bool {
        (self.text)(text) <= self.piece
    }
}

/// The largest character boundary of `text` up to `at`, but past its first character.
fn floor(text: &str, at: usize) -> usize {
    let first = text.chars().next().map_or(0, char::len_utf8);
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0).max(first)
}
