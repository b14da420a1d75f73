//! Text to what a person wants. Pure.
