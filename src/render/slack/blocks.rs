//! The blocks of one message.

use serde_json::{Value, json};

use super::limits::{self, length};
use super::mrkdwn::{escape, fenced, flat, markdown};
use crate::model::answer::{Answer, Choice, Control, Figure, Section, Table};
use crate::model::chart::Chart;
use crate::model::window::Window;
use crate::render::chart::alt;
use crate::render::plain::{self, Narrow};

/// Headline, sections, controls, small print.
///
/// `native`: with Slack's own table where there is one; a message takes no more than one.
pub(super) fn blocks(answer: &Answer, files: &[Option<String>], native: bool) -> Vec<Value> {
    let mut blocks = Vec::new();
    let mut native = native;
    let mut files = files.iter();
    if !answer.headline.is_empty() {
        let sign = answer.mark.map_or(String::new(), |mark| format!("{} ", super::emoji(mark)));
        blocks.push(section(format!("{sign}*{}*", flat(&answer.headline))));
    }
    for part in &answer.sections {
        match part {
            Section::Chart(chart) => blocks.push(picture(chart, files.next().and_then(Option::as_deref))),
            Section::Table(table) if native && fits_natively(table) => {
                native = false;
                blocks.push(native_table(table));
            }
            part => part_blocks(part, &mut blocks),
        }
    }
    let elements = elements(&answer.controls);
    for some in elements.chunks(limits::ACTIONS) {
        blocks.push(json!({"type": "actions", "elements": some}));
    }
    let notes: Vec<Value> = answer
        .footnotes
        .iter()
        .map(|note| markdown(note))
        .filter(|note| !note.is_empty())
        .map(text)
        .collect();
    for some in notes.chunks(limits::CONTEXT) {
        blocks.push(json!({"type": "context", "elements": some}));
    }
    blocks
}

fn part_blocks(part: &Section, blocks: &mut Vec<Value>) {
    match part {
        Section::Heading(heading) => {
            blocks.push(section(format!("*{}*", escape(heading.trim()).replace('\n', " "))))
        }
        Section::Text(markdown_text) => blocks.push(section(markdown(markdown_text))),
        Section::Figures(figures) => {
            for some in figures.chunks(limits::FIELDS) {
                let fields: Vec<Value> = some.iter().map(|figure| text(field(figure))).collect();
                blocks.push(json!({"type": "section", "fields": fields}));
            }
        }
        Section::Table(table) => blocks.push(section(self::table(table))),
        Section::List { numbered, items } => {
            let lines: Vec<String> = items
                .iter()
                .enumerate()
                .map(|(at, item)| {
                    let lead = if *numbered { format!("{}. ", at + 1) } else { "• ".to_owned() };
                    format!("{lead}{}", markdown(item))
                })
                .collect();
            blocks.push(section(lines.join("\n")));
        }
        Section::Code { text, .. } => blocks.push(section(code(text))),
        // It wants to know its file.
        Section::Chart(_) => {}
    }
    // Slack refuses a section without text.
    if blocks.last().is_some_and(|block| block["text"]["text"] == "" || block["fields"] == json!([])) {
        blocks.pop();
    }
}

/// A table where Slack's own can't stand.
pub(super) fn table(table: &Table) -> String {
    match plain::narrow(table) {
        Narrow::LinedUp(text) => code(&text),
        Narrow::RowByRow(rows) => {
            let lines = rows.iter().map(|(name, rest)| match rest.as_str() {
                "" => format!("• *{}*", escape(name)),
                rest => format!("• *{}*: {}", escape(name), escape(rest)),
            });
            lines.collect::<Vec<_>>().join("\n")
        }
    }
}

fn fits_natively(table: &Table) -> bool {
    let letters: usize =
        table.columns.iter().chain(table.rows.iter().flatten()).map(|cell| length(cell)).sum();
    !table.rows.is_empty()
        && (1..=limits::TABLE_COLUMNS).contains(&table.columns.len())
        && table.rows.len() < limits::TABLE_ROWS
        && letters <= limits::TABLE_LETTERS
        && table.rows.iter().all(|row| row.len() == table.columns.len())
}

