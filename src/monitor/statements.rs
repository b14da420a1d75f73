//! Watches the statements of one database: a look every few minutes, what fell in between is kept, and what
//! was slow in the last window is there for detection. It is a source of the loop like any other, so its
//! health, its deadline and its gaps are told the same way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::TimeDelta;
use tracing::warn;

use super::regressions::Known;
use crate::detect::{SlowStatement, StatementChange};
use crate::error::CallError;
use crate::model::signal::Signal;
use crate::model::source::{Gap, Reading};
use crate::model::statement::{Counters, Snapshot, StatementId, StatementText, Window};
use crate::model::subject::Subject;
use crate::model::time::Moment;
use crate::ports::database::Database;
use crate::ports::metric_source::MetricSource;
use crate::sql::regression::Habits;
use crate::sql::slow::{self, Ranked};
use crate::sql::window::window;
use crate::store::Store;

/// So long it is told that a statement is not slow any more: longer than any condition lingers.
const TOLD_FOR: TimeDelta = TimeDelta::hours(1);
/// Statements that take as long as they take, and that somebody runs by hand.
const UPKEEP: [&str; 12] = [
    "alter", "analyze", "cluster", "comment", "create", "drop", "grant", "lock", "refresh", "reindex",
    "revoke", "vacuum",
];
/// Of one window, not more than this many statements become findings.
const MOST: usize = 20;

/// How one database is watched.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Between two looks.
    pub interval: TimeDelta,
    /// A mean above this, in milliseconds, is a finding.
    pub line_ms: f64,
    /// Who set that line.
    pub line_by: String,
    /// Fingerprints that are never judged.
    pub ignore: Vec<String>,
}

/// One database under watch.
pub struct StatementWatch {
    pub(super) port: Arc<dyn Database>,
    pub(super) store: Store,
    pub(super) settings: Settings,
    /// The last look; held while looking, so that two looks never overlap.
    before: tokio::sync::Mutex<Option<Snapshot>>,
    seen: Mutex<Seen>,
    habits: Mutex<Known>,
}

/// What is known from the last look.
#[derive(Default)]
struct Seen {
    texts: Option<BTreeMap<StatementId, StatementText>>,
    slow: Vec<SlowStatement>,
    changed: Vec<StatementChange>,
    gaps: Vec<String>,
}

impl StatementWatch {
    /// A watch that has not looked yet.
    pub fn new(port: Arc<dyn Database>, store: Store, settings: Settings) -> Self {
        Self {
            port,
            store,
            settings,
            before: tokio::sync::Mutex::default(),
            seen: Mutex::default(),
            habits: Mutex::default(),
        }
    }

    /// What is watched.
    pub fn subject(&self) -> Subject {
        self.port.subject()
    }

    /// What was slow in the last window, the worst first.
    pub fn slow(&self) -> Vec<SlowStatement> {
        self.seen().slow.clone()
    }

    /// What left its habits in the last window.
    pub fn changed(&self) -> Vec<StatementChange> {
        self.seen().changed.clone()
    }

    /// Looks, keeps what fell in between, and remembers what was slow.
    ///
    /// # Errors
    /// Where the database can't be looked at.
    pub async fn look(&self, now: Moment) -> Result<(), CallError> {
        let mut before = self.before.lock().await;
        self.recall().await;
        let known = self.known().await;
        let after = self.port.look(now, &known).await?;
        if after.counted.is_empty() && !after.gaps.is_empty() {
            // Compared with nothing, all that the server ever counted would look like the next window.
            self.seen().gaps = after.gaps;
            return Ok(());
        }
        let window =
            before.as_ref().filter(|before| before.at < after.at).map(|before| window(before, &after));
        if let Some(window) = &window {
            self.learn_where_due(window.range).await;
            let habits = self.judged(window);
            if let Err(error) = self.keep(window, &habits, &after).await {
                // The counters still hold it: the next window is longer instead.
                return Err(CallError::transient(format!("what it said could not be kept: {error:#}")));
            }
            // Between keeping a window and knowing that it is kept nothing may be waited for: whoever loses patience
            // would have it counted twice.
            self.take_habits(habits);
        }
        self.remember(window.as_ref(), &after);
        *before = Some(after);
        drop(before);
        if let Some(window) = &window {
            self.note(window).await;
        }
        Ok(())
    }

    async fn known(&self) -> BTreeSet<StatementId> {
        if self.seen().texts.is_none() {
            let texts = self.store.statement_texts(&self.subject()).await.unwrap_or_else(|error| {
                warn!("texts of statements can't be read, so all of them are asked for again: {error:#}");
                BTreeMap::new()
            });
            self.seen().texts.get_or_insert(texts);
        }
        self.seen().texts.iter().flat_map(|texts| texts.keys().cloned()).collect()
    }

