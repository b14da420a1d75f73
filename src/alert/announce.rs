//! Decides whether an alert is news: exactly where it differs from what people were told.

use super::change::{Announce, Reason};
use crate::model::alert::{Alert, Status, Told};
use crate::model::time::Moment;

/// A value must have grown by this factor before the message is edited for its sake.
const CLEARLY_WORSE: f64 = 1.5;

/// What is to be said about `alert`, which is then noted as told. While `quiet`, nothing new is
/// said; only the end of what was announced is shown, by an edit, which notifies nobody.
pub(super) fn due(alert: &mut Alert, quiet: bool, now: Moment) -> (Announce, Option<Reason>) {
    let (announce, because) = match &alert.ledger.told {
        None if !alert.is_open() || quiet => (Announce::Nothing, None),
        None => (Announce::New, Some(Reason::Opened)),
        Some(told) => match difference(told, alert) {
            Some((_, reason)) if quiet && !alert.is_open() => (Announce::Edit, Some(reason)),
            Some(_) if quiet => (Announce::Nothing, None),
            Some((announce, reason)) => (announce, Some(reason)),
            None => (Announce::Nothing, None),
        },
    };
    if announce != Announce::Nothing {
        alert.ledger.told = Some(told(alert, now));
    }
    (announce, because)
}

/// The alert as its message shows it from now on.
pub(super) fn told(alert: &Alert, now: Moment) -> Told {
    Told {
        status: alert.status,
        severity: alert.severity,
        subject: alert.subject.clone(),
        silenced_until: alert.silenced.as_ref().map(|(until, _)| *until),
        unseen: alert.ledger.unseen_since.is_some(),
        reopened: alert.reopened,
        findings: alert.findings.iter().map(|finding| finding.key.clone()).collect(),
        value: alert.findings.first().map_or(0.0, |finding| finding.value),
        at: now,
    }
}

fn difference(told: &Told, alert: &Alert) -> Option<(Announce, Reason)> {
    let note = Announce::EditAndNote;
    if !alert.is_open() {
        return (told.status != Status::Resolved).then_some((note, Reason::Recovered));
    }
    if told.status == Status::Resolved || told.reopened != alert.reopened {
        return Some((note, Reason::Reopened { ended: told.at }));
    }
    if alert.severity > told.severity {
        return Some((note, Reason::Worse { from: told.severity, to: alert.severity }));
    }
    if told.subject != alert.subject {
        return Some((note, Reason::Moved { from: Box::new(told.subject.clone()) }));
    }
    if told.status == Status::Acknowledged && alert.status == Status::Firing {
        return Some((note, Reason::AcknowledgementExpired { by: String::new() }));
    }
    if told.silenced_until.is_some() && alert.silenced.is_none() {
        return Some((note, Reason::SilenceEnded));
    }
    match (told.unseen, alert.ledger.unseen_since) {
        (false, Some(since)) => return Some((note, Reason::OutOfSight { since })),
        (true, None) => return Some((note, Reason::InSightAgain)),
        _ => {}
    }
    let keys_differ = told.findings.len() != alert.findings.len()
        || alert.findings.iter().any(|finding| !told.findings.contains(&finding.key));
    let value = alert.findings.first().map_or(0.0, |finding| finding.value);
    let same_leading = alert.findings.first().map(|finding| &finding.key) == told.findings.first();
    let worse = same_leading && told.value > 0.0 && value > told.value * CLEARLY_WORSE;
    (keys_differ || !same_leading || worse).then_some((Announce::Edit, Reason::Updated))
}
