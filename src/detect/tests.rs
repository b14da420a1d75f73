//! Detection as a whole: rules, `for`, keep firing, grace, and what can't be seen.

use chrono::{TimeDelta, TimeZone as _};

use super::*;
use crate::model::deployment::{Deployment, Learned};
use crate::model::finding::{Rule, Severity};
use crate::model::sample::{Baseline, Sample, Season, SeriesKey};
use crate::model::signal::Signal;
use crate::model::source::SourceHealth;
use crate::model::subject::Subject;

/// A watched world: each series is a function of the seconds since its start.
pub(super) struct World {
    facts: Facts,
    memory: Memory,
    settings: Settings,
    pub(super) second: i64,
    step: i64,
}

fn start() -> Moment {
    chrono::Utc.with_ymd_and_hms(2026, 1, 8, 14, 0, 0).unwrap()
}

pub(super) fn web(signal: Signal) -> SeriesKey {
    SeriesKey::new(signal, Subject::service("prod", "web"))
}

impl World {
    /// Checks every 10 s, started long ago.
    pub(super) fn new() -> Self {
        let facts = Facts {
            started_at: Some(start() - TimeDelta::days(3)),
            check_interval_seconds: 10,
            ..Facts::default()
        };
        Self { facts, memory: Memory::default(), settings: Settings::default(), second: 0, step: 10 }
    }

    pub(super) fn now(&self) -> Moment {
        start() + TimeDelta::seconds(self.second)
    }

    /// One check, with these values.
    pub(super) fn check(&mut self, values: &[(SeriesKey, f64)]) -> Vec<Finding> {
        self.second += self.step;
        let now = self.now();
        for (key, value) in values {
            self.facts.recent.entry(key.clone()).or_default().push(Sample { at: now, value: *value });
            let expected = Expected { source: "prometheus".to_owned(), last: now, every_seconds: 10 };
            self.facts.expected.insert(key.clone(), expected);
        }
        let (findings, memory) = judge(now, &self.facts, &self.settings, &self.memory);
        let again = judge(now, &self.facts, &self.settings, &self.memory);
        assert_eq!((&findings, &memory), (&again.0, &again.1), "the same facts give the same findings");
        // Whatever is remembered survives the store.
        let stored = serde_json::to_string(&memory).expect("serialises");
        self.memory = serde_json::from_str(&stored).expect("reads back");
        assert_eq!(self.memory, memory);
        findings
    }

    /// Checks with the same values until there is a finding (then: how many seconds that took) or
    /// `seconds` have passed.
    fn until_found(&mut self, values: &[(SeriesKey, f64)], seconds: i64) -> Option<(i64, Vec<Finding>)> {
        let from = self.second;
        while self.second - from < seconds {
            let findings = self.check(values);
            if !findings.is_empty() {
                return Some((self.second - from, findings));
            }
        }
        None
    }

    fn quiet_for(&mut self, values: &[(SeriesKey, f64)], seconds: i64) {
        if let Some((after, findings)) = self.until_found(values, seconds) {
            panic!("found after {after} s: {findings:?}");
        }
    }
}

const P95: Signal = Signal::ApiResponseTime;

fn busy(p95: f64) -> Vec<(SeriesKey, f64)> {
    vec![(web(P95), p95), (web(Signal::Traffic), 20.0)]
}

#[test]
fn the_worse_the_sooner() {
    for (p95, at_most) in [(1_250.0, 20), (1_000.0, 20), (750.0, 40), (510.0, 70)] {
        let mut world = World::new();
        world.quiet_for(&busy(120.0), 120);
        let (after, findings) = world.until_found(&busy(p95), 600).expect("is found");
        assert!(after <= at_most, "{p95} ms took {after} s");
        assert_eq!(findings[0].severity, Severity::Critical);
        assert_eq!(findings[0].since, start() + TimeDelta::seconds(130), "the first slow check");
        assert_eq!(findings[0].line, Some((500.0, "default".to_owned())));
    }
}

#[test]
fn a_spike_is_no_finding() {
    let mut world = World::new();
    for _ in 0..20 {
        world.quiet_for(&busy(120.0), 40);
        world.quiet_for(&busy(9_000.0), 10);
    }
}

