//! An answer to a platform's markup. Pure.

pub mod chart;
pub mod discord;
pub mod document;
pub mod gfm;
pub mod html;
pub mod mail;
pub(crate) mod markdown;
pub mod plain;
pub mod slack;
mod split;
pub mod terminal;
