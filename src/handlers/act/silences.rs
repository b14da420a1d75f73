//! Silences of subjects, and of alerts from a later time on: how they begin and how they are taken
//! back; and what "undo" means where no alert is named.

use chrono::TimeDelta;

use super::Books;
use crate::alert::{Act, SubjectSilence};
use crate::error::UserError;
use crate::gather::readable::SILENCES;
use crate::handlers::{about, of};
use crate::model::alert::{Alert, AlertNumber};
use crate::model::answer::{Answer, Press, escape};
use crate::model::person::{Person, Role};
use crate::model::request::{Scope, Which};
use crate::model::time::TimeRange;
use crate::render::markdown;
use crate::store::Tx;

/// "undo" without a number means what the person did within this time.
const JUST_DONE: TimeDelta = TimeDelta::days(1);

impl Books {
    /// Says nothing about a subject for a while, whether or not an alert is open.
    pub(super) async fn silence_subject(
        &self,
        tx: &mut Tx,
        scope: &Scope,
        range: TimeRange,
        who: &Person,
    ) -> anyhow::Result<Answer> {
        let silence = SubjectSilence {
            scope: scope.subject(),
            alert: None,
            from: range.from,
            until: range.to,
            by: who.name.clone(),
        };
        let typed = markdown::plain(&of(scope));
        let typed = typed.trim().trim_start_matches("of ").trim_start_matches("in ");
        let undo = Press::Ask(format!("unsilence {typed}"));
        self.keep(tx, silence, undo, who).await
    }

    /// Says nothing about an alert from a later time on. It is kept beside the alert, whose own
    /// silence is one that holds now.
    pub(super) async fn silence_later(
        &self,
        tx: &mut Tx,
        alerts: &[Alert],
        range: TimeRange,
        who: &Person,
    ) -> anyhow::Result<Answer> {
        let [alert] = alerts else { anyhow::bail!("one alert is silenced at a time") };
        if !alert.is_open() {
            let over = format!("{} is over, so nothing was changed.", alert.number);
            return Err(UserError::new(over).into());
        }
        let silence = SubjectSilence {
            scope: alert.subject.clone(),
            alert: Some(alert.number),
            from: range.from,
            until: range.to,
            by: who.name.clone(),
        };
        let undo = Press::Ask(format!("unsilence {}", alert.number.0));
        self.keep(tx, silence, undo, who).await
    }

    async fn keep(
        &self,
        tx: &mut Tx,
        silence: SubjectSilence,
        undo: Press,
        who: &Person,
    ) -> anyhow::Result<Answer> {
        may_silence(who)?;
        let now = self.readable.now();
        if silence.until <= now {
            return Err(UserError::new("That silence would already be over. Nothing was changed.").into());
        }
        let mut all: Vec<SubjectSilence> = tx.state(SILENCES).await?.unwrap_or_default();
        let same = |other: &SubjectSilence| other.scope == silence.scope && other.alert == silence.alert;
        all.retain(|other| other.until > now && !same(other));
        all.push(silence.clone());
        tx.put_state(SILENCES, &all).await?;
        let what = format!("silenced until {}", silence.until.format("%Y-%m-%d %H:%M UTC"));
        self.note(tx, who, what, silence.name()).await?;
        let from = match silence.from > now {
            true => format!(" from {}", self.readable.shown(silence.from)),
            false => String::new(),
        };
        let name = silence.alert.map_or_else(|| silence.scope.to_string(), |alert| format!("alert {alert}"));
        Ok(Answer::new(format!(
            "Silent about {}{from} until {}, by {}. I go on watching, and say so if it still fires then.",
            escape(&name),
            self.readable.shown(silence.until),
            escape(&who.name)
        ))
        .button("Undo", undo))
    }

