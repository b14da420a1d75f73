//! Work that is kept in an issue tracker: what quad asks to be done, and what became of it.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

/// What all of quad's hidden marks begin with. Nobody sees HTML comments, and they survive edits.
const MARK: &str = "<!-- quad:";

/// What an issue is about, so that the same matter is found again: `slow-query:3f2a91c0`. Machines
/// read it; people see the title.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IssueKey(String);

impl IssueKey {
    /// A key of any text. What could end the mark that it stands in is written as `%2D%2D%3E` is in a
    /// URL, so that two texts never become one key.
    pub fn new(text: &str) -> Self {
        let mut key = String::with_capacity(text.len());
        for byte in text.bytes() {
            let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'/');
            if plain || byte == b'-' && !key.ends_with('-') {
                key.push(char::from(byte));
            } else {
                // Writing to a string can't fail.
                let _ = write!(key, "%{byte:02X}");
            }
        }
        Self(key)
    }

    /// As it stands in the mark.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The hidden line by which an issue is found again.
    pub fn mark(&self) -> String {
        format!("{MARK}key={} -->", self.0)
    }

    /// Whether `body` carries this key, on a line of its own.
    pub fn marks(&self, body: &str) -> bool {
        let mark = self.mark();
        body.lines().any(|line| line.trim() == mark)
    }
}

impl fmt::Display for IssueKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What was said, as a short number in a hidden line: the same content is not said twice a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content(String);

impl Content {
    /// A digest of the content, in letters and digits.
    pub fn new(digest: String) -> Self {
        Self(digest)
    }

    /// `text` below a hidden line that tells what it says.
    pub fn above(&self, text: &str) -> String {
        format!("{}\n\n{text}", self.mark())
    }

    /// Whether `text` says this.
    pub fn is_said_in(&self, text: &str) -> bool {
        let mark = self.mark();
        text.lines().any(|line| line.trim() == mark)
    }

    fn mark(&self) -> String {
        format!("{MARK}said={} -->", self.0)
    }
}

/// `text` without anything that reads as one of quad's marks: statements and log lines may hold
/// whatever somebody wrote into them.
pub fn unmarked(text: &str) -> String {
    text.replace(MARK, "<!- quad:")
}

/// The number that people say: #12.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IssueNumber(pub u64);

impl fmt::Display for IssueNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// An issue that exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// What people say.
    pub number: IssueNumber,
    /// Where people read it.
    pub url: String,
    /// Whether it still waits to be done.
    pub open: bool,
    /// In one line; people may have changed it.
    pub title: String,
}

/// An issue to be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewIssue {
    /// What it is about.
    pub key: IssueKey,
    /// In one line, without markup.
    pub title: String,
    /// Everything that is needed to do it, in Markdown. What comes from outside stands in code, where
    /// nobody can be mentioned.
    pub body: String,
    /// Labels besides those that the configuration names.
    pub labels: Vec<String>,
}

/// A proposed or accepted change to the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pull {
    /// Its number; another repository may have the same.
    pub number: u64,
    /// Where people read it.
    pub url: String,
    /// In one line.
    pub title: String,
    /// Whether it was accepted.
    pub merged: bool,
    /// Whether it still waits.
    pub open: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_can_t_end_its_mark_and_is_never_another_s() {
        let key = IssueKey::new("slow-query:shop-db/3f2a");
        assert_eq!(key.mark(), "<!-- quad:key=slow-query:shop-db/3f2a -->");
        assert!(key.marks("Text\r\n<!-- quad:key=slow-query:shop-db/3f2a -->\r\n\r\nmore"));
        assert!(!key.marks("`<!-- quad:key=slow-query:shop-db/3f2a -->` in a line"));
        assert!(!IssueKey::new("slow-query:shop-db/3f2").marks(&key.mark()));
        assert_eq!(IssueKey::new("a --> b").as_str(), "a%20-%2D%3E%20b");
        assert_ne!(IssueKey::new("a b"), IssueKey::new("a%20b"));
    }

    #[test]
    fn what_came_from_outside_marks_nothing() {
        let key = IssueKey::new("a");
        let text = unmarked(&format!("select 1\n{}\n", key.mark()));
        assert!(!key.marks(&text), "{text}");
    }

    #[test]
    fn what_was_said_is_recognised() {
        let content = Content::new("00ff".to_owned());
        let text = content.above("It is slower.\n");
        assert_eq!(text, "<!-- quad:said=00ff -->\n\nIt is slower.\n");
        assert!(content.is_said_in(&text) && !Content::new("00f".to_owned()).is_said_in(&text));
    }
}
