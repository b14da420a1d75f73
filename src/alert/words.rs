//! What is said about an alert: its message, the notes in its thread, one line for lists.
//!
//! Read on a phone at 3 a.m.: what broke, how bad, since when, compared with what, and who looks
//! at it. Names and notes come from outside and are escaped.

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::change::{Announce, Change, Reason};
use super::grouping::owner;
use super::phrase::{Voice, duration, headline, present, shown, suffered};
pub use super::record::{metrics_record, record};
use crate::model::alert::{Alert, Status};
use crate::model::answer::{Answer, Choice, Control, Figure, Mark, Press, Section, escape};
use crate::model::diagnosis::{Diagnosis, Verdict};
use crate::model::finding::{Finding, Rule};
use crate::model::sample::{Baseline, Season};
use crate::model::time::Moment;

/// More lines than this push the owner off a phone's screen.
const MAX_FIGURES: usize = 4;
const MAX_SYMPTOMS: usize = 3;

/// The alert's one message, as it stands at `now`. `tz` is the team's zone, for platforms that
/// can't show the reader's.
pub fn message(alert: &Alert, now: Moment, tz: Tz) -> Answer {
    let voice = Voice { now, tz, markdown: true };
    let mut answer = Answer::new(format!("{}{}", number(alert), headline(alert, &voice))).marked(mark(alert));
    let figures = figures(alert, &voice);
    if !figures.is_empty() {
        answer = answer.with(Section::Figures(figures));
    }
    if let Some(symptoms) = symptoms(alert, &voice) {
        answer = answer.with(Section::Text(symptoms));
    }
    if let Some(cause) = alert.diagnosis.as_ref().and_then(|found| cause(found, alert.is_open())) {
        answer = answer.with(Section::Text(cause));
    }
    answer = answer.with(Section::Text(standing(alert, &voice)));
    answer.controls = controls(alert);
    answer
}

/// What changed, for the alert's thread; `None` where the message alone shows it.
pub fn note(change: &Change, now: Moment, tz: Tz) -> Option<Answer> {
    let voice = Voice { now, tz, markdown: true };
    let alert = &change.alert;
    let state = alert.findings.first().map(|leading| present(leading, &voice)).unwrap_or_default();
    let from_severity = Mark::from(alert.severity);
    Some(match &change.because {
        Reason::Reopened { ended } => {
            let gap = duration(alert.since.max(*ended) - *ended);
            Answer::new(format!("It is back, {gap} after it was over: {state}.")).marked(from_severity)
        }
        Reason::StillFiring { closed_by, closed } => Answer::new(format!(
            "It goes on {} after {} closed it, so it is open again: {state}.",
            duration(now - *closed),
            escape(closed_by)
        ))
        .marked(from_severity),
        Reason::Worse { to, .. } => {
            Answer::new(format!("It got worse and is {} now: {state}.", to.name())).marked(*to)
        }
        Reason::Moved { from } => Answer::new(format!(
            "It began with **{}**: {state}. What **{}** suffers from is a symptom of it.",
            escape(alert.subject.name()),
            escape(from.name())
        ))
        .marked(from_severity),
        Reason::AcknowledgementExpired { by } => {
            let whose = if by.is_empty() { String::new() } else { format!(" by {}", escape(by)) };
            Answer::new(format!(
                "The acknowledgement{whose} has expired and it still goes on: {state}. Who looks at it?"
            ))
            .marked(from_severity)
        }
        Reason::SilenceEnded => {
            Answer::new(format!("The silence is over and it still goes on: {state}.")).marked(from_severity)
        }
        Reason::OutOfSight { since } => Answer::new(format!(
            "I have not been able to see it since {}: its data is missing. It stays open until I can.",
            voice.time(*since)
        ))
        .marked(Mark::Unknown),
        Reason::InSightAgain => Answer::new(format!("I can see it again: {state}.")).marked(from_severity),
        Reason::Recovered => {
            Answer::new(format!("Recovered after {}.", duration(lasted(alert, now)))).marked(Mark::Good)
        }
        Reason::Resolved { by, text } => {
            let text = text.as_ref().map(|text| format!(": {}", escape(text))).unwrap_or_default();
            Answer::new(format!("{} resolved it{text}", escape(by))).marked(Mark::Good)
        }
        Reason::Opened
        | Reason::Updated
        | Reason::GoesOn
        | Reason::Escalated { .. }
        | Reason::Acknowledged { .. }
        | Reason::Silenced { .. }
        | Reason::FalseAlarm { .. }
        | Reason::Undone { .. } => return None,
    })
}

