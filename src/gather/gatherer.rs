//! Turns what a plan asks for into evidence, in at most three rounds.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use chrono_tz::Tz;

use crate::diagnose::evidence::StatementFact;
use crate::diagnose::{self, About, Evidence, Firing, Needs, Problem};
use crate::gather::databases::{Databases, Known, Used};
use crate::model::diagnosis::Diagnosis;
use crate::model::sample::{Sample, Series, SeriesKey};
use crate::model::source::Call;
use crate::model::threshold::Thresholds;
use crate::model::time::{Moment, TimeRange, hour_of_week};
use crate::sql::changed::Changed;
use crate::sql::slow::{self, Entry};
use crate::store::Store;

/// A statement is looked at over an hour at least.
const HOUR: TimeDelta = TimeDelta::hours(1);
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
    databases: Option<Databases>,
}

impl Gatherer {
    /// Reads from `store`. `declared` are dependencies that the configuration names and no source
    /// can see; `timezone` is the team's, for what is usual at which hour.
    pub fn new(store: Store, declared: Vec<Call>, timezone: Tz) -> Self {
        Self { store, declared, timezone, thresholds: Thresholds::default(), databases: None }
    }

    /// Shows these lines in charts.
    pub fn with_thresholds(mut self, thresholds: Thresholds) -> Self {
        self.thresholds = thresholds;
        self
    }

    /// Asks these databases about their statements.
    #[must_use]
    pub(super) fn asking(mut self, databases: Databases) -> Self {
        self.databases = Some(databases);
        self
    }

    /// The diagnosis of `problem` as of `now`, with the evidence it was made from.
    ///
    /// # Errors
    /// Where the store can't be read.
    pub async fn explain(&self, problem: &Problem, now: Moment) -> anyhow::Result<(Diagnosis, Evidence)> {
        let mut evidence = self.evidence(problem, now).await?;
        let diagnosis = diagnose::diagnose(problem, &evidence, now);
        if !diagnosis.causes.iter().any(|cause| cause.rule == diagnose::SLOW_DATABASE) {
            return Ok((diagnosis, evidence));
        }
        // Which statement it is, where the database is watched.
        let known = evidence.statements().len();
        self.worst_statements(problem, now, &mut evidence).await?;
        if evidence.statements().len() == known {
            return Ok((diagnosis, evidence));
        }
        Ok((diagnose::diagnose(problem, &evidence, now), evidence))
    }

    /// Everything that the rules ask for about `problem`.
    ///
    /// # Errors
    /// Where the store can't be read.
    pub async fn evidence(&self, problem: &Problem, now: Moment) -> anyhow::Result<Evidence> {
        let mut evidence = Evidence::default();
        self.statements(problem, now, &mut evidence).await?;
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

    /// What is known of the statement that the problem is about. It is asked once, before the rounds: a plan
    /// leads to nothing else to look at.
    async fn statements(
        &self,
        problem: &Problem,
        now: Moment,
        evidence: &mut Evidence,
    ) -> anyhow::Result<()> {
        let (Some(databases), Some(name)) = (&self.databases, &problem.subject.statement) else {
            return Ok(());
        };
        let Some(known) = databases.of(&problem.subject) else { return Ok(()) };
        let range = TimeRange::new(problem.since.min(now - HOUR), now + TimeDelta::seconds(1));
        let used = match databases.used(known, range, now).await {
            Ok(used) => used,
            Err(error) => {
                evidence.add_unseen(format!("{}: {error:#}", problem.subject));
                return Ok(());
            }
        };
        let ranked = slow::rank(&used.window.used, known.line_ms);
        let Some(ranked) = ranked.into_iter().find(|one| one.id.short() == *name) else { return Ok(()) };
        self.statement(known, &used, ranked, name, problem, evidence).await
    }

    /// Adds one statement, with what was before.
    async fn statement(
        &self,
        known: &Known,
        used: &Used,
        ranked: slow::Ranked,
        name: &str,
        problem: &Problem,
        evidence: &mut Evidence,
    ) -> anyhow::Result<()> {
        let Some(databases) = &self.databases else { return Ok(()) };
        let text = used.texts.get(&ranked.id).cloned();
        let id = ranked.id.clone();
        let entry = databases.entry(known, ranked, text, used.window.range).await?;
        let before = databases.day_up_to(known, &id, problem.since).await?;
        let changed = databases.changed(known, &entry, &before, problem.since).await?;
        let past = StatementPast { before_ms: before.map(|before| before.mean_ms()), changed };
        evidence.add_statement(fact(name, problem, entry, used.window.range, past));
        Ok(())
    }

    /// What is known of the statement that takes most of the time of each watched database in the evidence.
    async fn worst_statements(
        &self,
        problem: &Problem,
        now: Moment,
        evidence: &mut Evidence,
    ) -> anyhow::Result<()> {
        let Some(databases) = &self.databases else { return Ok(()) };
        let named: BTreeSet<String> =
            evidence.keys().filter_map(|key| key.subject.database.clone()).collect();
        let environment = &problem.subject.environment;
        let is_meant = |known: &&Known| {
            let subject = known.port.subject();
            subject.database.is_some_and(|name| named.contains(&name))
                && (subject.environment.is_empty() || subject.environment == *environment)
        };
        for known in databases.all().iter().filter(is_meant) {
            let range = TimeRange::new(problem.since.min(now), now + TimeDelta::seconds(1));
            let used = match databases.used(known, range, now).await {
                Ok(used) => used,
                Err(error) => {
                    evidence.add_unseen(format!("{}: {error:#}", known.port.subject()));
                    continue;
                }
            };
            // Counters since the server began say nothing of what happens now.
            if used.since_counting {
                continue;
            }
            let dearest = slow::rank(&used.window.used, known.line_ms)
                .into_iter()
                .max_by(|a, b| a.share.total_cmp(&b.share));
            let Some(ranked) = dearest else { continue };
            let about = Problem { subject: known.port.subject(), ..problem.clone() };
            let name = ranked.id.short();
            self.statement(known, &used, ranked, &name, &about, evidence).await?;
        }
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

/// What was before the trouble.
struct StatementPast {
    before_ms: Option<f64>,
    changed: Vec<Changed>,
}

/// What a diagnosis goes by.
fn fact(name: &str, problem: &Problem, entry: Entry, range: TimeRange, past: StatementPast) -> StatementFact {
    let why_unknown = (!entry.cause.known).then(|| entry.cause.sentence.clone());
    let (index, advice_because) = match &entry.advice {
        Ok(advice) if advice.looked_at && !advice.run.is_empty() => {
            (Some((advice.run.clone(), advice.gain, advice.verified)), None)
        }
        Ok(advice) => (None, Some(advice.because.clone())),
        Err(why) => (None, Some(why.clone())),
    };
    StatementFact {
        name: name.to_owned(),
        database: problem.subject.database.clone().unwrap_or_default(),
        range,
        calls: entry.ranked.used.calls,
        mean_ms: entry.ranked.used.mean_ms(),
        share: entry.ranked.share,
        before_ms: past.before_ms,
        changed: past.changed,
        day_before_ms: entry.day_before.filter(|before| before.calls > 0.0).map(|before| before.mean_ms()),
        issue: entry.cause.known.then_some(entry.cause.sentence),
        numbers: entry.cause.evidence,
        measured: entry.cause.measured,
        fix: entry.cause.fix,
        why_unknown,
        index,
        no_index_because: advice_because,
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
