//! Gathers messages whose lines come one by one with others between them: from syslog, and from what
//! carries lines in JSON. At most 1,024 processes and 8 MB; a message is cut at 1 MB.

use super::joining::Joining;
use super::lines::Lines;
use super::message::Message;
use super::prefix::Prefix;
use super::waiting::Waiting;
use crate::sql::log::Entry;
use crate::sql::log::bytes::chomp;

/// The longest message, in bytes.
const LONGEST: usize = 1 << 20;

/// How many lines a message waits for its next. They follow one another nearly at once.
const PATIENCE: u64 = 4_096;

/// Messages of which more lines may come.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    lines: Lines,
    open: Waiting<Gathered>,
}

#[derive(Debug)]
struct Gathered {
    at_us: Option<i64>,
    /// The process as its carrier told it, in so many bytes, and then all the lines, the prefix
    /// first.
    text: Vec<u8>,
    pid: usize,
    cut: bool,
}

impl Gathering {
    pub(super) fn new(prefix: Prefix) -> Self {
        Self { lines: Lines::new(prefix), open: Waiting::default() }
    }

    /// Takes the next line of what writes as `writer`: it begins a message, or belongs to the one
    /// before. `at_us` and `pid` are what its carrier knows.
    pub(super) fn line(
        &mut self,
        writer: u64,
        at_us: Option<i64>,
        pid: &[u8],
        line: &[u8],
        joining: &mut Joining,
        each: &mut dyn FnMut(&Entry<'_>),
    ) {
        self.open.pass();
        let line = chomp(line);
        if self.lines.head(line).is_none() {
            self.more(writer, true, line.strip_prefix(b"\t").unwrap_or(line));
            self.shed(joining, each);
            return;
        }
        if let Some(done) = self.open.take(writer) {
            self.close(&done, joining, each);
        }
        let text = [pid, &line[..line.len().min(LONGEST)]].concat();
        let cut = line.len() > LONGEST;
        self.open.put(writer, text.len(), Gathered { at_us, text, pid: pid.len(), cut });
        self.shed(joining, each);
    }

    /// Gives what has waited too long, or what memory has no room for.
    fn shed(&mut self, joining: &mut Joining, each: &mut dyn FnMut(&Entry<'_>)) {
        while let Some(done) = self.open.expired(PATIENCE) {
            self.close(&done, joining, each);
        }
    }

    /// Whether a line begins a message.
    pub(super) fn begins(&mut self, line: &[u8]) -> bool {
        self.lines.head(line).is_some()
    }

    /// Adds to the message that `writer` has begun, on a new line or on the last one.
    pub(super) fn more(&mut self, writer: u64, new_line: bool, text: &[u8]) {
        let room = self.open.get(writer).map_or(0, |message| LONGEST.saturating_sub(message.text.len()));
        let full = text.len() >= room;
        let Some(message) = self.open.grow(writer, if full { 0 } else { text.len() + 1 }) else { return };
        if full {
            message.cut = true;
        } else {
            if new_line {
                message.text.push(b'\n');
            }
            message.text.extend_from_slice(text);
        }
    }

    /// Gives what is gathered, because nothing follows.
    pub(super) fn end(&mut self, joining: &mut Joining, each: &mut dyn FnMut(&Entry<'_>)) {
        while let Some(done) = self.open.oldest() {
            self.close(&done, joining, each);
        }
    }

    fn close(&mut self, message: &Gathered, joining: &mut Joining, each: &mut dyn FnMut(&Entry<'_>)) {
        let (pid, line) = message.text.split_at(message.pid);
        let Some((mut head, severity, text)) = self.lines.head(line) else { return };
        head.at_us = head.at_us.or(message.at_us);
        if head.pid.is_empty() {
            head.pid = pid;
        }
        let text = &line[text..];
        joining.take(&Message { head, severity, text, statement: None, cut: message.cut }, each);
    }
}
