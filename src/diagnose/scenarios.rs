//! The five faults and their decoys as synthetic evidence, on generated topologies: names, depth
//! and order must not matter.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta};

use crate::diagnose::evidence::StatementFact;
use crate::diagnose::words::{self, Detail};
use crate::diagnose::{Evidence, Problem, diagnose, plan};
use crate::model::answer::{Answer, Section};
use crate::model::deployment::{Deployment, Learned};
use crate::model::diagnosis::{Diagnosis, Verdict};
use crate::model::sample::{Sample, Series, SeriesKey};
use crate::model::signal::Signal;
use crate::model::source::Call;
use crate::model::subject::Subject;
use crate::model::time::{Moment, TimeRange};

fn now() -> Moment {
    DateTime::from_timestamp(1_790_000_000, 0).expect("valid")
}

/// When the fault of a scenario began.
fn onset() -> Moment {
    now() - TimeDelta::minutes(6)
}

/// A system with a history, into which faults are put.
struct World {
    /// From the entry to the deepest service.
    chain: Vec<String>,
    levels: BTreeMap<SeriesKey, (f64, f64)>,
    climbs: BTreeMap<SeriesKey, f64>,
    silent: Vec<SeriesKey>,
    deployments: Vec<Deployment>,
    calls: Vec<Call>,
}

impl World {
    fn new(names: &[&str]) -> Self {
        let chain: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut world = Self {
            chain: chain.clone(),
            levels: BTreeMap::new(),
            climbs: BTreeMap::new(),
            silent: Vec::new(),
            deployments: Vec::new(),
            calls: Vec::new(),
        };
        for (depth, name) in chain.iter().enumerate() {
            let own = Subject::service("", name);
            let latency = 40.0 * (chain.len() - depth) as f64;
            world.steady(Signal::ApiResponseTime, own.clone(), latency);
            world.steady(Signal::ErrorRate, own.clone(), 0.05);
            world.steady(Signal::Traffic, own.clone(), 20.0);
            world.steady(Signal::Cpu, own.clone(), 20.0);
            world.steady(Signal::Memory, own.clone(), 40.0);
            world.steady(Signal::MemoryUsed, own.clone(), 200e6);
            world.steady(Signal::Answering, own.clone(), 1.0);
            if let Some(callee) = chain.get(depth + 1) {
                world.edge(name, callee, latency - 40.0);
            }
        }
        if let Some(last) = chain.last() {
            let db = Subject { database: Some("orders".to_owned()), ..Subject::service("", last) };
            world.steady(Signal::DatabaseQueryTime, db, 10.0);
        }
        // A healthy bystander that the entry calls as well.
        world.steady(Signal::ApiResponseTime, Subject::service("", "bystander"), 15.0);
        world.steady(Signal::ErrorRate, Subject::service("", "bystander"), 0.0);
        world.steady(Signal::Answering, Subject::service("", "bystander"), 1.0);
        world.edge(&chain[0], "bystander", 16.0);
        world
    }

    fn edge(&mut self, from: &str, to: &str, latency: f64) {
        let seen = Subject::service("", from).calling(to);
        self.steady(Signal::ApiResponseTime, seen.clone(), latency);
        self.steady(Signal::ErrorRate, seen.clone(), 0.0);
        self.steady(Signal::Traffic, seen, 20.0);
        self.calls.push(Call { environment: String::new(), from: from.to_owned(), to: to.to_owned() });
    }

    fn steady(&mut self, signal: Signal, subject: Subject, level: f64) {
        self.levels.insert(SeriesKey::new(signal, subject), (level, level));
    }

    fn becomes(&mut self, signal: Signal, subject: Subject, after: f64) {
        self.levels.entry(SeriesKey::new(signal, subject)).or_insert((0.0, 0.0)).1 = after;
    }

    fn entry(&self) -> &str {
        &self.chain[0]
    }

    fn deepest(&self) -> &str {
        self.chain.last().expect("a chain has services")
    }

