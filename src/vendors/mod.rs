//! The only place that uses a vendor's client.
