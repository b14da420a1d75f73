//! A statement takes longer than it used to, or runs more often: what changed shortly before says why. Where nothing
//! that quad can see changed, this says nothing.

use crate::diagnose::candidate::{Candidate, Expectation, Fact, Said, fix};
use crate::diagnose::case::{AFTER_DEPLOYMENT, Case};
use crate::diagnose::evidence::StatementFact;
use crate::diagnose::needs::View;
use crate::diagnose::rules::Rule;
use crate::model::deployment::Deployment;
use crate::model::diagnosis::Fix;
use crate::model::signal::Signal;
use crate::model::time::TimeRange;
use crate::sql::changed::Changed;
use crate::sql::words;

pub(crate) struct StatementChange;

/// More than this times what it took before is a change.
const CHANGED: f64 = 1.5;

impl Rule for StatementChange {
    fn needs(&self) -> &'static [(View, Signal)] {
        &[]
    }

    fn judge(&self, case: &Case<'_>) -> Vec<Candidate> {
        let asked = case.problem.subject.statement.as_ref();
        let Some(known) = case.evidence.statements().iter().find(|fact| asked == Some(&fact.name)) else {
            return Vec::new();
        };
        let grew = match case.problem.signal {
            Signal::Traffic => None,
            _ => Some(known.before_ms.filter(|before| known.mean_ms >= before * CHANGED)),
        };
        let mut all = Vec::new();
        if let Some(Some(before)) = grew {
            all.extend(known.changed.iter().filter_map(|change| of(known, before, change)));
        }
        // More calls come from a program: only a new version of one is in sight.
        if grew != Some(None) && all.is_empty() {
            all.extend(deployment(case).map(|deployed| after_deployment(case, known, deployed)));
        }
        all
    }
}

/// One change as a cause.
fn of(known: &StatementFact, before_ms: f64, change: &Changed) -> Option<Candidate> {
    let plan = known.changed.iter().find(|other| matches!(other, Changed::Plan { .. }));
    let index_gone = known.changed.iter().any(|other| matches!(other, Changed::IndexGone { .. }));
    let mut expectations = vec![Expectation::seen(3.0, told(change), vec![fact(known, change)])];
    let (ceiling, sentence, fixes) = match change {
        Changed::IndexGone { table, index, again, .. } => {
            expectations.push(match plan {
                Some(plan) => Expectation::seen(2.0, told(plan), vec![fact(known, plan)]),
                None => Expectation::unknown(2.0, format!("whether the plan of {} used {index}", known.name)),
            });
            (0.95, format!("the index {index} of {table} is gone"), again_or_advised(known, again.as_deref()))
        }
        // A plan changes because an index went: that is told as the cause.
        Changed::Plan { .. } if index_gone => return None,
        Changed::Plan { after, .. } => {
            (0.9, "the planner takes another way for it".to_owned(), plan_fixes(known, after))
        }
        Changed::Table { table, before, after, .. } => {
            let grown =
                format!("{table} has grown from {} to {} rows", words::count(*before), words::count(*after));
            (0.75, grown, advised(known))
        }
        Changed::Rows { before, after } => {
            let more =
                format!("a call gives {} rows instead of {}", words::count(*after), words::count(*before));
            let fixes =
                vec![fix("Look at who asks for more rows than before; a LIMIT helps", None, "about 1 h")];
            (0.7, more, fixes)
        }
    };
    expectations.push(counted(known, before_ms));
    Some(Candidate {
        rule: "statement_change",
        culprit: format!("{} {}", known.database, known.name),
        sentence: Said::new(sentence, vec![fact(known, change)]),
        expectations,
        fixes,
        ceiling,
        explains: &["slow_statement"],
    })
}

/// The newest deployment there that the change may come from.
fn deployment<'c>(case: &'c Case<'_>) -> Option<&'c Deployment> {
    let environment = &case.problem.subject.environment;
    case.evidence
        .deployments()
        .iter()
        .filter(|one| environment.is_empty() || one.environment == *environment)
        .filter(|one| one.at <= case.onset && case.onset - one.at <= AFTER_DEPLOYMENT)
        .max_by_key(|one| one.at)
}

