//! What statements, logs and plans say: fingerprints, slow-log formats, digests, plans, index
//! candidates. Pure: bytes and text in, values out.

pub mod advice;
pub mod changed;
pub mod digest;
mod eight;
pub mod fingerprint;
pub mod generic;
pub mod hints;
pub mod log;
pub mod mysql_select;
pub mod n_plus_one;
pub mod plan;
pub mod pure_select;
pub mod regression;
pub mod slow;
pub mod ticket;
pub mod window;
pub mod words;
