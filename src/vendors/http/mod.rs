//! What every vendor's client shares.

pub mod secret;