#[test]
fn a_warning_takes_five_minutes() {
    let mut world = World::new();
    world.quiet_for(&busy(120.0), 120);
    let (after, findings) = world.until_found(&busy(300.0), 600).expect("is found");
    assert_eq!((after, findings[0].severity), (310, Severity::Warning));
}

#[test]
fn it_is_over_only_clearly_under_the_line_and_after_a_while() {
    let mut world = World::new();
    world.until_found(&busy(2_000.0), 60).expect("is found");
    for _ in 0..60 {
        let findings = world.check(&busy(470.0));
        assert_eq!(findings[0].severity, Severity::Critical, "within 10 % of the line");
    }
    let from = world.second;
    while !world.check(&busy(90.0)).is_empty() {}
    assert!((120..=150).contains(&(world.second - from)), "after {} s", world.second - from);
}

#[test]
fn what_falls_to_a_warning_is_not_over_in_between() {
    let mut world = World::new();
    world.until_found(&busy(2_000.0), 60).expect("is found");
    for _ in 0..60 {
        assert_eq!(world.check(&busy(300.0)).len(), 1);
    }
    assert_eq!(world.check(&busy(300.0))[0].severity, Severity::Warning);
}

#[test]
fn few_requests_are_not_judged_alone_but_together() {
    let slow = |traffic: f64| vec![(web(P95), 3_000.0), (web(Signal::Traffic), traffic)];
    let mut world = World::new();
    world.quiet_for(&slow(0.02), 1_800);

    let mut world = World::new();
    let (after, findings) = world.until_found(&slow(0.5), 1_800).expect("100 s hold 50 requests");
    assert!(after <= 120, "{after}");
    assert!(findings[0].window_seconds > 60, "says how long it looked");
}

#[test]
fn a_single_error_among_few_requests_says_nothing() {
    let errors = |rate: f64| vec![(web(Signal::ErrorRate), rate), (web(Signal::Traffic), 1.0)];
    let mut world = World::new();
    world.quiet_for(&errors(100.0 / 60.0), 1_200);
    let (after, findings) = world.until_found(&errors(50.0), 60).expect("half of all requests");
    assert!(after <= 20, "{after}");
    assert_eq!(findings[0].severity, Severity::Critical);
}

#[test]
fn more_errors_than_usual_are_found_below_every_line() {
    let mut world = World::new();
    let rule = crate::model::threshold::ThresholdRule {
        subject: Subject::default(),
        signal: Signal::ErrorRate,
        critical: 50.0,
        origin: "test".to_owned(),
    };
    world.facts.thresholds.rules.push(rule);
    let baseline = |usual| Baseline { usual, spread: 0.01, hours: 4, seasons: Season::HourOfWeek };
    world.facts.baselines.insert(web(Signal::ErrorRate), baseline(0.05));
    world.facts.baselines.insert(web(Signal::Traffic), baseline(100.0));
    let errors = |rate: f64| vec![(web(Signal::ErrorRate), rate), (web(Signal::Traffic), 100.0)];

    world.quiet_for(&errors(0.05), 300);
    world.quiet_for(&errors(0.09), 600); // Under the floor.
    let (after, findings) = world.until_found(&errors(2.5), 300).expect("fifty times the usual");
    assert!(after <= 20, "{after}");
    assert_eq!(findings[0].rule, Rule::ErrorRateOverBaseline);
    assert_eq!(findings[0].usual.map(|usual| usual.usual), Some(0.05));
}

#[test]
fn a_deployment_holds_warnings_back_but_nothing_critical() {
    let deploy = |world: &mut World| {
        world.facts.deployments.push(Deployment {
            service: "web".to_owned(),
            environment: "prod".to_owned(),
            version: "v2".to_owned(),
            previous: None,
            at: world.now(),
            took_seconds: None,
            learned: Learned::Hook,
        });
    };
    let mut world = World::new();
    world.quiet_for(&busy(120.0), 60);
    world.settings.for_warning_seconds = 30;
    deploy(&mut world);
    world.quiet_for(&busy(300.0), 110);
    world.until_found(&busy(300.0), 30).expect("the grace is over");

    let mut world = World::new();
    world.quiet_for(&busy(120.0), 60);
    deploy(&mut world);
    world.until_found(&busy(3_000.0), 30).expect("critical is critical");
}

