//! The whole file to one value.
