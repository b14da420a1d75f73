//! A change waits for its click: shown exactly, approved once by somebody who may, or it expires.
//! What may become of it is pure; `settle` carries that into one transaction.

use chrono::TimeDelta;
use tokio::sync::watch;
use tracing::warn;

use crate::chat::Chat;
use crate::chat::plan::{consequences, title};
use crate::deliver;
use crate::error::UserError;
use crate::model::answer::{Answer, Mark, Press, Section, escape};
use crate::model::change::{Change, ChangeNumber, Decided, Planned, Standing};
use crate::model::index_work::IndexWork;
use crate::model::issue_work::IssueWork;
use crate::model::outgoing::{Kind, Outgoing, Target};
use crate::model::person::{Person, Role};
use crate::model::time::Moment;
use crate::sql::ticket;
use crate::store::{AuditLine, Tx};

/// How long a change waits.
pub(super) const WAITS: TimeDelta = TimeDelta::minutes(10);

/// Between two looks for changes that nobody decided.
const LOOK: TimeDelta = TimeDelta::seconds(30);

/// What can be done about a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// Let it happen.
    Approve,
    /// Don't.
    Cancel,
    /// Take back what was done.
    TakeBack,
}

/// Why something can't be done about a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum No {
    /// They don't hold this role.
    Role(Role),
    /// Somebody was first.
    Done(Decided),
    /// Somebody decided against it.
    Cancelled(Decided),
    /// It waited too long.
    Expired,
    /// It was done, and taken back.
    TakenBack(Decided),
    /// It was never done.
    NotDone,
}

/// Somebody decided in the same moment: what they did is read anew, and told.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("somebody else decided change {0} in this moment")]
pub(super) struct Overtaken(ChangeNumber);

/// Where `change` stands after `who` did `act`.
pub(super) fn step(change: &Change, act: Act, who: &Person, now: Moment) -> Result<Standing, No> {
    let needed = change.planned.approver();
    let decided = || Decided { by: who.name.clone(), at: now };
    match (&change.standing, act) {
        (Standing::Done(_), Act::TakeBack) if !who.may(needed) => Err(No::Role(needed)),
        (Standing::Done(_), Act::TakeBack) => Ok(Standing::TakenBack(decided())),
        (Standing::Waiting | Standing::Cancelled(_) | Standing::Expired, Act::TakeBack) => Err(No::NotDone),
        (Standing::TakenBack(first), _) => Err(No::TakenBack(first.clone())),
        (Standing::Done(first), Act::Approve | Act::Cancel) => Err(No::Done(first.clone())),
        (Standing::Cancelled(first), Act::Approve | Act::Cancel) => Err(No::Cancelled(first.clone())),
        (Standing::Expired, Act::Approve | Act::Cancel) => Err(No::Expired),
        (Standing::Waiting, Act::Approve | Act::Cancel) if change.expires_at <= now => Err(No::Expired),
        (Standing::Waiting, Act::Approve) if who.may(needed) => Ok(Standing::Done(decided())),
        // Who asked may change their mind.
        (Standing::Waiting, Act::Cancel) if who.may(needed) || change.asked_by.0 == who.id => {
            Ok(Standing::Cancelled(decided()))
        }
        (Standing::Waiting, Act::Approve | Act::Cancel) => Err(No::Role(needed)),
    }
}

impl No {
    /// The reason, for the person.
    fn words(&self, number: ChangeNumber) -> String {
        match self {
            Self::Role(role) => {
                format!("Change {number} needs the role {}. Nothing was changed.", role.name())
            }
            Self::Done(first) => format!("{} already approved change {number}.", first.by),
            Self::Cancelled(first) => format!("{} cancelled change {number}. Nothing was changed.", first.by),
            Self::Expired => format!("Change {number} waited too long. Ask again; nothing was changed."),
            Self::TakenBack(first) => format!("{} already took change {number} back.", first.by),
            Self::NotDone => format!("Change {number} was never done, so there is nothing to take back."),
        }
    }
}

impl Act {
    fn verb(self) -> &'static str {
        match self {
            Self::Approve => "approved",
            Self::Cancel => "cancelled",
            Self::TakeBack => "took back",
        }
    }

    fn attempt(self) -> &'static str {
        match self {
            Self::Approve => "tried to approve",
            Self::Cancel => "tried to cancel",
            Self::TakeBack => "tried to take back",
        }
    }
}

