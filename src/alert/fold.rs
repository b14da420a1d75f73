//! One round of findings into the book: what opened, went on, got worse, came back or is over.

use uuid::Uuid;

use super::announce;
use super::book::Book;
use super::change::{Change, Reason};
use super::grouping::{self, Home, explained_by, is_source, owner};
use super::settings::Settings;
use crate::model::alert::{Alert, AlertNumber, Ledger, Resolution, Status};
use crate::model::finding::{Finding, Rule, Severity};
use crate::model::signal::Signal;
use crate::model::subject::Subject;
use crate::model::time::Moment;

/// Alert ids are derived from this, so that a repeated step gives the same ones.
const ALERT_IDS: Uuid = Uuid::from_u128(0x7f1c_2a4e_93d5_4b0e_8a61_51ad_0c0f_fee5);

/// What `findings` change in the book at `now`, one change an alert at most. `findings` must be
/// everything that detection finds this round: what is missing is over. New alerts come with the
/// number 0; the store numbers them.
pub fn fold(book: &Book, findings: &[Finding], now: Moment, settings: &Settings) -> Vec<Change> {
    let homes = grouping::sort(book, findings, settings);
    // Beside the new state, the most important thing that happened to it.
    let mut steps: Vec<(Alert, Option<Reason>)> =
        book.alerts.iter().cloned().map(|alert| (alert, None)).collect();
    let mut fed = vec![false; steps.len()];

    for (home, group) in &homes {
        let Home::Open(at) = home else { continue };
        fed[*at] = true;
        let (alert, because) = &mut steps[*at];
        feed(alert, group, now, settings, because);
    }
    for (home, group) in &homes {
        let Home::Owner { subject, source } = home else { continue };
        let ended = ended_alert(book, subject, *source, group, now, settings);
        // What a person closed stays what it was; everything else may be what callers suffer from.
        let closed = ended.is_some_and(|at| {
            book.alerts[at]
                .resolved
                .as_ref()
                .is_some_and(|ended| ended.by.is_some() && never_stopped(group, ended))
        });
        let explains = if closed { None } else { explained_by(book, &homes, subject, group, settings) };
        if let Some(at) = explains {
            let (alert, because) = &mut steps[at];
            move_to(alert, subject, group, now, settings, because);
        } else if let Some(at) = ended {
            let (alert, because) = &mut steps[at];
            fed[at] = true;
            come_back(alert, group, now, settings, because);
        } else {
            let alert = open(book, (**subject).clone(), group, now, settings);
            steps.push((alert, Some(Reason::Opened)));
            fed.push(true);
        }
    }
    for ((alert, because), fed) in steps.iter_mut().zip(&fed) {
        if alert.is_open() && !fed {
            end(alert, now, because);
        }
        expire(alert, now, because);
    }

    steps
        .into_iter()
        .enumerate()
        .filter_map(|(at, (mut alert, because))| {
            let quiet = book.is_quiet(&alert, now);
            let (announce, said) = announce::due(&mut alert, quiet, now);
            let unchanged = book.alerts.get(at).is_some_and(|old| *old == alert);
            let because = because.or(said).unwrap_or(Reason::GoesOn);
            (!unchanged).then_some(Change { alert, because, announce })
        })
        .collect()
}

/// A new alert. The store gives it its number; until then that is 0.
fn open(book: &Book, subject: Subject, group: &[Finding], now: Moment, settings: &Settings) -> Alert {
    // The last number tells alerts apart that a clock set back would open at the same moment.
    let last = book.alerts.iter().map(|alert| alert.number.0).max().unwrap_or_default();
    let rule = group.first().map(|finding| finding.rule);
    let name = format!("{last} {} {rule:?} {}", now.timestamp_millis(), subject.key());
    let mut alert = Alert {
        number: AlertNumber(0),
        id: Uuid::new_v5(&ALERT_IDS, name.as_bytes()),
        subject,
        signal: Signal::Answering,
        severity: Severity::Warning,
        status: Status::Firing,
        opened_at: now,
        since: now,
        last_seen: now,
        findings: Vec::new(),
        acknowledged: None,
        silenced: None,
        resolved: None,
        false_alarm: None,
        reopened: 0,
        diagnosis: None,
        version: 0,
        ledger: Ledger::default(),
    };
    feed(&mut alert, group, now, settings, &mut None);
    if let Some(leading) = alert.findings.first() {
        alert.signal = leading.key.signal;
    }
    alert
}

/// The alert goes on with these findings.
fn feed(
    alert: &mut Alert,
    group: &[Finding],
    now: Moment,
    settings: &Settings,
    because: &mut Option<Reason>,
) {
    alert.findings = in_order(alert, group);
    let worst = group.iter().map(|finding| finding.severity).max().unwrap_or(alert.severity);
    if worst > alert.severity {
        because.get_or_insert(Reason::Worse { from: alert.severity, to: worst });
        alert.severity = worst;
    }
    if let Some(since) = group.iter().map(|finding| finding.since).min() {
        alert.since = alert.since.min(since);
    }
    if let Some(seen) = group.iter().map(|finding| finding.at).max() {
        alert.last_seen = seen.min(now);
    }
    let unseen = now - alert.last_seen > settings.unseen_after();
    match (unseen, alert.ledger.unseen_since) {
        (true, None) => {
            alert.ledger.unseen_since = Some(alert.last_seen);
            because.get_or_insert(Reason::OutOfSight { since: alert.last_seen });
        }
        (false, Some(_)) => {
            alert.ledger.unseen_since = None;
            because.get_or_insert(Reason::InSightAgain);
        }
        _ => {}
    }
}