    /// Ends silences before their time: those of an alert, or those about what was named.
    pub(super) async fn unsilence(
        &self,
        tx: &mut Tx,
        which: &Which,
        thread: Option<AlertNumber>,
        who: &Person,
    ) -> anyhow::Result<Answer> {
        may_silence(who)?;
        if let Some(number) = which.number.or(thread.filter(|_| which.scope == Scope::default())) {
            let planned = self.end(tx, |silence| silence.alert == Some(number), who).await?;
            let act = Act::Unsilence;
            let alerts = self.meant(which, thread, &act).await?;
            return match planned {
                // Only what was to come is taken back.
                Some(answer) if alerts.iter().all(|alert| alert.silenced.is_none()) => Ok(answer),
                _ => self.carry_out(tx, &act, &alerts, who).await,
            };
        }
        let subject = which.scope.subject();
        let exactly = |silence: &SubjectSilence| silence.alert.is_none() && silence.scope == subject;
        if let Some(answer) = self.end(tx, exactly, who).await? {
            return Ok(answer);
        }
        let within =
            |silence: &SubjectSilence| silence.alert.is_none() && about(&which.scope, &silence.scope);
        match self.end(tx, within, who).await? {
            Some(answer) => Ok(answer),
            None => {
                let of = markdown::plain(&of(&which.scope)).trim().to_owned();
                Err(UserError::new(format!("There is no silence {of}, so nothing was changed.")).into())
            }
        }
    }

    /// Takes back what the person did last.
    pub(super) async fn undo_last(&self, tx: &mut Tx, who: &Person) -> anyhow::Result<Answer> {
        may_silence(who)?;
        let now = self.readable.now();
        let lines = self.readable.audit(TimeRange::new(now - JUST_DONE, now + TimeDelta::seconds(1))).await?;
        let last = lines.into_iter().rev().find(|line| line.who_id == who.id && line.outcome == "done");
        let Some(last) = last else {
            let nothing = "You changed nothing in the last 24 hours that could be undone.";
            return Err(UserError::new(nothing).into());
        };
        if let Some(number) = last.what.strip_prefix("approved change ") {
            let instead =
                format!("Your last change was change {number}; `undo change {number}` takes it back.");
            return Err(UserError::new(instead).into());
        }
        if let Some(answer) = self.end(tx, |silence| silence.name() == last.subject, who).await? {
            return Ok(answer);
        }
        let number = last.subject.strip_prefix("alert #").and_then(|rest| rest.split(' ').next());
        let Some(number) = number.and_then(|number| number.parse().ok()).map(AlertNumber) else {
            let nothing = format!("There is nothing to undo about {}.", last.subject);
            return Err(UserError::new(nothing).into());
        };
        let which = Which { number: Some(number), ..Which::default() };
        let alerts = self.meant(&which, None, &Act::Undo).await?;
        let others = |alert: &&Alert| alert.ledger.before.as_ref().is_some_and(|last| last.by != who.name);
        if let Some(alert) = alerts.iter().find(others) {
            return Err(UserError::new(format!(
                "Somebody else changed {} after you; `undo {}` takes that back.",
                alert.number, alert.number.0
            ))
            .into());
        }
        self.carry_out(tx, &Act::Undo, &alerts, who).await
    }

    /// Ends those silences; `None` where there were none.
    async fn end(
        &self,
        tx: &mut Tx,
        ends: impl Fn(&SubjectSilence) -> bool,
        who: &Person,
    ) -> anyhow::Result<Option<Answer>> {
        let now = self.readable.now();
        let mut all: Vec<SubjectSilence> = tx.state(SILENCES).await?.unwrap_or_default();
        all.retain(|silence| silence.until > now);
        let ended: Vec<String> =
            all.extract_if(.., |silence| ends(silence)).map(|ended| ended.name()).collect();
        if ended.is_empty() {
            return Ok(None);
        }
        tx.put_state(SILENCES, &all).await?;
        for name in &ended {
            self.note(tx, who, "ended the silence".to_owned(), name.clone()).await?;
        }
        let names = ended.iter().map(|name| escape(name)).collect::<Vec<_>>().join(", ");
        Ok(Some(Answer::new(format!("Not silent any more about {names}, by {}.", escape(&who.name)))))
    }
}

fn may_silence(who: &Person) -> Result<(), UserError> {
    if who.may(Role::Responder) {
        return Ok(());
    }
    Err(UserError::new("Silencing needs the responder role. Nothing was changed."))
}