/// What follows up in the alert's thread where its message can't be edited: what a person did, which
/// an edit would show, and otherwise what is said in every thread.
pub fn follow_up(change: &Change, now: Moment, tz: Tz) -> Option<Answer> {
    let voice = Voice { now, tz, markdown: true };
    let alert = &change.alert;
    let said = match &change.because {
        Reason::Acknowledged { by } => {
            Answer::new(format!("{} acknowledged it.", escape(by))).marked(Mark::Acknowledged)
        }
        Reason::Silenced { by, until } => {
            Answer::new(format!("{} silenced it until {}.", escape(by), voice.time(*until)))
        }
        Reason::FalseAlarm { by } => {
            Answer::new(format!("{} marked it as a false alarm.", escape(by))).marked(Mark::Good)
        }
        Reason::Undone { by, did } => Answer::new(format!("{} took back: {}.", escape(by), escape(did))),
        // By a person, and so worth a word though it is silenced.
        Reason::Resolved { .. } => note(change, now, tz)?,
        _ if change.announce == Announce::EditAndNote => note(change, now, tz)?,
        _ => return None,
    };
    let said = said.with(Section::Text(format!("{}{}", number(alert), headline(alert, &voice))));
    let figures = figures(alert, &voice);
    let said = if figures.is_empty() { said } else { said.with(Section::Figures(figures)) };
    Some(Answer { controls: controls(alert), ..said })
}

/// One line of Markdown for lists: number, severity, what, and who looks at it.
pub fn line(alert: &Alert, now: Moment, tz: Tz) -> String {
    let voice = Voice { now, tz, markdown: true };
    let who = match (alert.status, &alert.acknowledged, &alert.resolved) {
        (Status::Acknowledged, Some(acknowledged), _) => {
            format!("; {} looks at it", escape(&acknowledged.by))
        }
        (Status::Firing, _, _) => "; nobody looks at it yet".to_owned(),
        _ => String::new(),
    };
    format!("{}({}) {}{who}", number(alert), alert.severity.name(), headline(alert, &voice))
}

/// The alert as it is sent to somebody who has not heard of it yet, because nobody who had reacted.
pub fn escalated(alert: &Alert, waited: TimeDelta, now: Moment, tz: Tz) -> Answer {
    let mut answer = message(alert, now, tz);
    if waited >= TimeDelta::minutes(1) {
        let text = format!("You get this because nobody has acknowledged it for {}.", duration(waited));
        answer.sections.insert(0, Section::Text(text));
    }
    answer
}

/// One line and a button for a place that has the alert's message already.
pub fn still_nobody(alert: &Alert, waited: TimeDelta, now: Moment, tz: Tz) -> Answer {
    let voice = Voice { now, tz, markdown: true };
    Answer::new(format!(
        "Nobody has acknowledged {}for {}: {}",
        number(alert),
        duration(waited),
        headline(alert, &voice)
    ))
    .marked(alert.severity)
    .button("Acknowledge", Press::Acknowledge(alert.number))
}

/// That somebody should have been reached about an alert and was not.
pub fn not_reached(alert: &Alert, whom: &str, why: &str, now: Moment, tz: Tz) -> Answer {
    let voice = Voice { now, tz, markdown: true };
    let answer = Answer::new(format!("{} was not reached about {}", escape(whom), number(alert).trim_end()))
        .marked(alert.severity)
        .with(Section::Text(escape(why)))
        .with(Section::Text(format!("It is about this: {}. Please look at it.", headline(alert, &voice))));
    match alert.status {
        Status::Firing => answer.button("Acknowledge", Press::Acknowledge(alert.number)),
        _ => answer,
    }
}

/// The headline in plain text, for records. Times in UTC.
pub(super) fn plain_message(alert: &Alert) -> String {
    headline(alert, &Voice { now: alert.last_seen, tz: Tz::UTC, markdown: false })
}

fn number(alert: &Alert) -> String {
    // Before it is numbered there is nothing that people could say.
    if alert.number.0 == 0 { String::new() } else { escape(&alert.number.to_string()) + " " }
}

fn mark(alert: &Alert) -> Mark {
    match alert.status {
        Status::Resolved => Mark::Good,
        _ if alert.ledger.unseen_since.is_some() => Mark::Unknown,
        Status::Acknowledged => Mark::Acknowledged,
        Status::Firing => alert.severity.into(),
    }
}