    /// The service at `culprit` takes `more` longer, and all its callers wait for it.
    fn slow(&mut self, culprit: usize, more: f64) {
        for depth in 0..=culprit {
            let own = Subject::service("", &self.chain[depth].clone());
            self.raise(Signal::ApiResponseTime, own.clone(), more);
            if depth < culprit {
                let callee = self.chain[depth + 1].clone();
                self.raise(Signal::ApiResponseTime, own.calling(&callee), more);
            }
        }
    }

    fn fail(&mut self, culprit: usize, percent: f64) {
        for depth in 0..=culprit {
            let own = Subject::service("", &self.chain[depth].clone());
            self.raise(Signal::ErrorRate, own.clone(), percent);
            let kind = if depth == culprit { "500" } else { "502" };
            let kind = Subject { error_kind: Some(kind.to_owned()), ..own.clone() };
            self.becomes(Signal::ErrorRate, kind, percent);
            if depth < culprit {
                let callee = self.chain[depth + 1].clone();
                self.raise(Signal::ErrorRate, own.calling(&callee), percent);
            }
        }
    }

    fn raise(&mut self, signal: Signal, subject: Subject, more: f64) {
        if let Some(level) = self.levels.get_mut(&SeriesKey::new(signal, subject)) {
            level.1 += more;
        }
    }

    fn slow_statements(&mut self) {
        let deepest = self.deepest().to_owned();
        let db = Subject { database: Some("orders".to_owned()), ..Subject::service("", &deepest) };
        self.becomes(Signal::DatabaseQueryTime, db, 480.0);
        self.slow(self.chain.len() - 1, 500.0);
    }

    fn down(&mut self) {
        let last = self.chain.len() - 1;
        let (caller, callee) = (self.chain[last - 1].clone(), self.deepest().to_owned());
        self.fail(last - 1, 100.0);
        self.becomes(Signal::ErrorRate, Subject::service("", &caller).calling(&callee), 100.0);
        let refused =
            Subject { error_kind: Some("connection refused".to_owned()), ..Subject::service("", &caller) };
        self.becomes(Signal::ErrorRate, refused, 100.0);
        let own = Subject::service("", &callee);
        self.becomes(Signal::Answering, own.clone(), 0.0);
        for signal in
            [Signal::ApiResponseTime, Signal::ErrorRate, Signal::Traffic, Signal::Cpu, Signal::Memory]
        {
            self.silent.push(SeriesKey::new(signal, own.clone()));
        }
    }

    fn deploy(&mut self, service: &str, at: Moment) {
        self.deployments.push(Deployment {
            service: service.to_owned(),
            environment: String::new(),
            version: "v2".to_owned(),
            previous: Some("v1".to_owned()),
            at,
            took_seconds: None,
            learned: Learned::VersionLabel,
        });
    }

    fn series(&self, key: &SeriesKey) -> Series {
        let (before, after) = self.levels[key];
        let from = now() - TimeDelta::minutes(75);
        let samples = (0..=300)
            .map(|step| from + TimeDelta::seconds(15 * step))
            .filter(|at| *at < onset() || !self.silent.contains(key))
            .map(|at| {
                let level = if at < onset() { before } else { after };
                // A little noise that is the same every time.
                let noise = 1.0 + 0.04 * ((at.timestamp() * 7919 % 101) as f64 / 101.0 - 0.5);
                let climbed = self.climbs.get(key).map_or(0.0, |a| a * (at - from).num_seconds() as f64);
                let noise = if level <= 1.0 || climbed > 0.0 { 1.0 } else { noise };
                Sample { at, value: level * noise + climbed }
            })
            .collect();
        Series { key: key.clone(), samples }
    }

    /// Looks things up round by round, exactly what the plan asks for.
    fn gathered(&self, problem: &Problem) -> Evidence {
        let mut evidence = Evidence::default();
        while let Some(needs) = plan(problem, &evidence, now()) {
            for key in self.levels.keys().filter(|key| needs.wants.iter().any(|want| want.wants(key))) {
                evidence.add_series(self.series(key));
            }
            if needs.surroundings {
                evidence.add_calls(self.calls.iter().cloned());
                evidence.add_deployments(self.deployments.iter().cloned());
            }
            evidence.finish_round(needs.wants.into_iter().map(|want| want.about));
        }
        evidence
    }

