//! What is usual for the statements of a database, and what their cost depends on. The first is learnt anew every
//! dozen looks; the second is noted as often, and at once where a statement begins to look different, so that
//! later it can be said what changed.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use tracing::{debug, warn};

use super::statements::StatementWatch;
use crate::detect::StatementChange;
use crate::model::signal::Signal;
use crate::model::statement::{StatementId, StatementText, Window};
use crate::model::subject::Subject;
use crate::model::time::{Moment, TimeRange};
use crate::sql::plan::{self, shape};
use crate::sql::regression::{Grew, Habits, Regression};
use crate::sql::{slow, words};

/// From so long is learnt what is usual.
const LEARNT_FROM: TimeDelta = TimeDelta::days(7);
/// So many looks lie between two lessons, and between two looks at the same plan.
const LOOKS: i32 = 12;
/// Longer than this a look does not wait for it.
const PATIENCE: Duration = Duration::from_secs(3);
/// So many plans are asked for at one look,
const PLANS: usize = 3;
/// of so many statements, those that take most time.
const DEAREST: usize = 20;
/// Of one window, not more than this many statements become findings.
const MOST: usize = 20;

/// What is known about habits.
#[derive(Default)]
pub(super) struct Known {
    habits: Habits,
    learnt: Option<Moment>,
    noted: Option<Moment>,
    /// When the plan of a statement was last noted.
    plans: BTreeMap<StatementId, Moment>,
}

impl StatementWatch {
    /// Learns what is usual, where the last lesson is a while ago.
    pub(super) async fn learn_where_due(&self, range: TimeRange) {
        let last = self.known_habits().learnt;
        if self.is_due(last, range.to) {
            self.learn(range).await;
        }
    }

    /// Compares a window with what is usual.
    pub(super) fn compare(&self, window: &Window) {
        self.known_habits().habits.see(window);
    }

    /// Notes what may have to be compared later: the tables and a few plans. What goes wrong in this, or takes long,
    /// is no reason not to watch.
    pub(super) async fn note(&self, window: &Window) {
        let now = window.range.to;
        let (noted, suspects) = {
            let known = self.known_habits();
            (known.noted, known.habits.suspects().cloned().collect::<Vec<_>>())
        };
        let noting = async {
            if self.is_due(noted, now) || !suspects.is_empty() {
                // Whether it works or not: a server that is slow in telling it is not asked at every look.
                self.known_habits().noted = Some(now);
                self.note_tables(now).await;
            }
            self.note_plans(window, &suspects).await;
        };
        if tokio::time::timeout(PATIENCE, noting).await.is_err() {
            debug!("what statements of {} depend on was not all noted in time", self.subject());
        }
    }

    /// Whether so many looks lie between `last` and now; a clock that was set back makes it due, too.
    fn is_due(&self, last: Option<Moment>, now: Moment) -> bool {
        last.is_none_or(|last| now - last >= self.settings.interval * LOOKS || now < last)
    }

    async fn learn(&self, range: TimeRange) {
        // The window that is to be judged is no part of what is usual.
        let before = TimeRange::new(range.to - LEARNT_FROM, range.from);
        match self.store.statement_windows(&self.subject(), before).await {
            Ok(windows) => {
                let mut known = self.known_habits();
                known.habits.learn(&windows);
                known.learnt = Some(range.to);
            }
            Err(error) => warn!("what is usual for statements can't be read: {error:#}"),
        }
    }

    async fn note_tables(&self, now: Moment) {
        let noted = match self.port.tables().await {
            Ok(Some(tables)) => self.keep_tables(&tables, now).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = noted {
            debug!("tables of {} were not noted: {error:#}", self.subject());
        }
    }

    async fn keep_tables(
        &self,
        tables: &crate::model::surroundings::Tables,
        now: Moment,
    ) -> anyhow::Result<()> {
        let mut tx = self.store.begin().await?;
        tx.note_tables(&self.subject(), tables, now).await?;
        tx.commit().await
    }

    /// Notes the plans of a few statements: of those that begin to look different, and in turn of the dearest.
    async fn note_plans(&self, window: &Window, suspects: &[StatementId]) {
        let now = window.range.to;
        let dearest = slow::rank(&window.used, self.settings.line_ms).into_iter().take(DEAREST);
        let turn: Vec<StatementId> = {
            let known = self.known_habits();
            let is_due = |id: &StatementId| self.is_due(known.plans.get(id).copied(), now);
            let dearest = dearest.map(|one| one.id).filter(is_due).filter(|id| !suspects.contains(id));
            suspects.iter().cloned().chain(dearest).take(PLANS.max(suspects.len().min(MOST))).collect()
        };
        for id in turn {
            self.known_habits().plans.insert(id.clone(), now);
            if let Err(error) = self.note_plan(&id, now).await {
                debug!("the plan of {} of {} was not noted: {error:#}", id.short(), self.subject());
            }
        }
        self.known_habits().plans.retain(|_, last| now - *last < self.settings.interval * (LOOKS * LOOKS));
    }

    async fn note_plan(&self, id: &StatementId, now: Moment) -> anyhow::Result<()> {
        let text = self.port.expected(id).await?;
        let shape = shape::shape(&plan::read(&text.json)?);
        let mut tx = self.store.begin().await?;
        tx.note_plan(&self.subject(), id, &shape, now).await?;
        tx.commit().await
    }

    /// What left its habits in the last window.
    pub(super) fn changes(
        &self,
        range: TimeRange,
        text: impl Fn(&StatementId) -> StatementText,
    ) -> Vec<StatementChange> {
        let mut left = self.known_habits().habits.left(range);
        left.sort_by_key(|one| one.ended.is_some());
        left.iter()
            .map(|one| (one, text(&one.id)))
            .filter(|(_, text)| self.is_judged(text))
            .take(MOST)
            .map(|(one, text)| fact(one, &text, &self.subject()))
            .collect()
    }
}

/// As detection reads it.
fn fact(one: &Regression, text: &StatementText, database: &Subject) -> StatementChange {
    let subject = Subject { statement: Some(one.id.short()), ..database.clone() };
    let what = slow::cut(&text.fingerprint);
    let (signal, value, usual, what) = match one.grew {
        Grew::Time => (
            Signal::DatabaseQueryTime,
            one.used.mean_ms(),
            one.usual.mean_ms,
            format!("{} of {what}", slow::calls(one.used.calls)),
        ),
        Grew::Calls => (
            Signal::Traffic,
            one.per_minute() / 60.0,
            one.usual.per_minute / 60.0,
            format!("{} on average, {what}", words::time(one.used.mean_ms())),
        ),
    };
    StatementChange {
        subject,
        signal,
        value,
        usual,
        what,
        since: one.since,
        range: one.range,
        ended: one.ended,
    }
}
