//! The numbers of one day, from the store.
//!
//! How each is formed, since a number without a definition can't be trusted:
//!
//! - **uptime**: good minutes of seen minutes, per service, and over all services together.
//! - **requests**: traffic summed over the day, of the services that no other service calls, so
//!   that one visit does not count once a hop. Where no calls are known: of all services.
//! - **API P95, error rate**: of the same services, each moment weighted by its traffic. Of
//!   percentiles this is a mean, not the percentile of the whole day.
//! - **DB query P95**: mean over the day and over the databases.
//! - **deployment duration**: mean of those deployments whose pipeline said how long they took.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::model::alert::Alert;
use crate::model::deployment::Deployment;
use crate::model::sample::{Sample, SeriesKey};
use crate::model::signal::Signal;
use crate::model::subject::Subject;
use crate::model::time::{Moment, TimeRange};
use crate::store::Store;

/// A sample holds this long at most, so that a gap in the data is not filled with its last value.
const HOLDS: TimeDelta = TimeDelta::minutes(5);

/// The numbers of one day.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Numbers {
    /// Per service: minutes seen and good.
    pub(super) uptime: BTreeMap<String, (u64, u64)>,
    /// Minutes of the day that have passed.
    pub(super) minutes: u64,
    /// Requests, and the services that they were counted at.
    pub(super) requests: Option<f64>,
    pub(super) counted_at: Vec<String>,
    /// Milliseconds.
    pub(super) api_p95: Option<f64>,
    /// Milliseconds.
    pub(super) database_p95: Option<f64>,
    /// Percent.
    pub(super) error_rate: Option<f64>,
    /// Minutes.
    pub(super) deployment_duration: Option<f64>,
    pub(super) deployments: Vec<Deployment>,
    /// Open at some time of the day, oldest first.
    pub(super) alerts: Vec<Alert>,
    /// The fullest disks and memories at the end of the day: whose, which, percent.
    pub(super) fullest: Vec<(Subject, Signal, f64)>,
}

/// The numbers of `range`, as far as it lies before `now`.
pub(super) async fn of(store: &Store, range: TimeRange, now: Moment) -> anyhow::Result<Numbers> {
    let range = TimeRange::new(range.from.min(now), range.to.min(now));
    let mut numbers = Numbers { minutes: range.length().num_minutes().max(0) as u64, ..Numbers::default() };

    for uptime in store.uptime(range).await? {
        let (seen, good) = numbers.uptime.entry(uptime.subject.to_string()).or_default();
        *seen += uptime.seen;
        *good += uptime.good;
    }

    let keys = store.keys(range.from).await?;
    let entries = entries(store, &keys, range).await?;
    let (mut requests, mut slow, mut failed) = (Total::default(), Total::default(), Total::default());
    for subject in &entries {
        let day = |signal| samples_of(store, signal, subject, range);
        let traffic = day(Signal::Traffic).await?;
        let weights = steps(&traffic, range);
        if !weights.is_empty() {
            requests.add(weights.iter().map(|(_, _, requests)| requests).sum(), 1.0);
            numbers.counted_at.push(subject.name().to_owned());
        }
        slow.weigh(&day(Signal::ApiResponseTime).await?, &weights);
        failed.weigh(&day(Signal::ErrorRate).await?, &weights);
    }
    numbers.requests = (requests.weight > 0.0).then_some(requests.sum);
    numbers.api_p95 = slow.mean();
    numbers.error_rate = failed.mean();

    let mut statements = Total::default();
    for key in keys.iter().filter(|key| key.signal == Signal::DatabaseQueryTime && key.subject.is_owned()) {
        statements.weigh(&store.samples(key, range).await?, &[]);
    }
    numbers.database_p95 = statements.mean();

    numbers.deployments = store.deployments(range).await?;
    let took: Vec<f64> = numbers
        .deployments
        .iter()
        .filter_map(|d| d.took_seconds)
        .map(|seconds| seconds as f64 / 60.0)
        .collect();
    numbers.deployment_duration = (!took.is_empty()).then(|| took.iter().sum::<f64>() / took.len() as f64);

    numbers.alerts = store.alerts_between(range).await?;
    numbers.alerts.sort_by_key(|alert| (alert.opened_at, alert.number));
    numbers.fullest = fullest(store, &keys, range).await?;
    Ok(numbers)
}