    fn problem(&self, signal: Signal, service: &str) -> Problem {
        Problem {
            subject: Subject::service("", service),
            signal,
            since: onset() + TimeDelta::minutes(1),
            rule: None,
            note: None,
        }
    }

    fn diagnose(&self, signal: Signal, service: &str) -> Diagnosis {
        let problem = self.problem(signal, service);
        diagnose(&problem, &self.gathered(&problem), now())
    }
}

/// Chains of different depth whose names sort in every direction.
const TOPOLOGIES: [&[&str]; 5] = [
    &["web", "checkout", "payments"],
    &["alpha", "zeta"],
    &["zz-edge", "mm-orders", "aa-stock"],
    &["n1", "n9", "n2", "n8", "n3", "n7"],
    &["payments", "web", "checkout"],
];

#[track_caller]
fn named(diagnosis: &Diagnosis, rule: &str, culprit: &str) {
    let ranked: Vec<_> =
        diagnosis.causes.iter().map(|c| (c.rule.as_str(), c.culprit.as_str(), c.confidence)).collect();
    let cause = diagnosis.cause().unwrap_or_else(|| panic!("not decided: {ranked:?}"));
    assert_eq!((cause.rule.as_str(), cause.culprit.as_str()), (rule, culprit), "{ranked:?}");
}

/// With nothing, with an innocent deployment three minutes before on each other service, on the
/// bystander, and with one on the culprit an hour before.
fn with_decoys(names: &[&str], culprit: &str, fault: impl Fn(&mut World), check: impl Fn(&World)) {
    let minutes = |n| onset() - TimeDelta::minutes(n);
    let mut decoys: Vec<Option<(&str, Moment)>> =
        vec![None, Some(("bystander", minutes(3))), Some((culprit, minutes(60)))];
    decoys.extend(names.iter().filter(|name| **name != culprit).map(|name| Some((*name, minutes(3)))));
    for decoy in decoys {
        let mut world = World::new(names);
        fault(&mut world);
        if let Some((service, at)) = decoy {
            world.deploy(service, at);
        }
        check(&world);
    }
}

#[test]
fn slow_statements_are_named_wherever_the_alert_is() {
    for names in TOPOLOGIES {
        let last = names[names.len() - 1];
        with_decoys(names, last, World::slow_statements, |world| {
            for service in &world.chain {
                named(&world.diagnose(Signal::ApiResponseTime, service), "slow_database", last);
            }
        });
    }
}

#[test]
fn a_service_that_fails_by_itself_is_named() {
    for names in TOPOLOGIES {
        for (culprit, name) in names.iter().enumerate() {
            with_decoys(
                names,
                name,
                |world| world.fail(culprit, 30.0),
                |world| {
                    let diagnosis = world.diagnose(Signal::ErrorRate, world.entry());
                    named(&diagnosis, "own_errors", name);
                    let cause = diagnosis.cause().expect("decided");
                    assert!(cause.sentence.text.contains("500"), "{}", cause.sentence.text);
                },
            );
        }
    }
}

#[test]
fn a_bad_deployment_is_named_for_latency_and_for_errors() {
    for names in TOPOLOGIES {
        for (culprit, name) in names.iter().enumerate() {
            let deploy = |world: &mut World| world.deploy(name, onset() - TimeDelta::seconds(20));
            let slow = |world: &mut World| {
                world.slow(culprit, 400.0);
                deploy(world);
            };
            with_decoys(names, name, slow, |world| {
                named(&world.diagnose(Signal::ApiResponseTime, world.entry()), "deployment", name);
            });
            let fail = |world: &mut World| {
                world.fail(culprit, 20.0);
                deploy(world);
            };
            with_decoys(names, name, fail, |world| {
                named(&world.diagnose(Signal::ErrorRate, world.entry()), "deployment", name);
            });
        }
    }
}

#[test]
fn a_dependency_that_is_down_is_named() {
    for names in TOPOLOGIES {
        let last = names[names.len() - 1];
        with_decoys(names, last, World::down, |world| {
            named(&world.diagnose(Signal::ErrorRate, world.entry()), "dependency_down", last);
            named(&world.diagnose(Signal::Answering, last), "dependency_down", last);
        });
    }
}

