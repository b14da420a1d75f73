//! Which findings belong to one alert: one thing that a person would own.
//!
//! Endpoints, hosts and containers of a service belong to the service. A caller's latency and
//! errors belong to the service it calls, where that one fails too and either began at about the
//! same time or is at least as bad. One service between the two may still look well, as its numbers
//! can come a round later, where they began together. What an alert holds already stays with it, so that numbers
//! don't wander between alerts.

use std::collections::BTreeMap;

use super::book::Book;
use super::settings::Settings;
use crate::model::alert::Alert;
use crate::model::finding::{Finding, Rule, Severity};
use crate::model::signal::Signal;
use crate::model::source::Call;
use crate::model::subject::Subject;
use crate::model::time::Moment;

/// Where findings go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Home {
    /// To the open alert at this place in the book.
    Open(usize),
    /// To whatever is known about this owner: an alert that ended, or none yet.
    Owner { subject: Box<Subject>, source: bool },
}

/// Sorts the findings of one round to their homes.
pub(super) fn sort(book: &Book, findings: &[Finding], settings: &Settings) -> BTreeMap<Home, Vec<Finding>> {
    let failing = failing(findings);
    let mut homes: BTreeMap<Home, Vec<Finding>> = BTreeMap::new();
    for finding in findings {
        let home = home(book, finding, &failing, settings);
        let group = homes.entry(home).or_default();
        if !group.iter().any(|other| other.rule == finding.rule && other.key == finding.key) {
            group.push(finding.clone());
        }
    }
    homes
}

fn home(book: &Book, finding: &Finding, failing: &Failing, settings: &Settings) -> Home {
    let source = finding.rule == Rule::SourceDown;
    let open =
        || book.alerts.iter().enumerate().filter(|(_, alert)| alert.is_open() && is_source(alert) == source);
    let holds = |alert: &Alert| alert.findings.iter().any(|held| held.key == finding.key);
    if let Some((at, _)) = open().find(|(_, alert)| holds(alert)) {
        return Home::Open(at);
    }
    let own = owner(&finding.key.subject);
    let of_owner = |subject: &Subject| open().find(|(_, alert)| alert.subject == *subject).map(|(at, _)| at);
    // What a person closed and what never stopped belongs to what they closed.
    let closed =
        book.alerts.iter().filter(|alert| is_source(alert) == source && holds(alert)).find(|alert| {
            alert.resolved.as_ref().is_some_and(|ended| ended.by.is_some() && finding.since <= ended.at)
        });
    if let Some(alert) = closed {
        let subject = alert.subject.clone();
        let owned = Home::Owner { subject: Box::new(subject.clone()), source };
        return of_owner(&subject).map_or(owned, Home::Open);
    }
    if let Some(root) = root(book, &own, finding, failing, settings) {
        let owned = Home::Owner { subject: Box::new(root.clone()), source };
        return of_owner(&root).map_or(owned, Home::Open);
    }
    of_owner(&own).map_or(Home::Owner { subject: Box::new(own.clone()), source }, Home::Open)
}

/// Whether the alert is about a source of facts.
pub(super) fn is_source(alert: &Alert) -> bool {
    alert.findings.first().is_some_and(|finding| finding.rule == Rule::SourceDown)
}

/// What a person would own of `subject`: its service, or else its container, database or host.
pub(super) fn owner(subject: &Subject) -> Subject {
    let mut own = Subject { environment: subject.environment.clone(), ..Subject::default() };
    if subject.service.is_some() {
        own.service.clone_from(&subject.service);
    } else if subject.container.is_some() {
        own.container.clone_from(&subject.container);
    } else if subject.database.is_some() {
        own.database.clone_from(&subject.database);
    } else {
        own.host.clone_from(&subject.host);
    }
    own
}

/// Whether it can be the effect of something that the subject calls.
pub(super) fn is_symptom(finding: &Finding) -> bool {
    match finding.rule {
        Rule::Threshold | Rule::ErrorRateOverBaseline => {
            matches!(finding.key.signal, Signal::ApiResponseTime | Signal::ErrorRate)
        }
        Rule::SilentFailure => true,
        Rule::MemoryGrowth
        | Rule::NotAnswering
        | Rule::SlowStatement
        | Rule::StatementChange
        | Rule::NoData
        | Rule::SourceDown => false,
    }
}

/// Whether it can be what a caller suffers from.
fn hurts_callers(finding: &Finding) -> bool {
    is_symptom(finding)
        || matches!(finding.rule, Rule::NotAnswering | Rule::SlowStatement | Rule::StatementChange)
        || (finding.rule == Rule::Threshold && finding.key.signal == Signal::DatabaseQueryTime)
}

/// Whether its owner is about to be killed or hardly gets on, so that callers may suffer although
/// nothing that it answers looks bad.
fn exhausts(finding: &Finding) -> bool {
    finding.severity == Severity::Critical
        && matches!(finding.rule, Rule::Threshold | Rule::MemoryGrowth)
        && matches!(finding.key.signal, Signal::Memory | Signal::MemoryUsed | Signal::Cpu)
}

