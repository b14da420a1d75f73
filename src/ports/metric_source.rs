//! A place where numbers come from.

use async_trait::async_trait;

use crate::error::CallError;
use crate::model::sample::Series;
use crate::model::source::Reading;
use crate::model::time::{Moment, TimeRange};

/// Something that can be read for values now, and perhaps for values of the past.
#[async_trait]
pub trait MetricSource: Send + Sync {
    /// How people know it: `prometheus`, `host`, `probe http://...` (without credentials).
    fn name(&self) -> String;

    /// What it measures now. A signal that could not be read is a gap in the reading, not an
    /// error; an error means that the whole source is unreachable.
    async fn read(&self, now: Moment) -> Result<Reading, CallError>;

    /// What it measured in the past, one sample a `step_seconds`. Sources without a memory
    /// return nothing.
    async fn history(&self, range: TimeRange, step_seconds: u32) -> Result<Vec<Series>, CallError> {
        let _ = (range, step_seconds);
        Ok(Vec::new())
    }
}