#[test]
fn a_dependency_that_nobody_probes_is_known_to_be_down_by_its_silence() {
    let mut world = World::new(&["web", "checkout", "payments"]);
    world.down();
    world.levels.remove(&SeriesKey::new(Signal::Answering, Subject::service("", "payments")));
    named(&world.diagnose(Signal::ErrorRate, "web"), "dependency_down", "payments");
}

#[test]
fn a_memory_leak_is_named() {
    for names in TOPOLOGIES {
        for name in names {
            let leak = |world: &mut World| {
                let own = Subject::service("", name);
                world.climbs.insert(SeriesKey::new(Signal::MemoryUsed, own.clone()), 60_000.0);
                world.climbs.insert(SeriesKey::new(Signal::Memory, own), 0.012);
            };
            with_decoys(names, name, leak, |world| {
                named(&world.diagnose(Signal::Memory, name), "memory_leak", name);
                named(&world.diagnose(Signal::MemoryUsed, name), "memory_leak", name);
            });
        }
    }
}

#[test]
fn a_surge_of_traffic_is_named() {
    let mut world = World::new(&["web", "checkout", "payments"]);
    let web = Subject::service("", "web");
    world.becomes(Signal::Traffic, web.clone(), 90.0);
    world.becomes(Signal::Cpu, web, 97.0);
    world.slow(0, 300.0);
    named(&world.diagnose(Signal::ApiResponseTime, "web"), "traffic_surge", "web");
}

/// Where the evidence does not decide, nothing may be decided, whatever catches the eye.
#[test]
fn decoys_without_a_cause_stay_inconclusive() {
    let minutes = |n| onset() - TimeDelta::minutes(n);
    type Put = fn(&mut World);
    let decoys: [(&str, Put); 5] = [
        ("nothing", |_| {}),
        ("busy bystander", |world| {
            world.becomes(Signal::Cpu, Subject::service("", "bystander"), 99.0);
            world.becomes(Signal::DatabaseQueryTime, Subject::service("", "bystander"), 900.0);
        }),
        ("deep memory", |world| {
            let deepest = world.deepest().to_owned();
            world.becomes(Signal::Memory, Subject::service("", &deepest), 92.0);
        }),
        ("always busy", |world| {
            world.steady(Signal::Cpu, Subject::service("", "web"), 93.0);
        }),
        ("always slow database", |world| {
            let db = Subject { database: Some("orders".to_owned()), ..Subject::service("", "web") };
            world.steady(Signal::DatabaseQueryTime, db, 700.0);
        }),
    ];
    for (name, put) in decoys {
        for deployed in ["bystander", "checkout", "payments"] {
            let mut world = World::new(&["web", "checkout", "payments"]);
            world.slow(0, 300.0);
            put(&mut world);
            world.deploy(deployed, minutes(3));
            let diagnosis = world.diagnose(Signal::ApiResponseTime, "web");
            assert_eq!(
                diagnosis.verdict,
                Verdict::Inconclusive,
                "{name}, {deployed}: {:?}",
                diagnosis.causes
            );
        }
    }
}

#[test]
fn two_equal_causes_are_not_decided_between() {
    let mut world = World::new(&["web", "checkout", "payments"]);
    world.slow(0, 300.0);
    world.becomes(Signal::Traffic, Subject::service("", "web"), 60.0);
    world.becomes(Signal::Cpu, Subject::service("", "web"), 60.0);
    world.deploy("web", onset() - TimeDelta::seconds(30));
    let diagnosis = world.diagnose(Signal::ApiResponseTime, "web");
    assert_eq!(diagnosis.verdict, Verdict::Inconclusive);
    assert!(diagnosis.causes.len() >= 2 && !diagnosis.would_tell.is_empty(), "{diagnosis:?}");
}

#[test]
fn every_sentence_rests_on_evidence_that_is_there() {
    let mut world = World::new(&["web", "checkout", "payments"]);
    world.slow_statements();
    let diagnosis = world.diagnose(Signal::ApiResponseTime, "web");
    for cause in &diagnosis.causes {
        for said in cause.because.iter().chain([&cause.sentence]) {
            assert!(!said.rests_on.is_empty(), "{}", said.text);
            for id in &said.rests_on {
                assert!(diagnosis.evidence.iter().any(|item| item.id == *id), "{id}");
            }
        }
    }
}

