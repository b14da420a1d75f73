//! An answer to a platform's markup. Pure.

pub mod html;
pub mod terminal;
