//! What happens at a time of day: reports, follow-ups.
