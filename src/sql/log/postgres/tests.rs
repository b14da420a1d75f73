//! How the formats behave together.
