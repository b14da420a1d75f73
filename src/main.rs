//! quad.
fn main() {}