/// Figures stand to the right, as in a table of figures.
fn native_table(table: &Table) -> Value {
    // Slack refuses a cell without text.
    let cell = |text: &String| {
        let text = text.trim();
        json!({"type": "raw_text", "text": if text.is_empty() { "\u{a0}" } else { text }})
    };
    let row = |cells: &Vec<String>| cells.iter().map(cell).collect::<Vec<Value>>();
    let rows: Vec<Vec<Value>> = std::iter::once(&table.columns).chain(&table.rows).map(row).collect();
    let is_figure = |text: &String| {
        text.trim_start_matches(['-', '+', '↑', '↓', ' ']).starts_with(|c: char| c.is_ascii_digit())
    };
    let settings = (0..table.columns.len()).map(|column| {
        let mut cells =
            table.rows.iter().filter_map(|row| row.get(column)).filter(|cell| !cell.trim().is_empty());
        let align = if cells.all(is_figure) { "right" } else { "left" };
        json!({"align": align, "is_wrapped": false})
    });
    json!({"type": "table", "rows": rows, "column_settings": settings.collect::<Vec<Value>>()})
}

fn picture(chart: &Chart, file: Option<&str>) -> Value {
    let words = alt(chart);
    match file {
        Some(id) => json!({
            "type": "image",
            "slack_file": {"id": id},
            "alt_text": words.chars().take(limits::ALT_TEXT).collect::<String>(),
        }),
        None => json!({"type": "context", "elements": [text(escape(&words))]}),
    }
}

fn section(content: String) -> Value {
    json!({"type": "section", "text": text(content)})
}

/// `verbatim`: Slack must not turn words into links, channels or mentions by itself.
fn text(content: String) -> Value {
    json!({"type": "mrkdwn", "text": content, "verbatim": true})
}

pub(super) fn field(figure: &Figure) -> String {
    let mut field = format!("*{}*\n{}", escape(figure.label.trim()), escape(figure.value.trim()));
    if !figure.compared.is_empty() {
        field.push('\n');
        field.push_str(&escape(figure.compared.trim()));
    }
    field
}

pub(super) fn code(content: &str) -> String {
    match content.trim_end() {
        "" => String::new(),
        content => format!("```\n{}\n```", fenced(content)),
    }
}

/// Buttons and menus. `action_id`s say what is pressed, so that they are the same every time.
fn elements(controls: &[Control]) -> Vec<Value> {
    let mut elements: Vec<Value> = Vec::new();
    // What can be said better in a window stands in the menu, if there is one.
    let mut windows: Vec<Window> = Vec::new();
    for control in controls {
        match control {
            Control::Button(choice) => {
                windows.extend(Window::of(&choice.press));
                elements.extend(button(choice));
            }
            Control::Menu { label, choices } => {
                windows.extend(choices.iter().filter_map(|choice| Window::of(&choice.press)));
                menu(label, choices, &std::mem::take(&mut windows), &mut elements);
            }
        }
    }
    let mut seen: Vec<String> = Vec::new();
    for element in &mut elements {
        let id = element["action_id"].as_str().unwrap_or("quad").to_owned();
        let twins = seen.iter().filter(|one| **one == id).count();
        if twins > 0 {
            element["action_id"] = json!(format!("{id}.{}", twins + 1));
        }
        seen.push(id);
    }
    elements
}

/// `None` where the press does not fit: half a question must not be asked, and it can be typed.
fn button(choice: &Choice) -> Option<Value> {
    let value = choice.press.encode();
    let verb = value.split(':').next().unwrap_or_default();
    let id = format!("quad.{verb}");
    (length(&value) <= limits::VALUE)
        .then(|| json!({"type": "button", "action_id": id, "text": label(&choice.label), "value": value}))
}

fn menu(label_text: &str, choices: &[Choice], windows: &[Window], elements: &mut Vec<Value>) {
    let (short, long): (Vec<_>, Vec<_>) =
        choices.iter().partition(|choice| length(&choice.press.encode()) <= limits::OPTION_VALUE);
    let options: Vec<Value> = short
        .iter()
        .map(|choice| json!({"text": label(&choice.label), "value": choice.press.encode()}))
        .chain(windows.iter().map(|window| json!({"text": label(window.entry()), "value": window.encode()})))
        .collect();
    for some in options.chunks(limits::OPTIONS) {
        // Five fit behind the three dots; more need a list with a name.
        elements.push(if some.len() <= limits::OVERFLOW {
            json!({"type": "overflow", "action_id": "quad.menu", "options": some})
        } else {
            json!({"type": "static_select", "action_id": "quad.menu", "placeholder": label(label_text), "options": some})
        });
    }
    elements.extend(long.into_iter().filter_map(button));
}

/// A label that fits: shortened at the end, since what it does is in the value.
fn label(content: &str) -> Value {
    let content = content.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = content.chars().filter(|c| !c.is_control()).collect();
    if length(&short) > limits::LABEL {
        while length(&short) > limits::LABEL - 1 {
            short.pop();
        }
        short.push('…');
    }
    if short.is_empty() {
        short.push('…');
    }
    json!({"type": "plain_text", "text": short, "emoji": false})
}