#[test]
fn a_recorded_incident_gives_the_same_diagnosis() {
    let mut world = World::new(&["web", "checkout", "payments"]);
    world.down();
    let problem = world.problem(Signal::ErrorRate, "web");
    let evidence = world.gathered(&problem);
    let stored = serde_json::to_string(&evidence).expect("serialises");
    let read: Evidence = serde_json::from_str(&stored).expect("reads");
    assert_eq!(diagnose(&problem, &read, now()), diagnose(&problem, &evidence, now()));
}

#[test]
fn no_evidence_at_all_is_an_honest_answer() {
    let world = World::new(&["web", "checkout"]);
    let problem = world.problem(Signal::ApiResponseTime, "web");
    let diagnosis = diagnose(&problem, &Evidence::default(), now());
    assert_eq!(diagnosis.verdict, Verdict::Inconclusive);
    assert!(diagnosis.not_seen[0].contains("latency, errors, traffic"), "{:?}", diagnosis.not_seen);
}

#[test]
fn a_circle_of_calls_ends() {
    let mut world = World::new(&["web", "checkout", "payments"]);
    world.calls.push(Call { environment: String::new(), from: "payments".to_owned(), to: "web".to_owned() });
    world.slow_statements();
    world.diagnose(Signal::ApiResponseTime, "web");
}

fn plain(answer: &Answer) -> String {
    let mut lines = vec![answer.headline.clone()];
    for section in &answer.sections {
        match section {
            Section::Heading(text) | Section::Text(text) => lines.push(text.clone()),
            Section::Figures(figures) => {
                lines.extend(figures.iter().map(|f| format!("{}: {} ({})", f.label, f.value, f.compared)));
            }
            Section::List { numbered, items } => {
                lines.extend(items.iter().enumerate().map(|(n, item)| {
                    if *numbered { format!("{}. {item}", n + 1) } else { format!("- {item}") }
                }))
            }
            Section::Code { text, .. } => lines.push(text.clone()),
            Section::Table(_) | Section::Chart(_) => {}
        }
    }
    lines.extend(answer.footnotes.iter().cloned());
    // The marks of escaped Markdown are noise here.
    lines.join("\n").replace('\\', "")
}

fn told(world: &World, signal: Signal, service: &str) -> String {
    let problem = world.problem(signal, service);
    let diagnosis = world.diagnose(signal, service);
    let text = plain(&words::answer(&problem, &diagnosis, None, Detail::Brief));
    assert!(text.lines().count() < 12, "{text}");
    text
}

