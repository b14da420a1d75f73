//! Through syslog: each line of a message has a header of its own, `postgres[123]: [4-2]`, and long lines
//! come in parts. What belongs together is told by the process.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use memchr::{memchr, memmem};

use super::Record;
use super::stderr;
use super::time::Times;

/// Processes whose message isn't complete at the same time.
const MOST: usize = 1_024;
/// A message is kept up to this length.
const LONGEST: usize = 65_536;

/// Messages that may go on.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// By process: when its message began, and what there is of it.
    open: HashMap<Box<[u8]>, Part, FixedState>,
}

type Part = (Option<i64>, Vec<u8>);

pub(super) fn read(
    bytes: &[u8],
    last: bool,
    times: &mut Times,
    parts: &mut Parts,
    told: &mut dyn FnMut(&Record<'_>),
) -> usize {
    let mut at = 0;
    while at < bytes.len() {
        let end = match memchr(b'\n', &bytes[at..]) {
            Some(found) => at + found,
            None if last => bytes.len(),
            None => return at,
        };
        parts.line(&bytes[at..end], times, told);
        at = (end + 1).min(bytes.len());
    }
    if last {
        parts.end(times, told);
    }
    bytes.len()
}

impl Parts {
    fn line(&mut self, line: &[u8], times: &mut Times, told: &mut dyn FnMut(&Record<'_>)) {
        let Some((header, process, text)) = cut(line) else { return };
        let at_us = times.read(header).map(|(at, _)| at);
        let begins = stderr::is_record(text) || stderr::record(text, times).is_some();
        if !begins {
            if let Some((_, message)) = self.open.get_mut(process)
                && message.len() < LONGEST
            {
                // A tab that syslog wrote as #011 starts a further line.
                message.push(b' ');
                message.extend_from_slice(text.strip_prefix(b"#011").unwrap_or(text));
            }
            return;
        }
        if let Some((at_us, message)) = self.open.remove(process) {
            give(at_us, process, &message, times, told);
        }
        if self.open.len() >= MOST {
            self.end(times, told);
        }
        self.open.insert(process.into(), (at_us, text.to_vec()));
    }

    fn end(&mut self, times: &mut Times, told: &mut dyn FnMut(&Record<'_>)) {
        let mut open: Vec<_> = self.open.drain().collect();
        open.sort();
        for (process, (at_us, message)) in open {
            give(at_us, &process, &message, times, told);
        }
    }
}

fn give(
    at_us: Option<i64>,
    process: &[u8],
    message: &[u8],
    times: &mut Times,
    told: &mut dyn FnMut(&Record<'_>),
) {
    if let Some(mut record) = stderr::record(message, times) {
        record.at_us = record.at_us.or(at_us);
        record.session = process;
        told(&record);
    }
}

/// Header, process and text of a line: `Feb 11 13:15:39 host postgres[123]: [4-1] text`.
fn cut(line: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let name = memmem::find(line, b"postgres[")?;
    let rest = &line[name + 9..];
    let close = memchr(b']', rest)?;
    let process = &rest[..close];
    let text = rest[close..].strip_prefix(b"]: ")?;
    let text = match text.strip_prefix(b"[") {
        Some(count) => &count[memmem::find(count, b"] ")? + 2..],
        None => text,
    };
    (!process.is_empty() && process.iter().all(u8::is_ascii_digit)).then_some((&line[..name], process, text))
}

pub(super) fn is_record(line: &[u8]) -> bool {
    cut(line).is_some_and(|(_, _, text)| stderr::is_record(text))
}
