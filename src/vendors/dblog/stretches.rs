//! Feeds a log to its format, stretch by stretch.

use std::io::{self, Read as Source};

use crate::sql::log::{Entry, Format};

/// How much is read at a time.
const STRETCH: usize = 256 << 10;
/// An entry that is longer than this is cut: memory stays the same whatever the log holds.
const LONGEST_ENTRY: usize = 8 << 20;
/// How much of a log its kind is told from.
const HEAD: usize = 256 << 10;

/// Who wants to know what is in a log.
pub trait Listener {
    /// The first bytes: how is it written? Nothing: it is not read.
    fn begins(&mut self, head: &[u8]) -> Option<Box<dyn Format + Send>>;
    /// An entry, in the order of the log.
    fn entry(&mut self, entry: &Entry<'_>);
    /// There is nothing more for now: whether to go on. Only logs that grow ask this; the answer may take its time.
    fn goes_on(&mut self) -> bool {
        false
    }
}

/// Reads all of `source`, or only its start where the listener doesn't want it. An entry longer than 8 MB is
/// cut.
///
/// # Errors
/// Where reading fails; what was read until then has been told.
pub fn read(source: &mut dyn Source, listener: &mut impl Listener) -> io::Result<()> {
    let mut buffer = vec![0; STRETCH];
    let (mut start, mut end) = (0, 0);
    let mut ended = false;
    let mut format = loop {
        let more = fill(source, &mut buffer[end..])?;
        if let More::Bytes(got) = more {
            end += got;
        }
        ended |= more == More::End;
        if ended || end >= HEAD {
            let Some(format) = listener.begins(&buffer[..end]) else { return Ok(()) };
            break format;
        }
        if more == More::Later {
            // A log that has just begun may not show yet how it is written.
            if let Some(format) =
                Some(end).filter(|end| *end > 0).and_then(|end| listener.begins(&buffer[..end]))
            {
                break format;
            }
            ended = !listener.goes_on();
        }
    };
    loop {
        let full = end - start >= LONGEST_ENTRY;
        start += format.read(&buffer[start..end], ended || full, &mut |entry| listener.entry(entry));
        if ended {
            return Ok(());
        }
        make_room(&mut buffer, &mut start, &mut end);
        match fill(source, &mut buffer[end..])? {
            More::Bytes(got) => end += got,
            More::Later => ended = !listener.goes_on(),
            More::End => ended = true,
        }
    }
}

/// Moves what is left to the front, and makes the buffer larger where that is not enough.
fn make_room(buffer: &mut Vec<u8>, start: &mut usize, end: &mut usize) {
    buffer.copy_within(*start..*end, 0);
    *end -= *start;
    *start = 0;
    if *end + STRETCH / 2 > buffer.len() {
        buffer.resize((buffer.len() * 2).min(LONGEST_ENTRY + STRETCH), 0);
    }
}

/// What came of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum More {
    Bytes(usize),
    /// Nothing for now.
    Later,
    End,
}

fn fill(source: &mut dyn Source, buffer: &mut [u8]) -> io::Result<More> {
    loop {
        return match source.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(More::Later),
            Ok(0) => Ok(More::End),
            Ok(got) => Ok(More::Bytes(got)),
            Err(error) => Err(error),
        };
    }
}
