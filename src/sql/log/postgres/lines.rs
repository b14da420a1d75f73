//! PostgreSQL's log as lines (stderr): messages begin with a prefix, and what follows without one
//! belongs to the message before it.

use memchr::memchr;

use super::guess::prefix_of_line;
use super::joining::Joining;
use super::message::{Head, Message};
use super::prefix::Prefix;
use super::severity::Severity;
use super::time::Clock;
use crate::sql::log::Entry;
use crate::sql::log::bytes::chomp;

/// How many prefixes one log may have, because its server was told to write another.
const PREFIXES: usize = 8;

/// The longest message of several lines, in bytes: they are copied together.
const LONGEST: usize = 1 << 20;

/// Reads lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The one found last comes first.
    prefixes: Vec<Prefix>,
    pub(super) clock: Clock,
    /// A message of several lines, without the tabs that the log adds.
    unfolded: Vec<u8>,
}

/// A message whose end has not been seen.
struct Open<'a> {
    head: Head<'a>,
    severity: Severity,
    /// Where its line and its text begin, and where its last line ends.
    line: usize,
    text: usize,
    end: usize,
    folded: bool,
}

impl Lines {
    pub(super) fn new(prefix: Prefix) -> Self {
        Self { prefixes: vec![prefix], ..Self::default() }
    }

    /// As [`Format::read`](crate::sql::log::Format::read).
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        last: bool,
        joining: &mut Joining,
        each: &mut dyn FnMut(&Entry<'_>),
    ) -> usize {
        let mut open: Option<Open<'_>> = None;
        let mut at = 0;
        while at < bytes.len() {
            let end = match memchr(b'\n', &bytes[at..]) {
                Some(length) => at + length,
                None if last => bytes.len(),
                None => break,
            };
            let line = &bytes[at..end];
            match self.head(line) {
                Some((head, severity, text)) => {
                    if let Some(open) = open.take() {
                        self.close(&open, bytes, false, joining, each);
                    }
                    open = Some(Open { head, severity, line: at, text: at + text, end, folded: false });
                }
                None => {
                    if let Some(open) = &mut open {
                        open.end = end;
                        open.folded = true;
                    }
                }
            }
            at = end + 1;
        }
        if !last {
            return open.map_or(at, |open| open.line);
        }
        if let Some(open) = open {
            self.close(&open, bytes, !bytes.ends_with(b"\n"), joining, each);
        }
        bytes.len()
    }

    /// Reads the start of a line, if it begins a message.
    pub(super) fn head<'a>(&mut self, line: &'a [u8]) -> Option<(Head<'a>, Severity, usize)> {
        if matches!(line.first(), None | Some(b'\t')) {
            return None;
        }
        for prefix in &self.prefixes {
            if let Some(found) = prefix.head(line, &mut self.clock) {
                return Some(found);
            }
        }
        // A server that was told to write another prefix goes on in the same file. That is decided
        // by this line alone, so that it doesn't matter where the log is cut into stretches.
        if self.prefixes.len() >= PREFIXES {
            return None;
        }
        let prefix = prefix_of_line(line)?;
        let found = prefix.head(line, &mut self.clock)?;
        self.prefixes.insert(0, prefix);
        Some(found)
    }

    fn close(
        &mut self,
        open: &Open<'_>,
        bytes: &[u8],
        cut: bool,
        joining: &mut Joining,
        each: &mut dyn FnMut(&Entry<'_>),
    ) {
        let text = chomp(&bytes[open.text..open.end]);
        let (text, long) = if open.folded { self.unfold(text, open.severity) } else { (text, false) };
        let (head, severity) = (open.head, open.severity);
        joining.take(&Message { head, severity, text, statement: None, cut: cut || long }, each);
    }

    /// Takes away the tab that the log puts before each further line, and says whether the message
    /// was too long.
    fn unfold<'u>(&'u mut self, text: &'u [u8], severity: Severity) -> (&'u [u8], bool) {
        // Nobody reads it.
        if severity == Severity::Detail {
            return (b"", false);
        }
        let long = text.len() > LONGEST;
        let mut rest = &text[..text.len().min(LONGEST)];
        self.unfolded.clear();
        while let Some(at) = memchr(b'\n', rest) {
            self.unfolded.extend_from_slice(&rest[..=at]);
            rest = &rest[at + 1..];
            rest = rest.strip_prefix(b"\t").unwrap_or(rest);
        }
        self.unfolded.extend_from_slice(rest);
        (&self.unfolded, long)
    }
}
