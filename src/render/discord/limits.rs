//! What Discord accepts at most, counted in characters. Source: docs.discord.com, "Message resource"
//! and "Component reference"; `openapi.json` of discord/discord-api-spec.

/// The words of a message.
pub const CONTENT: usize = 2_000;
/// Embeds of a message.
pub const EMBEDS: usize = 10;
/// All texts of all embeds together.
pub const ALL_EMBEDS: usize = 6_000;
/// Description of an embed.
pub const DESCRIPTION: usize = 4_096;
/// Fields of an embed.
pub const FIELDS: usize = 25;
/// Name of a field.
pub const FIELD_NAME: usize = 256;
/// Value of a field.
pub const FIELD_VALUE: usize = 1_024;
/// Footer of an embed.
pub const FOOTER: usize = 2_048;
/// Description of an attachment.
pub const ALT_TEXT: usize = 1_024;
/// Rows of components.
pub const ROWS: usize = 5;
/// Buttons of a row.
pub const BUTTONS: usize = 5;
/// Label of a button.
pub const LABEL: usize = 80;
/// What a component says when it is pressed, and the value of a menu's entry.
pub const CUSTOM_ID: usize = 100;
/// Entries of a menu.
pub const OPTIONS: usize = 25;
/// Label of a menu's entry.
pub const OPTION_LABEL: usize = 100;
/// Name of a thread.
pub const THREAD_NAME: usize = 100;

/// Length as the limits count it.
pub fn length(text: &str) -> usize {
    text.chars().count()
}

/// `text` on one line, shortened to `most` characters with an ellipsis at its end.
pub fn short(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|c| !c.is_control()).collect();
    if length(&line) <= most {
        return if line.is_empty() { "…".to_owned() } else { line };
    }
    line.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
