//! Everything that was looked up for one problem. It only grows, and it is stored with the alert.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::diagnose::needs::About;
use crate::model::alert::AlertNumber;
use crate::model::deployment::Deployment;
use crate::model::sample::{Baseline, Sample, Series, SeriesKey};
use crate::model::signal::Signal;
use crate::model::source::{Call, SourceHealth};
use crate::model::subject::Subject;
use crate::model::time::{Moment, TimeRange};
use crate::sql::changed::Changed;

/// Facts about one problem, from all rounds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// Sorted by key. Holds the time around the problem and the same time a day and a week before.
    tracks: Vec<Track>,
    /// What is usual for a series at this hour.
    baselines: Vec<(SeriesKey, Baseline)>,
    /// Known deployments, oldest first.
    deployments: Vec<Deployment>,
    /// Who calls whom.
    calls: BTreeSet<Call>,
    /// How the sources are doing.
    sources: Vec<SourceHealth>,
    /// What else fires.
    firing: Vec<Firing>,
    /// What is known of the statement that it is about.
    statements: Vec<StatementFact>,
    /// What could not be asked, and why.
    unseen: Vec<String>,
    /// What has been looked at, so that it is not asked for again.
    looked_at: BTreeSet<About>,
    /// How many rounds of looking up it took.
    rounds: u8,
}

/// Another alert that is open at the same time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Firing {
    /// Its number.
    pub number: AlertNumber,
    /// What it is about.
    pub subject: Subject,
    /// Which signal.
    pub signal: Signal,
    /// Since when.
    pub since: Moment,
}

/// What is known of one statement of a database, without any literal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatementFact {
    /// Its short name.
    pub name: String,
    /// Of which database.
    pub database: String,
    /// The time that the numbers speak of.
    pub range: TimeRange,
    /// How often it ran.
    pub calls: f64,
    /// Milliseconds a call.
    pub mean_ms: f64,
    /// Its share of the time of all statements, from 0 to 1.
    pub share: f64,
    /// Milliseconds a call on the day before the trouble.
    pub before_ms: Option<f64>,
    /// What changed shortly before.
    pub changed: Vec<Changed>,
    /// Milliseconds a call in the same stretch a day before.
    pub day_before_ms: Option<f64>,
    /// What is wrong with its plan, in a sentence; `None` where there is no plan.
    pub issue: Option<String>,
    /// The plan's numbers that this rests on.
    pub numbers: Vec<String>,
    /// Whether it was carried out to measure it.
    pub measured: bool,
    /// What the plan suggests: words, and a statement where there is one.
    pub fix: Option<(String, Option<String>)>,
    /// Why there is no plan.
    pub why_unknown: Option<String>,
    /// Indexes that help, how many times cheaper it gets, and whether the planner itself says so.
    pub index: Option<(Vec<String>, f64, bool)>,
    /// Why no index helps.
    pub no_index_because: Option<String>,
}

/// A series in few bytes: whole seconds and values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Track {
    key: SeriesKey,
    points: Vec<(i64, f64)>,
}

impl Evidence {
    /// Adds samples; those of a known second are kept as they were first seen.
    pub fn add_series(&mut self, series: Series) {
        let at = match self.tracks.binary_search_by(|track| track.key.cmp(&series.key)) {
            Ok(at) => at,
            Err(at) => {
                self.tracks.insert(at, Track { key: series.key, points: Vec::new() });
                at
            }
        };
        let points = &mut self.tracks[at].points;
        points.extend(
            series.samples.iter().filter(|s| s.value.is_finite()).map(|s| (s.at.timestamp(), s.value)),
        );
        // The sort is stable, so what was known before stays in front of its doubles.
        points.sort_by_key(|(second, _)| *second);
        points.dedup_by_key(|(second, _)| *second);
    }

    /// Adds what is usual for a series.
    pub fn add_baseline(&mut self, key: SeriesKey, baseline: Baseline) {
        if !self.baselines.iter().any(|(known, _)| *known == key) {
            self.baselines.push((key, baseline));
        }
    }

    /// Adds deployments.
    pub fn add_deployments(&mut self, deployments: impl IntoIterator<Item = Deployment>) {
        for deployment in deployments {
            if !self.deployments.contains(&deployment) {
                self.deployments.push(deployment);
            }
        }
        self.deployments.sort_by_key(|deployment| deployment.at);
    }