    /// The window and what it showed in one go, so that after a restart no window was judged twice or never.
    async fn keep(&self, window: &Window, habits: &Habits, after: &Snapshot) -> anyhow::Result<()> {
        let mut tx = self.store.begin().await?;
        let new: BTreeMap<_, _> = match &self.seen().texts {
            Some(known) => after.texts.iter().filter(|(id, text)| known.get(*id) != Some(text)).collect(),
            None => after.texts.iter().collect(),
        };
        let new = new.into_iter().map(|(id, text)| (id.clone(), text.clone())).collect();
        tx.keep_window(&self.subject(), window, &new).await?;
        self.keep_habits(&mut tx, habits).await?;
        tx.commit().await
    }

    fn remember(&self, window: Option<&Window>, after: &Snapshot) {
        let mut seen = self.seen();
        seen.gaps.clone_from(&after.gaps);
        let Some(window) = window else { return };
        seen.texts.get_or_insert_default().extend(after.texts.clone());
        let text = |id: &StatementId| seen.texts.as_ref().and_then(|texts| texts.get(id)).cloned();
        let ranked = slow::rank(&window.used, self.settings.line_ms);
        let slow = |one: &&Ranked| one.used.mean_ms() >= self.settings.line_ms;
        let mut now: Vec<SlowStatement> = ranked
            .iter()
            .take_while(slow)
            .map(|one| (one, text(&one.id).unwrap_or_default()))
            .filter(|(_, text)| self.is_judged(text))
            .take(MOST)
            .map(|(one, text)| self.fact(&one.id, &one.used, &text, window))
            .collect();
        // What was slow and is so no more is told for a while, so that it is known to be over.
        let to = window.range.to;
        let over: Vec<SlowStatement> = seen
            .slow
            .iter()
            .filter(|then| {
                then.ended.is_none_or(|ended| (TimeDelta::zero()..TOLD_FOR).contains(&(to - ended)))
            })
            .filter(|then| !now.iter().any(|one| one.subject == then.subject))
            .map(|then| {
                let ran = ranked.iter().find(|one| Some(one.id.short()) == then.subject.statement);
                SlowStatement {
                    mean_ms: ran.map_or(0.0, |one| one.used.mean_ms()),
                    ended: then.ended.or(Some(to)),
                    range: window.range,
                    ..then.clone()
                }
            })
            .collect();
        now.extend(over);
        let changed = self.changes(window.range, |id| text(id).unwrap_or_default());
        (seen.slow, seen.changed) = (now, changed);
    }

    fn fact(
        &self,
        id: &StatementId,
        used: &Counters,
        text: &StatementText,
        window: &Window,
    ) -> SlowStatement {
        SlowStatement {
            subject: Subject { statement: Some(id.short()), ..self.subject() },
            mean_ms: used.mean_ms(),
            ended: None,
            what: format!("{} of {}", slow::calls(used.calls), slow::cut(&text.fingerprint)),
            range: window.range,
            line: (self.settings.line_ms, self.settings.line_by.clone()),
        }
    }

    /// Whether it is the application's work, and nobody said that it is none of quad's business.
    pub(super) fn is_judged(&self, text: &StatementText) -> bool {
        let is_ignored = |text: &str| self.settings.ignore.iter().any(|pattern| slow::matches(pattern, text));
        !is_ignored(&text.fingerprint) && !is_upkeep(&text.fingerprint)
    }

    pub(super) fn known_habits(&self) -> std::sync::MutexGuard<'_, Known> {
        self.habits.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn is_upkeep(fingerprint: &str) -> bool {
    UPKEEP.contains(&fingerprint.split(' ').next().unwrap_or_default())
}

#[async_trait]
impl MetricSource for StatementWatch {
    fn name(&self) -> String {
        let subject = self.subject();
        format!("{} {}", self.port.kind(), subject.name())
    }

    /// Looks where a look is due; a look that failed is due again at once.
    async fn read(&self, now: Moment) -> Result<Reading, CallError> {
        let last = self.before.lock().await.as_ref().map(|before| before.at);
        // A clock that was set back must not stop the watch for as long.
        if last.is_none_or(|last| now - last >= self.settings.interval || now < last) {
            self.look(now).await?;
        }
        let gap = |why: &String| Gap {
            signal: Some(Signal::DatabaseQueryTime),
            of: self.subject().database,
            why: why.clone(),
        };
        let gaps = self.seen().gaps.iter().map(gap).collect();
        Ok(Reading { gaps, ..Reading::default() })
    }
}
