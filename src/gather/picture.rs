//! The picture that belongs to an answer: how a series went, with what is usual, the lines it should
//! not cross, what was deployed, and when the alert began.

use chrono::TimeDelta;

use crate::gather::{Gatherer, said};
use crate::model::chart::{Band, Chart, Deployed, Threshold};
use crate::model::deployment::Deployment;
use crate::model::finding::Severity;
use crate::model::sample::{Baseline, SeriesKey};
use crate::model::signal::Signal;
use crate::model::threshold::Lines;
use crate::model::time::{Moment, TimeRange, hour_of_week};

/// What a picture spans where the trouble did not begin earlier.
const HOUR: TimeDelta = TimeDelta::hours(1);
/// So much of the calm before the trouble is shown.
const BEFORE: TimeDelta = TimeDelta::minutes(20);
/// Longer than this the trouble itself is more than a picture can show.
const LONGEST: TimeDelta = TimeDelta::days(2);
/// More marks hide the line.
const MAX_DEPLOYMENTS: usize = 5;
/// Fewer samples say no more than the figures do.
const FEWEST: usize = 3;
/// What is usual reaches so many spreads to both sides: nineteen of twenty values.
const SPREADS: f64 = 2.0;

impl Gatherer {
    /// How `key` went up to `at`. `None` where there is too little to draw, or where the signal only
    /// says yes or no.
    pub(super) async fn picture(
        &self,
        key: &SeriesKey,
        at: Moment,
        alert: Option<Moment>,
    ) -> anyhow::Result<Option<Chart>> {
        if matches!(key.signal, Signal::Answering | Signal::BodyCheck) {
            return Ok(None);
        }
        let begin = alert.map_or(at - HOUR, |since| (since - BEFORE).min(at - HOUR)).max(at - LONGEST);
        let range = TimeRange::new(begin, at);
        let samples = self.store().samples(key, TimeRange::new(begin, at + TimeDelta::seconds(1))).await?;
        if samples.len() < FEWEST {
            return Ok(None);
        }
        let title = format!("{} of {}", key.signal.label(), key.subject);
        let mut chart = Chart::new(title, key.signal.unit(), range, self.timezone())
            .line(key.subject.to_string(), &samples);
        chart.usual = self.store().baseline(key, hour_of_week(at, self.timezone())).await?.map(band);
        let mut lines = self.thresholds().clone();
        lines
            .rules
            .extend(said::in_force(&self.store().changes_in_force().await?, at, self.timezone()).lines);
        chart.thresholds =
            lines.lines(key.signal, &key.subject).map(|lines| thresholds(&lines)).unwrap_or_default();
        chart.deployments = deployed(key, self.store().deployments(range).await?);
        chart.alert = alert.map(|since| TimeRange::new(since.min(at), at));
        Ok(Some(chart))
    }
}

/// No signal of quad's goes below nothing.
fn band(usual: Baseline) -> Band {
    let spread = usual.spread * SPREADS;
    Band { low: (usual.usual - spread).max(0.0), high: usual.usual + spread }
}

fn thresholds(lines: &Lines) -> Vec<Threshold> {
    vec![
        Threshold { severity: Severity::Warning, value: lines.warning },
        Threshold { severity: Severity::Critical, value: lines.critical },
    ]
}

/// The last ones of the same environment; those of other services under their name.
fn deployed(key: &SeriesKey, all: Vec<Deployment>) -> Vec<Deployed> {
    let here = |one: &Deployment| one.environment == key.subject.environment;
    let own = key.subject.service.as_deref();
    let mut marks: Vec<Deployed> = all
        .into_iter()
        .filter(here)
        .map(|one| Deployed {
            at: one.at,
            label: if own == Some(&*one.service) {
                one.version
            } else {
                format!("{} {}", one.service, one.version)
            },
        })
        .collect();
    marks.drain(..marks.len().saturating_sub(MAX_DEPLOYMENTS));
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::deployment::Learned;
    use crate::model::subject::Subject;

    #[test]
    fn other_services_deployments_bear_their_name() {
        let at = Moment::from_timestamp(1_790_000_000, 0).expect("valid");
        let deployment = |service: &str, environment: &str| Deployment {
            service: service.to_owned(),
            environment: environment.to_owned(),
            version: "v2".to_owned(),
            previous: None,
            at,
            took_seconds: None,
            learned: Learned::Hook,
        };
        let key = SeriesKey::new(Signal::ApiResponseTime, Subject::service("prod", "web"));
        let all = vec![deployment("web", "prod"), deployment("db", "prod"), deployment("web", "staging")];
        let labels: Vec<String> = deployed(&key, all).into_iter().map(|mark| mark.label).collect();
        assert_eq!(labels, ["v2", "db v2"]);
    }
}
