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
    while end < HEAD && !ended {
        let got = fill(source, &mut buffer[end..])?;
        end += got;
        ended = got == 0;
    }
    let Some(mut format) = listener.begins(&buffer[..end]) else { return Ok(()) };
    loop {
        let full = end - start >= LONGEST_ENTRY;
        start += format.read(&buffer[start..end], ended || full, &mut |entry| listener.entry(entry));
        if ended {
            return Ok(());
        }
        make_room(&mut buffer, &mut start, &mut end);
        let got = fill(source, &mut buffer[end..])?;
        end += got;
        ended = got == 0;
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

/// Reads something, or says that there is nothing more.
fn fill(source: &mut dyn Source, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
