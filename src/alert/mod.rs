//! Findings to what changed, and why. Pure: time is an argument.