impl Chat {
    /// Keeps a change that was asked for; what to say about it.
    pub(super) async fn propose(
        &self,
        tx: &mut Tx,
        planned: Planned,
        who: &Person,
    ) -> anyhow::Result<Change> {
        let now = self.0.clock.now();
        let change = Change {
            number: tx.next_change().await?,
            planned,
            asked_by: (who.id.clone(), who.name.clone()),
            asked_at: now,
            expires_at: now + WAITS,
            standing: Standing::Waiting,
            shown: None,
            version: 0,
        };
        let waits = format!("waits for an approval by the role {}", change.planned.approver().name());
        tx.add_audit(&line(now, who, "asked for", &change, waits)).await?;
        Ok(change)
    }

    /// Does `act` about a change in `tx`. A refusal is written down too, and comes as a
    /// [`UserError`] inside `Ok`, since it must be committed.
    pub(super) async fn settle(
        &self,
        tx: &mut Tx,
        number: ChangeNumber,
        act: Act,
        who: &Person,
    ) -> anyhow::Result<Result<Answer, UserError>> {
        let now = self.0.clock.now();
        let Some(change) = tx.change(number).await? else {
            return Ok(Err(UserError::new(format!("I don't know a change {number}."))));
        };
        let standing = match step(&change, act, who, now) {
            Ok(standing) => standing,
            Err(no) => {
                let why = no.words(number);
                tx.add_audit(&line(now, who, act.attempt(), &change, format!("refused: {why}"))).await?;
                return Ok(Err(UserError::new(why)));
            }
        };
        tx.add_audit(&line(now, who, act.verb(), &change, "done".to_owned())).await?;
        Ok(Ok(self.stand(tx, change, standing).await?))
    }

