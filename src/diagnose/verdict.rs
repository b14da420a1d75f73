//! Decides between candidates, or abstains. The margins are code, so no wording can overstate them.

use std::collections::BTreeSet;

use crate::diagnose::candidate::{Candidate, Fact, Outcome, Said};
use crate::diagnose::case::Case;
use crate::diagnose::needs::View;
use crate::diagnose::performance;
use crate::model::diagnosis::{Cause, Cited, Diagnosis, EvidenceItem, Verdict};
use crate::model::signal::Signal;

/// A cause is decided from this confidence on ...
const ENOUGH: f64 = 0.6;
/// ... and this far ahead of the next one.
const MARGIN: f64 = 0.15;
/// Below this a candidate is not worth a reader's time.
const WORTH_SAYING: f64 = 0.3;
/// A cause this likely takes in what it explains.
const TAKES_IN: f64 = 0.5;
/// More candidates than this help nobody.
const MAX_CANDIDATES: usize = 4;

/// In front of a sentence that speaks against the cause under which it stands.
pub(crate) const AGAINST: &str = "against it: ";

/// The diagnosis: causes ranked by confidence, decided only where one stands out.
pub(crate) fn decide(case: &Case<'_>, candidates: Vec<Candidate>) -> Diagnosis {
    let ranked = ranked(candidates);
    let best = ranked.first().map_or(0.0, Candidate::confidence);
    let next = ranked.get(1).map_or(0.0, Candidate::confidence);
    let verdict =
        if best >= ENOUGH && best - next >= MARGIN { Verdict::Decided } else { Verdict::Inconclusive };

    let mut ledger = Ledger::default();
    let mut causes: Vec<Cause> = ranked.iter().map(|candidate| cause(candidate, &mut ledger)).collect();
    if verdict == Verdict::Decided
        && let (Some(first), Some(candidate)) = (causes.first_mut(), ranked.first())
    {
        first.because.extend(innocent(case, candidate).iter().filter_map(|said| ledger.cite(said)));
    }
    Diagnosis {
        at: case.now,
        verdict,
        performance: performance::figures(case),
        causes,
        would_tell: if verdict == Verdict::Decided { Vec::new() } else { would_tell(&ranked) },
        not_seen: not_seen(case),
        evidence: ledger.items,
    }
}

/// What a stronger candidate about the same culprit explains is part of that cause, not its rival.
fn ranked(candidates: Vec<Candidate>) -> Vec<Candidate> {
    let taken_in = |one: &Candidate| {
        candidates.iter().any(|other| {
            other.culprit == one.culprit
                && other.explains.contains(&one.rule)
                && other.confidence() >= TAKES_IN
                // Two that explain each other are settled by confidence.
                && !(one.explains.contains(&other.rule) && one.confidence() > other.confidence())
        })
    };
    let mut ranked: Vec<Candidate> =
        candidates.iter().filter(|one| one.confidence() >= WORTH_SAYING && !taken_in(one)).cloned().collect();
    ranked.sort_by(|a, b| {
        b.confidence()
            .total_cmp(&a.confidence())
            .then_with(|| (a.rule, &a.culprit).cmp(&(b.rule, &b.culprit)))
    });
    ranked.truncate(MAX_CANDIDATES);
    ranked
}

fn cause(candidate: &Candidate, ledger: &mut Ledger) -> Cause {
    let sentence = ledger.number(&candidate.sentence);
    let mut sorted: Vec<_> = candidate.expectations.iter().collect();
    sorted.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let seen = sorted.iter().filter_map(|expectation| match &expectation.outcome {
        Outcome::Seen(said) => Some(said.clone()),
        _ => None,
    });
    let against = sorted.iter().filter_map(|expectation| match &expectation.outcome {
        Outcome::Contradicted(said) => Some(Said::new(format!("{AGAINST}{}", said.text), said.facts.clone())),
        _ => None,
    });
    let because = seen.chain(against).filter_map(|said| ledger.cite(&said)).collect();
    Cause {
        rule: candidate.rule.to_owned(),
        culprit: candidate.culprit.clone(),
        sentence,
        confidence: (candidate.confidence() * 100.0).round() / 100.0,
        because,
        fixes: candidate.fixes.clone(),
    }
}

