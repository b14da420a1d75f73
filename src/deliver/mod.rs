//! The outbox: order, retries, rate limits, reconciliation.