fn figures(alert: &Alert, voice: &Voice) -> Vec<Figure> {
    let mut keys = Vec::new();
    alert
        .findings
        .iter()
        .filter(|finding| owner(&finding.key.subject) == alert.subject)
        .filter(|finding| {
            matches!(finding.rule, Rule::Threshold | Rule::ErrorRateOverBaseline | Rule::MemoryGrowth)
        })
        // Two rules may have seen the same number.
        .filter(|finding| {
            let first = !keys.contains(&&finding.key);
            keys.push(&finding.key);
            first
        })
        .filter(|finding| !alert.findings.iter().any(|other| is_narrower(other, finding)))
        .take(MAX_FIGURES)
        .map(|finding| Figure {
            label: label(finding),
            value: value(finding) + if alert.is_open() { "" } else { " when last seen" },
            compared: compared(finding, voice),
        })
        .collect()
}

/// Whether `other` is about a part of the same subject and says the same: one endpoint that has all
/// the traffic. Then the whole adds nothing to the part.
fn is_narrower(other: &Finding, finding: &Finding) -> bool {
    other.rule == finding.rule
        && other.key != finding.key
        && other.key.signal == finding.key.signal
        && finding.key.subject.covers(&other.key.subject)
        && shown(other) == shown(finding)
}

/// "2,400 ms over 60 s"
fn value(finding: &Finding) -> String {
    match finding.window_seconds {
        0 => shown(finding),
        window => format!("{} over {}", shown(finding), duration(TimeDelta::seconds(window.into()))),
    }
}

fn label(finding: &Finding) -> String {
    let subject = &finding.key.subject;
    let place = [&subject.method, &subject.endpoint, &subject.container, &subject.host];
    let place: Vec<&str> = place.into_iter().flatten().map(String::as_str).collect();
    let label = finding.key.signal.label();
    if place.is_empty() { label.to_owned() } else { format!("{label} {}", place.join(" ")) }
}

