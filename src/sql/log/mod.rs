//! Logs of databases, read entry by entry without copying. A format knows one way of writing; what
//! the entries add up to is the digest's affair.

mod bytes;
mod detect;
pub mod entry;
pub mod general;
pub mod mysql;
pub mod postgres;

pub use detect::LogKind;
pub use entry::{Entry, Event, Flags, Kind};

/// One way in which a database writes its log.
///
/// A reader holds a stretch of the log, gives it to [`Format::read`], drops what is done with and
/// fills up behind the rest. What has to be remembered from one stretch to the next (the database
/// that `use` chose, a duration whose statement was logged before it) is the format's own state.
pub trait Format {
    /// Reads the whole entries at the start of `bytes`, gives each to `each` in their order, and
    /// returns how many bytes are done with. The rest is the start of something unfinished, and
    /// comes again with more behind it.
    ///
    /// With `last`, nothing more will come for it: because the log ended, or because the reader
    /// will hold no more of it. Everything is done with then, and an entry that is cut is given as
    /// far as it got. What follows may then start in the middle of an entry.
    fn read(&mut self, bytes: &[u8], last: bool, each: &mut dyn FnMut(&Entry<'_>)) -> usize;
}
