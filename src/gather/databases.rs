//! What can be known of a statement: what it cost, then and before, what its plan says, and which index would
//! help. Each look has its own deadline, and what can't be had says why.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use crate::error::CallError;
use crate::model::answer::Section;
use crate::model::signal::Signal;
use crate::model::statement::{Counters, StatementId, StatementText, Window};
use crate::model::subject::Subject;
use crate::model::time::{Moment, TimeRange};
use crate::ports::database::Database;
use crate::sql::changed::{self, Changed};
use crate::sql::n_plus_one;
use crate::sql::slow::{self, Entry, Ranked};
use crate::store::Store;

/// What changed so long before the trouble may have begun it.
const SHORTLY: TimeDelta = TimeDelta::minutes(15);
/// Longer nobody waits for a plan or for advice.
const PATIENCE: Duration = Duration::from_secs(25);

/// The databases that can be asked.
#[derive(Clone)]
pub struct Databases {
    store: Store,
    all: Arc<Vec<Known>>,
}

/// One database that can be asked.
#[derive(Clone)]
pub struct Known {
    /// The database.
    pub port: Arc<dyn Database>,
    /// From which mean on a statement is slow, in milliseconds.
    pub line_ms: f64,
    /// Whether quad may make indexes there, after a click.
    pub can_apply: bool,
    /// Statements that are not spoken of.
    pub ignore: Vec<String>,
}

/// What a database used in a stretch of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Used {
    /// By statement.
    pub window: Window,
    /// Their texts.
    pub texts: BTreeMap<StatementId, StatementText>,
    /// Whether it comes from the server's counters since they began, because no window was watched yet.
    pub since_counting: bool,
}

impl Databases {
    /// These databases.
    pub fn new(store: Store, all: Vec<Known>) -> Self {
        Self { store, all: Arc::new(all) }
    }

    /// All of them.
    pub fn all(&self) -> &[Known] {
        &self.all
    }

    /// The one with this subject; of a statement's subject its database.
    pub fn of(&self, subject: &Subject) -> Option<&Known> {
        self.all.iter().find(|known| {
            let own = known.port.subject();
            own.database == subject.database && own.environment == subject.environment
        })
    }

    /// What a database used in `range`: as it was watched, else as the server counted it.
    ///
    /// # Errors
    /// Where neither is to be had.
    pub async fn used(&self, known: &Known, range: TimeRange, now: Moment) -> anyhow::Result<Used> {
        let mut used = self.all_used(known, range, now).await?;
        let is_ignored = |id: &StatementId| {
            used.texts.get(id).is_some_and(|text| {
                known.ignore.iter().any(|pattern| slow::matches(pattern, &text.fingerprint))
            })
        };
        let ignored: Vec<StatementId> =
            used.window.used.keys().filter(|id| is_ignored(id)).cloned().collect();
        used.window.used.retain(|id, _| !ignored.contains(id));
        Ok(used)
    }

    async fn all_used(&self, known: &Known, range: TimeRange, now: Moment) -> anyhow::Result<Used> {
        let subject = known.port.subject();
        if let Some(window) = self.store.statements_used(&subject, range).await? {
            return Ok(Used {
                window,
                texts: self.store.statement_texts(&subject).await?,
                since_counting: false,
            });
        }
        let look = patiently(known.port.look(now, &Default::default())).await.map_err(anyhow::Error::msg)?;
        let since = look.counting_since.unwrap_or(range.from);
        Ok(Used {
            window: Window { range: TimeRange::new(since, now), used: look.counted, notes: look.gaps },
            texts: look.texts,
            since_counting: true,
        })
    }

    /// What a statement used in the same stretch a day before; `None` where that time was not watched.
    ///
    /// # Errors
    /// Where the store can't be read.
    pub async fn day_before(
        &self,
        subject: &Subject,
        id: &StatementId,
        range: TimeRange,
    ) -> anyhow::Result<Option<Counters>> {
        let before = self.store.statements_used(subject, range.earlier(TimeDelta::days(1))).await?;
        Ok(before.map(|window| window.used.get(id).copied().unwrap_or_default()))
    }

