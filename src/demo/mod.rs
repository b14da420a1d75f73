//! The sample shop and its faults.
