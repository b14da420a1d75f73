//! When an alert's cause is looked for, and when it is said: once, as soon as the evidence decides;
//! after a minute even if it does not; and again only if another answer is surer than what was said.

use chrono::TimeDelta;
use tracing::warn;

use crate::alert::{Announce, Book, Change, Reason};
use crate::diagnose::words::{self, Detail};
use crate::diagnose::{Problem, Recorded};
use crate::model::alert::{Alert, AlertNumber};
use crate::model::answer::Answer;
use crate::model::diagnosis::Diagnosis;
use crate::model::time::Moment;
use crate::monitor::Monitor;

/// How long the evidence may take to decide before "inconclusive" is said.
const PATIENCE: TimeDelta = TimeDelta::seconds(60);
/// How long after it opened an alert is looked at anew.
const REVISED_FOR: TimeDelta = TimeDelta::minutes(15);

/// A diagnosis that is news.
pub(super) struct Found {
    /// What to say in the alert's threads.
    pub(super) note: Answer,
    /// What it rests on.
    pub(super) recorded: Recorded,
}

impl Monitor {
    /// Looks for the cause of every alert that is due, and adds what is news to its change. Returns
    /// what was found, beside the change it belongs to.
    pub(super) async fn explain(
        &self,
        changes: &mut [Change],
        book: &Book,
        now: Moment,
    ) -> Vec<Option<Found>> {
        let mut found = Vec::with_capacity(changes.len());
        for change in changes {
            if matches!(change.because, Reason::Reopened { .. } | Reason::Moved { .. }) {
                // What was found then may not be what is wrong now.
                change.alert.diagnosis = None;
            }
            // What is said in a silence would break it; it is said when the silence ends.
            found.push(match book.is_quiet(&change.alert, now) {
                true => None,
                false => self.explain_one(change, now).await,
            });
        }
        found
    }

    async fn explain_one(&self, change: &mut Change, now: Moment) -> Option<Found> {
        let alert = &mut change.alert;
        if !is_due(alert, now) {
            return None;
        }
        let problem = Problem::from(&*alert);
        let (diagnosis, evidence) = match self.readable.explain(&problem, now).await {
            Ok(found) => found,
            Err(error) => {
                warn!(alert.number = alert.number.0, "no diagnosis: {error:#}");
                return None;
            }
        };
        if !is_news(alert, &diagnosis, now) {
            return None;
        }
        let number = Some(alert.number).filter(|number| *number != AlertNumber(0));
        // Words without a picture are better than silence.
        let picture = self.readable.picture(&problem.key(), now, Some(problem.since)).await;
        let picture = picture.unwrap_or_else(|error| {
            warn!(alert.number = alert.number.0, "no chart: {error:#}");
            None
        });
        let note = words::answer(&problem, &diagnosis, number, Detail::Brief).illustrated(picture);
        alert.diagnosis = Some(diagnosis);
        if change.announce == Announce::Nothing && alert.ledger.told.is_some() {
            // The message names the cause too.
            change.announce = Announce::Edit;
        }
        Some(Found { note, recorded: Recorded { problem, at: now, evidence } })
    }
}

fn is_due(alert: &Alert, now: Moment) -> bool {
    alert.is_open() && (alert.diagnosis.is_none() || now - began(alert) < REVISED_FOR)
}

/// When it opened, or came back.
fn began(alert: &Alert) -> Moment {
    if alert.reopened == 0 { alert.opened_at } else { alert.since.max(alert.opened_at) }
}

fn is_news(alert: &Alert, found: &Diagnosis, now: Moment) -> bool {
    match &alert.diagnosis {
        None => found.cause().is_some() || now - began(alert) >= PATIENCE,
        // What was decided is not taken back because the evidence has grown old.
        // Two causes that lie close together must not take turns, so another one has to be surer.
        Some(said) => found.cause().is_some_and(|cause| {
            said.cause().is_none_or(|old| {
                (&old.rule, &old.culprit) != (&cause.rule, &cause.culprit)
                    && cause.confidence > old.confidence
            })
        }),
    }
}
