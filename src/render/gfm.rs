//! An answer as Markdown for a wiki, an issue or a README: GitHub's dialect, which most places read.

use crate::model::answer::{Answer, Section, Table};
use crate::render::chart::alt;

/// The whole answer, ending in a line break. Charts are told in words.
#[must_use]
pub fn document(answer: &Answer) -> String {
    let mut parts = vec![format!("# {}", answer.headline)];
    parts.extend(answer.sections.iter().map(section));
    if !answer.footnotes.is_empty() {
        parts.push(
            answer
                .footnotes
                .iter()
                .map(|note| format!("<sub>{note}</sub>"))
                .collect::<Vec<_>>()
                .join("<br>\n"),
        );
    }
    parts.join("\n\n") + "\n"
}

fn section(section: &Section) -> String {
    match section {
        Section::Heading(text) => format!("## {}", one_line(text)),
        Section::Text(text) => text.clone(),
        Section::Figures(figures) => figures
            .iter()
            .map(|figure| match figure.compared.as_str() {
                "" => format!("- {}: **{}**", figure.label, figure.value),
                compared => format!("- {}: **{}** ({compared})", figure.label, figure.value),
            })
            .collect::<Vec<_>>()
            .join("\n"),
        Section::Table(table) => self::table(table),
        Section::List { numbered, items } => items
            .iter()
            .enumerate()
            .map(|(at, item)| if *numbered { format!("{}. {item}", at + 1) } else { format!("- {item}") })
            .collect::<Vec<_>>()
            .join("\n"),
        Section::Code { language, text } => fenced(language, text),
        Section::Chart(chart) => format!("*{}*", one_line(&alt(chart))),
    }
}

/// A code block that its text can't close.
fn fenced(language: &str, text: &str) -> String {
    let longest =
        text.lines().map(|line| line.trim_start().bytes().take_while(|byte| *byte == b'`').count()).max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", text.trim_end())
}

/// A table; what stands in cells is text, never markup.
fn table(table: &Table) -> String {
    let row = |cells: &[String]| {
        format!("| {} |", cells.iter().map(|text| cell(text)).collect::<Vec<_>>().join(" | "))
    };
    let mut lines = vec![row(&table.columns), format!("|{}", " --- |".repeat(table.columns.len()))];
    lines.extend(table.rows.iter().map(|cells| row(cells)));
    lines.join("\n")
}

fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '@' | '#' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_cells_stay_what_they_are() {
        let answer = Answer::new("`a.log` took 5 s")
            .with(Section::Table(Table {
                columns: vec!["#".to_owned(), "statement".to_owned()],
                rows: vec![vec!["1".to_owned(), "select * from a | b".to_owned()]],
            }))
            .with(Section::Code {
                language: "sql".to_owned(),
                text: "select 1\n```\n# no heading".to_owned(),
            })
            .footnote("From a to b.");
        insta::assert_snapshot!(document(&answer), @r"
        # `a.log` took 5 s

        | \# | statement |
        | --- | --- |
        | 1 | select \* from a \| b |

        ````sql
        select 1
        ```
        # no heading
        ````

        <sub>From a to b.</sub>
        ");
    }
}
