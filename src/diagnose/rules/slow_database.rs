//! The statements of the service's database got slower, and that is where its time goes.

use chrono::TimeDelta;

use crate::diagnose::candidate::{Candidate, Expectation, Fact, Said, fix};
use crate::diagnose::case::{Case, Culprit};
use crate::diagnose::evidence::StatementFact;
use crate::diagnose::needs::View;
use crate::diagnose::rules::{Rule, statement_change};
use crate::diagnose::shift::{Shift, show, span};
use crate::model::diagnosis::Fix;
use crate::model::signal::Signal;
use crate::sql::words;

pub(crate) struct SlowDatabase;

/// What this cause is called.
pub const NAME: &str = "slow_database";

/// What there is to do where quad does not see the statements itself.
fn look_for_it(name: &str) -> Vec<Fix> {
    vec![
        fix(
            format!("See which statements of {name} take the time, and what blocks them"),
            Some("SELECT pid, now() - query_start AS since, wait_event, left(query, 80) FROM pg_stat_activity WHERE state <> 'idle' ORDER BY since DESC; -- PostgreSQL".to_owned()),
            "about 5 min",
        ),
        fix("Ask the planner about the slowest one: a missing index or a changed plan", None, "about 30 min"),
    ]
}

/// Whether a statement is what got slower: the one that takes most time always is there.
fn grew(known: &StatementFact) -> bool {
    known.share >= 0.2 && known.before_ms.is_none_or(|before| known.mean_ms >= 1.5 * before)
}

/// "q3f9a1c took 71 % of the time of shop-db: 2.1 s on average, 120 ms before"
fn takes(known: &StatementFact) -> String {
    let before = known.before_ms.map(|before| format!(", {} before", words::time(before)));
    let issue =
        known.issue.as_ref().map(|issue| format!("; {}", issue.trim_end_matches('.').replace('`', "")));
    format!(
        "{} took {} of the time of {}: {} on average{}{}",
        known.name,
        words::percent(known.share),
        known.database,
        words::time(known.mean_ms),
        before.unwrap_or_default(),
        issue.unwrap_or_default()
    )
}

fn dear(known: &StatementFact) -> Fact {
    Fact {
        text: takes(known),
        source: format!("statement statistics of {}", known.database),
        window: Some(known.range),
    }
}

/// Database and service that got slower further apart than this did not get slower together.
const TOGETHER: TimeDelta = TimeDelta::minutes(4);

impl Rule for SlowDatabase {
    fn needs(&self) -> &'static [(View, Signal)] {
        &[
            (View::Own, Signal::ApiResponseTime),
            (View::Own, Signal::Traffic),
            (View::Own, Signal::DatabaseQueryTime),
            (View::Database, Signal::DatabaseQueryTime),
            (View::Peer, Signal::ApiResponseTime),
        ]
    }

    fn judge(&self, case: &Case<'_>) -> Vec<Candidate> {
        if case.culprits().is_empty() {
            return self.without_service(case).into_iter().collect();
        }
        case.culprits().iter().filter_map(|culprit| self.of(case, culprit)).collect()
    }
}

