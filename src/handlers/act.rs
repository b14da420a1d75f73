//! Changes quad's own books: acknowledge, resolve, silence, false alarm, undo. The only handler
//! that writes, always in its caller's transaction, and always with a line in the audit log.

mod silences;

use chrono::TimeDelta;

use crate::alert::{Act, Change, Reason, Settings, apply, words};
use crate::deliver::announcer::Announcer;
use crate::error::UserError;
use crate::gather::readable::Readable;
use crate::model::alert::{Alert, AlertNumber};
use crate::model::answer::{Answer, Press, escape};
use crate::model::person::Person;
use crate::model::request::{AlertChange, Scope, Which};
use crate::model::time::TimeRange;
use crate::render::markdown;
use crate::store::{AuditLine, Tx};

/// How long a silence lasts where nobody says.
const USUAL_SILENCE: TimeDelta = TimeDelta::hours(1);

/// What changing the books needs.
#[derive(Clone)]
pub struct Books {
    pub(super) readable: Readable,
    announcer: Announcer,
    settings: Settings,
}

impl Books {
    /// Books whose changes are announced by `announcer`.
    pub fn new(readable: Readable, announcer: Announcer, settings: Settings) -> Self {
        Self { readable, announcer, settings }
    }

    /// Does what was asked, in `tx`. `thread` is the alert in whose thread it was asked.
    ///
    /// # Errors
    /// A [`UserError`] where the person lacks the role, somebody was first, or it is not clear
    /// which alert is meant; then nothing was written. Otherwise where the store refuses.
    pub async fn change(
        &self,
        tx: &mut Tx,
        change: &AlertChange,
        thread: Option<AlertNumber>,
        who: &Person,
    ) -> anyhow::Result<Answer> {
        let now = self.readable.now();
        let (act, which) = match change {
            AlertChange::Acknowledge(which) => (Act::Acknowledge, which),
            AlertChange::Resolve { which, text } => (Act::Resolve { text: text.clone() }, which),
            AlertChange::FalseAlarm(which) => (Act::FalseAlarm, which),
            AlertChange::Useful(which) => return self.useful(tx, which, thread, who).await,
            AlertChange::Undo(which) if thread.is_none() && *which == Which::default() => {
                return self.undo_last(tx, who).await;
            }
            AlertChange::Undo(which) => (Act::Undo, which),
            AlertChange::Unsilence(which) => {
                let mut said = Answer::default();
                for scope in which.scope.one_by_one() {
                    let one = Which { scope, ..which.clone() };
                    said = also(said, self.unsilence(tx, &one, thread, who).await?);
                }
                return Ok(said);
            }
            AlertChange::Silence { which, range } => {
                let range = range.unwrap_or_else(|| TimeRange::new(now, now + USUAL_SILENCE));
                if which.number.is_none() && which.scope != Scope::default() {
                    let mut said = Answer::default();
                    for one in which.scope.one_by_one() {
                        said = also(said, self.silence_subject(tx, &one, range, who).await?);
                    }
                    return Ok(said);
                }
                let act = Act::Silence { until: range.to };
                if range.from > now {
                    let alerts = self.meant(which, thread, &act).await?;
                    return self.silence_later(tx, &alerts, range, who).await;
                }
                (act, which)
            }
        };
        let alerts = self.meant(which, thread, &act).await?;
        self.carry_out(tx, &act, &alerts, who).await
    }

    async fn carry_out(
        &self,
        tx: &mut Tx,
        act: &Act,
        alerts: &[Alert],
        who: &Person,
    ) -> anyhow::Result<Answer> {
        let mut said = Vec::with_capacity(alerts.len());
        for alert in alerts {
            let change = self.act(tx, alert, act, who).await?;
            let done = match &change.because {
                // The audit log has it in UTC, people in their own time.
                Reason::Silenced { until, .. } => format!("silenced until {}", self.readable.shown(*until)),
                because => escape(&because.to_string()),
            };
            said.push(format!("{} {done}", alert.number));
        }
        let answer = Answer::new(format!("{} by {}.", said.join(", "), escape(&who.name)));
        Ok(match (act, alerts) {
            (Act::Undo | Act::Unsilence, _) | (_, []) => answer,
            (_, [one, ..]) => answer.button("Undo", Press::Undo(one.number)),
        })
    }

    /// Does one act to one alert, as it was read, with its line in the audit log.
    ///
    /// # Errors
    /// A [`UserError`] where the person lacks the role, or somebody was first; then nothing was
    /// written. Otherwise where the store refuses, or another writer was faster.
    pub async fn act(&self, tx: &mut Tx, alert: &Alert, act: &Act, who: &Person) -> anyhow::Result<Change> {
        let now = self.readable.now();
        let change = apply(alert, act, who, now, &self.settings)?;
        self.announcer.carry(tx, &change, now).await?;
        let subject = format!("alert {} {}", alert.number, alert.subject);
        self.note(tx, who, change.because.to_string(), subject).await?;
        Ok(change)
    }

    /// The alerts that are meant: by number, by what they are about, that of the thread, or the
    /// only one there is.
    pub(super) async fn meant(
        &self,
        which: &Which,
        thread: Option<AlertNumber>,
        act: &Act,
    ) -> anyhow::Result<Vec<Alert>> {
        if let Some(number) = which.number.or(thread.filter(|_| which.scope == Scope::default())) {
            let known = self.readable.alert(number).await?;
            return known.map(|alert| vec![alert]).ok_or_else(|| {
                UserError::new(format!("I don't know an alert {number}. `alerts` lists the open ones."))
                    .into()
            });
        }
        let mut open = self.readable.open_alerts().await?;
        open.retain(|alert| super::about(&which.scope, &alert.subject));
        // "I'm on it" means what nobody is on yet.
        if *act == Act::Acknowledge && open.len() > 1 {
            open.retain(|alert| alert.acknowledged.is_none());
        }
        // A sentence for a person is plain text: whoever shows it escapes it.
        let of = markdown::plain(&super::of(&which.scope)).trim().to_owned();
        let of = if of.is_empty() { of } else { format!(" {of}") };
        match open.len() {
            0 => Err(UserError::new(format!("No alert is open{of}, so nothing was changed.")).into()),
            1 => Ok(open),
            several => {
                let now = self.readable.now();
                let tz = self.readable.team().timezone;
                let lines: Vec<String> =
                    open.iter().take(5).map(|alert| markdown::plain(&words::line(alert, now, tz))).collect();
                Err(UserError::new(format!(
                    "{several} alerts are open{of}; say which, for example `ack {}`: {}",
                    open[0].number.0,
                    lines.join("; ")
                ))
                .into())
            }
        }
    }

    async fn note(&self, tx: &mut Tx, who: &Person, what: String, subject: String) -> anyhow::Result<()> {
        let (at, outcome) = (self.readable.now(), "done".to_owned());
        let (who_id, who_name) = (who.id.clone(), who.name.clone());
        tx.add_audit(&AuditLine { at, who_id, who_name, what, subject, outcome }).await
    }
}

/// Two answers in one: what was said of the first service of several, and of the next.
fn also(said: Answer, next: Answer) -> Answer {
    if said.headline.is_empty() {
        return next;
    }
    Answer { headline: format!("{} {}", said.headline, next.headline), ..Answer::default() }
}
