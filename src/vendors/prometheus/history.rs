//! The past, slice by slice: each moment of it is put together as a reading of that moment would be.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::stream::{self, StreamExt as _};

use crate::error::CallError;
use crate::exporters::labels::Labels;
use crate::model::sample::{Sample, Series, SeriesKey};
use crate::model::time::{Moment, TimeRange};
use crate::vendors::prometheus::AT_ONCE;
use crate::vendors::prometheus::api::Api;
use crate::vendors::prometheus::assemble::{Answered, Assembler};
use crate::vendors::prometheus::plan::Ask;

/// Moments a slice. Servers refuse more than 11,000 points a series; fewer keep replies small.
const SLICE: i64 = 2_000;

/// No more than four weeks: baselines know hours of the week, and no more than four of each.
const FURTHEST_DAYS: i64 = 28;

/// Rows of one query, by moment in seconds.
type ByMoment = BTreeMap<i64, Vec<(Arc<Labels>, f64)>>;

pub(super) async fn read(
    api: &Api,
    asks: &[Ask],
    assembler: &Assembler<'_>,
    range: TimeRange,
    step_seconds: u32,
) -> Result<Vec<Series>, CallError> {
    let step = step_seconds.max(1);
    let mut series: BTreeMap<SeriesKey, Vec<Sample>> = BTreeMap::new();
    for (start, end) in slices(range, i64::from(step)) {
        let replies = slice(api, asks, start, end, step).await?;
        for (moment, answered) in by_moment(asks, replies) {
            for seen in assembler.reading(moment, &answered).observations {
                series.entry(seen.key).or_default().push(Sample { at: moment, value: seen.value });
            }
        }
    }
    Ok(series.into_iter().map(|(key, samples)| Series { key, samples }).collect())
}

/// First and last moment of each slice, in seconds, on multiples of the step, the oldest first. The
/// range's own end does not belong to it.
fn slices(range: TimeRange, step: i64) -> Vec<(i64, i64)> {
    let last = (range.to.timestamp() - 1).div_euclid(step) * step;
    let from = range.from.max(range.to - TimeDelta::days(FURTHEST_DAYS));
    // A range that begins within a second does not hold that second's beginning.
    let first = from.timestamp() + i64::from(from.timestamp_subsec_nanos() > 0);
    let mut start = (first + step - 1).div_euclid(step) * step;
    let mut out = Vec::new();
    while start <= last {
        let end = (start + (SLICE - 1) * step).min(last);
        out.push((start, end));
        start = end + step;
    }
    out
}

/// The replies of one slice, in the order of the queries. A query that fails is missing; where all
/// fail, so does the slice.
async fn slice(
    api: &Api,
    asks: &[Ask],
    start: i64,
    end: i64,
    step: u32,
) -> Result<Vec<Option<ByMoment>>, CallError> {
    // Owned texts: futures that borrow each its own item can't be proven to be `Send`.
    let queries: Vec<String> = asks.iter().map(|ask| ask.promql.clone()).collect();
    let replies: Vec<_> = stream::iter(queries)
        .map(|promql| async move { api.range(&promql, start, end, step).await })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let (mut out, mut worst) = (Vec::new(), None);
    for (ask, reply) in asks.iter().zip(replies) {
        match reply {
            Ok(lines) => {
                let mut rows = ByMoment::new();
                for line in lines {
                    let labels = Arc::new(line.labels);
                    for (at, value) in line.values {
                        rows.entry(at).or_default().push((Arc::clone(&labels), value));
                    }
                }
                out.push(Some(rows));
            }
            Err(error @ CallError::Permanent { .. }) => {
                tracing::warn!(what = ask.what, %error, "no history of a metric");
                worst = worst.or(Some(error));
                out.push(None);
            }
            // The server itself is in trouble: what was read so far would look like all there is.
            Err(error) => return Err(error),
        }
    }
    match worst {
        Some(error) if out.iter().all(Option::is_none) => Err(error),
        _ => Ok(out),
    }
}

fn by_moment(asks: &[Ask], replies: Vec<Option<ByMoment>>) -> Vec<(Moment, Vec<Answered<'_>>)> {
    let mut moments: BTreeMap<i64, Vec<Answered<'_>>> = BTreeMap::new();
    for (ask, rows) in asks.iter().zip(replies) {
        for (at, rows) in rows.unwrap_or_default() {
            moments.entry(at).or_default().push(Answered { ask, rows });
        }
    }
    let read = |(at, answered)| Some((Moment::from_timestamp(at, 0)?, answered));
    moments.into_iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn slices_cover_the_range_once_and_stay_small(from in 0_i64..4_000_000_000, days in 0_i64..40, step in 1_i64..4_000) {
            let from = Moment::from_timestamp_millis(from).expect("a moment");
            let range = TimeRange::new(from, from + TimeDelta::days(days) + TimeDelta::seconds(7));
            let mut moments = Vec::new();
            for (start, end) in slices(range, step) {
                let count = (end - start) / step + 1;
                prop_assert!((1..11_000).contains(&count));
                prop_assert_eq!(moments.last().map_or(start, |last| last + step), start);
                moments.extend((0..count).map(|n| start + n * step));
            }
            for moment in &moments {
                let at = Moment::from_timestamp(*moment, 0).expect("a moment");
                prop_assert!(range.contains(at));
                prop_assert!(at >= range.to - TimeDelta::days(FURTHEST_DAYS));
            }
        }
    }
}
