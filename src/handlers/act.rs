//! Changes quad's own books: acknowledge, resolve, silence, false alarm, undo. The only handler
//! that writes, always in its caller's transaction, and always with a line in the audit log.

use chrono::TimeDelta;

use crate::alert::{Act, Settings, SubjectSilence, apply, words};
use crate::deliver::announcer::Announcer;
use crate::error::UserError;
use crate::gather::readable::{Readable, SILENCES};
use crate::model::alert::{Alert, AlertNumber};
use crate::model::answer::{Answer, Press, escape};
use crate::model::person::{Person, Role};
use crate::model::request::{AlertChange, Scope, Which};
use crate::model::subject::Subject;
use crate::model::time::TimeRange;
use crate::render::markdown;
use crate::store::{AuditLine, Tx};

/// How long a silence lasts where nobody says.
const USUAL_SILENCE: TimeDelta = TimeDelta::hours(1);

/// What changing the books needs.
#[derive(Clone)]
pub struct Books {
    readable: Readable,
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
            AlertChange::Undo(which) => (Act::Undo, which),
            AlertChange::Silence { which, range } => {
                let range = range.unwrap_or_else(|| TimeRange::new(now, now + USUAL_SILENCE));
                if which.number.is_none() && which.scope != Scope::default() {
                    return self.silence_subject(tx, &which.scope, range, who).await;
                }
                (Act::Silence { until: range.to }, which)
            }
        };
        let alerts = self.meant(which, thread, &act).await?;
        let mut said = Vec::with_capacity(alerts.len());
        for alert in &alerts {
            let change = apply(alert, &act, who, now, &self.settings)?;
            self.announcer.carry(tx, &change, now).await?;
            tx.add_audit(&AuditLine {
                at: now,
                who_id: who.id.clone(),
                who_name: who.name.clone(),
                what: change.because.to_string(),
                subject: format!("alert {} {}", alert.number, alert.subject),
                outcome: "done".to_owned(),
            })
            .await?;
            said.push(format!("{} {}", alert.number, escape(&change.because.to_string())));
        }
        let answer = Answer::new(format!("{} by {}.", said.join(", "), escape(&who.name)));
        Ok(match (&act, alerts.as_slice()) {
            (Act::Undo, _) | (_, []) => answer,
            (_, [one, ..]) => answer.button("Undo", Press::Undo(one.number)),
        })
    }

    /// The alerts that are meant: by number, by what they are about, that of the thread, or the
    /// only one there is.
    async fn meant(
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

    /// Says nothing about a subject for a while, whether or not an alert is open.
    async fn silence_subject(
        &self,
        tx: &mut Tx,
        scope: &Scope,
        range: TimeRange,
        who: &Person,
    ) -> anyhow::Result<Answer> {
        if !who.may(Role::Responder) {
            return Err(UserError::new("Silencing needs the responder role. Nothing was changed.").into());
        }
        let now = self.readable.now();
        if range.to <= now {
            return Err(UserError::new("That silence would already be over. Nothing was changed.").into());
        }
        let subject = Subject {
            environment: scope.environment.clone().unwrap_or_default(),
            region: scope.region.clone(),
            service: scope.service.clone(),
            endpoint: scope.endpoint.clone(),
            host: scope.host.clone(),
            container: scope.container.clone(),
            database: scope.database.clone(),
            ..Subject::default()
        };
        let mut silences: Vec<SubjectSilence> = tx.state(SILENCES).await?.unwrap_or_default();
        silences.retain(|silence| silence.until > now && silence.scope != subject);
        let name = subject.to_string();
        silences.push(SubjectSilence {
            scope: subject,
            from: range.from,
            until: range.to,
            by: who.name.clone(),
        });
        tx.put_state(SILENCES, &silences).await?;
        tx.add_audit(&AuditLine {
            at: now,
            who_id: who.id.clone(),
            who_name: who.name.clone(),
            what: format!("silenced until {}", range.to.format("%Y-%m-%d %H:%M UTC")),
            subject: name.clone(),
            outcome: "done".to_owned(),
        })
        .await?;
        let from = if range.from > now {
            format!(" from {}", self.readable.shown(range.from))
        } else {
            String::new()
        };
        Ok(Answer::new(format!(
            "Silent about {}{from} until {}, by {}. I go on watching, and say so if it still fires then.",
            escape(&name),
            self.readable.shown(range.to),
            escape(&who.name)
        )))
    }
}