    /// Statements that run once for each row of another one, as parts of an answer.
    ///
    /// # Errors
    /// Where the store can't be read.
    pub async fn loops(&self, used: &Used) -> anyhow::Result<Vec<Section>> {
        let routes = used.texts.values().filter_map(|text| text.owner.as_deref());
        let routes: BTreeSet<&str> = routes.filter(|owner| owner.starts_with('/')).collect();
        let mut requests: BTreeMap<String, f64> = BTreeMap::new();
        if !routes.is_empty() {
            let range = used.window.range;
            for key in self.store.keys(range.from).await? {
                let route = key.subject.endpoint.as_deref().filter(|route| routes.contains(route));
                let (Some(route), Signal::Traffic) = (route, key.signal) else { continue };
                let samples = self.store.samples(&key, range).await?;
                let a_second = samples.iter().map(|one| one.value).sum::<f64>() / samples.len().max(1) as f64;
                *requests.entry(route.to_owned()).or_default() +=
                    a_second * range.length().num_seconds() as f64;
            }
        }
        let found = n_plus_one::loops(&used.window.used, &used.texts, &requests);
        Ok(n_plus_one::sections(&found, &used.texts))
    }

    /// What a statement used on the day before a time; `None` where it did not run, or was not watched.
    ///
    /// # Errors
    /// Where the store can't be read.
    pub async fn day_up_to(
        &self,
        known: &Known,
        id: &StatementId,
        since: Moment,
    ) -> anyhow::Result<Option<Counters>> {
        let day = TimeRange::new(since - TimeDelta::days(1), since);
        let window = self.store.statements_used(&known.port.subject(), day).await?;
        Ok(window.and_then(|window| window.used.get(id).copied()).filter(|used| used.calls > 0.0))
    }

    /// What changed about a statement shortly before a time, or since then.
    ///
    /// # Errors
    /// Where the store can't be read.
    pub async fn changed(
        &self,
        known: &Known,
        entry: &Entry,
        before: &Option<Counters>,
        since: Moment,
    ) -> anyhow::Result<Vec<Changed>> {
        let (subject, from) = (known.port.subject(), since - SHORTLY);
        let text = entry.text.as_ref().map_or("", |text| &text.fingerprint);
        let mut found = changed::tables(text, &self.store.tables_since(&subject, from).await?);
        let plans = self.store.plans_of(&subject, &entry.ranked.id).await?;
        found.extend(changed::plan(&plans, from));
        // What changed long after the trouble began did not begin it.
        found.retain(|one| one.between().is_none_or(|between| between.from <= since + SHORTLY));
        // An index that no plan missed was none that it used.
        if plans.last().is_some_and(|plan| plan.first < since && plan.last > since) {
            found.retain(|one| !matches!(one, Changed::IndexGone { .. }));
        }
        found.extend(before.as_ref().and_then(|before| changed::rows(before, &entry.ranked.used)));
        Ok(found)
    }

    /// Everything about one statement.
    ///
    /// # Errors
    /// Where the store can't be read; what the database does not say stands in the entry.
    pub async fn entry(
        &self,
        known: &Known,
        ranked: Ranked,
        text: Option<StatementText>,
        range: TimeRange,
    ) -> anyhow::Result<Entry> {
        let port = &known.port;
        let day_before = self.day_before(&port.subject(), &ranked.id, range).await?;
        let (plan, advice) =
            tokio::join!(patiently(port.explain(&ranked.id)), patiently(port.advise(&ranked.id)));
        Ok(Entry { database: None, text, day_before, cause: slow::cause(plan), advice, ranked })
    }
}

/// What comes of it in time; otherwise why not.
async fn patiently<T>(work: impl Future<Output = Result<T, CallError>>) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err(format!("the database did not answer within {} s", PATIENCE.as_secs())),
    }
}