#[test]
fn what_does_not_answer_is_found_at_the_second_check() {
    let mut world = World::new();
    world.facts.notes.insert(web(Signal::Answering), "connection refused".to_owned());
    let up = |value| vec![(web(Signal::Answering), value), (web(Signal::BodyCheck), value)];
    world.quiet_for(&up(1.0), 60);
    world.quiet_for(&up(0.0), 10);
    world.quiet_for(&up(1.0), 10);
    let (after, findings) = world.until_found(&up(0.0), 60).expect("is found");
    assert_eq!((after, findings.len(), findings[0].rule), (20, 1, Rule::NotAnswering));
    assert_eq!(findings[0].note.as_deref(), Some("connection refused"));
}

#[test]
fn an_empty_answer_is_a_silent_failure() {
    let mut world = World::new();
    let body = |value| vec![(web(Signal::Answering), 1.0), (web(Signal::BodyCheck), value)];
    world.quiet_for(&body(1.0), 60);
    let (after, findings) = world.until_found(&body(0.0), 60).expect("is found");
    assert_eq!((after, findings[0].rule), (20, Rule::SilentFailure));
}

fn down(since: Moment) -> SourceHealth {
    SourceHealth {
        source: "prometheus".to_owned(),
        last_ok: Some(since),
        failing_since: Some(since),
        error: Some("connection refused".to_owned()),
        gaps: Vec::new(),
    }
}

#[test]
fn a_source_that_is_down_is_one_finding_and_nothing_else() {
    let mut world = World::new();
    world.quiet_for(&busy(120.0), 300);
    world.facts.sources = vec![down(world.now())];
    for _ in 0..360 {
        let findings = world.check(&[]);
        assert!(findings.len() <= 1, "{findings:?}");
        assert!(findings.iter().all(|finding| finding.rule == Rule::SourceDown));
    }
    assert_eq!(world.check(&[]).len(), 1);
}

#[test]
fn a_source_that_is_down_is_critical_where_no_other_is_left() {
    let mut world = World::new();
    world.quiet_for(&busy(120.0), 300);
    let well = SourceHealth { source: "host".to_owned(), failing_since: None, ..down(world.now()) };
    world.facts.sources = vec![down(world.now()), well];
    let severity =
        |findings: Vec<Finding>| findings.iter().map(|finding| finding.severity).collect::<Vec<_>>();
    for _ in 0..20 {
        world.check(&[]);
    }
    assert_eq!(severity(world.check(&[])), [Severity::Warning]);
    world.facts.sources[1].failing_since = Some(world.now());
    for _ in 0..20 {
        world.check(&[]);
    }
    assert_eq!(severity(world.check(&[])), [Severity::Critical, Severity::Critical]);
}

#[test]
fn what_fires_stays_while_its_source_is_down() {
    let mut world = World::new();
    world.until_found(&busy(2_000.0), 60).expect("is found");
    let seen = world.now();
    world.facts.sources = vec![down(seen)];
    for _ in 0..1_000 {
        let findings = world.check(&[]);
        let slow = findings.iter().find(|finding| finding.rule == Rule::Threshold).expect("stays");
        assert!(slow.at <= seen + TimeDelta::seconds(180), "and says when it was last seen");
    }
    world.facts.sources.clear();
    let from = world.second;
    while !world.check(&busy(90.0)).is_empty() {
        assert!(world.second - from < 300, "is over once it was seen to be over");
    }
}

#[test]
fn a_series_that_vanishes_is_missed_and_what_fired_on_it_stays() {
    let mut world = World::new();
    world.until_found(&busy(2_000.0), 60).expect("is found");
    let other = SeriesKey::new(Signal::Traffic, Subject::service("prod", "other"));
    let mut last = Vec::new();
    for _ in 0..60 {
        last = world.check(&[(other.clone(), 5.0)]);
    }
    let rules: Vec<Rule> = last.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, [Rule::Threshold, Rule::NoData, Rule::NoData], "{last:?}");

    // Once nobody expects it any more, it is gone for good.
    world.facts.expected.retain(|key, _| *key == other);
    for _ in 0..400 {
        last = world.check(&[(other.clone(), 5.0)]);
    }
    assert_eq!(last, []);
}

