//! One statement of a database is slow: its own plan says why, and the planner what would help.

use crate::diagnose::candidate::{Candidate, Expectation, Fact, Said, fix};
use crate::diagnose::case::Case;
use crate::diagnose::evidence::StatementFact;
use crate::diagnose::needs::View;
use crate::diagnose::rules::Rule;
use crate::model::diagnosis::Fix;
use crate::model::signal::Signal;
use crate::sql::words;

pub(crate) struct SlowStatement;

/// More than this times the mean of the day before is a change.
const CHANGED: f64 = 1.5;

impl Rule for SlowStatement {
    fn needs(&self) -> &'static [(View, Signal)] {
        &[]
    }

    fn judge(&self, case: &Case<'_>) -> Vec<Candidate> {
        let asked = case.problem.subject.statement.as_ref();
        case.evidence
            .statements()
            .iter()
            .filter(|fact| asked == Some(&fact.name))
            .filter_map(candidate)
            .collect()
    }
}

/// A cause only where there is a plan: without one it is known that it is slow, and not why.
fn candidate(known: &StatementFact) -> Option<Candidate> {
    let issue = known.issue.as_ref()?.trim_end_matches('.').replace('`', "");
    let how = if known.measured { "its plan, measured" } else { "its plan, not carried out" };
    let plan = |text: String| Fact { text, source: format!("{how} on {}", known.database), window: None };
    let counted = Fact {
        text: format!(
            "{} took {} on average in {} calls, {} of the time of all statements",
            known.name,
            words::time(known.mean_ms),
            words::count(known.calls),
            words::percent(known.share)
        ),
        source: format!("statement statistics of {}", known.database),
        window: Some(known.range),
    };
    let shown = known.numbers.first().map_or(issue.clone(), |number| format!("{issue} ({number})"));
    let mut expectations = vec![
        Expectation::seen(3.0, issue.clone(), vec![plan(shown)]),
        Expectation::seen(1.0, counted.text.clone(), vec![counted]),
    ];
    expectations.push(compared(known));
    if let Some((indexes, gain, verified)) = &known.index {
        let by = if *verified { "the planner" } else { "quad, not the planner" };
        let text = format!(
            "{by} expects it to be {} times cheaper with {}",
            words::count(*gain),
            indexes.join(" and ")
        );
        let fact =
            Fact { text: text.clone(), source: format!("planner of {}", known.database), window: None };
        expectations.push(Expectation::seen(if *verified { 2.0 } else { 1.0 }, text, vec![fact]));
    }
    Some(Candidate {
        rule: "slow_statement",
        culprit: format!("{} {}", known.database, known.name),
        sentence: Said::new(issue.clone(), vec![plan(issue)]),
        expectations,
        fixes: fixes(known),
        ceiling: 0.95,
        explains: &[],
    })
}

/// Whether it became slow, or always was.
fn compared(known: &StatementFact) -> Expectation {
    let Some(before) = known.day_before_ms else {
        return Expectation::unknown(1.0, format!("how long {} took a day before", known.name));
    };
    let text = if known.mean_ms > before * CHANGED {
        format!("a day before it took {}, so something about it changed", words::time(before))
    } else {
        format!("a day before it took {}: it is slow all the time", words::time(before))
    };
    let fact = Fact {
        text: text.clone(),
        source: format!("statement statistics of {}", known.database),
        window: Some(known.range.earlier(chrono::TimeDelta::days(1))),
    };
    Expectation::seen(1.0, text, vec![fact])
}

fn fixes(known: &StatementFact) -> Vec<Fix> {
    let mut fixes = Vec::new();
    if let Some((indexes, ..)) = &known.index {
        fixes.push(fix(
            format!("Make the index: {}", indexes.join("; ")),
            Some(indexes.join(";\n")),
            "about 5 min",
        ));
    }
    if let Some((text, sql)) = &known.fix {
        fixes.push(fix(text.replace('`', ""), sql.clone(), "about 30 min"));
    }
    if let (true, Some(why)) = (fixes.is_empty(), &known.no_index_because) {
        fixes.push(fix(format!("Look at what it is for: no index helps ({why})"), None, "about 1 h"));
    }
    fixes
}