fn compared(finding: &Finding, voice: &Voice) -> String {
    let unit = finding.key.signal.unit();
    let usual =
        finding.usual.map(|usual| format!("usually {}{}", unit.show(usual.usual), season(&usual, voice)));
    let line = match (&finding.line, finding.rule) {
        (Some((line, origin)), Rule::Threshold) if origin != "default" => {
            Some(format!("line {} ({origin})", unit.show(*line)))
        }
        (Some((line, _)), Rule::Threshold) => Some(format!("line {}", unit.show(*line))),
        _ => None,
    };
    [usual, line].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// " on Thursdays at 14:00"
fn season(usual: &Baseline, voice: &Voice) -> String {
    let local = voice.now.with_timezone(&voice.tz);
    match usual.seasons {
        Season::HourOfWeek => format!(" on {}s at {}:00", local.format("%A"), local.format("%H")),
        Season::HourOfDay => format!(" at {}:00", local.format("%H")),
        Season::AnyHour => String::new(),
    }
}

fn symptoms(alert: &Alert, voice: &Voice) -> Option<String> {
    let numbers = |finding: &Finding| {
        matches!(finding.rule, Rule::Threshold | Rule::ErrorRateOverBaseline | Rule::MemoryGrowth)
    };
    let elsewhere = |finding: &Finding| owner(&finding.key.subject) != alert.subject;
    let beside = || alert.findings.iter().skip(1);
    // What is wrong with the owner beside its numbers, e.g. that it doesn't answer.
    // Who does not answer gives no data either.
    let silent = alert.findings.iter().any(|finding| finding.rule == Rule::NotAnswering);
    let here = beside()
        .filter(|finding| !elsewhere(finding) && !numbers(finding))
        .filter(|finding| !(silent && finding.rule == Rule::NoData));
    // A service that suffers as a whole is named once, not again for each endpoint.
    let part = |finding: &Finding| {
        let own = owner(&finding.key.subject);
        let whole = |other: &Finding| other.key.subject == own && other.key.signal == finding.key.signal;
        finding.key.subject != own && alert.findings.iter().any(whole)
    };
    let there = beside().filter(|finding| elsewhere(finding) && !part(finding));
    let mut items: Vec<String> = Vec::new();
    for finding in here.chain(there) {
        let item = match alert.resolved {
            Some(_) => suffered(finding, voice),
            None => present(finding, voice),
        };
        if !items.contains(&item) {
            items.push(item);
        }
    }
    if items.is_empty() {
        return None;
    }
    let more = items.len().saturating_sub(MAX_SYMPTOMS);
    items.truncate(MAX_SYMPTOMS);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    Some(format!("Also: {}{more}.", items.join("; ")))
}

/// The cause, and while there is something to fix, the fix.
fn cause(diagnosis: &Diagnosis, open: bool) -> Option<String> {
    match (diagnosis.verdict, diagnosis.cause()) {
        (Verdict::Decided, Some(cause)) => {
            let mut text = format!("Cause: {}", escape(&cause.sentence.text));
            if let Some(fix) = cause.fixes.first().filter(|_| open) {
                text.push_str(&format!("\n\nFix: {} ({})", escape(&fix.text), escape(&fix.effort)));
            }
            Some(text)
        }
        (Verdict::Inconclusive, _) if !diagnosis.causes.is_empty() => {
            let candidates = diagnosis.causes.iter().take(2).map(|cause| escape(&cause.sentence.text));
            Some(format!("Cause not clear yet. Candidates: {}", candidates.collect::<Vec<_>>().join(" / ")))
        }
        _ => None,
    }
}

/// Who owns it and what has happened to it.
fn standing(alert: &Alert, voice: &Voice) -> String {
    let mut said = Vec::new();
    if let Some(ended) = &alert.resolved {
        let at = voice.time(ended.at);
        said.push(match (&ended.by, &ended.text) {
            (Some(by), Some(text)) => format!("Resolved by {} at {at}: {}.", escape(by), escape(text)),
            (Some(by), None) => format!("Resolved by {} at {at}.", escape(by)),
            (None, _) => format!("Recovered by itself at {at}."),
        });
        if let Some(acknowledged) = &alert.acknowledged {
            said.push(format!("{} looked at it.", escape(&acknowledged.by)));
        }
    } else {
        said.push(match &alert.acknowledged {
            Some(acknowledged) => {
                format!("Acknowledged by {} at {}.", escape(&acknowledged.by), voice.time(acknowledged.at))
            }
            None => "Nobody has acknowledged it yet.".to_owned(),
        });
    }
    if let Some(seen) = alert.ledger.unseen_since {
        said.push(format!(
            "Last seen at {}; its data has been missing since, so I can't tell whether it is over.",
            voice.time(seen)
        ));
    }
    if let Some(by) = &alert.false_alarm {
        said.push(format!("Marked as a false alarm by {}.", escape(by)));
    }
    if let Some((until, by)) = alert.silenced.as_ref().filter(|(until, _)| *until > voice.now) {
        said.push(format!("Silenced until {} by {}.", voice.time(*until), escape(by)));
    }
    match alert.reopened {
        0 => {}
        1 => said.push("It came back once.".to_owned()),
        times => said.push(format!("It came back {times} times.")),
    }
    said.join(" ")
}

fn controls(alert: &Alert) -> Vec<Control> {
    let number = alert.number;
    let choice = |label: &str, press| Choice { label: label.to_owned(), press };
    let resolve = || choice("Resolve", Press::Resolve(number));
    let silence = || choice("Silence 1 h", Press::Silence(number, 60));
    let false_alarm = || choice("False alarm", Press::FalseAlarm(number));
    // A source that is down needs no diagnosis: it says why itself.
    let blind =
        alert.findings.first().is_some_and(|finding| matches!(finding.rule, Rule::SourceDown | Rule::NoData));
    let why = (!blind).then(|| choice("Why", Press::Why(number)));
    let undo = alert.ledger.before.as_ref().map(|_| choice("Undo", Press::Undo(number)));

    let (mut buttons, menu) = match alert.status {
        Status::Firing => (
            vec![choice("Acknowledge", Press::Acknowledge(number)), silence()],
            [Some(resolve()), Some(false_alarm()), why, undo],
        ),
        Status::Acknowledged => (vec![resolve(), silence()], [Some(false_alarm()), why, undo, None]),
        Status::Resolved => {
            (why.into_iter().collect(), [alert.false_alarm.is_none().then(false_alarm), undo, None, None])
        }
    };
    if alert.silenced.is_some() {
        buttons.retain(|button| !matches!(button.press, Press::Silence(..)));
    }
    let choices: Vec<Choice> = menu.into_iter().flatten().collect();
    let mut controls: Vec<Control> = buttons.into_iter().map(Control::Button).collect();
    if !choices.is_empty() {
        controls.push(Control::Menu { label: "More".to_owned(), choices });
    }
    controls
}

fn lasted(alert: &Alert, now: Moment) -> TimeDelta {
    alert.resolved.as_ref().map_or(now, |ended| ended.at) - alert.since
}