/// A deployment elsewhere shortly before catches the eye, so say why it is not blamed.
fn innocent(case: &Case<'_>, blamed: &Candidate) -> Option<Said> {
    let others = case.evidence.deployments().iter().map(|d| &d.service).collect::<BTreeSet<_>>();
    others.into_iter().filter(|service| **service != blamed.culprit).find_map(|service| {
        let deployment = case.deployment_before(service, case.onset)?;
        Some(Said::new(
            format!(
                "{service} was deployed shortly before, but the trouble starts in {}, not there",
                blamed.culprit
            ),
            vec![case.deployment_fact(deployment, case.onset)],
        ))
    })
}

/// What could not be looked at, and would speak for one candidate or another.
fn would_tell(ranked: &[Candidate]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    ranked
        .iter()
        .flat_map(|candidate| &candidate.expectations)
        .filter_map(|expectation| match &expectation.outcome {
            Outcome::Unknown(text) if seen.insert(text.clone()) => Some(text.clone()),
            _ => None,
        })
        .chain(two_rivals(ranked))
        .take(4)
        .collect()
}

fn two_rivals(ranked: &[Candidate]) -> Option<String> {
    let [first, second, ..] = ranked else { return None };
    let undo = |candidate: &Candidate| candidate.fixes.first().map(|fix| fix.text.clone());
    Some(match (undo(first), undo(second)) {
        (Some(one), _) if first.rule == "deployment" => format!("whether it ends after this: {one}"),
        (_, Some(two)) if second.rule == "deployment" => format!("whether it ends after this: {two}"),
        _ => format!("the logs of {} and {} from the onset on", first.culprit, second.culprit),
    })
}

/// Gaps in what was looked at. Silence about them would read as "all good".
fn not_seen(case: &Case<'_>) -> Vec<String> {
    let mut services: Vec<&str> = case.problem.service().into_iter().collect();
    for culprit in case.culprits().iter().filter(|culprit| culprit.down.is_none()) {
        if !services.contains(&culprit.service.as_str()) {
            services.push(&culprit.service);
        }
    }
    let mut gaps: Vec<String> = Vec::new();
    for service in services {
        let mut missing: Vec<&str> =
            [Signal::ApiResponseTime, Signal::ErrorRate, Signal::Traffic, Signal::Cpu, Signal::Memory]
                .into_iter()
                .filter(|signal| case.own(*signal, service).is_none())
                .map(name_of)
                .collect();
        // Without a callee its time most likely goes to a database.
        if case.callees(service).is_empty()
            && case.parts(View::Database, Signal::DatabaseQueryTime, service).is_empty()
            && case.own(Signal::DatabaseQueryTime, service).is_none()
        {
            missing.push("database queries");
        }
        if !missing.is_empty() {
            gaps.push(format!("no source measures {} of {service}", missing.join(", ")));
        }
    }
    gaps.extend(case.evidence.unseen().iter().cloned());
    for source in case.evidence.sources() {
        if let Some(since) = source.failing_since {
            let why = source.error.as_deref().map(|error| format!(": {error}")).unwrap_or_default();
            gaps.push(format!("no data from {} since {} UTC{why}", source.source, since.format("%H:%M")));
        }
    }
    gaps
}

fn name_of(signal: Signal) -> &'static str {
    match signal {
        Signal::ApiResponseTime => "latency",
        Signal::ErrorRate => "errors",
        Signal::Traffic => "traffic",
        Signal::Cpu => "CPU",
        Signal::Memory | Signal::MemoryUsed => "memory",
        other => other.label(),
    }
}

/// Numbers facts in the order in which they are first cited.
#[derive(Default)]
struct Ledger {
    items: Vec<EvidenceItem>,
}

impl Ledger {
    /// The sentence with its numbers; `None` where it rests on nothing, since such are not printed.
    fn cite(&mut self, said: &Said) -> Option<Cited> {
        (!said.facts.is_empty()).then(|| self.number(said))
    }

    fn number(&mut self, said: &Said) -> Cited {
        let mut rests_on: Vec<String> = Vec::new();
        for fact in &said.facts {
            let id = self.id(fact);
            if !rests_on.contains(&id) {
                rests_on.push(id);
            }
        }
        Cited { text: said.text.clone(), rests_on }
    }

    fn id(&mut self, fact: &Fact) -> String {
        if let Some(known) = self.items.iter().find(|item| item.text == fact.text) {
            return known.id.clone();
        }
        let id = format!("E{}", self.items.len() + 1);
        self.items.push(EvidenceItem {
            id: id.clone(),
            text: fact.text.clone(),
            source: fact.source.clone(),
            window: fact.window,
        });
        id
    }
}
