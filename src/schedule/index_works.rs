//! Carries out approved indexes beside everything else: makes them, tells how far they are in the thread of
//! the change, and looks after an hour and after a day at what they gained. Its state is in the store, so a
//! restart goes on where it was.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{info, warn};

use crate::deliver;
use crate::deliver::issues::IssueDesk;
use crate::error::CallError;
use crate::model::answer::{Answer, Mark, Press, escape};
use crate::model::index_work::{GAIN, IndexWork, Stage, gain};
use crate::model::issue::{IssueKey, unmarked};
use crate::model::outgoing::{Kind, Outgoing, Target};
use crate::model::signal::Unit;
use crate::model::statement::Counters;
use crate::model::time::{Moment, TimeRange};
use crate::ports::clock::Clock;
use crate::ports::index_maker::{IndexMaker, Made, Progress};
use crate::ports::messenger::Messenger;
use crate::render::gfm;
use crate::sql::slow;
use crate::sql::words;
use crate::store::Store;

/// Between two looks for what is due.
const LOOK: TimeDelta = TimeDelta::seconds(2);
/// Between two edits of the message that shows how far an index is.
const TELL: Duration = Duration::from_secs(10);

/// Makes indexes that were approved.
pub struct IndexWorks {
    /// quad's database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Who can make them, one a database.
    pub makers: Vec<Arc<dyn IndexMaker>>,
    /// Where an issue about the statement may be, which hears of it too.
    pub desk: Option<Arc<IssueDesk>>,
    /// Who carries what is said.
    pub messengers: Vec<Arc<dyn Messenger>>,
}