#[test]
fn a_slow_database_is_told_in_four_parts() {
    let mut world = World::new(&["web", "checkout", "payments"]);
    world.slow_statements();
    insta::assert_snapshot!(told(&world, Signal::ApiResponseTime, "web"), @"
    web: very likely slow statements of payments on database orders
    P95: 619 ms in the last 5 min (120 ms an hour ago)
    Error rate: 0.05 % in the last 5 min (0.05 % an hour ago)
    Traffic: 20 req/s in the last 5 min (20 req/s an hour ago)
    Root cause
    - statements of payments on orders take 480 ms (P95), up from 10 ms [E1]
    - that is about 94 % of what payments takes longer [E2, E1]
    Quick fixes (effort: about 5 min)
    1. See which statements of orders take the time, and what blocks them (about 5 min)
    2. Ask the planner about the slowest one: a missing index or a changed plan (about 30 min)
    Confidence 93 %: 8 observations fit, none speaks against it
    ");
}

#[test]
fn a_slow_database_that_is_watched_is_told_with_its_statement() {
    let mut world = World::new(&["web", "checkout", "payments"]);
    world.slow_statements();
    let problem = world.problem(Signal::ApiResponseTime, "web");
    let mut evidence = world.gathered(&problem);
    evidence.add_statement(StatementFact {
        name: "q3f9a1c2".to_owned(),
        database: "orders".to_owned(),
        range: TimeRange::new(onset(), now()),
        calls: 4_200.0,
        mean_ms: 480.0,
        share: 0.91,
        before_ms: Some(9.0),
        changed: Vec::new(),
        day_before_ms: None,
        issue: Some("reads all of items for 3 rows.".to_owned()),
        numbers: Vec::new(),
        measured: false,
        fix: None,
        why_unknown: None,
        index: Some((vec!["CREATE INDEX CONCURRENTLY ON items (order_id)".to_owned()], 52.0, true)),
        no_index_because: None,
    });
    let diagnosis = diagnose(&problem, &evidence, now());
    named(&diagnosis, "slow_database", "payments");
    let text = plain(&words::answer(&problem, &diagnosis, None, Detail::Brief));
    let (_, causes) = text.split_once("Root cause").expect("a cause");
    insta::assert_snapshot!(causes, @"

    - statements of payments on orders take 480 ms (P95), up from 10 ms [E1]
    - q3f9a1c2 took 91 % of the time of orders: 480 ms on average, 9 ms before; reads all of items for 3 rows [E2]
    Quick fixes (effort: about 5 min)
    1. Make the index: CREATE INDEX CONCURRENTLY ON items (order_id) (about 5 min)
    Confidence 93 %: 9 observations fit, none speaks against it
    ");
}

#[test]
fn a_bad_deployment_is_told_in_four_parts() {
    let mut world = World::new(&["web", "checkout", "payments"]);
    world.fail(1, 30.0);
    world.deploy("checkout", onset() - TimeDelta::seconds(20));
    insta::assert_snapshot!(told(&world, Signal::ErrorRate, "web"), @"
    web: very likely the deployment of checkout v2 at 14:07 UTC
    Error rate: 30 % in the last 5 min (0.05 % an hour ago)
    P95: 120 ms in the last 5 min (120 ms an hour ago)
    Traffic: 20 req/s in the last 5 min (20 req/s an hour ago)
    Root cause
    - the trouble began 20 s after the deployment [E1]
    - Error rate of checkout went from 0.05 % before it to 30 % after it [E2, E1]
    Quick fixes (effort: about 5 min)
    1. Roll checkout back to v1 (about 5 min)
    2. Compare v1 with v2 for what is slower or fails (about 30 min)
    Confidence 95 %: 6 observations fit, none speaks against it
    ");
}

#[test]
fn a_dependency_that_is_down_is_told_in_four_parts() {
    let mut world = World::new(&["web", "checkout", "payments"]);
    world.down();
    insta::assert_snapshot!(told(&world, Signal::ErrorRate, "web"), @"
    web: very likely payments does not answer (web -> checkout -> payments)
    Error rate: 100 % in the last 5 min (0.05 % an hour ago)
    P95: 120 ms in the last 5 min (120 ms an hour ago)
    Traffic: 20 req/s in the last 5 min (20 req/s an hour ago)
    Root cause
    - payments does not answer [E1]
    - 100 % of the calls from checkout to payments fail [E2]
    Quick fixes (effort: about 2 min)
    1. Check whether payments runs, and start it (about 2 min)
    2. If it runs: read its last log lines, and check address, port and network (about 15 min)
    Confidence 95 %: 6 observations fit, none speaks against it
    ");
}

#[test]
fn what_is_not_decided_says_so() {
    let mut world = World::new(&["web", "checkout", "payments"]);
    world.slow(0, 300.0);
    world.becomes(Signal::Traffic, Subject::service("", "web"), 60.0);
    world.becomes(Signal::Cpu, Subject::service("", "web"), 60.0);
    world.deploy("web", onset() - TimeDelta::seconds(30));
    insta::assert_snapshot!(told(&world, Signal::ApiResponseTime, "web"), @"
    web: inconclusive; candidates are deployment (web), traffic surge (web)
    P95: 420 ms in the last 5 min (120 ms an hour ago)
    Error rate: 0.05 % in the last 5 min (0.05 % an hour ago)
    Traffic: 59.9 req/s in the last 5 min (20 req/s an hour ago)
    Root cause
    - the deployment of web v2 at 14:06 UTC [E1] (86 %)
    - a surge of traffic: web gets 3.0 times as much as before [E6] (80 %)
    - What would tell: whether it ends after this: Roll web back to v1
    Quick fixes (effort: about 5 min)
    1. Roll web back to v1 (about 5 min)
    ");
}
