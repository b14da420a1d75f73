//! Puts together what the log tells in pieces: an event and the statement it arose in, a statement
//! and the duration that is logged when it is done. Other processes write in between.

use super::kept::{Kept, LONGEST};
use super::message::{Meaning, Message};
use super::severity::Severity;
use super::waiting::Waiting;
use crate::sql::log::{Entry, Kind};

/// How many messages an event waits for its statement. They follow one another at once, but lines of
/// other processes may come between.
const PATIENCE: u64 = 64;

/// A statement may run for as long as it likes.
const ENDLESS: u64 = u64::MAX / 2;

/// What is not yet told to the end.
#[derive(Debug, Default)]
pub(super) struct Joining {
    events: Waiting<Kept>,
    statements: Waiting<Kept>,
}

impl Joining {
    /// Takes the next message, and gives the entries that are whole with it.
    pub(super) fn take(&mut self, message: &Message<'_>, each: &mut dyn FnMut(&Entry<'_>)) {
        match message.severity {
            Severity::Detail => return,
            Severity::Statement => {
                if let Some(event) = self.events.take(message.head.process()) {
                    let text = message.text.trim_ascii();
                    let cut = message.cut || text.len() > LONGEST;
                    let entry = event.entry();
                    each(&Entry { statement: text, cut: entry.cut || cut, ..entry });
                }
                return;
            }
            _ => {}
        }
        let process = message.head.process();
        self.events.pass();
        if let Some(event) = self.events.take(process) {
            each(&event.entry());
        }
        while let Some(event) = self.events.expired(PATIENCE) {
            each(&event.entry());
        }

        match message.meaning() {
            Meaning::Entry(entry) => {
                // A whole one means that the one begun before will not be told to its end; a plan
                // or a message of the protocol comes while it runs.
                if matches!(entry.kind, Kind::Statement(_)) {
                    self.give_up(process, each);
                }
                each(&entry);
            }
            Meaning::Event(entry) => {
                if matches!(message.severity, Severity::Error | Severity::Fatal | Severity::Panic) {
                    self.give_up(process, each);
                }
                match message.statement {
                    Some(statement) => each(&Entry { statement: statement.trim_ascii(), ..entry }),
                    None => {
                        let kept = Kept::of(&entry);
                        self.events.put(process, kept.bytes(), kept);
                    }
                }
            }
            Meaning::Begun(entry) => {
                self.give_up(process, each);
                let kept = Kept::of(&entry);
                self.statements.put(process, kept.bytes(), kept);
                while let Some(statement) = self.statements.expired(ENDLESS) {
                    each(&statement.entry());
                }
            }
            // A duration alone, with `log_duration` but no statement before it, is of who knows which
            // step of the protocol.
            Meaning::Took(took) => {
                if let Some(statement) = self.statements.take(process) {
                    let entry = statement.entry();
                    each(&Entry { at_us: took.at_us, query_time_ns: took.query_time_ns, ..entry });
                }
            }
            Meaning::Nothing => {}
        }
    }

    /// Gives what waits, because nothing follows.
    pub(super) fn end(&mut self, each: &mut dyn FnMut(&Entry<'_>)) {
        while let Some(event) = self.events.oldest() {
            each(&event.entry());
        }
        while let Some(statement) = self.statements.oldest() {
            each(&statement.entry());
        }
    }

    /// Gives the statement whose duration will not come.
    fn give_up(&mut self, process: u64, each: &mut dyn FnMut(&Entry<'_>)) {
        if let Some(statement) = self.statements.take(process) {
            each(&statement.entry());
        }
    }
}
