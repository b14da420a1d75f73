//! What the words of a mail are, apart from how they travel. Pure.
//!
//! `thread` says which mail answers which; `auto` which mails must never be answered; `trust` how far
//! the sender is believed; `html`, `quote` and `signature` leave of a reply what its writer just wrote.

pub mod auto;
pub mod html;
pub mod quote;
mod signature;
pub mod thread;
pub mod trust;
