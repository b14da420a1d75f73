//! An answer to a platform's markup. Pure.