impl SlowDatabase {
    fn of(&self, case: &Case<'_>, culprit: &Culprit) -> Option<Candidate> {
        let service = &culprit.service;
        let slow = case
            .parts(View::Database, Signal::DatabaseQueryTime, service)
            .into_iter()
            .chain(case.own(Signal::DatabaseQueryTime, service))
            .filter(Shift::rose)
            .max_by(|a, b| a.added().total_cmp(&b.added()))?;
        let database = slow.key.subject.database.clone();
        let name = database.clone().unwrap_or_else(|| format!("the database of {service}"));
        let statements = vec![case.fact(&slow)];

        let mut expectations = vec![Expectation::seen(
            3.0,
            format!(
                "statements of {service} on {name} take {} (P95), up from {}",
                show(slow.key.signal, slow.now),
                show(slow.key.signal, slow.before)
            ),
            statements.clone(),
        )];
        if let Some(whole) = case.own(Signal::ApiResponseTime, service).filter(Shift::rose) {
            let share = slow.added() / whole.added();
            let facts = vec![case.fact(&whole), case.fact(&slow)];
            // Several statements a request add up, so a small share is no contradiction by itself.
            expectations.push(if share >= 0.3 {
                let text =
                    format!("that is about {:.0} % of what {service} takes longer", share.min(1.0) * 100.0);
                Expectation::seen(2.0, text, facts)
            } else if share < 0.05 {
                let text = format!("that is under 5 % of what {service} takes longer");
                Expectation::contradicted(3.0, text, facts)
            } else {
                Expectation::unknown(2.0, format!("how many statements one request of {service} sends"))
            });
            let (rose, slowed) = (case.onset_in(&slow.key), case.onset_in(&whole.key));
            if let Some((rose, slowed)) = rose.zip(slowed) {
                let facts = vec![case.fact(&slow), case.fact(&whole)];
                expectations.push(if (rose - slowed).abs() <= TOGETHER {
                    Expectation::seen(2.0, format!("both rose at about {} UTC", rose.format("%H:%M")), facts)
                } else {
                    let apart = span((rose - slowed).abs());
                    Expectation::contradicted(
                        2.0,
                        format!("they did not rise together but {apart} apart"),
                        facts,
                    )
                });
            }
        }
        let dearest = case.evidence.statements().iter().find(|known| known.database == name && grew(known));
        expectations.extend(dearest.map(|known| Expectation::seen(2.5, takes(known), vec![dear(known)])));
        expectations.push(case.traffic_is_usual(1.0, service));
        expectations.push(case.not_deployed(1.0, service));
        expectations.push(case.callees_are_well(1.0, service));
        expectations.extend(case.on_the_way(culprit));
        Some(Candidate {
            rule: NAME,
            culprit: service.clone(),
            sentence: Said::new(
                match database {
                    Some(database) => format!("slow statements of {service} on database {database}"),
                    None => format!("slow statements on the database of {service}"),
                },
                statements,
            ),
            expectations,
            fixes: match dearest.map(statement_change::advised).filter(|fixes| !fixes.is_empty()) {
                Some(fixes) => fixes,
                None => look_for_it(&name),
            },
            ceiling: 0.95,
            explains: &["slow_dependency", "own_errors", "endpoint"],
        })
    }

    /// An alert about a database alone: which service's statements are the slow ones.
    fn without_service(&self, case: &Case<'_>) -> Option<Candidate> {
        let database = case.problem.subject.database.clone()?;
        let mut users: Vec<Shift> = case
            .keys(Signal::DatabaseQueryTime)
            .filter(|key| key.subject.database.as_ref() == Some(&database) && key.subject.service.is_some())
            .filter_map(|key| case.shift_of(key))
            .collect();
        users.sort_by(|a, b| b.added().total_cmp(&a.added()));
        let worst = users.first().filter(|shift| shift.rose())?;
        let service = worst.key.subject.name().to_owned();
        let alone = users.iter().filter(|shift| shift.rose()).count() == 1;
        let facts: Vec<_> = users.iter().map(|shift| case.fact(shift)).collect();
        let text = format!("statements of {service} on {database} got slower");
        let others = if alone && users.len() > 1 {
            Expectation::seen(2.0, "those of other services did not", facts.clone())
        } else {
            Expectation::unknown(3.0, format!("what differs between the services that use {database}"))
        };
        Some(Candidate {
            rule: NAME,
            culprit: service.clone(),
            sentence: Said::new(
                format!("slow statements of {service} on database {database}"),
                facts.clone(),
            ),
            expectations: vec![
                Expectation::seen(3.0, text, facts),
                others,
                case.not_deployed(1.0, &service),
                case.traffic_is_usual(1.0, &service),
            ],
            fixes: vec![fix(
                format!("See which statements of {service} take the time"),
                None,
                "about 10 min",
            )],
            ceiling: 0.9,
            explains: &["slow_dependency"],
        })
    }
}