    /// Ends changes that nobody decides in time, until told to stop.
    pub async fn expire_changes(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            if let Err(error) = self.expire_now().await {
                warn!("could not end changes that nobody decided: {error:#}");
            }
            let clock = &self.0.clock;
            tokio::select! {
                () = clock.wait_until(clock.now() + LOOK) => {}
                _ = stop.changed() => return,
            }
        }
    }

    async fn expire_now(&self) -> anyhow::Result<()> {
        let now = self.0.clock.now();
        for number in self.0.store.changes_overdue(now).await? {
            let mut tx = self.0.store.begin().await?;
            tx.take_books().await?;
            let Some(change) = tx.change(number).await? else { continue };
            if change.standing != Standing::Waiting {
                continue;
            }
            let quad = Person { id: "quad".to_owned(), name: "quad".to_owned(), role: None };
            tx.add_audit(&line(now, &quad, "let expire", &change, "nobody decided in time".to_owned()))
                .await?;
            match self.stand(&mut tx, change, Standing::Expired).await {
                Ok(_) => tx.commit().await?,
                // Somebody decided in this moment.
                Err(error) if error.is::<Overtaken>() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Writes where a change stands now, and has its message show that.
    async fn stand(&self, tx: &mut Tx, change: Change, standing: Standing) -> anyhow::Result<Answer> {
        let change = Change { standing, ..change };
        if !tx.update_change(&change).await? {
            return Err(Overtaken(change.number).into());
        }
        carry_out(tx, &change, self.0.clock.now()).await?;
        let answer = self.shown(&change);
        if let Some((platform, delivery)) = change.shown {
            let edit = Target::Replace(delivery);
            let now = self.0.clock.now();
            let outgoing = Outgoing::new(platform, Kind::Edit, edit, answer.clone(), now);
            deliver::enqueue(tx, &self.0.messengers, outgoing).await?;
        }
        Ok(answer)
    }

    /// A change as its message shows it.
    pub(super) fn shown(&self, change: &Change) -> Answer {
        let ctx = &self.0.readable;
        let number = change.number;
        let what = title(ctx, &change.planned);
        let list = Section::List { numbered: false, items: consequences(ctx, &change.planned) };
        let asked = escape(&change.asked_by.1);
        match &change.standing {
            Standing::Waiting => Answer::new(format!("Change {number}, asked by {asked}: {what}?"))
                .with(list)
                .button("Approve", Press::Approve(number))
                .button("Cancel", Press::Cancel(number))
                .footnote(format!(
                    "Nothing has happened yet. It needs the role {} and expires at {}. Typed: `approve {number}`, `cancel {number}`",
                    change.planned.approver().name(),
                    ctx.shown(change.expires_at)
                )),
            Standing::TakenBack(decided) if matches!(change.planned, Planned::OpenIssue { .. }) => {
                Answer::new(format!(
                    "Change {number} was taken back by {} at {}: {what}. An issue that is open stays; close it there.",
                    escape(&decided.by),
                    ctx.shown(decided.at)
                ))
            }
            Standing::Done(decided) if is_carried_out(&change.planned) => Answer::new(format!(
                "Change {number} is approved by {} at {} and on its way: {what}.",
                escape(&decided.by),
                ctx.shown(decided.at)
            ))
            .marked(Mark::Good)
            .button("Undo", Press::TakeBack(number))
            .footnote(format!("Asked by {asked}. How it goes is said here. Typed: `undo change {number}`")),
            Standing::TakenBack(decided) if is_carried_out(&change.planned) => Answer::new(format!(
                "Change {number} was taken back by {} at {}: {what}. What it made is removed.",
                escape(&decided.by),
                ctx.shown(decided.at)
            )),
            Standing::Done(decided) => Answer::new(format!(
                "Change {number} is done: {what}. Approved by {} at {}.",
                escape(&decided.by),
                ctx.shown(decided.at)
            ))
            .marked(Mark::Good)
            .button("Undo", Press::TakeBack(number))
            .footnote(format!("Asked by {asked}. Typed: `undo change {number}`")),
            Standing::Cancelled(decided) => Answer::new(format!(
                "Change {number} was cancelled by {}: {what}. Nothing was changed.",
                escape(&decided.by)
            )),
            Standing::Expired => {
                Answer::new(format!("Change {number} expired: {what}. Nobody approved it; nothing was changed."))
            }
            Standing::TakenBack(decided) => Answer::new(format!(
                "Change {number} was taken back by {} at {}: {what}. What was in force before is so again.",
                escape(&decided.by),
                ctx.shown(decided.at)
            )),
        }
    }
}

/// Whether something is to be done beyond quad's own books.
fn is_carried_out(planned: &Planned) -> bool {
    match planned {
        Planned::CreateIndex { .. } | Planned::OpenIssue { .. } => true,
        Planned::Threshold { .. }
        | Planned::Silence { .. }
        | Planned::Maintenance { .. }
        | Planned::Alias { .. } => false,
    }
}

/// Hands on what an approval or its end means for the world: the work is a row in the same transaction, so
/// that it can't be lost, and nothing is done before that is certain.
async fn carry_out(tx: &mut Tx, change: &Change, now: Moment) -> anyhow::Result<()> {
    if let (Planned::OpenIssue { new, again, about, .. }, Standing::Done(_)) =
        (&change.planned, &change.standing)
    {
        let work = IssueWork {
            change: change.number,
            new: new.clone(),
            again: again.clone(),
            about: about.clone(),
            attempts: 0,
            due: Some(now),
            thread: change.shown,
        };
        tx.put_issue_work(&work).await?;
    }
    let Planned::CreateIndex { database, statement, about, run, .. } = &change.planned else { return Ok(()) };
    match &change.standing {
        Standing::Done(_) => {
            let issue_key = ticket::key(&database.to_string(), statement, Some(about.as_str()));
            for run in run {
                let work =
                    IndexWork::new(change.number, database.clone(), statement.clone(), run.clone(), now);
                tx.put_index_work(&IndexWork { thread: change.shown, issue_key: issue_key.clone(), ..work })
                    .await?;
            }
        }
        Standing::TakenBack(_) => {
            for work in tx.index_works_of(change.number).await? {
                tx.put_index_work(&work.removing(now)).await?;
            }
        }
        Standing::Waiting | Standing::Cancelled(_) | Standing::Expired => {}
    }
    Ok(())
}

fn line(at: Moment, who: &Person, verb: &str, change: &Change, outcome: String) -> AuditLine {
    AuditLine {
        at,
        who_id: who.id.clone(),
        who_name: who.name.clone(),
        what: format!("{verb} change {}", change.number),
        subject: crate::chat::plan::plain_title(&change.planned),
        outcome,
    }
}

#[cfg(test)]
mod tests;
