//! Turns what a plan asks for into evidence, in at most three rounds.

use chrono::TimeDelta;
use chrono_tz::Tz;

use crate::diagnose::{self, About, Evidence, Firing, Needs, Problem};
use crate::model::diagnosis::Diagnosis;
use crate::model::sample::{Sample, Series, SeriesKey};
use crate::model::source::Call;
use crate::model::threshold::Thresholds;
use crate::model::time::{Moment, TimeRange, hour_of_week};
use crate::store::Store;

/// Who called whom counts this long.
const CALLS_KNOWN_FOR: TimeDelta = TimeDelta::days(1);

/// Evidence is stored with the alert, so a window is thinned to about this many samples.
const MAX_SAMPLES: usize = 320;

/// Fetches facts. Cheap to clone.
#[derive(Clone)]
pub struct Gatherer {
    store: Store,
    declared: Vec<Call>,
    timezone: Tz,
    thresholds: Thresholds,
}

impl Gatherer {
    /// Reads from `store`. `declared` are dependencies that the configuration names and no source
    /// can see; `timezone` is the team's, for what is usual at which hour.
    pub fn new(store: Store, declared: Vec<Call>, timezone: Tz) -> Self {
        Self { store, declared, timezone, thresholds: Thresholds::default() }
    }

    /// Shows these lines in charts.
    pub fn with_thresholds(mut self, thresholds: Thresholds) -> Self {
        self.thresholds = thresholds;
        self
    }

    /// The diagnosis of `problem` as of `now`, with the evidence it was made from.
    ///
    /// # Errors
    /// Where the store can't be read.
    pub async fn explain(&self, problem: &Problem, now: Moment) -> anyhow::Result<(Diagnosis, Evidence)> {
        let evidence = self.evidence(problem, now).await?;
        Ok((diagnose::diagnose(problem, &evidence, now), evidence))
    }

    /// Everything that the rules ask for about `problem`.
    ///
    /// # Errors
    /// Where the store can't be read.
    pub async fn evidence(&self, problem: &Problem, now: Moment) -> anyhow::Result<Evidence> {
        let mut evidence = Evidence::default();
        let oldest = now.min(problem.since) - CALLS_KNOWN_FOR;
        let known = self.store.keys(oldest).await?;
        while let Some(needs) = diagnose::plan(problem, &evidence, now) {
            self.round(&needs, &known, problem, now, &mut evidence).await?;
        }
        Ok(evidence)
    }

    async fn round(
        &self,
        needs: &Needs,
        known: &[SeriesKey],
        problem: &Problem,
        now: Moment,
        evidence: &mut Evidence,
    ) -> anyhow::Result<()> {
        let hour = hour_of_week(now, self.timezone);
        for key in known {
            // A machine may be shared by environments, so it is looked at without asking which.
            let here = key.subject.environment == needs.environment || key.subject.service.is_none();
            if !here || !needs.wants.iter().any(|want| want.wants(key)) {
                continue;
            }
            for window in &needs.windows {
                let samples = thinned(self.store.samples(key, *window).await?);
                if !samples.is_empty() {
                    evidence.add_series(Series { key: key.clone(), samples });
                }
            }
            if let Some(baseline) = self.store.baseline(key, hour).await? {
                evidence.add_baseline(key.clone(), baseline);
            }
        }
        if needs.surroundings {
            self.surroundings(problem, now, evidence).await?;
        }
        evidence.finish_round(needs.wants.iter().map(|want| want.about.clone()).collect::<Vec<About>>());
        Ok(())
    }

    async fn surroundings(
        &self,
        problem: &Problem,
        now: Moment,
        evidence: &mut Evidence,
    ) -> anyhow::Result<()> {
        let since = problem.since.min(now);
        evidence.add_calls(self.store.calls(since - CALLS_KNOWN_FOR).await?);
        evidence.add_calls(self.declared.iter().cloned());
        // Deployments of the last hours matter to growth, those of the last minutes to everything.
        let deployed = TimeRange::new(since - TimeDelta::hours(8), now + TimeDelta::seconds(1));
        evidence.add_deployments(self.store.deployments(deployed).await?);
        evidence.add_sources(self.store.source_health().await?);
        evidence.add_firing(self.store.open_alerts().await?.into_iter().map(|alert| Firing {
            number: alert.number,
            subject: alert.subject,
            signal: alert.signal,
            since: alert.since,
        }));
        Ok(())
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    pub(super) fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    pub(super) fn timezone(&self) -> Tz {
        self.timezone
    }
}

/// Every n-th sample, the last one always.
fn thinned(samples: Vec<Sample>) -> Vec<Sample> {
    let step = samples.len().div_ceil(MAX_SAMPLES).max(1);
    let last = samples.len().saturating_sub(1);
    samples
        .into_iter()
        .enumerate()
        .filter(|(at, _)| (last - at).is_multiple_of(step))
        .map(|(_, sample)| sample)
        .collect()
}
