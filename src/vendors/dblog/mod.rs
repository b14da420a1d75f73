//! Logs of databases as files: plain or packed, one or a folder full of them, read in stretches so that
//! a log of any length takes the same memory.

mod files;
mod follow;
mod stretches;

pub use files::{LogFile, files};
pub use follow::Growing;
pub use stretches::{Listener, read};