/// Owners that fail this round.
type Failing = BTreeMap<Subject, Failure>;

/// Since when, and how badly. The severity is `None` where the owner is only short of something,
/// which explains what began together with it and nothing else.
type Failure = (Moment, Option<Severity>);

fn failing(findings: &[Finding]) -> Failing {
    let mut failing = Failing::new();
    for finding in findings.iter().filter(|finding| hurts_callers(finding) || exhausts(finding)) {
        let severity = hurts_callers(finding).then_some(finding.severity);
        let entry = failing.entry(owner(&finding.key.subject)).or_insert((finding.since, severity));
        *entry = (entry.0.min(finding.since), entry.1.max(severity));
    }
    failing
}

/// The failing thing at the end of the chain of calls from `own` that explains `finding`.
fn root(
    book: &Book,
    own: &Subject,
    finding: &Finding,
    failing: &Failing,
    settings: &Settings,
) -> Option<Subject> {
    if !is_symptom(finding) {
        return None;
    }
    let reach = |from: &Subject| reachable(from, failing, &book.calls, does_call_across);
    let unbroken = reachable(own, failing, &book.calls, does_call);
    reach(own)
        .into_iter()
        // Things that call each other explain each other: then nobody is the root.
        .filter(|end| !reach(end).contains(own))
        .filter(|end| reach(end).iter().all(|next| reach(next).contains(end)))
        .filter_map(|end| {
            let (since, severity) = failing.get(&end)?;
            let together = (finding.since - *since).abs() <= settings.same_incident();
            let as_bad = severity.is_some_and(|severity| severity >= finding.severity);
            (together || as_bad && unbroken.contains(&end)).then_some((*since, end))
        })
        .min()
        .map(|(_, end)| end)
}

/// Every failing owner that `from` calls, directly or through other failing ones.
fn reachable(
    from: &Subject,
    failing: &Failing,
    calls: &[Call],
    does_call: impl Fn(&Subject, &Subject, &[Call]) -> bool,
) -> Vec<Subject> {
    let mut found: Vec<Subject> = Vec::new();
    let mut open = vec![from.clone()];
    while let Some(caller) = open.pop() {
        for callee in failing.keys().filter(|callee| does_call(&caller, callee, calls)) {
            if !found.contains(callee) {
                found.push(callee.clone());
                open.push(callee.clone());
            }
        }
    }
    found
}

fn does_call(caller: &Subject, callee: &Subject, calls: &[Call]) -> bool {
    let same = |a: &str, b: &str| a.is_empty() || b.is_empty() || a == b;
    calls.iter().any(|call| {
        call.from != call.to
            && call.from == caller.name()
            && call.to == callee.name()
            && same(&call.environment, &caller.environment)
            && same(&call.environment, &callee.environment)
    })
}

/// Whether it calls it directly or across one service in between, whatever state that one is in.
fn does_call_across(caller: &Subject, callee: &Subject, calls: &[Call]) -> bool {
    does_call(caller, callee, calls)
        || calls.iter().filter(|call| call.to != caller.name() && call.to != callee.name()).any(|call| {
            let between = Subject::service(&caller.environment, &call.to);
            does_call(caller, &between, calls) && does_call(&between, callee, calls)
        })
}

/// The open alert that turns out to be about symptoms of `subject`: its owner calls `subject`, it
/// holds nothing but symptoms, and both began together.
pub(super) fn explained_by(
    book: &Book,
    homes: &BTreeMap<Home, Vec<Finding>>,
    subject: &Subject,
    findings: &[Finding],
    settings: &Settings,
) -> Option<usize> {
    let all: Vec<Finding> = homes.values().flatten().cloned().collect();
    let failing = failing(&all);
    let (since, _) = failing.get(subject)?;
    // Two alerts of callers would both be explained; the one that began first takes it.
    homes
        .iter()
        .filter_map(|(home, held)| match home {
            Home::Open(at) => Some((*at, held)),
            Home::Owner { .. } => None,
        })
        .filter(|(at, held)| {
            let alert = &book.alerts[*at];
            held.iter().all(is_symptom)
                && findings.iter().any(|finding| hurts_callers(finding) || exhausts(finding))
                && (began(alert, held) - *since).abs() <= settings.same_incident()
                && reachable(&alert.subject, &failing, &book.calls, does_call_across).contains(subject)
                && !reachable(subject, &failing, &book.calls, does_call_across).contains(&alert.subject)
        })
        .min_by_key(|(at, _)| book.alerts[*at].since)
        .map(|(at, _)| at)
}

/// When the alert began, once it has taken in what is found now.
fn began(alert: &Alert, held: &[Finding]) -> Moment {
    held.iter().map(|finding| finding.since).fold(alert.since, Ord::min)
}