/// Services that people reach: those that no other service calls.
async fn entries(store: &Store, keys: &[SeriesKey], range: TimeRange) -> anyhow::Result<Vec<Subject>> {
    let served: BTreeSet<Subject> = keys
        .iter()
        .filter(|key| matches!(key.signal, Signal::Traffic | Signal::ApiResponseTime | Signal::ErrorRate))
        .filter_map(|key| Some(Subject::service(&key.subject.environment, key.subject.service.as_deref()?)))
        .collect();
    let called: BTreeSet<Subject> = store
        .calls(range.from - TimeDelta::days(1))
        .await?
        .into_iter()
        .filter(|call| call.from != call.to)
        .map(|call| Subject::service(&call.environment, &call.to))
        .collect();
    let entries: Vec<Subject> = served.difference(&called).cloned().collect();
    // A circle of calls has no entry.
    Ok(if entries.is_empty() { served.into_iter().collect() } else { entries })
}

async fn fullest(
    store: &Store,
    keys: &[SeriesKey],
    range: TimeRange,
) -> anyhow::Result<Vec<(Subject, Signal, f64)>> {
    let last_hour = TimeRange::new(range.from.max(range.to - TimeDelta::hours(1)), range.to);
    let mut found = Vec::new();
    for key in keys.iter().filter(|key| matches!(key.signal, Signal::Disk | Signal::Memory)) {
        if let Some(last) = store.samples(key, last_hour).await?.last() {
            found.push((key.subject.clone(), key.signal, last.value));
        }
    }
    found.sort_by(|a, b| b.2.total_cmp(&a.2));
    Ok(found)
}

/// Samples of a service as a whole.
async fn samples_of(
    store: &Store,
    signal: Signal,
    subject: &Subject,
    range: TimeRange,
) -> anyhow::Result<Vec<Sample>> {
    store.samples(&SeriesKey::new(signal, subject.clone()), range).await
}

/// A weighted sum.
#[derive(Default)]
struct Total {
    sum: f64,
    weight: f64,
}

impl Total {
    fn add(&mut self, value: f64, weight: f64) {
        self.sum += value * weight;
        self.weight += weight;
    }

    fn mean(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.sum / self.weight)
    }

    /// Adds samples, each weighted by the requests of its time; all alike where those are not known.
    fn weigh(&mut self, samples: &[Sample], requests: &[(Moment, Moment, f64)]) {
        for sample in samples {
            let weight = if requests.is_empty() {
                1.0
            } else {
                // The last step that began up to then.
                let at = requests.partition_point(|(from, _, _)| *from <= sample.at);
                match at.checked_sub(1).and_then(|at| requests.get(at)) {
                    Some((_, to, requests)) if sample.at < *to => *requests,
                    _ => 0.0,
                }
            };
            self.add(sample.value, weight);
        }
    }
}

/// Requests in the time that each sample of traffic holds: until the next one, but not for ever.
fn steps(traffic: &[Sample], range: TimeRange) -> Vec<(Moment, Moment, f64)> {
    let mut gaps: Vec<TimeDelta> = traffic.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    gaps.sort();
    // Old data is one sample an hour.
    let usual = gaps.get(gaps.len() / 2).copied().unwrap_or(HOLDS);
    let holds = HOLDS.max(usual + usual / 2).min(TimeDelta::hours(1).max(HOLDS));
    traffic
        .iter()
        .enumerate()
        .map(|(n, sample)| {
            let next = traffic.get(n + 1).map_or(range.to, |next| next.at);
            let until = next.min(sample.at + holds).min(range.to);
            let seconds = (until - sample.at).num_milliseconds().max(0) as f64 / 1000.0;
            (sample.at, until, sample.value.max(0.0) * seconds)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn a_gap_in_the_data_is_not_filled_with_requests() {
        let from = DateTime::from_timestamp(1_790_000_000, 0).expect("valid");
        let range = TimeRange::new(from, from + TimeDelta::hours(24));
        let at = |minutes| Sample { at: from + TimeDelta::minutes(minutes), value: 2.0 };
        let minute_by_minute: Vec<Sample> = (0..60).chain(600..660).map(at).collect();
        let total: f64 = steps(&minute_by_minute, range).iter().map(|(_, _, requests)| requests).sum();
        // Two hours at two a second, and what the two last samples hold beyond their minute.
        assert_eq!(total, 2.0 * 60.0 * (120.0 + 4.0 + 4.0));
    }
}