fn after_deployment(case: &Case<'_>, known: &StatementFact, deployed: &Deployment) -> Candidate {
    let (service, version) = (&deployed.service, &deployed.version);
    let seen = case.deployment_fact(deployed, case.onset);
    let before = known.before_ms.unwrap_or(known.mean_ms);
    Candidate {
        rule: "statement_change",
        culprit: format!("{} {}", known.database, known.name),
        sentence: Said::new(
            format!("the deployment of {service} {version} shortly before"),
            vec![seen.clone()],
        ),
        expectations: vec![
            Expectation::seen(2.0, "it began shortly after the deployment", vec![seen]),
            counted(known, before),
            Expectation::unknown(2.0, format!("whether {service} sends {}", known.name)),
        ],
        fixes: vec![fix(
            format!("Compare {service} {version} with the version before for how it sends this statement"),
            None,
            "about 30 min",
        )],
        ceiling: 0.7,
        explains: &[],
    }
}

fn counted(known: &StatementFact, before_ms: f64) -> Expectation {
    let text = format!(
        "{} takes {} on average in {} calls, {} before",
        known.name,
        words::time(known.mean_ms),
        words::count(known.calls),
        words::time(before_ms)
    );
    let fact = Fact {
        text: text.clone(),
        source: format!("statement statistics of {}", known.database),
        window: Some(known.range),
    };
    Expectation::seen(1.0, text, vec![fact])
}

fn fact(known: &StatementFact, change: &Changed) -> Fact {
    let (source, window): (_, Option<TimeRange>) = match change {
        Changed::IndexGone { between, .. } | Changed::Table { between, .. } => ("catalog", Some(*between)),
        Changed::Plan { between, .. } => ("planner", Some(*between)),
        Changed::Rows { .. } => ("statement statistics", Some(known.range)),
    };
    Fact { text: told(change), source: format!("{source} of {}", known.database), window }
}

/// The change in a sentence.
fn told(change: &Changed) -> String {
    let times = |between: &TimeRange| {
        let (from, to) = (between.from.format("%H:%M").to_string(), between.to.format("%H:%M").to_string());
        if from == to { format!("at {to} UTC") } else { format!("between {from} and {to} UTC") }
    };
    match change {
        Changed::IndexGone { table, index, between, .. } => {
            format!("the index {index} of {table} was dropped {}", times(between))
        }
        Changed::Plan { before, after, between } => {
            format!("its plan changed {}: \"{before}\" became \"{after}\"", times(between))
        }
        Changed::Table { table, before, after, between } => format!(
            "{table} went from {} to {} rows {}",
            words::count(*before),
            words::count(*after),
            times(between)
        ),
        Changed::Rows { before, after } => {
            format!("a call gives {} rows, {} before", words::count(*after), words::count(*before))
        }
    }
}

fn again_or_advised(known: &StatementFact, again: Option<&str>) -> Vec<Fix> {
    match again {
        Some(again) => {
            // Neither MySQL nor a partitioned table takes the word.
            let concurrently = !again.contains('`') && !again.contains(" ON ONLY ");
            let again = match concurrently {
                true => again.replacen("INDEX ", "INDEX CONCURRENTLY ", 1),
                false => again.to_owned(),
            };
            vec![fix(format!("Make the index again: {again}"), Some(again), "about 5 min")]
        }
        None => advised(known),
    }
}

fn plan_fixes(known: &StatementFact, after: &str) -> Vec<Fix> {
    let mut fixes = advised(known);
    // "Seq Scan on events as e"
    let table = after.split(" on ").nth(1).and_then(|rest| rest.split(' ').next());
    let postgres =
        ["Seq Scan", "Index Scan", "Index Only Scan", "Bitmap"].iter().any(|step| after.contains(step));
    let is_name = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || "_.".contains(c));
    if let Some(table) = table.filter(is_name).filter(|_| postgres) {
        fixes.push(fix(
            format!("Give the planner new statistics of {table}, in case it misjudges its rows"),
            Some(format!("ANALYZE {table}")),
            "about 5 min",
        ));
    }
    fixes
}

/// The index that helps it now, where one does.
pub(super) fn advised(known: &StatementFact) -> Vec<Fix> {
    let index = known.index.as_ref().map(|(indexes, ..)| {
        fix(format!("Make the index: {}", indexes.join("; ")), Some(indexes.join(";\n")), "about 5 min")
    });
    let fixed = known
        .fix
        .as_ref()
        .filter(|_| known.index.is_none())
        .map(|(text, sql)| fix(text.replace('`', ""), sql.clone(), "about 30 min"));
    index.into_iter().chain(fixed).collect()
}
