//! PURE: what the metrics of common exporters mean. Prometheus' queries and scraped pages both read
//! them through here, so that the two can't drift apart.
//!
//! Read in this order: which metric means what (`conventions`), which label says of whom
//! (`labels`), what request rates amount to (`requests`), how a percentile comes out of buckets
//! (`quantile`), and how a page is written (`exposition`).

pub mod conventions;
pub mod exposition;
pub mod labels;
pub mod processes;
pub mod quantile;
pub mod requests;
