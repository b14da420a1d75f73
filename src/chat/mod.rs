//! A message becomes an answer.
