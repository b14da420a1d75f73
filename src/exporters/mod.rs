//! PURE: what the metrics of common exporters mean, shared by everything that reads them.