impl IndexWorks {
    /// Works until told to stop. An index that is being made then is found again at the next start.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let busy: Arc<Mutex<BTreeSet<(i64, String)>>> = Arc::default();
        let mut working = JoinSet::new();
        loop {
            match self.store.index_works_due(self.clock.now()).await {
                Ok(due) => {
                    for work in due {
                        let key = (work.change.0, work.run.clone());
                        if lock(&busy).insert(key.clone()) {
                            let (this, busy) = (Arc::clone(&self), Arc::clone(&busy));
                            working.spawn(async move {
                                if let Err(error) = this.step(work).await {
                                    warn!("an index could not be looked after, and is again soon: {error:#}");
                                }
                                lock(&busy).remove(&key);
                            });
                        }
                    }
                }
                Err(error) => warn!("indexes on their way can't be read: {error:#}"),
            }
            while working.try_join_next().is_some() {}
            tokio::select! {
                () = self.clock.wait_until(self.clock.now() + LOOK) => {}
                _ = stop.changed() => return,
            }
        }
    }

    async fn step(&self, work: IndexWork) -> anyhow::Result<()> {
        let Some(maker) = self.makers.iter().find(|maker| maker.subject() == work.database) else {
            let why = "no role is configured any more that may make indexes there (apply_url)";
            return self.settle(&work, work.clone().over(), Some(gave_up(why))).await;
        };
        match work.stage {
            Stage::Making => self.make(maker.as_ref(), work).await,
            Stage::Made { at } | Stage::Seen { made: at } => self.look(maker.as_ref(), work, at).await,
            Stage::Removing => self.remove(maker.as_ref(), work).await,
            Stage::Over => Ok(()),
        }
    }

    async fn make(&self, maker: &dyn IndexMaker, work: IndexWork) -> anyhow::Result<()> {
        let began = self.clock.now();
        let work = self.begun(work, began).await?;
        info!(change.number = work.change.0, "making an index");
        let (tell, mut told) = watch::channel(None);
        let hear = |progress| {
            tell.send_replace(Some(progress));
        };
        let making = maker.make(&work.run, &hear);
        tokio::pin!(making);
        let outcome = loop {
            tokio::select! {
                outcome = &mut making => break outcome,
                // How far it is matters to people, not to the work.
                () = tokio::time::sleep(TELL) => {
                    let progress: Option<Progress> = told.borrow_and_update().clone();
                    if let Some(progress) = progress
                        && let Err(error) = self.settle(&work, work.clone(), Some(so_far(&progress))).await
                    {
                        warn!("how far an index is could not be said: {error:#}");
                    }
                }
            }
        };
        let now = self.clock.now();
        match outcome {
            Ok(made) => {
                let next = work.clone().made(now);
                self.settle(&work, next, Some(made_words(&made, now - began))).await
            }
            Err(error) => self.failed(&work, &error, now).await,
        }
    }

    /// Notes what the statement cost before, and says that it begins.
    async fn begun(&self, work: IndexWork, now: Moment) -> anyhow::Result<IndexWork> {
        let day = TimeRange::last(TimeDelta::days(1), now);
        let used = self.store.statements_used(&work.database, day).await?;
        let before = work.before.or(used.and_then(|window| window.used.get(&work.statement).copied()));
        let mut next = IndexWork { before, ..work.clone() };
        let mut tx = self.store.begin().await?;
        tx.take_books().await?;
        if let (Some((platform, message)), None) = (next.thread, next.progress) {
            let said = Answer::new(format!("Making the index: `{}`", next.run.replace('`', "'")));
            let note = Outgoing::new(platform, Kind::Note, Target::Under(message), said, now);
            next.progress = Some(note.id);
            deliver::enqueue(&mut tx, &self.messengers, note).await?;
        }
        tx.put_index_work(&next).await?;
        tx.commit().await?;
        Ok(next)
    }

    async fn failed(&self, work: &IndexWork, error: &CallError, now: Moment) -> anyhow::Result<()> {
        let next = work.clone().failed(error.passes_in(Duration::ZERO).is_some(), now);
        let said = match next.due {
            Some(_) => {
                Answer::new(format!("Not done yet: {}. I try again in a minute.", escape(&error.to_string())))
                    .marked(Mark::Unknown)
            }
            None => gave_up(&error.to_string()),
        };
        warn!(change.number = work.change.0, "an index: {error}");
        self.settle(work, next, Some(said)).await
    }

    async fn remove(&self, maker: &dyn IndexMaker, work: IndexWork) -> anyhow::Result<()> {
        match maker.remove(&work.run).await {
            Ok(there) => {
                let said = if there { "The index is removed." } else { "The index was not there any more." };
                self.settle(&work, work.clone().over(), Some(Answer::new(said).marked(Mark::Good))).await
            }
            Err(error) => self.failed(&work, &error, self.clock.now()).await,
        }
    }

    /// What it gained since it was made.
    async fn look(&self, maker: &dyn IndexMaker, work: IndexWork, made: Moment) -> anyhow::Result<()> {
        let now = self.clock.now();
        let since = self.store.statements_used_wholly(&work.database, TimeRange::new(made, now)).await?;
        let after = since.and_then(|window| window.used.get(&work.statement).copied());
        let uses = maker.uses(&work.run).await.ok().flatten();
        let said = verified(&work, after.as_ref(), uses, now - made);
        self.tell_the_issue(&work, &said).await;
        let mut tx = self.store.begin().await?;
        tx.take_books().await?;
        if let Some((platform, message)) = work.thread {
            let note = Outgoing::new(platform, Kind::Note, Target::Under(message), said, now);
            deliver::enqueue(&mut tx, &self.messengers, note).await?;
        }
        if is_as_it_was(&tx.index_works_of(work.change).await?, &work) {
            tx.put_index_work(&work.looked_at()).await?;
        }
        tx.commit().await
    }

    /// Adds it to the issue about the statement, where there is one. What a tracker can't take is said in the
    /// thread all the same.
    async fn tell_the_issue(&self, work: &IndexWork, said: &Answer) {
        let Some(tracker) = self.desk.as_ref().map(|desk| desk.tracker()) else { return };
        let told = async {
            if let Some(issue) = tracker.find(&IssueKey::new(&work.issue_key)).await? {
                let plain = Answer { controls: Vec::new(), ..said.clone() };
                tracker.comment(issue.number, &unmarked(&gfm::document(&plain))).await?;
            }
            Ok::<(), CallError>(())
        };
        if let Err(error) = told.await {
            warn!(change.number = work.change.0, "an issue could not be told what its index gained: {error}");
        }
    }

    /// Keeps the next state and shows it, unless somebody decided otherwise meanwhile.
    async fn settle(&self, work: &IndexWork, next: IndexWork, said: Option<Answer>) -> anyhow::Result<()> {
        let mut tx = self.store.begin().await?;
        tx.take_books().await?;
        if let (Some((platform, message)), Some(said)) = (work.thread, said) {
            let now = self.clock.now();
            let (kind, target) = match work.progress {
                Some(progress) => (Kind::Edit, Target::Replace(progress)),
                None => (Kind::Note, Target::Under(message)),
            };
            let outgoing = Outgoing::new(platform, kind, target, said, now);
            deliver::enqueue(&mut tx, &self.messengers, outgoing).await?;
        }
        if is_as_it_was(&tx.index_works_of(work.change).await?, work) {
            tx.put_index_work(&next).await?;
        }
        tx.commit().await
    }
}

