//! What is usual for the statements of a database, and what their cost depends on. The first is learnt anew every
//! dozen looks, and what left it is kept with each window, so that a restart does not forget it; the second is noted as
//! often, and at once where a statement begins to look different, so that later it can be said what changed.

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
use crate::store::Tx;

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
    /// Whether what was known before a restart is in there.
    recalled: bool,
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

    /// Takes up what was known before a restart.
    pub(super) async fn recall(&self) {
        if self.known_habits().recalled {
            return;
        }
        match self.store.state(&self.key()).await {
            Ok(kept) => {
                let mut known = self.known_habits();
                known.habits.recall(kept.unwrap_or_default());
                known.recalled = true;
            }
            // The next window that is kept takes its place.
            Err(error) => {
                warn!("what left its habits on {} before can't be read: {error:#}", self.subject());
            }
        }
    }

    /// What is known once this window is, too. It counts when the window is kept: until then it may be judged again.
    pub(super) fn judged(&self, window: &Window) -> Habits {
        let mut habits = self.known_habits().habits.clone();
        habits.see(window);
        habits
    }

    /// Keeps what left its habits, together with the window that showed it.
    pub(super) async fn keep_habits(&self, tx: &mut Tx, habits: &Habits) -> anyhow::Result<()> {
        tx.put_state(&self.key(), &habits.kept()).await
    }

    /// Goes by it from now on.
    pub(super) fn take_habits(&self, habits: Habits) {
        let mut known = self.known_habits();
        (known.habits, known.recalled) = (habits, true);
    }

    /// Under which the store keeps it.
    fn key(&self) -> String {
        format!("monitor.regressions {}", self.subject().key())
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::{Arc, Mutex};

    use async_trait::async_trait;

    use super::*;
    use crate::error::CallError;
    use crate::model::statement::{Counters, IndexAdvice, PlanText, Snapshot};
    use crate::model::surroundings::Tables;
    use crate::monitor::statements::Settings;
    use crate::ports::database::Database;
    use crate::store::Store;

    /// A server with one statement, and nothing but its counters.
    #[derive(Default)]
    struct Server(Mutex<Counters>);

    fn untold<T>() -> Result<T, CallError> {
        Err(CallError::permanent("not told"))
    }

    #[async_trait]
    impl Database for Server {
        fn subject(&self) -> Subject {
            Subject { database: Some("shop-db".to_owned()), ..Subject::default() }
        }

        fn kind(&self) -> &'static str {
            "PostgreSQL"
        }

        async fn look(&self, now: Moment, _: &BTreeSet<StatementId>) -> Result<Snapshot, CallError> {
            let counted = [(id(), *self.0.lock().expect("is held by nobody"))].into();
            let text = StatementText { fingerprint: "select ? from events".to_owned(), owner: None };
            Ok(Snapshot { at: now, counted, texts: [(id(), text)].into(), ..Snapshot::default() })
        }

        async fn text(&self, _: &StatementId) -> Result<Option<StatementText>, CallError> {
            Ok(None)
        }

        async fn explain(&self, _: &StatementId) -> Result<PlanText, CallError> {
            untold()
        }

        async fn expected(&self, _: &StatementId) -> Result<PlanText, CallError> {
            untold()
        }

        async fn tables(&self) -> Result<Option<Tables>, CallError> {
            Ok(None)
        }

        async fn advise(&self, _: &StatementId) -> Result<IndexAdvice, CallError> {
            untold()
        }

        async fn doctor(&self) -> Vec<(bool, String)> {
            Vec::new()
        }
    }

    fn id() -> StatementId {
        StatementId("7".to_owned())
    }

    /// A watch that was just started, over what is there.
    fn started(server: &Arc<Server>, store: &Store) -> StatementWatch {
        let settings = Settings {
            interval: TimeDelta::minutes(5),
            line_ms: 60_000.0,
            line_by: "a test".to_owned(),
            ignore: Vec::new(),
        };
        StatementWatch::new(Arc::clone(server) as Arc<dyn Database>, store.clone(), settings)
    }

    /// Looks every five minutes while each call takes so long; when the last look was.
    async fn looks(watch: &StatementWatch, server: &Server, begin: Moment, times: i32, ms: f64) -> Moment {
        for n in 0..times {
            {
                let mut counted = server.0.lock().expect("is held by nobody");
                *counted =
                    counted.plus(Counters { calls: 1_000.0, total_ms: 1_000.0 * ms, ..Counters::default() });
            }
            watch.look(begin + TimeDelta::minutes(5) * n).await.expect("looks");
        }
        begin + TimeDelta::minutes(5) * times
    }

    fn begin() -> Moment {
        Moment::UNIX_EPOCH + TimeDelta::days(20_000)
    }

    #[tokio::test]
    async fn a_watch_that_was_started_again_goes_on_with_what_it_had_found() {
        let (server, store) = (Arc::default(), Store::open("sqlite::memory:").await.expect("opens"));
        let watch = started(&server, &store);
        let now = looks(&watch, &server, begin(), 30, 5.0).await;
        let now = looks(&watch, &server, now, 4, 40.0).await;
        let found = watch.changed();
        assert!(matches!(&found[..], [one] if one.ended.is_none()), "{found:?}");

        // What it can learn from now holds slow windows, too.
        let watch = started(&server, &store);
        let now = looks(&watch, &server, now, 2, 40.0).await;
        let again = watch.changed();
        assert!(matches!(&again[..], [one] if one.ended.is_none()), "{again:?}");
        assert_eq!((again[0].since, again[0].usual), (found[0].since, found[0].usual));
        looks(&watch, &server, now, 1, 5.0).await;
        let over = watch.changed();
        assert!(matches!(&over[..], [one] if one.ended.is_some()), "{over:?}");
    }

    #[tokio::test]
    async fn what_can_t_be_read_of_before_stops_no_watch_and_is_replaced() {
        let (server, store) = (Arc::default(), Store::open("sqlite::memory:").await.expect("opens"));
        let watch = started(&server, &store);
        let mut tx = store.begin().await.expect("begins");
        tx.put_state(&watch.key(), &["of another version"]).await.expect("keeps");
        tx.commit().await.expect("commits");
        let now = looks(&watch, &server, begin(), 30, 5.0).await;
        looks(&watch, &server, now, 2, 40.0).await;
        assert_eq!(watch.changed().len(), 1);
        let kept = store.state::<serde_json::Value>(&watch.key()).await.expect("reads").expect("is there");
        assert_eq!(kept[0]["id"], "7");
        assert!(!kept.to_string().contains("select"), "ids and numbers: {kept}");
    }
}
