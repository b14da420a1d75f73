//! Opens approved issues, and says in the thread of the change what became of each. `deliver::issues` sees to
//! it that one cause has one issue; here it is tried until it stands.

use std::sync::Arc;
use std::time::Duration;

use chrono::{NaiveTime, TimeDelta};
use chrono_tz::Tz;
use tokio::sync::watch;
use tracing::warn;

use crate::deliver;
use crate::deliver::issues::{Brought, IssueDesk, Matter, Step};
use crate::error::CallError;
use crate::model::answer::{Answer, Mark, Section, escape};
use crate::model::issue::Pull;
use crate::model::issue_work::IssueWork;
use crate::model::outgoing::{Kind, Outgoing, Target};
use crate::model::time::Moment;
use crate::ports::clock::Clock;
use crate::ports::messenger::Messenger;
use crate::store::Store;

/// Between two looks for what is due.
const LOOK: TimeDelta = TimeDelta::seconds(2);
/// Between two tries, at least.
const AGAIN: Duration = Duration::from_secs(20);
/// So often an issue is tried.
const MOST_ATTEMPTS: u8 = 8;

/// Opens issues that were approved.
pub struct IssueWorks {
    /// quad's database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Where they are brought to.
    pub desk: Arc<IssueDesk>,
    /// The team's, in which its days begin.
    pub timezone: Tz,
    /// Who carries what is said.
    pub messengers: Vec<Arc<dyn Messenger>>,
}

impl IssueWorks {
    /// Works until told to stop.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        loop {
            if let Err(error) = self.look().await {
                warn!("issues on their way can't be looked after: {error:#}");
            }
            tokio::select! {
                () = self.clock.wait_until(self.clock.now() + LOOK) => {}
                _ = stop.changed() => return,
            }
        }
    }

    /// Does what is due.
    ///
    /// # Errors
    /// Where the store can't be read or written; what was not done is done the next time.
    pub async fn look(&self) -> anyhow::Result<()> {
        for work in self.store.issue_works_due(self.clock.now()).await? {
            let told = self.bring(&work).await;
            self.settle(work, told).await?;
        }
        Ok(())
    }

    async fn bring(&self, work: &IssueWork) -> Result<(Brought, Vec<Pull>), CallError> {
        let matter = Matter {
            new: work.new.clone(),
            again: work.again.clone(),
            today: midnight(self.clock.now(), self.timezone),
        };
        let brought = self.desk.bring(&matter).await?;
        let words: Vec<&str> = work.about.iter().map(String::as_str).collect();
        if words.is_empty() {
            return Ok((brought, Vec::new()));
        }
        // Related work is nice to know; without it the issue stands all the same.
        let pulls = self.desk.tracker().pulls_about(&words).await.unwrap_or_else(|error| {
            warn!("related pull requests could not be looked for: {error}");
            Vec::new()
        });
        Ok((brought, pulls))
    }

    async fn settle(
        &self,
        work: IssueWork,
        told: Result<(Brought, Vec<Pull>), CallError>,
    ) -> anyhow::Result<()> {
        let now = self.clock.now();
        let (next, said) = match told {
            Ok((brought, pulls)) => (IssueWork { due: None, ..work }, Some(stands(&brought, &pulls))),
            Err(error) => {
                warn!(change.number = work.change.0, "an issue: {error}");
                let attempts = work.attempts.saturating_add(1);
                let wait = error.passes_in(AGAIN).filter(|_| attempts < MOST_ATTEMPTS);
                let due = wait.map(|wait| now + TimeDelta::from_std(wait).unwrap_or(TimeDelta::minutes(1)));
                let gave_up = due.is_none().then(|| {
                    Answer::new(format!("The issue could not be opened: {}.", escape(&error.to_string())))
                        .marked(Mark::Unknown)
                });
                (IssueWork { attempts, due, ..work }, gave_up)
            }
        };
        let mut tx = self.store.begin().await?;
        tx.take_books().await?;
        if let (Some((platform, message)), Some(said)) = (next.thread, said) {
            let note = Outgoing::new(platform, Kind::Note, Target::Under(message), said, now);
            deliver::enqueue(&mut tx, &self.messengers, note).await?;
        }
        tx.put_issue_work(&next).await?;
        tx.commit().await
    }
}

/// When the team's day began.
fn midnight(now: Moment, timezone: Tz) -> Moment {
    now - (now.with_timezone(&timezone).time() - NaiveTime::MIN)
}

fn stands(brought: &Brought, pulls: &[Pull]) -> Answer {
    let issue = &brought.issue;
    let link = format!("[\\#{}]({})", issue.number.0, issue.url);
    let said = match brought.step {
        Step::Open => format!("Issue {link} is opened: {}.", escape(&issue.title)),
        Step::Comment => format!("There is an issue about it already, {link}; I added the numbers of now."),
        Step::ReopenAndComment => {
            format!("There was an issue about it, {link}; I reopened it with the numbers of now.")
        }
        Step::Nothing => format!("There is an issue about it already, {link}, and it says just this."),
    };
    let answer = Answer::new(said).marked(Mark::Good);
    if pulls.is_empty() {
        return answer;
    }
    let items = pulls.iter().map(|pull| {
        let state = match (pull.merged, pull.open) {
            (true, _) => "merged",
            (false, true) => "open",
            (false, false) => "closed",
        };
        format!("[\\#{}]({}) {} ({state})", pull.number, pull.url, escape(&pull.title))
    });
    answer
        .with(Section::Heading("Pull requests that may be about it".to_owned()))
        .with(Section::List { numbered: false, items: items.collect() })
}