fn is_as_it_was(all: &[IndexWork], work: &IndexWork) -> bool {
    all.iter().any(|one| one.run == work.run && one.stage == work.stage)
}

fn so_far(progress: &Progress) -> Answer {
    let share = progress.share.map(|share| format!(", {:.0} %", share * 100.0)).unwrap_or_default();
    Answer::new(format!("Making the index: {}{share}", escape(&progress.phase)))
}

fn made_words(made: &Made, took: TimeDelta) -> Answer {
    let said = match made {
        Made::Now { size } => format!(
            "The index is made{}; it took {}. I look at what it gained in an hour and in a day.",
            size.map(|size| format!(" and is {} large", Unit::Bytes.show(size))).unwrap_or_default(),
            words::time(took.num_milliseconds().max(0) as f64)
        ),
        Made::Before => "The index was there already; nothing was done.".to_owned(),
    };
    Answer::new(said).marked(Mark::Good)
}

fn gave_up(why: &str) -> Answer {
    Answer::new(format!("It could not be done: {}. Nothing of it is left behind.", escape(why)))
        .marked(Mark::Unknown)
}

/// What the index gained, with the numbers; an index that gained nothing is offered for removal.
fn verified(work: &IndexWork, after: Option<&Counters>, uses: Option<f64>, passed: TimeDelta) -> Answer {
    let when = if passed < TimeDelta::hours(2) { "An hour" } else { "A day" };
    let name = work.statement.short();
    let used = match uses {
        Some(uses) => format!("The index was used {} times", words::count(uses)),
        None => "The index is not there".to_owned(),
    };
    let offered = |answer: Answer| answer.button("Remove index", Press::TakeBack(work.change));
    let Some(after) = after.filter(|after| after.calls > 0.0) else {
        let answer = Answer::new(format!(
            "{when} after the index: {name} has not run since, so I can't say what it gained."
        ));
        return answer.marked(Mark::Unknown).footnote(used);
    };
    let now =
        format!("{name} takes {} on average in {}", words::time(after.mean_ms()), slow::calls(after.calls));
    let Some(gain) = gain(work.before.as_ref(), Some(after)) else {
        let answer =
            Answer::new(format!("{when} after the index: {now}; how long it took before was not seen."));
        return answer.marked(Mark::Unknown).footnote(used);
    };
    let before = work.before.map_or(0.0, |before| before.mean_ms());
    let compared = format!("{when} after the index: {now}, {} in the day before", words::time(before));
    if gain >= GAIN {
        return Answer::new(format!("{compared}: {} times faster.", words::count(gain)))
            .marked(Mark::Good)
            .footnote(used);
    }
    offered(Answer::new(format!("{compared}: it gained nothing.")).marked(Mark::Warning).footnote(used))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