#[test]
fn memory_that_leaks_fast_is_found_before_the_limit() {
    let mut world = World::new();
    let memory = |value: f64| vec![(web(Signal::Memory), value)];
    world.quiet_for(&memory(40.0), 600);
    let mut value = 40.0;
    let findings = loop {
        value += 1.0;
        let findings = world.check(&memory(value));
        if !findings.is_empty() {
            break findings;
        }
        assert!(value < 85.0, "later than the plain line");
    };
    assert_eq!(findings[0].rule, Rule::MemoryGrowth);
    assert_eq!(findings[0].severity, Severity::Critical);
}

#[test]
fn what_fills_up_within_its_for_is_found_at_the_second_check_over_the_line() {
    let mut world = World::new();
    let memory = web(Signal::Memory);
    for percent in [30.0, 30.0, 45.0, 70.0, 86.0] {
        assert!(world.check(&[(memory.clone(), percent)]).is_empty(), "{percent} %");
    }
    let findings = world.check(&[(memory, 90.0)]);
    assert!(matches!(&findings[..], [one] if one.severity == Severity::Critical), "{findings:?}");
}

#[test]
fn a_slow_leak_is_found_hours_ahead() {
    let mut world = World::new();
    let at = |minutes: i64| start() - TimeDelta::minutes(minutes);
    let noise = |minutes: i64| if minutes % 15 == 0 { 1.5 } else { 0.0 };
    let hours: Vec<Sample> = (0..36)
        .map(|step| Sample { at: at(180 - step * 5), value: 20.0 + step as f64 / 36.0 * 30.0 + noise(step) })
        .collect();
    world.facts.hours.insert(web(Signal::Memory), hours);
    let (_, findings) = world.until_found(&[(web(Signal::Memory), 50.0)], 60).expect("is found");
    assert_eq!((findings[0].rule, findings[0].severity), (Rule::MemoryGrowth, Severity::Warning));
    insta::assert_snapshot!(findings[0].note.clone().unwrap_or_default(),
        @"grows by 10 % of the limit an hour, which leaves about 5 h");
}

#[test]
fn warming_up_to_a_plateau_is_no_leak() {
    let mut world = World::new();
    let warm = |minutes: f64| 20.0 + 35.0 * (1.0 - (-minutes / 12.0).exp());
    let hours: Vec<Sample> = (0..36)
        .map(|step| Sample {
            at: start() - TimeDelta::minutes(180 - step * 5),
            value: warm(step as f64 * 5.0),
        })
        .collect();
    world.facts.hours.insert(web(Signal::Memory), hours);
    world.quiet_for(&[(web(Signal::Memory), 55.0)], 600);
}

#[test]
fn saw_teeth_are_no_leak() {
    let mut world = World::new();
    for step in 0..600_i32 {
        let value = 45.0 + f64::from(step % 20) * 0.7;
        assert_eq!(world.check(&[(web(Signal::Memory), value)]), []);
    }
    // Also high up, where a short look has to do.
    let mut world = World::new();
    world.settings.for_warning_seconds = 86_400;
    for step in 0..600_i32 {
        let value = 64.0 + f64::from(step % 20) * 0.7;
        assert_eq!(world.check(&[(web(Signal::Memory), value)]), []);
    }
}

#[test]
fn a_clock_that_jumps_loses_nothing() {
    for jump in [-3_600, 3_600] {
        let mut world = World::new();
        world.until_found(&busy(2_000.0), 60).expect("is found");
        world.second += jump;
        // Samples of "the future" are no longer the newest; the next two checks see again.
        for _ in 0..20 {
            assert_eq!(world.check(&busy(2_000.0)).len(), 1, "after a jump of {jump} s");
        }
    }
}

#[test]
fn what_fired_before_a_long_stop_is_not_over_because_quad_was_away() {
    let mut world = World::new();
    world.until_found(&busy(2_000.0), 60).expect("is found");
    world.second += 8 * 3_600;
    world.facts.recent.clear();
    world.facts.expected.clear();
    world.facts.started_at = Some(world.now());
    for _ in 0..10 {
        assert_eq!(world.check(&busy(2_000.0)).len(), 1, "from the first check on");
    }
}