    /// Adds calls between services.
    pub fn add_calls(&mut self, calls: impl IntoIterator<Item = Call>) {
        self.calls.extend(calls);
    }

    /// Adds how sources are doing.
    pub fn add_sources(&mut self, sources: impl IntoIterator<Item = SourceHealth>) {
        for source in sources {
            if !self.sources.iter().any(|known| known.source == source.source) {
                self.sources.push(source);
            }
        }
    }

    /// Adds what else fires.
    pub fn add_firing(&mut self, firing: impl IntoIterator<Item = Firing>) {
        for alert in firing {
            if !self.firing.contains(&alert) {
                self.firing.push(alert);
            }
        }
    }

    /// Adds what is known of a statement.
    pub fn add_statement(&mut self, fact: StatementFact) {
        if !self.statements.iter().any(|known| (&known.database, &known.name) == (&fact.database, &fact.name))
        {
            self.statements.push(fact);
        }
    }

    /// Adds what could not be asked.
    pub fn add_unseen(&mut self, why: String) {
        if !self.unseen.contains(&why) {
            self.unseen.push(why);
        }
    }

    /// What is known of statements.
    pub fn statements(&self) -> &[StatementFact] {
        &self.statements
    }

    /// What could not be asked, and why.
    pub fn unseen(&self) -> &[String] {
        &self.unseen
    }

    /// Notes that a round of looking up is done.
    pub fn finish_round(&mut self, looked_at: impl IntoIterator<Item = About>) {
        self.looked_at.extend(looked_at);
        self.rounds = self.rounds.saturating_add(1);
    }

    /// The samples of `key` in `range`, oldest first.
    pub fn samples(&self, key: &SeriesKey, range: TimeRange) -> Vec<Sample> {
        let Ok(at) = self.tracks.binary_search_by(|track| track.key.cmp(key)) else { return Vec::new() };
        self.tracks[at]
            .points
            .iter()
            .filter_map(|(second, value)| {
                Some(Sample { at: DateTime::from_timestamp(*second, 0)?, value: *value })
            })
            .filter(|sample| range.contains(sample.at))
            .collect()
    }

    /// The values of `key` in the ten minutes around `at`.
    pub fn values_around(&self, key: &SeriesKey, at: Moment) -> Vec<f64> {
        let around = TimeRange::new(at - TimeDelta::minutes(5), at + TimeDelta::minutes(5));
        self.samples(key, around).iter().map(|sample| sample.value).collect()
    }

    /// All keys for which there are samples.
    pub fn keys(&self) -> impl Iterator<Item = &SeriesKey> {
        self.tracks.iter().map(|track| &track.key)
    }

    /// What is usual for `key`.
    pub fn baseline(&self, key: &SeriesKey) -> Option<&Baseline> {
        self.baselines.iter().find(|(known, _)| known == key).map(|(_, baseline)| baseline)
    }

    /// Known deployments, oldest first.
    pub fn deployments(&self) -> &[Deployment] {
        &self.deployments
    }

    /// Known calls between services.
    pub fn calls(&self) -> &BTreeSet<Call> {
        &self.calls
    }

    /// How the sources are doing.
    pub fn sources(&self) -> &[SourceHealth] {
        &self.sources
    }

    /// What else fires.
    pub fn firing(&self) -> &[Firing] {
        &self.firing
    }

    /// Whether `about` was looked at.
    pub fn has_looked_at(&self, about: &About) -> bool {
        self.looked_at.contains(about)
    }

    /// How many rounds of looking up are done.
    pub fn rounds(&self) -> u8 {
        self.rounds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_only_grows_and_survives_being_stored() {
        let key = SeriesKey::new(Signal::Traffic, Subject::service("", "web"));
        let at = DateTime::from_timestamp(1_790_000_000, 0).expect("valid");
        let series = |value| Series { key: key.clone(), samples: vec![Sample { at, value }] };
        let mut evidence = Evidence::default();
        evidence.add_series(series(4.0));
        evidence.add_series(series(9.0));
        assert_eq!(evidence.values_around(&key, at), [4.0]);
        let stored = serde_json::to_string(&evidence).expect("serialises");
        assert_eq!(serde_json::from_str::<Evidence>(&stored).expect("reads"), evidence);
    }
}
