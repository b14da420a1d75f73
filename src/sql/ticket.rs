//! What an issue about a statement says: everything that is needed to work on it, and no literal.

use crate::model::answer::{Answer, Section, escape};
use crate::model::statement::StatementId;
use crate::sql::slow::{self, Entry};
use crate::sql::words;

/// The key of a statement's issue: the same statement has one issue, whoever sees it. `text` is its
/// fingerprint, which outlives the server's own number of it.
#[must_use]
pub fn key(database: &str, id: &StatementId, text: Option<&str>) -> String {
    let name = StatementId(format!("{database}\n{}", text.unwrap_or(&id.0))).short();
    format!("statement:{name}")
}

/// One line.
#[must_use]
pub fn title(database: &str, entry: &Entry) -> String {
    let text = entry.text.as_ref().map_or(entry.ranked.id.short(), |text| {
        let short: String = text.fingerprint.chars().take(70).collect();
        if short.len() < text.fingerprint.len() { format!("{short}...") } else { short }
    });
    format!("Slow query on {database}: {} on average: {text}", words::time(entry.ranked.used.mean_ms()))
}

/// The whole issue, or with `again` what is new about one that is there.
#[must_use]
pub fn body(database: &str, when: &str, entry: &Entry, again: bool) -> Answer {
    let text = entry.text.as_ref().map_or("(the server has forgotten its text)", |text| &text.fingerprint);
    let owner = entry.text.as_ref().and_then(|text| text.owner.as_ref());
    let name = entry.ranked.id.short();
    let begins = if again { "It is still slow" } else { "A statement is slow" };
    let mut answer = Answer::new(format!(
        "{begins}: {} on average {when} on {}.",
        words::time(entry.ranked.used.mean_ms()),
        escape(database)
    ));
    if !again {
        answer = answer.with(Section::Code { language: "sql".to_owned(), text: text.to_owned() });
        if let Some(owner) = owner {
            answer = answer.with(Section::Text(format!("Sent by `{}`.", owner.replace('`', "'"))));
        }
    }
    answer = answer.with(Section::List { numbered: false, items: slow::lines(entry) });
    if let Some(tree) = &entry.cause.tree {
        answer = answer
            .with(Section::Heading("Plan".to_owned()))
            .with(Section::Code { language: String::new(), text: tree.clone() });
    }
    let run = entry.advice.as_ref().map(|advice| advice.run.join(";\n")).unwrap_or_default();
    if !run.is_empty() {
        answer = answer
            .with(Section::Heading("What would be run".to_owned()))
            .with(Section::Code { language: "sql".to_owned(), text: format!("{run};") });
    }
    let how = if entry.cause.measured { "measured" } else { "what the planner expects for any value" };
    answer.footnote(format!(
        "Found by quad in the server's own statistics of statements; the plan is {how}. In chat: `show the plan of {name}`, `create the index for {name}`"
    ))
}

/// Words by which work about the same thing is found: its tables' names.
#[must_use]
pub fn about(entry: &Entry) -> Vec<String> {
    let Some(text) = &entry.text else { return Vec::new() };
    let mut words = text.fingerprint.split_whitespace();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        if matches!(word, "from" | "join" | "into" | "update")
            && let Some(table) = words.next()
        {
            let table = table.trim_matches(|c: char| !c.is_alphanumeric() && c != '_');
            let table = table.rsplit('.').next().unwrap_or(table).trim_matches('"').to_owned();
            if table.len() > 2 && !found.contains(&table) {
                found.push(table);
            }
        }
    }
    found
}
