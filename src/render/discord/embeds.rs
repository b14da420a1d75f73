//! What stands below the headline: embeds, in the order of the answer's sections.

use serde_json::{Value, json};

use super::limits::{self, length};
use super::markup::{escape, fenced, markdown};
use crate::model::answer::{Answer, Figure, Mark, Section, Table};
use crate::render::chart::alt;
use crate::render::plain::{self, Narrow};

/// One embed where possible; a further one where figures or a picture stand before words, since Discord
/// shows an embed's fields and its picture last.
pub(super) fn embeds(answer: &Answer, pictures: &[Option<String>]) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    let mut pictures = pictures.iter();
    for part in &answer.sections {
        match part {
            Section::Figures(figures) => fields(figures, &mut all),
            Section::Chart(chart) => match pictures.next() {
                Some(Some(file)) => picture(file, &mut all),
                _ => words(&format!("-# {}", escape(&alt(chart)).replace('\n', " ")), &mut all),
            },
            other => words(&text(other), &mut all),
        }
    }
    let notes: Vec<String> = answer.footnotes.iter().map(|note| plain::text(&Answer::new(note))).collect();
    let notes = notes.into_iter().filter(|note| !note.is_empty()).collect::<Vec<_>>().join("\n");
    if !notes.is_empty() {
        if all.is_empty() {
            all.push(json!({}));
        }
        if let Some(last) = all.last_mut() {
            last["footer"] = json!({ "text": notes });
        }
    }
    if let Some(mark) = answer.mark {
        all.iter_mut().for_each(|embed| embed["color"] = json!(colour(mark)));
    }
    all
}

fn words(text: &str, all: &mut Vec<Value>) {
    if text.is_empty() {
        return;
    }
    let room = |embed: &Value| {
        let so_far = embed["description"].as_str().map_or(0, length);
        embed["fields"].is_null()
            && embed["image"].is_null()
            && so_far + length(text) + 2 <= limits::DESCRIPTION
    };
    match all.last_mut().filter(|embed| room(embed)) {
        Some(embed) => {
            let so_far = embed["description"].as_str().unwrap_or_default();
            embed["description"] = json!(format!("{so_far}\n\n{text}"));
        }
        None => all.push(json!({ "description": text })),
    }
}

fn picture(file: &str, all: &mut Vec<Value>) {
    if all.last().is_none_or(|embed| !embed["image"].is_null()) {
        all.push(json!({}));
    }
    if let Some(embed) = all.last_mut() {
        embed["image"] = json!({"url": format!("attachment://{file}")});
    }
}

fn fields(figures: &[Figure], all: &mut Vec<Value>) {
    for figure in figures {
        let field = json!({
            "name": or_nothing(&escape(figure.label.trim())),
            "value": or_nothing(&field_value(figure)),
            "inline": true,
        });
        let has_room = |embed: &Value| {
            embed["image"].is_null() && embed["fields"].as_array().map_or(0, Vec::len) < limits::FIELDS
        };
        if !all.last().is_some_and(has_room) {
            all.push(json!({}));
        }
        if let Some(embed) = all.last_mut() {
            match embed["fields"].as_array_mut() {
                Some(fields) => fields.push(field),
                None => embed["fields"] = json!([field]),
            }
        }
    }
}

/// Discord refuses fields without a name or a value.
fn or_nothing(text: &str) -> String {
    if text.is_empty() { "\u{200b}".to_owned() } else { text.to_owned() }
}

pub(super) fn field_value(figure: &Figure) -> String {
    let value = escape(figure.value.trim());
    match figure.compared.trim() {
        "" => value,
        compared => format!("{value}\n{}", escape(compared)),
    }
}

fn text(part: &Section) -> String {
    match part {
        Section::Heading(heading) => format!("**{}**", escape(heading.trim()).replace('\n', " ")),
        Section::Text(text) => markdown(text),
        Section::Table(table) => self::table(table),
        Section::Code { language, text } => code(language, text),
        Section::List { numbered, items } => {
            let lines = items.iter().enumerate().map(|(at, item)| {
                let lead = if *numbered { format!("{}. ", at + 1) } else { "• ".to_owned() };
                format!("{lead}{}", markdown(item))
            });
            lines.collect::<Vec<_>>().join("\n")
        }
        // Stand in fields and pictures.
        Section::Figures(_) | Section::Chart(_) => String::new(),
    }
}

pub(super) fn table(table: &Table) -> String {
    match plain::narrow(table) {
        Narrow::LinedUp(text) => code("", &text),
        Narrow::RowByRow(rows) => {
            let lines = rows.iter().map(|(name, rest)| match rest.as_str() {
                "" => format!("• **{}**", escape(name)),
                rest => format!("• **{}**: {}", escape(name), escape(rest)),
            });
            lines.collect::<Vec<_>>().join("\n")
        }
    }
}

pub(super) fn code(language: &str, content: &str) -> String {
    let language: String = language.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    match content.trim_end() {
        "" => String::new(),
        content => format!("```{language}\n{}\n```", fenced(content)),
    }
}

fn colour(mark: Mark) -> u32 {
    match mark {
        Mark::Critical => 0x00d8_3a3a,
        Mark::Warning => 0x00e2_a200,
        Mark::Acknowledged => 0x002f_6fde,
        Mark::Good => 0x002e_a043,
        Mark::Unknown => 0x008b_949e,
    }
}
