//! What Slack accepts at most, counted in UTF-16 units, which is never less than characters.
//! Source: Block Kit reference and `chat.postMessage`, docs.slack.dev.

/// Text of a section.
pub const SECTION: usize = 3_000;
/// Text of a section's field.
pub const FIELD: usize = 2_000;
/// Fields of a section.
pub const FIELDS: usize = 10;
/// Text of a header block.
pub const HEADER: usize = 150;
/// Label of a button, or of a menu's entry.
pub const LABEL: usize = 75;
/// Value of a button.
pub const VALUE: usize = 2_000;
/// Value of a menu's entry.
pub const OPTION_VALUE: usize = 150;
/// Entries of an overflow menu.
pub const OVERFLOW: usize = 5;
/// Entries of a select menu.
pub const OPTIONS: usize = 100;
/// Elements of an actions block.
pub const ACTIONS: usize = 25;
/// Elements of a context block.
pub const CONTEXT: usize = 10;
/// Characters of a picture's description: 2,000 UTF-16 units are accepted.
pub const ALT_TEXT: usize = 1_000;
/// Rows of a native table, its titles among them.
pub const TABLE_ROWS: usize = 100;
/// Columns of a native table.
pub const TABLE_COLUMNS: usize = 20;
/// Letters of a native table, all cells together.
pub const TABLE_LETTERS: usize = 10_000;
/// Blocks of a message.
pub const BLOCKS: usize = 50;
/// The text beside the blocks: 40,000 are accepted, 4,000 are advised.
pub const TEXT: usize = 4_000;
/// Text of all blocks together, under which Slack has not been seen to refuse (`msg_blocks_too_long`
/// is reported from about 13,000 on).
pub const ALL_BLOCKS: usize = 12_000;

/// Length as the limits count it.
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}