/// The leading finding first, then what is wrong with the owner itself, then symptoms elsewhere.
/// The leading one stays as long as nothing of the owner's is worse, so that headlines stay put.
fn in_order(alert: &Alert, group: &[Finding]) -> Vec<Finding> {
    let leading = alert.findings.first().map(|finding| (finding.rule, &finding.key));
    let mut findings = group.to_vec();
    findings.sort_by(|a, b| {
        let rank = |finding: &Finding| {
            let elsewhere = owner(&finding.key.subject) != alert.subject;
            let leads = !elsewhere && leading == Some((finding.rule, &finding.key));
            let severity = std::cmp::Reverse(finding.severity);
            let whole = |other: &Finding| {
                (other.rule, other.key.signal) == (finding.rule, finding.key.signal)
                    && other.severity >= finding.severity
                    && other.key.subject == alert.subject
            };
            // Where all of a service suffers, the headline does not name one endpoint.
            let part = finding.key.subject != alert.subject && group.iter().any(whole);
            (elsewhere, severity, part, !leads, finding.rule != Rule::NotAnswering, finding.since)
        };
        rank(a).cmp(&rank(b)).then_with(|| (a.rule, &a.key).cmp(&(b.rule, &b.key)))
    });
    findings
}

/// What the alert was about is a symptom of `subject`.
fn move_to(
    alert: &mut Alert,
    subject: &Subject,
    group: &[Finding],
    now: Moment,
    settings: &Settings,
    because: &mut Option<Reason>,
) {
    if alert.subject != *subject {
        let from = std::mem::replace(&mut alert.subject, subject.clone());
        *because = Some(Reason::Moved { from: Box::new(from) });
        // A diagnosis of the symptom is not one of the cause.
        alert.diagnosis = None;
    }
    let all: Vec<Finding> = alert.findings.iter().chain(group).cloned().collect();
    feed(alert, &all, now, settings, because);
    if let Some(leading) = alert.findings.first() {
        alert.signal = leading.key.signal;
    }
}

/// The alert about `subject` that ended last, if what is found now still belongs to it.
fn ended_alert(
    book: &Book,
    subject: &Subject,
    source: bool,
    group: &[Finding],
    now: Moment,
    settings: &Settings,
) -> Option<usize> {
    book.alerts
        .iter()
        .enumerate()
        .filter(|(_, alert)| alert.subject == *subject && is_source(alert) == source)
        .filter_map(|(at, alert)| Some((at, alert, alert.resolved.as_ref()?)))
        .filter(|(_, alert, ended)| {
            (ended.by.is_some() && never_stopped(group, ended))
                || alert.findings.iter().any(|held| group.iter().any(|found| same_trouble(held, found)))
        })
        .max_by_key(|(_, alert, ended)| (ended.at, alert.number))
        .filter(|(_, _, ended)| {
            let goes_on = ended.by.is_some() && never_stopped(group, ended);
            goes_on || now - ended.at < settings.reopen_within()
        })
        .map(|(at, _, _)| at)
}

/// Whether one can be the return of the other. A leak that was cured is not back because slowness
/// begins; slow, failing and silent are three faces of not serving.
fn same_trouble(held: &Finding, found: &Finding) -> bool {
    let of = |signal| match signal {
        Signal::MemoryUsed => Signal::Memory,
        Signal::Memory | Signal::Cpu | Signal::Disk | Signal::DeploymentDuration => signal,
        _ => Signal::Answering,
    };
    of(held.key.signal) == of(found.key.signal)
}

fn never_stopped(group: &[Finding], ended: &Resolution) -> bool {
    group.iter().any(|finding| finding.since <= ended.at)
}

/// An alert that ended is found again: it opens, unless a person closed it only just now.
fn come_back(
    alert: &mut Alert,
    group: &[Finding],
    now: Moment,
    settings: &Settings,
    because: &mut Option<Reason>,
) {
    let Some(ended) = alert.resolved.clone() else { return };
    let worst = group.iter().map(|finding| finding.severity).max().unwrap_or(alert.severity);
    let closed_by = ended.by.clone().filter(|_| never_stopped(group, &ended));
    if closed_by.is_some()
        && worst <= alert.severity
        && now - ended.at < settings.grace(alert.false_alarm.is_some())
    {
        return;
    }
    *because = Some(match closed_by {
        Some(closed_by) => Reason::StillFiring { closed_by, closed: ended.at },
        None => Reason::Reopened { ended: ended.at },
    });
    alert.status = Status::Firing;
    alert.resolved = None;
    alert.acknowledged = None;
    alert.false_alarm = None;
    alert.ledger.before = None;
    alert.reopened += 1;
    alert.severity = worst;
    alert.since = group.iter().map(|finding| finding.since).min().unwrap_or(now);
    feed(alert, group, now, settings, &mut None);
}

/// Nothing of it is found any more.
fn end(alert: &mut Alert, now: Moment, because: &mut Option<Reason>) {
    alert.status = Status::Resolved;
    alert.resolved = Some(Resolution { at: now, by: None, text: None });
    alert.ledger.unseen_since = None;
    alert.ledger.before = None;
    *because = Some(Reason::Recovered);
}

/// What people asked for has an end.
fn expire(alert: &mut Alert, now: Moment, because: &mut Option<Reason>) {
    if alert.status == Status::Acknowledged
        && let Some(acknowledged) = alert.acknowledged.take_if(|acknowledged| acknowledged.until <= now)
    {
        alert.status = Status::Firing;
        alert.ledger.before = None;
        because.get_or_insert(Reason::AcknowledgementExpired { by: acknowledged.by });
    }
    if alert.silenced.take_if(|(until, _)| *until <= now).is_some() && alert.is_open() {
        because.get_or_insert(Reason::SilenceEnded);
    }
}
