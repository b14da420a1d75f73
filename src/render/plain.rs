//! An answer as plain text, without any markup: for notifications, mail parts, logs of tests.

use crate::model::answer::{Answer, Section, Table};
use crate::render::chart::alt;
use crate::render::markdown;
use unicode_width::UnicodeWidthStr as _;

/// All of it except the controls, headline first, no line break at the end.
pub fn text(answer: &Answer) -> String {
    let mut parts = vec![markdown::plain(&answer.headline)];
    parts.extend(answer.sections.iter().map(section));
    parts.extend(answer.footnotes.iter().map(|note| markdown::plain(note)));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// One section.
pub fn section(section: &Section) -> String {
    match section {
        Section::Heading(text) => text.trim().to_owned(),
        Section::Text(text) => markdown::plain(text),
        Section::Figures(figures) => figures
            .iter()
            .map(|figure| {
                let compared = match figure.compared.as_str() {
                    "" => String::new(),
                    compared => format!(" ({compared})"),
                };
                format!("{}: {}{compared}", figure.label, figure.value)
            })
            .collect::<Vec<_>>()
            .join("\n"),
        Section::Table(table) => self::table(table),
        Section::List { numbered, items } => items
            .iter()
            .enumerate()
            .map(|(at, item)| {
                let lead = if *numbered { format!("{}. ", at + 1) } else { "• ".to_owned() };
                format!("{lead}{}", markdown::plain(item))
            })
            .collect::<Vec<_>>()
            .join("\n"),
        Section::Code { text, .. } => text.trim_end().to_owned(),
        Section::Chart(chart) => alt(chart),
    }
}

/// Wider lines are wrapped by a phone, and then no column lines up any more.
const PHONE: usize = 40;

/// A table as a chat on a phone can show it.
pub enum Narrow {
    /// Columns lined up with spaces, for a fixed-width font.
    LinedUp(String),
    /// A row a line: its first cell, and the others with the names of their columns.
    RowByRow(Vec<(String, String)>),
}

/// The table lined up, where that is narrow enough for a phone, else row by row.
pub fn narrow(table: &Table) -> Narrow {
    let lined_up = self::table(table);
    if lined_up.lines().all(|line| line.width() <= PHONE) {
        return Narrow::LinedUp(lined_up);
    }
    let rows = table.rows.iter().map(|row| {
        let mut cells = row.iter().enumerate().map(|(at, text)| (at, cell(text)));
        let first = cells.next().map(|(_, first)| first).unwrap_or_default();
        let rest = cells.filter(|(_, text)| !text.trim().is_empty()).map(|(at, text)| {
            match table.columns.get(at).map(|column| cell(column)) {
                Some(column) if !column.is_empty() => format!("{column} {text}"),
                _ => text,
            }
        });
        (first, rest.collect::<Vec<_>>().join(", "))
    });
    Narrow::RowByRow(rows.collect())
}

/// Columns lined up with spaces, for a fixed-width font. Numbers stand right.
pub fn table(table: &Table) -> String {
    let rows: Vec<Vec<String>> = std::iter::once(&table.columns)
        .chain(&table.rows)
        .map(|row| row.iter().map(|c| cell(c)).collect())
        .collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|at| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.width()).max().unwrap_or(0))
        .collect();
    let right: Vec<bool> = (0..columns)
        .map(|at| {
            let mut cells =
                table.rows.iter().filter_map(|row| row.get(at)).filter(|cell| !cell.is_empty()).peekable();
            cells.peek().is_some() && cells.all(|cell| is_number(cell))
        })
        .collect();
    let lines = rows.iter().map(|row| {
        let cells = row.iter().enumerate().map(|(at, cell)| {
            let pad = " ".repeat(widths[at] - cell.width());
            if right[at] { format!("{pad}{cell}") } else { format!("{cell}{pad}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn cell(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn is_number(cell: &str) -> bool {
    let cell = cell.trim_start_matches(['+', '-', '<', '>', '~', ' ']);
    cell.starts_with(|c: char| c.is_ascii_digit()) && cell.split_whitespace().count() <= 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::answer::Figure;

    #[test]
    fn a_table_that_is_too_wide_for_a_phone_is_told_row_by_row() {
        let table = |name: &str| Table {
            columns: ["", "P95", "errors"].map(str::to_owned).to_vec(),
            rows: vec![vec![name.to_owned(), "120 ms".to_owned(), "1 %".to_owned()], vec!["web".to_owned()]],
        };
        assert!(matches!(narrow(&table("checkout")), Narrow::LinedUp(_)));
        let Narrow::RowByRow(rows) = narrow(&table("a-service-with-a-very-long-name")) else {
            panic!("too wide to be lined up")
        };
        let shown: Vec<(&str, &str)> = rows.iter().map(|(name, rest)| (&**name, &**rest)).collect();
        assert_eq!(shown, [("a-service-with-a-very-long-name", "P95 120 ms, errors 1 %"), ("web", "")]);
    }

    #[test]
    fn an_answer_reads_top_to_bottom() {
        let answer = Answer::new("`checkout` is **slow**")
            .with(Section::Figures(vec![Figure {
                label: "P95".to_owned(),
                value: "1,250 ms".to_owned(),
                compared: "120 ms an hour ago".to_owned(),
            }]))
            .with(Section::Table(Table {
                columns: vec!["service".to_owned(), "P95".to_owned()],
                rows: vec![
                    vec!["checkout".to_owned(), "1,250 ms".to_owned()],
                    vec!["支付".to_owned(), "12 ms".to_owned()],
                ],
            }))
            .with(Section::List { numbered: true, items: vec!["roll `checkout` back".to_owned()] })
            .footnote("from prometheus");
        insta::assert_snapshot!(text(&answer), @"
        checkout is slow
        P95: 1,250 ms (120 ms an hour ago)
        service        P95
        checkout  1,250 ms
        支付         12 ms
        1. roll checkout back
        from prometheus
        ");
    }
}
