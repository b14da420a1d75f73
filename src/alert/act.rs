//! What people do to an alert: acknowledge, resolve, silence, mark as a false alarm, undo.
//!
//! Of two people who press at the same time, the second learns who was first.

use chrono::TimeDelta;

use super::announce::told;
use super::change::{Announce, Change, Reason};
use super::settings::Settings;
use crate::error::UserError;
use crate::model::alert::{Acknowledgement, Alert, Before, Resolution, Status};
use crate::model::person::{Person, Role};
use crate::model::time::Moment;

/// Something that a person wants done to an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// "I look at it."
    Acknowledge,
    /// "It is over."
    Resolve {
        /// What they say about it.
        text: Option<String>,
    },
    /// "Nothing more of it until then."
    Silence {
        /// When the silence ends.
        until: Moment,
    },
    /// "Tell me again."
    Unsilence,
    /// "It was no real problem."
    FalseAlarm,
    /// Takes the last act back.
    Undo,
}

/// A silence always ends; one that would outlast this is a decision to stop watching.
const LONGEST_SILENCE: TimeDelta = TimeDelta::days(30);

/// The alert after `act` by `who`.
///
/// # Errors
/// A sentence for the person: they lack the role, somebody was first, or it makes no sense now.
pub fn apply(
    alert: &Alert,
    act: &Act,
    who: &Person,
    now: Moment,
    settings: &Settings,
) -> Result<Change, UserError> {
    if !who.may(Role::Responder) {
        return Err(UserError::new(format!(
            "Changing alerts needs the {} role, and you {}. Nothing was changed.",
            Role::Responder.name(),
            who.role.map_or("have none".to_owned(), |role| format!("are a {}", role.name())),
        )));
    }
    let mut next = alert.clone();
    let by = who.name.clone();
    let because = match act {
        Act::Acknowledge => acknowledge(&mut next, by, now, settings)?,
        Act::Resolve { text } => resolve(&mut next, by, text.clone(), now)?,
        Act::Silence { until } => silence(&mut next, by, *until, now)?,
        Act::Unsilence => unsilence(&mut next, by)?,
        Act::FalseAlarm => false_alarm(&mut next, by, now)?,
        Act::Undo => undo(&mut next, by)?,
    };
    if *act != Act::Undo {
        next.ledger.before = Some(Box::new(Before {
            status: alert.status,
            acknowledged: alert.acknowledged.clone(),
            silenced: alert.silenced.clone(),
            resolved: alert.resolved.clone(),
            false_alarm: alert.false_alarm.clone(),
            by: who.name.clone(),
            did: did(act).to_owned(),
            at: now,
        }));
    }
    // Where nothing was ever said (it opened in a silence), there is no message to edit.
    let announce = match (&alert.ledger.told, &because) {
        (None, _) => Announce::Nothing,
        (Some(_), Reason::Resolved { text: Some(_), .. }) => Announce::EditAndNote,
        (Some(_), _) => Announce::Edit,
    };
    if let Some(before) = &alert.ledger.told {
        // The edit shows all of the state; what only a note would have told is still owed.
        let shown = told(&next, now);
        let owed = next.is_open() && before.severity < next.severity;
        let severity = if owed { before.severity } else { shown.severity };
        next.ledger.told = Some(crate::model::alert::Told { severity, ..shown });
    }
    Ok(Change { alert: next, because, announce })
}

fn acknowledge(alert: &mut Alert, by: String, now: Moment, settings: &Settings) -> Result<Reason, UserError> {
    if let Some(ended) = &alert.resolved {
        return Err(already_over(alert, ended, now));
    }
    if let (Status::Acknowledged, Some(first)) = (alert.status, &alert.acknowledged) {
        let whom = if first.by == by { "You" } else { first.by.as_str() };
        return Err(UserError::new(format!(
            "{whom} already acknowledged {} {}.",
            alert.number,
            ago(now - first.at)
        )));
    }
    alert.status = Status::Acknowledged;
    alert.acknowledged =
        Some(Acknowledgement { by: by.clone(), at: now, until: now + settings.acknowledgement() });
    Ok(Reason::Acknowledged { by })
}

fn resolve(alert: &mut Alert, by: String, text: Option<String>, now: Moment) -> Result<Reason, UserError> {
    if let Some(ended) = &alert.resolved {
        return Err(already_over(alert, ended, now));
    }
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    close(alert, by.clone(), text.clone(), now);
    Ok(Reason::Resolved { by, text })
}

fn silence(alert: &mut Alert, by: String, until: Moment, now: Moment) -> Result<Reason, UserError> {
    if let Some(ended) = &alert.resolved {
        return Err(already_over(alert, ended, now));
    }
    if until <= now {
        return Err(UserError::new("That silence would already be over. Try `silence 12 for 1 hour`."));
    }
    if until - now > LONGEST_SILENCE {
        return Err(UserError::new("A silence can last 30 days at most. Nothing was changed."));
    }
    alert.silenced = Some((until, by.clone()));
    Ok(Reason::Silenced { by, until })
}

fn unsilence(alert: &mut Alert, by: String) -> Result<Reason, UserError> {
    if alert.silenced.take().is_none() {
        return Err(UserError::new(format!("{} is not silenced, so nothing was changed.", alert.number)));
    }
    Ok(Reason::Undone { by, did: "silenced".to_owned() })
}

fn false_alarm(alert: &mut Alert, by: String, now: Moment) -> Result<Reason, UserError> {
    if let Some(first) = &alert.false_alarm {
        return Err(UserError::new(format!("{first} already marked {} as a false alarm.", alert.number)));
    }
    if alert.is_open() {
        close(alert, by.clone(), None, now);
    }
    alert.false_alarm = Some(by.clone());
    Ok(Reason::FalseAlarm { by })
}

fn undo(alert: &mut Alert, by: String) -> Result<Reason, UserError> {
    let Some(before) = alert.ledger.before.take() else {
        return Err(UserError::new(format!("There is nothing to undo on {}.", alert.number)));
    };
    alert.status = before.status;
    alert.acknowledged = before.acknowledged;
    alert.silenced = before.silenced;
    alert.resolved = before.resolved;
    alert.false_alarm = before.false_alarm;
    Ok(Reason::Undone { by, did: before.did })
}

fn close(alert: &mut Alert, by: String, text: Option<String>, now: Moment) {
    alert.status = Status::Resolved;
    alert.resolved = Some(Resolution { at: now, by: Some(by), text });
    alert.ledger.unseen_since = None;
}

fn did(act: &Act) -> &'static str {
    match act {
        Act::Acknowledge => "acknowledged",
        Act::Resolve { .. } => "resolved",
        Act::Silence { .. } => "silenced",
        Act::Unsilence => "unsilenced",
        Act::FalseAlarm => "marked as a false alarm",
        Act::Undo => "undone",
    }
}

fn already_over(alert: &Alert, ended: &Resolution, now: Moment) -> UserError {
    let when = ago(now - ended.at);
    UserError::new(match &ended.by {
        Some(by) => format!("{by} already resolved {} {when}.", alert.number),
        None => format!("{} recovered by itself {when}.", alert.number),
    })
}

fn ago(passed: TimeDelta) -> String {
    match passed.num_minutes() {
        i64::MIN..=0 => "just now".to_owned(),
        minutes @ 1..=119 => format!("{minutes} min ago"),
        minutes => format!("{} h ago", minutes / 60),
    }
}
