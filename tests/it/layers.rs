//! Holds the layer table of ARCHITECTURE.md for every `crate::` path, not only `use` lines.
