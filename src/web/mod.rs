//! The page, live updates, signed webhooks in.
