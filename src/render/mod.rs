//! An answer to a platform's markup. Pure.

pub mod html;
pub mod mail;
pub(crate) mod markdown;
pub mod plain;
pub mod slack;
pub mod terminal;
